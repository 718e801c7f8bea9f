#include "common/kafka/record_writer.h"

#include <utility>

#include <poll.h>

namespace pagepress {

Result<void> RecordWriter::open() {
    if (producer_ != nullptr) return {};
    auto producer =
        Producer::create(settings_, limits_, [this](const Delivery& delivery) { note(delivery); });
    if (!producer) return std::unexpected(std::move(producer.error()));
    producer_ = *std::move(producer);
    return {};
}

Result<void> RecordWriter::write(const std::vector<Record>& records) {
    const MutexLock lock(mutex_);
    return send(records);
}

std::vector<bool> RecordWriter::write_each(const std::vector<Record>& records) {
    const MutexLock lock(mutex_);
    static_cast<void>(send(records));
    return acknowledged_;
}

Result<void> RecordWriter::send(const std::vector<Record>& records) {
    acknowledged_.assign(records.size(), false);
    if (auto opened = open(); !opened) return opened;
    failure_.clear();
    for (std::size_t i = 0; i < records.size(); ++i) {
        if (const auto taken = producer_->append(records[i], i); !taken) {
            failure_ = taken.error().message;
            continue;
        }
        ++open_count_;
    }
    await_reports();
    if (failure_.empty()) return {};
    return fail(ErrorCode::kUnavailable, "Kafka did not acknowledge every record: " + failure_);
}

void RecordWriter::note(const Delivery& delivery) {
    --open_count_;
    const bool is_acknowledged = delivery.persistence == Persistence::kPersisted;
    acknowledged_.at(delivery.ticket) = is_acknowledged;
    if (!is_acknowledged) failure_ = delivery.reason;
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
