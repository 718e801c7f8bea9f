#include "ingress/record_sender.h"

#include <utility>

namespace pagepress::ingress {

namespace {

constexpr std::chrono::milliseconds kDeliveryMax{8'000};
constexpr std::chrono::milliseconds kFlushMax{10'000};

}  // namespace

Result<std::unique_ptr<RecordSender>> RecordSender::create(const KafkaSettings& settings) {
    std::unique_ptr<RecordSender> sender(new RecordSender());
    auto producer = Producer::create(
        settings,
        {.delivery_timeout = kDeliveryMax},
        [&sender = *sender](const Delivery& delivery) { sender.note(delivery); }
    );
    if (!producer) return std::unexpected(std::move(producer.error()));
    sender->producer_ = *std::move(producer);
    return sender;
}

std::vector<bool> RecordSender::send(const std::vector<Record>& records) {
    // Reports of an earlier call that come late have lower tickets.
    first_ticket_ += acknowledged_.size();
    acknowledged_.assign(records.size(), false);
    std::uint64_t ticket = first_ticket_;
    for (const Record& record : records) {
        // What is not taken stays without a report, as if it had not been delivered.
        if (auto taken = producer_->append(record, ticket++); !taken) continue;
    }
    producer_->flush(kFlushMax);
    return acknowledged_;
}

void RecordSender::note(const Delivery& delivery) {
    if (delivery.ticket < first_ticket_) return;
    acknowledged_.at(delivery.ticket - first_ticket_) =
        delivery.persistence == Persistence::kPersisted;
}

}  // namespace pagepress::ingress
