// Fires schedules: decides which are due, puts their batches on Kafka, and counts a fire only when
// Kafka has it. Passive; the firing thread's.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/catalog/catalog.h"
#include "common/job/job.h"
#include "common/kafka/record.h"
#include "worker/firing/fire_log.h"
#include "worker/idempotency/batch_memory.h"

namespace pagepress::worker {

/// References outlive the Firing.
struct FiringPorts {
    const Catalog& catalog;
    const Clock& clock;
    FireLog& log;
    BatchMemory& batches;
    RecordSink& sink;
    Metrics& metrics;
};

/// The job of a fire. Its id is a function of the schedule and the nominal time alone, and it
/// counts as accepted at that time: whoever fires it again makes the same job, whose stamps are
/// looked for from the same moment on.
///
/// @param now  a fire that is made up for begins its spread here
[[nodiscard]] Job job_of_fire(
    const Schedule& schedule, UnixMillis nominal, UnixMillis now, std::int64_t catalog_offset
);

/// One fire per schedule is under way at most, so that what was decided only moves forward.
class Firing {
public:
    Firing(const FiringPorts& ports, std::string jobs_topic);

    /// This worker owns the schedules from now on (again): what others decided is read at the next
    /// step.
    void begin_term();

    /// This worker does not own the schedules any more; reports of open fires change nothing.
    void end_term();

    /// Fires what is due. To be called several times a second; blocks only for the log's `load`.
    void step();

    void on_delivery(const Delivery& delivery);

    /// Fires without a delivery report.
    [[nodiscard]] std::size_t open_count() const { return open_.size(); }

private:
    struct OpenFire {
        std::string schedule;
        std::string site;
        UnixMillis nominal = 0;
        std::string job_id;
    };

    [[nodiscard]] bool is_ready();
    [[nodiscard]] bool has_loaded();
    void forget_removed(const std::vector<WrittenSchedule>& schedules);
    void serve(const WrittenSchedule& written, UnixMillis now);
    void note_version(const WrittenSchedule& written);
    [[nodiscard]] UnixMillis undecided_since(const WrittenSchedule& written, UnixMillis now);
    void fire(const Schedule& schedule, UnixMillis nominal, UnixMillis now);
    void report_missed(
        const Schedule& schedule, UnixMillis after, UnixMillis until, std::string_view reason
    );
    void decide(const std::string& schedule, UnixMillis nominal);
    void save_if_due();

    const FiringPorts ports_;
    const std::string jobs_topic_;
    Counter fired_;
    Counter skipped_;
    Counter missed_;
    Histogram lateness_s_;

    enum class Term { kNone, kBegun, kLoaded } term_ = Term::kNone;
    SteadyTime load_until_{};
    SteadyTime next_load_{};
    SteadyTime next_save_{};
    enum class Saved { kAll, kStale } saved_ = Saved::kAll;
    DecidedTimes decided_;
    std::map<std::string, WrittenSchedule> versions_;  ///< as served last
    std::uint64_t next_ticket_ = 1;
    std::map<std::uint64_t, OpenFire> open_;
    std::set<std::string> being_fired_;  ///< schedules with an open fire
    SteadyTime next_warning_{};
};

}  // namespace pagepress::worker
