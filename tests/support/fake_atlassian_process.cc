#include "tests/support/fake_atlassian_process.h"

#include <cstdio>
#include <cstdlib>

#include <boost/json/array.hpp>

#include "common/base/invariant.h"
#include "common/http_client/curl_client.h"
#include "common/json/json_value.h"

namespace pagepress::test {

namespace {

constexpr std::chrono::seconds kStartMax{30};

}  // namespace

FakeAtlassianProcess::FakeAtlassianProcess(
    int issues, const std::string& project, const std::string& flavour
)
    : client_(make_curl_client({}, [] { return false; })) {
    const std::string ports_file = directory_.path("ports");
    process_ = std::make_unique<Process>(ProcessSpec{
        .program = FAKE_ATLASSIAN_PROGRAM,
        .arguments =
            {"--listen",
             "127.0.0.1:0",
             "--ports-file",
             ports_file,
             "--seed-issues",
             std::to_string(issues),
             "--project",
             project,
             "--flavour",
             flavour},
        .log_file = directory_.path("fake-atlassian.log"),
    });
    const auto ports = read_ports_file(*process_, ports_file, kStartMax);
    if (!ports.contains("listen")) {
        std::fprintf(stderr, "fake-atlassian did not start: %s\n", process_->log_text().c_str());
        std::abort();
    }
    url_ = "http://127.0.0.1:" + std::to_string(ports.at("listen"));
}

boost::json::value FakeAtlassianProcess::control(
    const std::string& method, const std::string& route, const std::string& body
) {
    const auto answer =
        client_->perform({.method = method, .url = url_ + "/_control/" + route, .body = body});
    if (!answer || answer->status != 200) {
        std::fprintf(
            stderr,
            "fake-atlassian refused %s %s: %s\n",
            method.c_str(),
            route.c_str(),
            answer ? answer->body.c_str() : answer.error().message.c_str()
        );
        std::abort();
    }
    auto value = parse_json(answer->body, "the control answer");
    INVARIANT(value.has_value());
    return std::move(*value);
}

std::vector<PublishedVersion> FakeAtlassianProcess::versions(const std::string& page) {
    return read_versions(page.empty() ? std::string() : "&page=" + page);
}

std::vector<PublishedVersion> FakeAtlassianProcess::versions_after(std::int64_t entry) {
    return read_versions("&limit=200&after=" + std::to_string(entry));
}

std::vector<PublishedVersion> FakeAtlassianProcess::read_versions(const std::string& query) {
    const auto answer = control("GET", "versions?bodies=1" + query);
    std::vector<PublishedVersion> versions;
    for (const auto& entry : answer.at("versions").as_array()) {
        versions.push_back({
            .entry = integer_at(entry, "entry").value_or(0),
            .page = string_at(entry, "page"),
            .space = string_at(entry, "space"),
            .number = integer_at(entry, "number").value_or(0),
            .message = string_at(entry, "message"),
            .author = string_at(entry, "author"),
            .title = string_at(entry, "title"),
            .created_at = integer_at(entry, "createdAtMillis").value_or(0),
            .body = string_at(entry, "body"),
            .is_restore = entry.at("isRestore").as_bool(),
        });
    }
    return versions;
}

std::string FakeAtlassianProcess::weekly_report_page() {
    return string_at(control("GET", "state"), "weeklyReportPageId");
}

std::int64_t FakeAtlassianProcess::call_count(const std::string& route, int status) {
    const auto answer = control("GET", "calls");
    const auto* counts = find_path(answer, {"counts", route});
    if (counts == nullptr) return 0;
    return integer_at(*counts, status == 0 ? "dropped" : std::to_string(status)).value_or(0);
}

}  // namespace pagepress::test
