// The fake site as a child process of a test, with its control route.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "common/http_client/http_client.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace pagepress::test {

/// One version that was ever made of any page.
struct PublishedVersion {
    std::int64_t entry = 0;  ///< its place in the log, from 1
    std::string page;
    std::string space;
    std::int64_t number = 0;
    std::string message;
    std::string author;
    std::string title;
    std::int64_t created_at = 0;  ///< [ms since the epoch]
    std::string body;             ///< as Confluence keeps it
    bool is_restore = false;      ///< took the page out of the trash, as it was
};

/// A running `fake-atlassian`; it ends with this object. A control call that fails aborts the test
/// program with what the site said. Used by one thread.
class FakeAtlassianProcess {
public:
    /// Starts the program and waits until it serves.
    /// @param flavour  `cloud` or `datacenter`
    explicit FakeAtlassianProcess(
        int issues = 40, const std::string& project = "DEMO", const std::string& flavour = "cloud"
    );

    /// Base address of both products: Confluence is at `/wiki` below it, on Data Center at
    /// `/confluence`.
    [[nodiscard]] const std::string& url() const { return url_; }

    /// `email:token` that it accepts.
    [[nodiscard]] static std::string account() { return "demo@example.com:demo-token"; }

    /// Calls the control route: `control("POST", "faults", …)`; answers its JSON.
    boost::json::value control(
        const std::string& method, const std::string& route, const std::string& body = {}
    );

    /// Adds a fault rule (JSON as README.md of the fake lists it).
    void add_fault(const std::string& rule) { control("POST", "faults", rule); }

    void clear_faults() { control("DELETE", "faults"); }

    /// Edits an issue; `fields` is a JSON object.
    void edit_issue(const std::string& key, const std::string& fields) {
        control("POST", "issues/" + key, fields);
    }

    /// A person's edit of a page: a new version without a stamp.
    void edit_page(const std::string& id, const std::string& change) {
        control("POST", "pages/" + id + "/edit", change);
    }

    void trash_page(const std::string& id) { control("POST", "pages/" + id + "/trash"); }

    /// Every page version ever made, in order; of one page if `page` is given.
    std::vector<PublishedVersion> versions(const std::string& page = {});

    /// The next versions behind an entry of the log, at most 200.
    std::vector<PublishedVersion> versions_after(std::int64_t entry);

    /// Id of the seeded page `Weekly report`.
    std::string weekly_report_page();

    /// Answers of one route (`PUT /wiki/api/v2/pages/*`) with one status; 0: dropped connections.
    std::int64_t call_count(const std::string& route, int status);

    void reset() { control("POST", "reset"); }

    [[nodiscard]] Process& process() { return *process_; }

private:
    std::vector<PublishedVersion> read_versions(const std::string& query);

    TempDir directory_;
    std::unique_ptr<Process> process_;
    std::unique_ptr<HttpClient> client_;
    std::string url_;
};

}  // namespace pagepress::test
