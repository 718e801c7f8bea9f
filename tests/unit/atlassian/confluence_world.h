// The Confluence Cloud client with its answers under the test's control.
#pragma once

#include <algorithm>
#include <memory>
#include <string>

#include <boost/json/value.hpp>

#include "common/json/json_value.h"
#include "tests/support/catch.h"
#include "tests/unit/atlassian/scripted_http.h"
#include "worker/confluence/cloud_confluence.h"

namespace pagepress::test {

using namespace pagepress::worker;

inline const std::string kBase = "https://example.atlassian.net/wiki";

struct ConfluenceWorld {
    ScriptedHttp http;
    FixedClock clock;
    std::unique_ptr<Confluence> confluence = make_cloud_confluence(
        {.site = "acme",
         .jira_url = "https://example.atlassian.net",
         .confluence_url = kBase,
         .authorization = "Basic abc"},
        http,
        clock
    );

    void answer_probe() { http.answer(200, recorded("live-user-current.json")); }
};

inline bool has_header(const HttpCall& call, const std::string& header) {
    return std::find(call.headers.begin(), call.headers.end(), header) != call.headers.end();
}

inline boost::json::value body_of(const HttpCall& call) {
    auto body = parse_json(call.body, "a request");
    REQUIRE(body);
    return *body;
}

inline std::string version_json(int number, const std::string& minute) {
    return "{\"number\":" + std::to_string(number) + ",\"message\":\"m" + std::to_string(number) +
           "\",\"createdAt\":\"2026-09-30T12:" + minute + ":00.000Z\"}";
}

/// A page of version 3 whose `versions` are as given.
inline std::string page_json(const std::string& versions) {
    return "{\"id\":\"7\",\"status\":\"current\",\"title\":\"T\",\"spaceId\":\"1\",\"parentId\":"
           "null,"
           "\"version\":{\"number\":3},\"body\":{\"storage\":{\"value\":\"<p/>\"}},\"versions\":" +
           versions + "}";
}

inline constexpr UnixMillis kMinute = 60'000;
inline constexpr UnixMillis kNoon = 1'790'769'600'000;

inline PageUpdate some_update() {
    return {.id = "7", .title = "T \"q\"", .body = "<p>x</p>", .version = 4, .message = "stamp"};
}

}  // namespace pagepress::test
