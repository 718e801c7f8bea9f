// The client of Confluence's API v1 with its answers under the test's control.
#pragma once

#include <memory>
#include <string>

#include "tests/unit/atlassian/confluence_world.h"
#include "worker/confluence/v1_confluence.h"

namespace pagepress::test {

inline const std::string kDocs = "https://docs.acme.example/confluence";

struct V1World {
    explicit V1World(Site::Flavour flavour = Site::Flavour::kDataCenter)
        : confluence(make_v1_confluence(
              flavour,
              {.site = "acme",
               .jira_url = "https://jira.acme.example",
               .confluence_url = kDocs,
               .authorization = "Bearer of Jira",
               .confluence_authorization = "Bearer of Confluence"},
              http,
              clock
          )) {}

    /// Who-am-I of Data Center, asked for before a 404 is believed.
    void answer_probe() { http.answer(200, R"({"type":"known","username":"bot","userKey":"8a"})"); }

    /// A 404 that stays one.
    void answer_gone() {
        http.answer(404, recorded("confluence-v1-dc-404-content.json"));
        answer_probe();
        http.answer(404, recorded("confluence-v1-dc-404-content.json"));
    }

    ScriptedHttp http;
    FixedClock clock;
    std::unique_ptr<Confluence> confluence;
};

/// `version` of content, made `minute` minutes after noon.
inline std::string v1_version(int number, const std::string& minute) {
    return R"({"number":)" + std::to_string(number) + R"(,"message":"m)" + std::to_string(number) +
           R"(","when":"2026-09-30T14:)" + minute + R"(:00.000+02:00"})";
}

inline std::string v1_content(
    const std::string& id, const std::string& status, const std::string& version
) {
    return R"({"id":")" + id + R"(","type":"page","status":")" + status +
           R"(","title":"T","space":{"id":77,"key":"DOC"},"ancestors":[{"id":"1"},{"id":"5"}],)"
           R"("version":)" +
           version +
           R"(,"body":{"storage":{"value":"<p/>","representation":"storage"}},)"
           R"("metadata":{"labels":{"results":[{"prefix":"global","name":"release"},)"
           R"({"prefix":"my","name":"favourite"}]}}})";
}

/// A part of a list, with the link to the next one if there is one.
inline std::string v1_list(const std::string& entries, const std::string& next = {}) {
    return R"({"results":[)" + entries + R"(],"_links":{"base":")" + kDocs +
           R"(","context":"/confluence")" + (next.empty() ? "" : R"(,"next":")" + next + '"') +
           "}}";
}

}  // namespace pagepress::test
