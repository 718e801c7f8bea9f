// Jobs that are given up: copies on the dead-letter topic, with the reason in their headers.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/kafka/record.h"
#include "worker/consume/outbox.h"
#include "worker/consume/record_source.h"
#include "worker/press/press_result.h"

namespace pagepress::worker {

/// A letter that is too large for a record is sent with its value cut to 1 KiB and the header
/// `cut_from`, its former size: offsets must not wait for it for ever. Passive; the poll thread's.
class DeadLetters {
public:
    /// Called with the position of the record whose letter was acknowledged.
    using OnBuried = std::function<void(const RecordPosition&, const JobStatus*)>;

    DeadLetters(Outbox& outbox, std::string topic, const Clock& clock, OnBuried on_buried)
        : outbox_(outbox),
          topic_(std::move(topic)),
          clock_(clock),
          on_buried_(std::move(on_buried)) {}

    /// Buries a job. Headers: `page_id` (if the page is known), `first_failed_at` (if an attempt
    /// failed or had to wait before) [Unix ms], `reason`, `code`, `attempts`, `failed_at` [Unix
    /// ms], `partition`, `offset`.
    void bury(JobResult dead);

    /// Buries a record that is no job, as it came.
    void bury(const IncomingRecord& record, const RecordPosition& position, const Error& error);

private:
    struct Letter {
        Record record;
        RecordPosition position;
        std::optional<JobStatus> status;
    };

    void send(Letter letter, const Error& error, int attempts);

    Outbox& outbox_;
    const std::string topic_;
    const Clock& clock_;
    const OnBuried on_buried_;
};

}  // namespace pagepress::worker
