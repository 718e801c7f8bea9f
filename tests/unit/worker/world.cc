#include "tests/unit/worker/world.h"

#include <algorithm>
#include <utility>

#include <boost/json/parse.hpp>

#include "common/base/ascii.h"

namespace pagepress::test {

namespace {

const std::string kSpaceId = "9000";

const char* const kSite =
    R"({"jira_url":"https://jira.test","confluence_url":"https://wiki.test/wiki","auth":"basic",)"
    R"("secret_file":"/run/secrets/acme"})";

const char* const kRule =
    R"({"site":"acme","page":{"space":"DOC","title":"$#Key: $#{Summary}","body":"<p>$#{Summary}</p>"}})";

std::unexpected<Error> error_of(WriteFault fault) {
    switch (fault) {
        case WriteFault::kLostBefore:
        case WriteFault::kLostAfter:
            return fail(ErrorCode::kUnknownOutcome, "the answer was lost");
        case WriteFault::kConflict:
            return fail(ErrorCode::kConflict, "stale version");
        case WriteFault::kRateLimited:
            return std::unexpected(Error{
                .code = ErrorCode::kRateLimited,
                .message = "slow down",
                .retry_after = Millis(7000)});
        case WriteFault::kCredentials:
            return fail(ErrorCode::kCredentialsRejected, "who are you");
    }
    return fail(ErrorCode::kCorrupt, "");
}

}  // namespace

Result<std::optional<Page>> FakeConfluence::page(const std::string& id, UnixMillis) {
    ++calls;
    const auto found = pages.find(id);
    if (found == pages.end() || hidden.contains(id)) return std::nullopt;
    return found->second;
}

Result<std::vector<Page>> FakeConfluence::find_by_title(
    const std::string&, const std::string& title
) {
    ++calls;
    return titled(title);
}

std::vector<Page> FakeConfluence::titled(const std::string& title) const {
    std::vector<Page> found;
    for (const auto& [id, page] : pages) {
        const bool is_live = page.status != PageStatus::kTrashed;
        if (is_live && lower_cased(page.title) == lower_cased(title)) found.push_back(page);
    }
    return found;
}

bool FakeConfluence::is_title_taken(const std::string& title, const std::string& by_other_than)
    const {
    const std::vector<Page> found = titled(title);
    return std::ranges::any_of(found, [&](const Page& page) { return page.id != by_other_than; });
}

Result<std::vector<Page>> FakeConfluence::newest_pages(const std::string&) {
    ++calls;
    std::vector<Page> newest;
    for (const auto& [id, page] : pages) newest.insert(newest.begin(), page);
    return newest;
}

Result<std::string> FakeConfluence::space_id(const std::string&) {
    return kSpaceId;
}

Result<SavedPage> FakeConfluence::create(const NewPage& page) {
    ++calls;
    if (before_write) std::exchange(before_write, nullptr)();
    const auto fault = write_faults.empty() ? std::nullopt : std::optional(write_faults.front());
    if (fault) write_faults.pop_front();
    if (fault && *fault != WriteFault::kLostAfter) return error_of(*fault);
    if (is_title_taken(page.title, "")) {
        return fail(ErrorCode::kTitleTaken, "A page with this title already exists");
    }
    const std::string id = add_page(page.title, page.body);
    if (fault) return error_of(*fault);
    return SavedPage{.id = id, .version = 1, .message = {}, .body = page.body};
}

Result<SavedPage> FakeConfluence::update(const PageUpdate& update) {
    ++calls;
    if (before_write) std::exchange(before_write, nullptr)();
    const auto fault = write_faults.empty() ? std::nullopt : std::optional(write_faults.front());
    if (fault) write_faults.pop_front();
    if (fault && *fault != WriteFault::kLostAfter) return error_of(*fault);
    auto saved = write(update);
    if (fault && saved) return error_of(*fault);
    return saved;
}

Result<SavedPage> FakeConfluence::write(const PageUpdate& update) {
    const auto found = pages.find(update.id);
    if (found == pages.end()) return fail(ErrorCode::kNotFound, "no such page");
    Page& page = found->second;
    if (update.version != page.version + 1) return fail(ErrorCode::kConflict, "stale version");
    if (is_title_taken(update.title, page.id)) return fail(ErrorCode::kTitleTaken, "title exists");
    page.version = update.version;
    page.versions.insert(
        page.versions.begin(),
        {.number = update.version, .message = update.message, .created_at = clock_.unix_now()}
    );
    // A write to a trashed page restores it and ignores the body.
    if (page.status == PageStatus::kTrashed) {
        page.status = PageStatus::kCurrent;
    } else {
        page.title = update.title;
        page.body = update.body + rewrite;
    }
    return SavedPage{
        .id = page.id, .version = page.version, .message = update.message, .body = page.body};
}

Result<SavedPage> FakeConfluence::restore(const PageUpdate& update) {
    return write(update);
}

Result<std::optional<PageProperty>> FakeConfluence::property(
    const std::string& page_id, const std::string& key
) {
    ++calls;
    const auto found = properties.find(page_id + "/" + key);
    if (found == properties.end()) return std::nullopt;
    return PageProperty{.id = "1", .version = 1, .value = found->second};
}

Result<void> FakeConfluence::set_property(
    const std::string& page_id, const std::string& key, const std::string& value
) {
    ++calls;
    properties[page_id + "/" + key] = value;
    return {};
}

std::string FakeConfluence::add_page(const std::string& title, const std::string& body) {
    const std::string id = std::to_string(next_id_++);
    pages[id] = {
        .id = id,
        .status = PageStatus::kCurrent,
        .title = title,
        .space_id = kSpaceId,
        .parent_id = {},
        .version = 1,
        .body = body,
        .versions = {{.number = 1, .message = "", .created_at = clock_.unix_now()}},
    };
    return id;
}

void FakeConfluence::edit(const std::string& page_id, const std::string& body) {
    const Page& page = pages.at(page_id);
    const auto edited = write({
        .id = page_id,
        .title = page.title,
        .body = body,
        .version = page.version + 1,
        .message = "by hand",
    });
    if (!edited) std::abort();
}

int FakeConfluence::versions_of(const std::string& job_id) const {
    int count = 0;
    for (const auto& [id, page] : pages) {
        for (const PageVersion& version : page.versions) {
            const auto stamp = stamp_from_version_message(version.message);
            if (stamp && stamp->job_id == job_id) ++count;
        }
        const auto property = properties.find(id + "/pagepress");
        const bool made_by_property =
            property != properties.end() && property->second.contains(job_id);
        const auto anchor = stamp_from_body(page.body);
        if (made_by_property || (anchor && anchor->job_id == job_id)) ++count;
    }
    return count;
}

Result<Issue> FakeJira::issue(const std::string& id_or_key, const std::string& property) {
    ++calls;
    if (next_error) return std::unexpected(*std::exchange(next_error, std::nullopt));
    if (!knows_us) return fail(ErrorCode::kCredentialsRejected, "anonymous");
    for (const auto& [id, issue] : issues) {
        if (id != id_or_key && lower_cased(issue.key) != lower_cased(id_or_key)) continue;
        Issue copy = issue;
        copy.properties.clear();
        if (const auto* value = issue.properties.if_contains(property)) {
            copy.properties[property] = *value;
        }
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
    const std::string&, const std::vector<std::string>&, std::size_t
) {
    ++calls;
    ++searches;
    if (next_error) return std::unexpected(*std::exchange(next_error, std::nullopt));
    SearchResult result;
    if (!knows_us) return result;
    for (const auto& [id, issue] : issues) result.issues.push_back(issue);
    return result;
}

Result<void> FakeJira::myself() {
    if (!knows_us) return fail(ErrorCode::kCredentialsRejected, "anonymous");
    return {};
}

Result<Begun> FakeMemory::begin(const BeginRequest& request) {
    if (is_away) return fail(ErrorCode::kUnavailable, "Redis is away");
    if (leases.contains(request.page_key)) {
        return std::unexpected(Error{
            .code = ErrorCode::kNotYet, .message = "held", .retry_after = Millis(50)});
    }
    leases[request.page_key] = request.token;
    PageRecord& page = pages[request.page_key];
    Begun begun{.page = page, .jobs = {}};
    page.open_token = request.token;
    for (const Job* job : request.jobs) {
        JobStatus& status = jobs[job->id];
        const bool is_finished = !status.job.id.empty() && is_terminal(status.state);
        if (!is_finished) ++status.attempts;
        status.job = *job;
        begun.jobs.push_back({
            .finished = is_finished ? std::optional(status.state) : std::nullopt,
            .attempts = status.attempts,
        });
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
    catalog.apply(
        "snapshot/weekly",
        R"({"site":"acme","page":")" + snapshot_page +
            R"(","levels":[{"jql":"project = PROJ","columns":["key","summary"]}]})",
        next_offset_++
    );
}

void World::put_rule(const std::string& document) {
    catalog.apply("rule/release", document, next_offset_++);
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

PressResult World::press_waiting(std::vector<WaitingJob> jobs) {
    Presser presser(
        {
            .catalog = catalog,
            .memory = memory,
            .aliases = aliases,
            .leases = leases,
            .gates = gates,
            .templates = templates,
            .clients = *this,
            .clock = clock,
            .random = random,
            .metrics = metrics,
        },
        limits
    );
    return presser.execute({.key = route_key(jobs.front().job), .jobs = std::move(jobs)});
}

void World::set_summary(const std::string& summary) {
    jira.issues["10042"].fields["summary"] = summary;
}

}  // namespace pagepress::test
