// Jobs that are given up: copies on the dead-letter topic, with the reason in their headers.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/kafka/record.h"
#include "worker/consume/record_source.h"
#include "worker/press/press_result.h"

namespace pagepress::worker {

/// A letter and what to do once Kafka has it. Passive; the poll thread's.
class DeadLetters {
public:
    /// Called with the position of the record whose letter was acknowledged.
    using OnBuried = std::function<void(const RecordPosition&, const JobStatus*)>;

    DeadLetters(RecordSink& sink, std::string topic, const Clock& clock, OnBuried on_buried)
        : sink_(sink), topic_(std::move(topic)), clock_(clock), on_buried_(std::move(on_buried)) {}

    /// Buries a job. Headers: `page_id` (if the page is known), `reason`, `code`, `attempts`,
    /// `failed_at`, `partition`, `offset`.
    void bury(JobResult dead);

    /// Buries a record that is no job, as it came.
    void bury(const IncomingRecord& record, const RecordPosition& position, const Error& error);

    /// Delivery report of a letter: a letter that is not persisted is sent again.
    void on_delivery(const Delivery& delivery);

    /// Sends what could not be handed over or delivered before, about once a second. A letter that
    /// is too large for a record is sent with its value cut to 1 KiB and the header `cut_from`, its
    /// former size: offsets must not wait for it for ever.
    void send_waiting();

    [[nodiscard]] std::size_t open_count() const { return open_.size(); }

private:
    struct Letter {
        Record record;
        RecordPosition position;
        std::optional<JobStatus> status;
    };

    void add(Letter letter, const Error& error, int attempts);
    [[nodiscard]] bool send(std::uint64_t ticket);

    RecordSink& sink_;
    const std::string topic_;
    const Clock& clock_;
    const OnBuried on_buried_;
    std::uint64_t next_ticket_ = 1;
    std::map<std::uint64_t, Letter> open_;
    std::vector<std::uint64_t> waiting_;  ///< tickets not handed to the sink yet
    SteadyTime not_before_{};             ///< after a refusal, when the next try may be
};

}  // namespace pagepress::worker
