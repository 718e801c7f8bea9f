// An in-memory world for presses: Confluence with compare-and-set, Jira, and the workers' memory.
// Failures are scripted per call.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "worker/press/presser.h"
#include "worker/press/stamp.h"

namespace pagepress::test {

using namespace pagepress::worker;

class ManualClock final : public Clock {
public:
    [[nodiscard]] SteadyTime steady_now() const override { return SteadyTime(Millis(now)); }

    [[nodiscard]] UnixMillis unix_now() const override { return now; }

    std::atomic<UnixMillis> now = 1'790'000'000'000;  ///< pools read it on their own threads
};

class CountingRandom final : public Random {
public:
    void fill(std::span<unsigned char> bytes) override {
        for (unsigned char& byte : bytes) byte = static_cast<unsigned char>(next_++ % 251);
    }

private:
    unsigned next_ = 1;
};

/// What happens to a write instead of success.
enum class WriteFault { kLostBefore, kLostAfter, kConflict, kRateLimited, kCredentials };

class FakeConfluence final : public Confluence {
public:
    explicit FakeConfluence(const Clock& clock) : clock_(clock) {}

    Result<std::optional<Page>> page(const std::string& id, UnixMillis since) override;
    Result<std::vector<Page>> find_by_title(const std::string& space_id, const std::string& title)
        override;
    Result<std::vector<Page>> newest_pages(const std::string& space_id) override;
    Result<std::string> space_id(const std::string& space_key) override;
    Result<SavedPage> create(const NewPage& page) override;
    Result<SavedPage> update(const PageUpdate& update) override;
    Result<SavedPage> restore(const PageUpdate& update) override;
    Result<std::optional<PageProperty>> property(const std::string& page_id, const std::string& key)
        override;
    Result<void> set_property(
        const std::string& page_id, const std::string& key, const std::string& value
    ) override;

    [[nodiscard]] std::string page_url(const std::string& page_id) const override {
        return "https://wiki/" + page_id;
    }

    /// A person's page or edit.
    std::string add_page(const std::string& title, const std::string& body);
    void edit(const std::string& page_id, const std::string& body);

    /// Versions of all pages that carry the job's stamp, creations included.
    [[nodiscard]] int versions_of(const std::string& job_id) const;

    std::map<std::string, Page> pages;
    std::map<std::string, std::string> properties;  ///< `<page>/<key>`
    std::deque<WriteFault> write_faults;            ///< for the next writes, in order
    std::function<void()> before_write;             ///< called once, before the next write
    /// Pages that exist and are listed, but cannot be read by their id yet.
    std::set<std::string> hidden;
    std::string rewrite;  ///< text that the server adds to what it saves
    int calls = 0;

private:
    Result<SavedPage> write(const PageUpdate& update);
    [[nodiscard]] std::vector<Page> titled(const std::string& title) const;
    [[nodiscard]] bool is_title_taken(const std::string& title, const std::string& by_other_than)
        const;

    const Clock& clock_;
    int next_id_ = 100;
};

class FakeJira final : public Jira {
public:
    Result<Issue> issue(const std::string& id_or_key, const std::string& property) override;
    Result<void> set_issue_property(
        const std::string& issue_id, const std::string& key, const std::string& value
    ) override;
    Result<SearchResult> search(
        const std::string& jql, const std::vector<std::string>& fields, std::size_t issues_max
    ) override;
    Result<void> myself() override;

    std::map<std::string, Issue> issues;  ///< by numeric id
    std::optional<Error> next_error;
    std::optional<Error> next_link_error;  ///< of set_issue_property
    bool knows_us = true;
    int calls = 0;
    int searches = 0;
};

/// PageMemory in this process; can be switched off and wiped.
class FakeMemory final : public PageMemory {
public:
    Result<Begun> begin(const BeginRequest& request) override;

    Result<void> renew(const std::string& page_key, const std::string& token, Millis) override;

    Result<void> note_create(const std::string& page_key, UnixMillis now) override;
    Result<void> end(const EndRequest& request) override;
    void record(const JobStatus& status) override;

    std::optional<std::string> issue_id(const std::string&, const std::string&) override {
        return std::nullopt;
    }

    void forget_issue_id(const std::string&, const std::string&) override {}

    void remember_issue_id(const std::string&, const std::string&, const std::string&) override {}

    void close_gate(const std::string&, Millis, const std::string&) override {}

    bool is_away = false;
    bool forgets_ends = false;  ///< as if the worker died before `end`
    int renewals = 0;
    std::map<std::string, PageRecord> pages;
    std::map<std::string, JobStatus> jobs;
    std::map<std::string, std::string> leases;
};

/// A site, a rule, a snapshot, an issue, and one executor.
class World : public ClientSource {
public:
    World();

    Result<SiteClients> clients(const Site&) override {
        return SiteClients{.confluence = confluence, .jira = jira};
    }

    /// A trigger that is accepted now.
    Job trigger_rule(const std::string& issue = "PROJ-42");
    Job trigger_snapshot(const std::string& snapshot = "weekly");

    PressResult press(const std::vector<Job>& jobs);
    PressResult press_again(PressResult result);
    PressResult press_waiting(std::vector<WaitingJob> jobs);

    void set_summary(const std::string& summary);
    void put_rule(const std::string& document);

    ManualClock clock;
    CountingRandom random;
    Metrics metrics;
    Catalog catalog;
    FakeConfluence confluence{clock};
    FakeJira jira;
    FakeMemory memory;
    IssueAliases aliases;
    LocalLeases leases;
    SiteGates gates{clock, metrics};
    TemplateCache templates{clock, Millis(60'000)};
    PressLimits limits;
    std::string snapshot_page;

private:
    int next_job_ = 1;
    std::int64_t next_offset_ = 10;
};

}  // namespace pagepress::test
