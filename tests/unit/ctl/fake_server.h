// Commands with a server under the test's control.
#pragma once

#include <algorithm>
#include <deque>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "ingress/ctl/commands.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace pagepress::test {

using namespace pagepress::ctl;
using namespace std::chrono_literals;

using Lines = std::vector<std::string>;

/// Answers calls in the order in which answers were given, and keeps the calls.
class FakeHttpClient final : public HttpClient {
public:
    Result<HttpAnswer> perform(const HttpCall& call) override {
        calls.push_back(call);
        REQUIRE_FALSE(answers.empty());
        Result<HttpAnswer> answer = std::move(answers.front());
        answers.pop_front();
        return answer;
    }

    void answer(int status, std::string body) {
        answers.emplace_back(HttpAnswer{.status = status, .body = std::move(body), .headers = {}});
    }

    void fail_with(ErrorCode code, std::string message) {
        answers.emplace_back(fail(code, std::move(message)));
    }

    std::deque<Result<HttpAnswer>> answers;
    std::vector<HttpCall> calls;
};

/// A command with a fake server, an admin token `sesame` and a key `open`.
struct Setting {
    int run(const Command& command) {
        return ctl::run(
            command,
            {.http = http,
             .out = out,
             .err = err,
             .admin_url = "http://admin/",
             .admin_token_file = token_file,
             .pause = [this](Millis time) { waited += time; }}
        );
    }

    [[nodiscard]] Lines lines_of_calls() const {
        Lines lines;
        for (const HttpCall& call : http.calls) lines.push_back(call.method + " " + call.url);
        return lines;
    }

    [[nodiscard]] bool has_header(std::size_t call, const std::string& line) const {
        const auto& headers = http.calls.at(call).headers;
        return std::find(headers.begin(), headers.end(), line) != headers.end();
    }

    TempDir folder;
    std::string token_file = folder.write("token", "sesame\n");
    std::string key_file = folder.write("key", "open\n");
    FakeHttpClient http;
    std::ostringstream out;
    std::ostringstream err;
    Millis waited = 0ms;
};

}  // namespace pagepress::test
