// An in-memory world for presses: Confluence, Jira, and the workers' memory. Failures are scripted
// per call.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/worker/fake_confluence.h"
#include "worker/press/presser.h"

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

class FakeJira final : public Jira {
public:
    Result<Issue> issue(const std::string& id_or_key, const std::string& property) override;
    Result<void> set_issue_property(
        const std::string& issue_id, const std::string& key, const std::string& value
    ) override;
    Result<SearchResult> search(
        const std::string& jql, const std::vector<std::string>& fields, std::size_t issues_max
    ) override;
    Result<std::vector<std::string>> search_ids(const std::string& jql, std::size_t issues_max)
        override;
    Result<void> myself() override;

    std::map<std::string, Issue> issues;             ///< by numeric id
    std::map<std::string, std::string> former_keys;  ///< in upper case, to ids
    std::optional<Error> next_error;
    std::optional<Error> next_link_error;  ///< of set_issue_property
    std::string refused_jql;               ///< a search for this is a mistake to Jira
    bool knows_us = true;
    std::function<void()> during_issue;   ///< what happens once after an issue was read
    std::function<void()> during_search;  ///< what happens while Jira takes its time
    std::function<void()> before_proof;   ///< what happens once before `myself` is asked
    bool kills = false;                   ///< whether reading an issue kills the worker
    int calls = 0;
    int searches = 0;
};

/// PageMemory in this process; can be switched off and wiped.
class FakeMemory final : public PageMemory {
public:
    Result<std::vector<JobRecord>> count_attempts(
        const std::vector<const Job*>& jobs, UnixMillis now
    ) override;
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

    bool is_away = false;
    bool forgets_ends = false;  ///< as if the worker died before `end`
    int renewals = 0;
    std::optional<SharedGate> closed_gate;  ///< another worker has closed it
    std::vector<SharedGate> probes;         ///< of which the next press is the probe
    std::map<std::string, PageRecord> pages;
    std::map<std::string, JobStatus> jobs;
    std::map<std::string, std::string> leases;
    std::set<std::string> cancelled_batches;

private:
    JobRecord count(const Job& job, int attempts);
};

/// SharedGates that keeps what it is told, as `close acme jira` and `open acme jira`.
class FakeSharedGates final : public SharedGates {
public:
    void close(const std::string& site, const SharedGate& gate) override {
        told.push_back("close " + site + " " + std::string(name_of(gate.endpoint)));
        last = gate;
    }

    void open(const std::string& site, Endpoint endpoint) override {
        told.push_back("open " + site + " " + std::string(name_of(endpoint)));
    }

    std::vector<std::string> told;
    SharedGate last;
};

/// BatchMemory in this process.
class FakeBatches final : public BatchMemory {
public:
    void note_accepted(const std::string& batch_id, const std::string& site) override {
        accepted.emplace_back(batch_id, site);
    }

    bool is_cancelled(const std::string&) override {
        ++asked;
        return cancelled_after && asked > *cancelled_after;
    }

    void note_total(const std::string&, std::size_t count) override { total = count; }

    void note_queued(const std::string&, const std::vector<std::string>& ids) override {
        queued.insert(queued.end(), ids.begin(), ids.end());
    }

    std::vector<std::pair<std::string, std::string>> accepted;  ///< ids and sites
    int asked = 0;
    std::optional<int> cancelled_after;  ///< so many questions are still answered with no
    std::size_t total = 0;
    std::vector<std::string> queued;
};

/// Keeps the jobs that were put on Kafka.
class FakeJobs final : public JobWriter {
public:
    Result<void> write(const std::vector<Job>& more, const std::string& trace) override {
        ++writes;
        if (is_away) return fail(ErrorCode::kUnavailable, "Kafka is away");
        traceparent = trace;
        jobs.insert(jobs.end(), more.begin(), more.end());
        if (fails_at_write == writes) return fail(ErrorCode::kUnavailable, "Kafka is away");
        return {};
    }

    std::vector<Job> jobs;
    int writes = 0;
    std::string traceparent;  ///< of the last write
    bool is_away = false;
    int fails_at_write = 0;  ///< counted from 1: all of it arrives, and is not acknowledged
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
    Job trigger_page();  ///< all snapshots of the page

    PressResult press(const std::vector<Job>& jobs);
    PressResult press_again(PressResult result);

    /// A press whose worker dies before it has recorded the end.
    PressResult press_without_end(const Job& job);

    /// The job's record comes once more, after the worker that had it died.
    PressResult press_redelivered(const Job& job);
    PressResult press_waiting(std::vector<WaitingJob> jobs);

    /// A press in another process, which knows nothing of this one's leases.
    PressResult press_elsewhere(const Job& job);

    /// The page of the rule; the test fails if there is none.
    [[nodiscard]] const Page& rule_page() const;

    [[nodiscard]] std::size_t rule_page_count() const { return confluence.pages.size() - 1; }

    void set_summary(const std::string& summary);
    void put_rule(const std::string& document);
    void switch_site_off();
    /// A snapshot of keys and summaries in `snapshot_page`.
    void put_snapshot(const std::string& id, const std::string& jql);

    ManualClock clock;
    CountingRandom random;
    Metrics metrics;
    Catalog catalog;
    FakeConfluence confluence{clock};
    FakeJira jira;
    FakeMemory memory;
    FakeBatches batches;
    FakeJobs written;
    IssueAliases aliases;
    LocalLeases leases;
    PutTurns put_turns;
    FakeSharedGates shared_gates;
    SiteGates gates{
        {.clock = clock,
         .random = random,
         .metrics = metrics,
         .catalog = catalog,
         .shared = &shared_gates}};
    TemplateCache templates{clock, Millis(60'000)};
    PressLimits limits;
    Suspects* suspects = nullptr;
    std::string snapshot_page;

private:
    PressResult press_with(LocalLeases& held, std::vector<WaitingJob> jobs);

    int next_job_ = 1;
    std::int64_t next_offset_ = 10;
};

}  // namespace pagepress::test
