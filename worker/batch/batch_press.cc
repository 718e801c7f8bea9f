#include "worker/batch/batch_press.h"

#include <algorithm>
#include <utility>

#include "common/base/log.h"
#include "worker/batch/expand.h"

namespace pagepress::worker {

namespace {

/// Jobs that wait for their delivery reports together; between two parts the lease is kept, and
/// whether the batch was called off is asked.
constexpr std::size_t kJobsPerPart = 500;

/// Names of local leases. Not page keys: they have no slash.
std::string turn_of_site(const std::string& site) {
    return "batch:" + site;
}

std::string slot_name(std::size_t slot) {
    return "batch#" + std::to_string(slot);
}

LocalLeases::Lease acquire_slot(LocalLeases& leases, std::size_t slot_count) {
    for (std::size_t slot = 0; slot < slot_count; ++slot) {
        if (auto lease = leases.acquire(slot_name(slot)); lease.is_held()) return lease;
    }
    return {};
}

std::unexpected<Error> wait_for(std::string other) {
    return std::unexpected(Error{
        .code = ErrorCode::kNotYet, .message = std::move(other), .retry_after = Millis(100)});
}

/// After a write that Kafka did not acknowledge, which itself takes the producer's delivery
/// time-out.
constexpr Millis kKafkaWait{10'000};

/// Kafka that is away is no fault of the batch: it waits for as long as that takes, and spends no
/// attempt.
Error not_written(Error error, const Job& batch) {
    if (error.code != ErrorCode::kUnavailable) return error;
    log_warn(
        "the jobs of a batch are not on Kafka: tried again",
        {{"job_id", batch.id}, {"reason", error.message}}
    );
    return {
        .code = ErrorCode::kNotYet, .message = std::move(error.message), .retry_after = kKafkaWait};
}

std::vector<std::string> ids_of(const std::vector<Job>& jobs) {
    std::vector<std::string> ids;
    ids.reserve(jobs.size());
    for (const Job& job : jobs) ids.push_back(job.id);
    return ids;
}

}  // namespace

Result<void> BatchPress::press(const Job& batch) {
    // Of each site one batch at a time: a site that does not answer delays only itself. The slots
    // bound the selected jobs in memory and leave executors to the presses of pages.
    const LocalLeases::Lease turn = ports_.leases.acquire(turn_of_site(batch.site));
    if (!turn.is_held()) return wait_for("another batch of the site is being put on Kafka");
    const LocalLeases::Lease slot = acquire_slot(ports_.leases, limits_.batches_at_once);
    if (!slot.is_held()) return wait_for("as many batches as may are being put on Kafka");
    if (ports_.put_turns.is_stuck()) return wait_for("Kafka takes the jobs of no batch now");
    if (auto begun = run_.begin(route_key(batch), batch.site); !begun) return begun;
    if (!run_.has_active()) return {};
    run_.has_fenced = true;  // there is no page whose writes could be open
    if (!has_rule(batch)) {
        run_.skip("rule " + batch.batch->rule + " was deleted or switched off since the trigger");
        return {};
    }
    auto jobs = select_jobs(
        batch,
        {.catalog = ports_.catalog,
         .jira = clients_.jira,
         .confluence = clients_.confluence,
         .issues_max = limits_.batch_issues_max}
    );
    if (!jobs) return std::unexpected(std::move(jobs.error()));
    const std::vector<Job> children =
        as_children(batch, *std::move(jobs), ports_.catalog.position());
    const auto is_put = put(batch, children, run_.active().front()->traceparent);
    if (!is_put) return std::unexpected(is_put.error());
    if (*is_put) {
        run_.complete(0, std::to_string(children.size()) + " jobs were put on the queue", {});
    } else {
        run_.skip("the batch was cancelled");
    }
    return {};
}

Result<bool> BatchPress::put(
    const Job& batch, const std::vector<Job>& children, const std::string& traceparent
) {
    Counter written = ports_.metrics.counter(
        "pagepress_batch_jobs_written_total", "Jobs of batches that were put on Kafka."
    );
    ports_.batches.note_total(batch.id, children.size());
    const PutTurns::Turn turn = ports_.put_turns.acquire();
    if (!turn.is_held()) return wait_for("Kafka takes the jobs of no batch now");
    for (std::size_t from = 0; from < children.size(); from += kJobsPerPart) {
        if (ports_.batches.is_cancelled(batch.id)) return false;
        if (auto renewed = run_.renew_lease(); !renewed) return std::unexpected(renewed.error());
        const auto begin = children.begin() + static_cast<std::ptrdiff_t>(from);
        const std::size_t count = std::min(kJobsPerPart, children.size() - from);
        const std::vector<Job> part(begin, begin + static_cast<std::ptrdiff_t>(count));
        if (auto put = ports_.jobs.write(part, traceparent); !put) {
            turn.note_refused();
            return std::unexpected(not_written(std::move(put.error()), batch));
        }
        turn.note_written();
        ports_.batches.note_queued(batch.id, ids_of(part));
        written.add(static_cast<double>(count));
    }
    return true;
}

bool BatchPress::has_rule(const Job& batch) const {
    if (batch.batch->rule.empty()) return true;
    const auto rule = ports_.catalog.rule(batch.batch->rule);
    return rule != nullptr && rule->enabled && rule->site == batch.site;
}

}  // namespace pagepress::worker
