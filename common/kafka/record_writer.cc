#include "common/kafka/record_writer.h"

#include <utility>

#include <poll.h>

namespace pagepress {

Result<void> RecordWriter::open() {
    if (producer_ != nullptr) return {};
    auto producer = Producer::create(settings_, limits_, [this](const Delivery& delivery) {
        --open_count_;
        if (delivery.persistence != Persistence::kPersisted) failure_ = delivery.reason;
    });
    if (!producer) return std::unexpected(std::move(producer.error()));
    producer_ = *std::move(producer);
    return {};
}

Result<void> RecordWriter::write(const std::vector<Record>& records) {
    const MutexLock lock(mutex_);
    if (auto opened = open(); !opened) return opened;
    failure_.clear();
    for (const Record& record : records) {
        if (const auto taken = producer_->append(record, next_ticket_); !taken) {
            failure_ = taken.error().message;
            break;
        }
        ++next_ticket_;
        ++open_count_;
    }
    await_reports();
    if (failure_.empty()) return {};
    return fail(ErrorCode::kUnavailable, "Kafka did not acknowledge every record: " + failure_);
}

/// Every appended record gets its report, within the delivery time-out.
void RecordWriter::await_reports() {
    constexpr int kLookAgainMs = 100;  // the wake-up is a hint
    while (open_count_ > 0) {
        pollfd wake{.fd = producer_->wake_fd(), .events = POLLIN, .revents = 0};
        ::poll(&wake, 1, kLookAgainMs);
        producer_->poll();
    }
}

}  // namespace pagepress
