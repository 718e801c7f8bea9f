#include "tests/unit/worker/answers_world.h"

#include <algorithm>

#include "tests/support/catch.h"
#include "worker/confluence/cloud_confluence.h"
#include "worker/jira/cloud_jira.h"
#include "worker/press/stamp.h"

namespace pagepress::test {

AnswersWorld::AnswersWorld() {
    const SiteAccount account{
        .site = "acme",
        .jira_url = kSiteUrl,
        .confluence_url = kSiteUrl + "/wiki",
        .authorization = "Basic ZGVtb0BleGFtcGxlLmNvbTpkZW1vLXRva2Vu"};
    site.base_url = kSiteUrl;
    confluence_client = make_cloud_confluence(account, http, clock);
    jira_client = make_cloud_jira(account, http, clock);
    put_rule_under("");
}

void AnswersWorld::put_rule_under(const std::string& parent, const std::string& labels) {
    std::string more;
    if (!parent.empty()) more += R"("parent":")" + parent + R"(",)";
    if (!labels.empty()) more += R"("labels":)" + labels + ",";
    put_rule(
        R"({"site":"acme","page":{"space":"DOC",)" + more +
        R"("title":"$#Key: $#{Summary}","body":"<p>$#{Summary}</p>"}})"
    );
}

void AnswersWorld::change_issue(const std::string& summary) {
    REQUIRE(site.jira().edit("DEMO-1", {{"summary", summary}}));
}

std::string AnswersWorld::add_page(const std::string& title) {
    const auto made = site.confluence().create(
        {.space = site.confluence().space_by_key("DOC")->id,
         .parent = {},
         .title = title,
         .body = "<p/>",
         .message = {},
         .author = "712020:person"}
    );
    REQUIRE(made);
    return std::to_string((*made)->id);
}

int AnswersWorld::effects_of(const std::string& job_id) {
    return static_cast<int>(std::ranges::count_if(
        site.confluence().journal(),
        [&](const JournalEntry& entry) {
            if (entry.version.is_restore) return false;
            const auto stamp = entry.version.number == 1
                                   ? stamp_from_body(*entry.version.sent)
                                   : stamp_from_version_message(entry.version.message);
            return stamp && stamp->job_id == job_id;
        }
    ));
}

}  // namespace pagepress::test
