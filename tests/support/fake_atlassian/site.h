// The whole fake site as a passive object: models, faults, counters; one request in, one answer
// out.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/base/clock.h"
#include "tests/support/fake_atlassian/accounts.h"
#include "tests/support/fake_atlassian/api.h"
#include "tests/support/fake_atlassian/call_log.h"
#include "tests/support/fake_atlassian/confluence_model.h"
#include "tests/support/fake_atlassian/faults.h"
#include "tests/support/fake_atlassian/jira_model.h"

namespace pagepress::test {

struct SiteSeed {
    std::string space = "DOC";
    std::string project = "DEMO";
    int issues = 40;
    Flavour flavour = Flavour::kCloud;
};

/// What a fault leaves of an answer.
enum class Delivery {
    kWhole,
    kTruncated,  ///< the head promises more than is sent
    kDropped,    ///< the connection closes without an answer
};

/// What becomes of one request.
struct Handled {
    ApiAnswer answer;
    Delivery delivery = Delivery::kWhole;
    Millis delay{0};  ///< before the answer goes out
};

/// One thread at a time.
class FakeSite {
public:
    FakeSite(const Clock& clock, SiteSeed seed, Accounts accounts);

    /// Back to the seed: content, faults, counters and settings.
    void reset();

    /// The fault that strikes a request, if one does; ask once per request, then `handle`.
    std::optional<FaultRule> take_fault(const ApiRequest& request) { return faults.take(request); }

    /// Serves an API request (`/wiki/…`, `/confluence/…`, `/rest/…`) under a fault, and counts it.
    Handled handle(const ApiRequest& request, const std::optional<FaultRule>& fault);

    [[nodiscard]] ConfluenceModel& confluence() { return *confluence_; }

    [[nodiscard]] JiraModel& jira() { return *jira_; }

    [[nodiscard]] const SiteSeed& seed() const { return seed_; }

    /// The seeded page that snapshots are tried on.
    [[nodiscard]] ContentId report_page() const { return report_page_; }

    FaultPlan faults;
    CallLog calls;
    std::string base_url;  ///< `http://host:port`; set once the port is known

private:
    ApiAnswer perform(const ApiRequest& request, Credentials credentials);
    ApiAnswer perform_on_data_center(const ApiRequest& request, Credentials credentials);

    const Clock& clock_;
    SiteSeed seed_;
    Accounts accounts_;
    std::unique_ptr<ConfluenceModel> confluence_;
    std::unique_ptr<JiraModel> jira_;
    ContentId report_page_ = 0;
};

}  // namespace pagepress::test
