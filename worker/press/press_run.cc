#include "worker/press/press_run.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "common/base/invariant.h"
#include "common/base/log.h"
#include "worker/press/stamp.h"

namespace pagepress::worker {

namespace {

/// A finished job's status stands already; a dead one's follows once its letter is acknowledged.
bool is_recorded_now(const JobResult& result) {
    return result.verdict != Verdict::kFinished && result.verdict != Verdict::kDead;
}

}  // namespace

PressRun::PressRun(PressPorts& ports, const PressLimits& limits, Press press)
    : ports_(ports), limits_(limits), key_(std::move(press.key)) {
    INVARIANT(!press.jobs.empty());
    for (WaitingJob& job : press.jobs) {
        ++job.attempts;
        const int attempts = job.attempts;
        entries_.push_back({
            .job = std::move(job),
            .result = std::nullopt,
            .stamped = std::nullopt,
            .attempts = attempts,
        });
    }
    site_ = entries_.front().job.job.site;
    appoint_deciding();
    for (Entry& entry : entries_) {
        if (!entry.is_repeat) continue;
        Entry& deciding = deciding_of(entry);
        share_history(deciding.job, entry.job);
        deciding.attempts = deciding.job.attempts;
    }
}

/// Of several records of one job the one decides for all that comes first of those that were sent
/// again from the dead letters the most often, since the others had died before that.
void PressRun::appoint_deciding() {
    std::unordered_map<std::string_view, std::size_t> deciding;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        const Job& job = entries_[i].job.job;
        std::size_t& place = deciding.try_emplace(job.id, i).first->second;
        if (job.redrive > entries_[place].job.job.redrive) place = i;
    }
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        entries_[i].decided_by = deciding.at(entries_[i].job.job.id);
        entries_[i].is_repeat = entries_[i].decided_by != i;
    }
}

std::vector<const Job*> PressRun::jobs() const {
    std::vector<const Job*> jobs;
    for (const Entry& entry : entries_) {
        if (!entry.is_repeat) jobs.push_back(&entry.job.job);
    }
    return jobs;
}

void PressRun::count_attempts() {
    const auto known = ports_.memory.count_attempts(jobs(), ports_.clock.unix_now());
    if (!known) return note_suspects();
    has_counted_ = true;
    note_known(*known);
}

Result<void> PressRun::begin(const std::string& page_key, const std::string& site) {
    page_key_ = page_key;
    site_ = site;
    token_ = random_job_id(ports_.random);
    local_lease_ = ports_.leases.acquire(page_key);
    if (!local_lease_.is_held()) {
        return std::unexpected(Error{
            .code = ErrorCode::kNotYet,
            .message = "another thread is pressing this page",
            .retry_after = Millis(100),
        });
    }
    auto read = read_memory();
    has_begun_ = read.has_value();
    if (has_begun_ && !has_memory) note_suspects();
    return read;
}

Result<void> PressRun::read_memory() {
    const BeginRequest request{
        .page_key = page_key_,
        .site = site_,
        .token = token_,
        .lease = limits_.lease,
        .now = ports_.clock.unix_now(),
        .jobs = jobs(),
        .has_counted = has_counted_,
        .probe_max = limits_.http_timeout,
    };
    lease_until_ = ports_.clock.steady_now() + limits_.lease;
    auto begun = ports_.memory.begin(request);
    if (!begun && begun.error().code == ErrorCode::kUnavailable) return {};
    if (!begun) return std::unexpected(std::move(begun.error()));
    if (begun->closed) return wait_for_gate(*begun->closed);
    has_memory = true;
    for (const SharedGate& gate : begun->probes) ports_.gates.adopt_probe(site_, key_, gate);
    record = std::move(begun->page);
    note_known(begun->jobs);
    return {};
}

/// Whoever reads that the shared gate is closed must not close it again: it would never open.
Result<void> PressRun::wait_for_gate(const SharedGate& gate) {
    ports_.gates.mirror(site_, gate);
    return std::unexpected(Error{
        .code = ErrorCode::kNotYet,
        .message = "the gate of site " + site_ + " is closed: " + gate.reason,
        .retry_after = gate.wait,
    });
}

void PressRun::note_known(const std::vector<JobRecord>& known) {
    auto next = known.begin();
    for (Entry& entry : entries_) {
        if (entry.is_repeat) continue;
        INVARIANT(next != known.end());
        const JobRecord& job = *next++;
        entry.attempts = std::max(entry.attempts, job.attempts);
        if (job.attempts > 1) entry.job.may_have_written = true;
        if (entry.result) continue;
        if (job.finished) {
            entry.result = JobResult{
                .job = entry.job, .verdict = Verdict::kFinished, .status = {}, .code = {}};
        } else if (job.is_cancelled) {
            const bool is_batch = entry.job.job.kind == JobKind::kBatch;
            const std::string whose = is_batch ? "the" : "its";
            settle(entry.job, Verdict::kSkipped, whose + " batch was cancelled", 0);
        } else if (entry.attempts > limits_.attempts_max) {
            // Attempts are counted before the work, so a job that kills its worker ends here.
            const std::string tries = std::to_string(--entry.attempts);
            settle(entry.job, Verdict::kDead, tries + " attempts began and none came to an end", 0);
        }
    }
}

Result<void> PressRun::renew_lease() {
    if (!has_memory) return look_for_memory();
    const auto now = ports_.clock.steady_now();
    if (lease_until_ - now > limits_.http_timeout) return {};
    auto renewed = ports_.memory.renew(page_key_, token_, limits_.lease);
    if (renewed) lease_until_ = now + limits_.lease;
    if (!renewed && renewed.error().code == ErrorCode::kNotYet) return renewed;
    return {};
}

/// Redis knows nothing of this press, so neither does whoever took its jobs over meanwhile and
/// found the page up to date: a late write could go back to older data. With Redis back, all begins
/// anew.
Result<void> PressRun::look_for_memory() {
    if (auto read = read_memory(); !read || !has_memory) return read;
    return std::unexpected(Error{
        .code = ErrorCode::kNotYet,
        .message = "Redis is back: the press begins anew with what it remembers",
        .retry_after = Millis(1)});
}

std::vector<WaitingJob*> PressRun::active() {
    std::vector<WaitingJob*> jobs;
    for (Entry& entry : entries_) {
        if (entry.is_repeat || entry.result || entry.stamped) continue;
        jobs.push_back(&entry.job);
    }
    return jobs;
}

void PressRun::note_create_sent() {
    record.create_sent_at = ports_.clock.unix_now();
    for (WaitingJob* job : active()) job->create_sent_at = record.create_sent_at;
    if (!has_memory) return;
    has_noted_create_ = true;
    if (const auto noted = ports_.memory.note_create(page_key_, record.create_sent_at); !noted) {
        log_debug("create not noted", {{"page_key", page_key_}, {"reason", noted.error().message}});
    }
}

void PressRun::forget_create() {
    record.create_sent_at = 0;
    for (WaitingJob* job : active()) job->create_sent_at.reset();
    if (std::exchange(has_noted_create_, false)) (void)ports_.memory.note_create(page_key_, 0);
}

void PressRun::note_stamped(WaitingJob& job, std::int64_t version, const std::string& failed) {
    entry_of(job).stamped = {.version = version, .failed = failed};
}

bool PressRun::has_stamped() const {
    return std::ranges::any_of(entries_, [](const Entry& entry) {
        return entry.stamped && !entry.result;
    });
}

void PressRun::finish_stamped(const Result<void>& remaining_steps) {
    for (Entry& entry : entries_) {
        if (!entry.stamped || entry.result) continue;
        if (!remaining_steps) {
            fail_job(entry.job, remaining_steps.error());
        } else if (!entry.stamped->failed.empty()) {
            fail_job(entry.job, error_of_failed(entry.stamped->failed, entry.stamped->version));
        } else {
            settle(entry.job, Verdict::kDone, "", entry.stamped->version);
        }
    }
}

std::optional<UnixMillis> PressRun::create_sent_at() {
    UnixMillis latest = record.create_sent_at;
    for (const WaitingJob* job : active()) {
        latest = std::max(latest, job->create_sent_at.value_or(0));
    }
    if (latest == 0) return std::nullopt;
    return latest;
}

PressRun::Entry& PressRun::entry_of(const WaitingJob& job) {
    const auto found =
        std::ranges::find_if(entries_, [&](const Entry& entry) { return &entry.job == &job; });
    INVARIANT(found != entries_.end());
    return *found;
}

JobResult& PressRun::result_of(const WaitingJob& job) {
    Entry& entry = entry_of(job);
    INVARIANT(entry.result.has_value());
    return *entry.result;
}

/// Without memory nothing is known of earlier presses, so only an accepted version clears their
/// mark.
std::string PressRun::open_token_at_end() const {
    if (is_write_open) return token_;
    if (has_fenced) return {};
    return has_memory ? record.open_token : token_;
}

void PressRun::record_end() {
    EndRequest request{
        .page_key = page_key_,
        .token = token_,
        .page = record,
        .keeps_page = !record.page_id.empty() || record.create_sent_at != 0,
        .statuses = {},
    };
    request.page.open_token = open_token_at_end();
    for (const Entry& entry : entries_) {
        if (is_recorded_now(*entry.result)) request.statuses.push_back(entry.result->status);
    }
    if (const auto ended = ports_.memory.end(request); !ended) {
        log_debug("end not recorded", {{"page_key", page_key_}, {"reason", ended.error().message}});
    }
}

PressResult PressRun::end() {
    INVARIANT(!has_active() && !has_stamped());
    settle_repeats();
    delay_long_waits();
    if (has_begun_) {
        record_end();
    } else {
        for (const Entry& entry : entries_) {
            if (is_told(entry) && is_recorded_now(*entry.result))
                ports_.memory.record(entry.result->status);
        }
    }
    local_lease_ = {};
    if (suspect_press_) ports_.suspects->end(*suspect_press_);
    PressResult result{.key = key_, .results = {}, .not_before = not_before_};
    for (Entry& entry : entries_) result.results.push_back(std::move(*entry.result));
    return result;
}

}  // namespace pagepress::worker
