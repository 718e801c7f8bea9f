#include "worker/consume/poll_metrics.h"

#include <algorithm>

namespace pagepress::worker {

PollMetrics::PollMetrics(Metrics& metrics)
    : in_flight_(
          metrics.gauge("pagepress_records_in_flight", "Records delivered and not committable yet.")
      ),
      lag_(metrics.gauge(
          "pagepress_records_lag",
          "Records of this worker's partitions that are not finished, delivered or not; those that "
          "are finished above the committed offset do not count."
      )),
      oldest_(metrics.gauge(
          "pagepress_oldest_job_seconds",
          "Age of the oldest job in this worker that is not finished, from its acceptance or its "
          "time; without those on delayed topics."
      )),
      waiting_(metrics.gauge("pagepress_jobs_waiting", "Jobs that wait for their press.")),
      waiting_memory_(metrics.gauge(
          "pagepress_jobs_postponed_bytes", "Memory of jobs that wait for their time."
      )),
      running_(metrics.gauge("pagepress_presses_running", "Presses that run.")),
      received_(metrics.counter("pagepress_records_received_total", "Records received.")),
      not_stored_(metrics.counter(
          "pagepress_offsets_not_stored_total", "Refused tries to store an offset of our own."
      )) {}

void PollMetrics::show(const Backlog& backlog, const ExecutorLoad& load, UnixMillis now) {
    in_flight_.set(static_cast<double>(backlog.held));
    lag_.set(static_cast<double>(backlog.unfinished + backlog.undelivered));
    const UnixMillis age = backlog.oldest == 0 ? 0 : std::max<UnixMillis>(0, now - backlog.oldest);
    oldest_.set(static_cast<double>(age) / 1000);
    waiting_.set(static_cast<double>(load.waiting));
    waiting_memory_.set(static_cast<double>(backlog.waiting_bytes));
    running_.set(static_cast<double>(load.running));
}

}  // namespace pagepress::worker
