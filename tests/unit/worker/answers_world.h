// Presses whose clients are the real ones and whose site is the fake one, all in this process: an
// HTTP answer goes in, a verdict comes out.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "tests/unit/atlassian/site_http.h"
#include "tests/unit/worker/world.h"

namespace pagepress::test {

class AnswersWorld final : public World {
public:
    AnswersWorld();

    Result<SiteClients> clients(const Site&) override {
        return SiteClients{.confluence = *confluence_client, .jira = *jira_client};
    }

    Job trigger() { return trigger_rule("DEMO-1"); }

    void put_rule_under(const std::string& parent, const std::string& labels = "");
    void change_issue(const std::string& summary);

    /// The only page that a rule made.
    [[nodiscard]] const StoredPage& page() { return site.confluence().pages().rbegin()->second; }

    /// A person's page in the space, under its home page.
    std::string add_page(const std::string& title);

    /// Versions of all pages that show the job's content, creations included.
    [[nodiscard]] int effects_of(const std::string& job_id);

    FakeSite site{clock, {.issues = 2}, Accounts({"demo@example.com:demo-token"})};
    SiteHttp http{site};
    std::unique_ptr<Confluence> confluence_client;
    std::unique_ptr<Jira> jira_client;
};

}  // namespace pagepress::test
