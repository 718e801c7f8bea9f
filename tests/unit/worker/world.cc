#include "tests/unit/worker/world.h"

#include <algorithm>
#include <utility>

#include <boost/json/parse.hpp>

#include "common/base/ascii.h"
#include "tests/support/catch.h"

namespace pagepress::test {

namespace {

const char* const kSite =
    R"({"enabled":true,"jira_url":"https://jira.test","confluence_url":"https://wiki.test/wiki","auth":"basic",)"
    R"("secret_file":"/run/secrets/acme"})";

const char* const kRule =
    R"({"site":"acme","page":{"space":"DOC","title":"$#Key: $#{Summary}","body":"<p>$#{Summary}</p>"}})";

}  // namespace

Result<Issue> FakeJira::issue(const std::string& id_or_key, const std::string& property) {
    ++calls;
    if (next_error) return std::unexpected(*std::exchange(next_error, std::nullopt));
    if (kills) throw WorkerDied();
    if (!knows_us) return fail(ErrorCode::kCredentialsRejected, "anonymous");
    const auto former = former_keys.find(upper_cased(id_or_key));
    const std::string& name = former == former_keys.end() ? id_or_key : former->second;
    for (const auto& [id, issue] : issues) {
        if (id != name && lower_cased(issue.key) != lower_cased(name)) continue;
        Issue copy = issue;
        copy.properties.clear();
        if (const auto* value = issue.properties.if_contains(property)) {
            copy.properties[property] = *value;
        }
        if (during_issue) std::exchange(during_issue, nullptr)();
        return copy;
    }
    return fail(ErrorCode::kNotFound, "Issue does not exist");
}

Result<void> FakeJira::set_issue_property(
    const std::string& issue_id, const std::string& key, const std::string& value
) {
    ++calls;
    if (next_link_error) return std::unexpected(*std::exchange(next_link_error, std::nullopt));
    issues.at(issue_id).properties[key] = boost::json::parse(value);
    return {};
}

Result<SearchResult> FakeJira::search(
    const std::string& jql, const std::vector<std::string>&, std::size_t
) {
    ++calls;
    ++searches;
    if (during_search) std::exchange(during_search, {})();
    if (jql == refused_jql) return fail(ErrorCode::kInvalidInput, "Error in the JQL");
    if (next_error) return std::unexpected(*std::exchange(next_error, std::nullopt));
    SearchResult result;
    if (!knows_us) return result;
    for (const auto& [id, issue] : issues) result.issues.push_back(issue);
    return result;
}

Result<std::vector<std::string>> FakeJira::search_ids(
    const std::string& jql, std::size_t issues_max
) {
    const auto result = search(jql, {}, issues_max);
    if (!result) return std::unexpected(result.error());
    if (result->issues.size() > issues_max) return fail(ErrorCode::kTooLarge, "too many");
    std::vector<std::string> ids;
    for (const Issue& issue : result->issues) ids.push_back(issue.id);
    return ids;
}

Result<void> FakeJira::myself() {
    if (before_proof) std::exchange(before_proof, {})();
    if (!knows_us) return fail(ErrorCode::kCredentialsRejected, "anonymous");
    return {};
}

JobRecord FakeMemory::count(const Job& job, int attempts) {
    JobStatus& status = jobs[job.id];
    const bool is_known = !status.job.id.empty();
    if (is_known && status.job.redrive > job.redrive) {
        return {.finished = JobState::kDead, .attempts = 0};
    }
    if (is_known && status.job.redrive < job.redrive) status = {};
    const bool is_finished = is_known && is_terminal(status.state);
    if (!is_finished) status.attempts += attempts;
    status.job = job;
    return {
        .finished = is_finished ? std::optional(status.state) : std::nullopt,
        .attempts = status.attempts,
    };
}

Result<std::vector<JobRecord>> FakeMemory::count_attempts(
    const std::vector<const Job*>& asked, UnixMillis
) {
    if (is_away) return fail(ErrorCode::kUnavailable, "Redis is away");
    std::vector<JobRecord> records;
    for (const Job* job : asked) records.push_back(count(*job, 1));
    return records;
}

Result<Begun> FakeMemory::begin(const BeginRequest& request) {
    if (is_away) return fail(ErrorCode::kUnavailable, "Redis is away");
    if (closed_gate) return Begun{.page = {}, .jobs = {}, .closed = closed_gate, .probes = {}};
    if (leases.contains(request.page_key)) {
        return std::unexpected(Error{
            .code = ErrorCode::kNotYet, .message = "held", .retry_after = Millis(50)});
    }
    leases[request.page_key] = request.token;
    PageRecord& page = pages[request.page_key];
    Begun begun{
        .page = page, .jobs = {}, .closed = std::nullopt, .probes = std::exchange(probes, {})};
    page.open_token = request.token;
    for (const Job* job : request.jobs) {
        begun.jobs.push_back(count(*job, request.has_counted ? 0 : 1));
        begun.jobs.back().is_cancelled = cancelled_batches.contains(job->parent);
    }
    return begun;
}

Result<void> FakeMemory::renew(const std::string& page_key, const std::string& token, Millis) {
    ++renewals;
    const auto found = leases.find(page_key);
    if (found != leases.end() && found->second != token) return fail(ErrorCode::kNotYet, "lost");
    leases[page_key] = token;
    return {};
}

Result<void> FakeMemory::note_create(const std::string& page_key, UnixMillis now) {
    pages[page_key].create_sent_at = now;
    return {};
}

Result<void> FakeMemory::end(const EndRequest& request) {
    if (is_away || forgets_ends) {
        leases.erase(request.page_key);
        return fail(ErrorCode::kUnavailable, "Redis is away");
    }
    if (leases[request.page_key] == request.token) {
        if (request.keeps_page) pages[request.page_key] = request.page;
        pages[request.page_key].open_token = request.page.open_token;
        leases.erase(request.page_key);
    }
    for (const JobStatus& status : request.statuses) record(status);
    return {};
}

void FakeMemory::record(const JobStatus& status) {
    jobs[status.job.id] = status;
}

World::World() {
    Issue issue;
    issue.id = "10042";
    issue.key = "PROJ-42";
    issue.fields["summary"] = "Fix login";
    jira.issues["10042"] = issue;
    snapshot_page = confluence.add_page("Weekly", "<p>Before</p>");
    catalog.apply("site/acme", kSite, 0);
    put_rule(kRule);
    put_snapshot("weekly", "project = PROJ");
}

void World::put_rule(const std::string& document) {
    catalog.apply("rule/release", document, next_offset_++);
}

void World::switch_site_off() {
    std::string site = kSite;
    site.replace(site.find("true"), 4, "false");
    catalog.apply("site/acme", site, next_offset_++);
}

void World::put_snapshot(const std::string& id, const std::string& jql) {
    const std::string document = R"({"site":"acme","page":")" + snapshot_page +
                                 R"(","levels":[{"jql":")" + jql +
                                 R"(","columns":["key","summary"]}]})";
    catalog.apply("snapshot/" + id, document, next_offset_++);
}

Job World::trigger_rule(const std::string& issue) {
    Job job;
    job.id = std::string(31, '0') + std::to_string(next_job_++);
    job.id = job.id.substr(job.id.size() - 32);
    job.kind = JobKind::kRule;
    job.site = "acme";
    job.rule = "release";
    job.issue = issue;
    job.accepted_at = clock.now;
    return job;
}

Job World::trigger_snapshot(const std::string& snapshot) {
    Job job = trigger_rule();
    job.kind = JobKind::kSnapshot;
    job.rule.clear();
    job.issue.clear();
    job.snapshot = snapshot;
    job.page_id = snapshot_page;
    return job;
}

Job World::trigger_page() {
    Job job = trigger_snapshot();
    job.kind = JobKind::kPage;
    job.snapshot.clear();
    return job;
}

PressResult World::press_without_end(const Job& job) {
    memory.forgets_ends = true;
    auto result = press({job});
    memory.forgets_ends = false;
    return result;
}

PressResult World::press(const std::vector<Job>& jobs) {
    std::vector<WaitingJob> waiting;
    for (const Job& job : jobs) {
        waiting.emplace_back();
        waiting.back().job = job;
    }
    return press_waiting(std::move(waiting));
}

PressResult World::press_again(PressResult result) {
    std::vector<WaitingJob> waiting;
    for (JobResult& job : result.results) waiting.push_back(std::move(job.job));
    return press_waiting(std::move(waiting));
}

PressResult World::press_redelivered(const Job& job) {
    memory.leases.clear();  // expired
    WaitingJob redelivered;
    redelivered.job = job;
    redelivered.may_have_written = true;
    return press_waiting({redelivered});
}

PressResult World::press_elsewhere(const Job& job) {
    LocalLeases others;
    std::vector<WaitingJob> waiting(1);
    waiting[0].job = job;
    return press_with(others, std::move(waiting));
}

PressResult World::press_waiting(std::vector<WaitingJob> jobs) {
    return press_with(leases, std::move(jobs));
}

PressResult World::press_with(LocalLeases& held, std::vector<WaitingJob> jobs) {
    Presser presser(
        {
            .catalog = catalog,
            .memory = memory,
            .batches = batches,
            .jobs = written,
            .aliases = aliases,
            .leases = held,
            .put_turns = put_turns,
            .gates = gates,
            .templates = templates,
            .clients = *this,
            .clock = clock,
            .random = random,
            .metrics = metrics,
            .suspects = suspects,
        },
        limits
    );
    return presser.execute({.key = route_key(jobs.front().job), .jobs = std::move(jobs)});
}

const Page& World::rule_page() const {
    const auto found = std::ranges::find_if(confluence.pages, [&](const auto& entry) {
        return entry.first != snapshot_page;
    });
    REQUIRE(found != confluence.pages.end());
    return found->second;
}

void World::set_summary(const std::string& summary) {
    jira.issues["10042"].fields["summary"] = summary;
}

}  // namespace pagepress::test
