#include "worker/press/presser.h"

#include <algorithm>
#include <utility>

#include "common/base/log.h"
#include "common/base/trace_context.h"
#include "worker/batch/batch_press.h"
#include "worker/press/rule_press.h"
#include "worker/press/snapshot_press.h"

namespace pagepress::worker {

namespace {

/// Thousands of jobs may wait for one lease or gate, and be asked about several times a second.
LogLevel level_of(Verdict verdict) {
    if (verdict == Verdict::kSnooze) return LogLevel::kDebug;
    const bool is_failure = verdict == Verdict::kDead || verdict == Verdict::kRetry;
    return is_failure ? LogLevel::kWarn : LogLevel::kInfo;
}

}  // namespace

PressResult Presser::execute(Press press) {
    const auto began = ports_.clock.steady_now();
    const Job lead = press.jobs.front().job;
    PressRun run(ports_, limits_, std::move(press));
    const auto pressed = press_jobs(run, lead);
    if (!pressed) run.fail(pressed.error());
    const std::string page_key = run.page_key();
    PressResult result = run.end();
    report(result, page_key, began);
    return result;
}

Result<void> Presser::press_jobs(PressRun& run, const Job& lead) {
    if (auto read_far_enough = check_catalog(run); !read_far_enough) return read_far_enough;
    const auto site = ports_.catalog.site(lead.site);
    if (site == nullptr) {
        run.skip("site " + lead.site + " was deleted since the trigger");
        return {};
    }
    if (!site->enabled) {
        run.skip("site " + lead.site + " was switched off since the trigger");
        return {};
    }
    if (const auto gate = ports_.gates.closed(site->id)) {
        const auto wait =
            std::chrono::duration_cast<Millis>(gate->until - ports_.clock.steady_now());
        return std::unexpected(Error{
            .code = ErrorCode::kNotYet,
            .message = "the gate of site " + site->id + " is closed: " + gate->reason,
            .retry_after = std::max(wait, Millis(1)),
        });
    }
    if (lead.kind == JobKind::kRule) return press_rule(run, lead, site);
    const auto clients = ports_.clients.clients(*site);
    if (!clients) return std::unexpected(clients.error());
    GatedClients gated = behind_gates(*clients, lead);
    if (lead.kind == JobKind::kBatch) {
        return BatchPress(run, ports_, limits_, gated.clients()).press(lead);
    }
    return SnapshotPress(run, ports_, limits_, site, gated.clients()).press(lead.page_id);
}

Presser::GatedClients Presser::behind_gates(const SiteClients& clients, const Job& lead) {
    const GatedPress press{.site = lead.site, .page = route_key(lead)};
    return {
        .confluence = GatedConfluence(clients.confluence, ports_.gates, ports_.clock, press),
        .jira = GatedJira(clients.jira, ports_.gates, ports_.clock, press),
    };
}

Result<void> Presser::press_rule(
    PressRun& run, const Job& lead, const std::shared_ptr<const Site>& site
) {
    const auto rule = ports_.catalog.rule(lead.rule);
    if (rule == nullptr || !rule->enabled || rule->site != site->id) {
        run.skip("rule " + lead.rule + " was deleted or switched off since the trigger");
        return {};
    }
    const auto clients = ports_.clients.clients(*site);
    if (!clients) return std::unexpected(clients.error());
    GatedClients gated = behind_gates(*clients, lead);
    return RulePress(run, ports_, limits_, rule, gated.clients()).press(lead);
}

/// A worker whose catalog is older than the one a job was accepted under must not judge the job.
Result<void> Presser::check_catalog(PressRun& run) {
    // Read before the position: what is confirmed at a time is applied by then.
    const auto confirmed_at = ports_.catalog.confirmed_at();
    const std::int64_t position = ports_.catalog.position();
    bool is_behind = false;
    for (WaitingJob* job : run.active()) {
        if (job->job.catalog_offset <= position) continue;
        if (!job->catalog_awaited_since) job->catalog_awaited_since = ports_.clock.steady_now();
        // Whoever accepted the job had read up to its position before this process saw it. A
        // catalog that is whole since and ends before it is another one: the topic was made anew.
        const bool is_of_another = confirmed_at && *confirmed_at > *job->catalog_awaited_since;
        if (!is_of_another) {
            is_behind = true;
            continue;
        }
        log_warn(
            "a job was accepted under a catalog that is gone: judged by the one that is there",
            {{"job_id", job->job.id},
             {"job_position", job->job.catalog_offset},
             {"catalog_position", position}}
        );
    }
    if (!is_behind) return {};
    return std::unexpected(Error{
        .code = ErrorCode::kNotYet,
        .message = "this worker has not read the catalog up to the job's trigger yet",
        .retry_after = Millis(100),
    });
}

void Presser::count_child(JobState state) {
    ports_.metrics
        .counter(
            "pagepress_batch_jobs_ended_total",
            "Jobs of batches that came to their end, by state.",
            {{"state", std::string(pagepress::name_of(state))}}
        )
        .add();
}

void Presser::report(const PressResult& result, const std::string& page_key, SteadyTime began) {
    const auto elapsed =
        std::chrono::duration_cast<Millis>(ports_.clock.steady_now() - began).count();
    ports_.metrics.histogram("pagepress_press_seconds", "Time of a press.", latency_buckets_s())
        .observe(static_cast<double>(elapsed) / 1000);
    for (const JobResult& job : result.results) {
        const std::string_view verdict = name_of(job.verdict);
        ports_.metrics
            .counter(
                "pagepress_job_verdicts_total",
                "Verdicts of jobs, one per press a job took part in.",
                {{"verdict", std::string(verdict)}}
            )
            .add();
        const bool has_ended = job.verdict != Verdict::kFinished && is_terminal(job.status.state);
        if (has_ended && !job.job.job.parent.empty()) {
            count_child(job.status.state);
        }
        const bool is_failure = job.verdict == Verdict::kDead || job.verdict == Verdict::kRetry;
        log(level_of(job.verdict),
            "job pressed",
            {{"job_id", job.job.job.id},
             {"page_key", page_key.empty() ? result.key : page_key},
             {"attempt", job.status.attempts},
             {"code", is_failure ? pagepress::name_of(job.code) : verdict},
             {"verdict", verdict},
             {"trace_id", trace_id_of(job.job.traceparent)},
             {"version", job.status.version},
             {"reason", job.status.reason},
             {"elapsed_ms", elapsed}});
    }
}

}  // namespace pagepress::worker
