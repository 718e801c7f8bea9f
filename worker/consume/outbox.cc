#include "worker/consume/outbox.h"

#include <utility>

#include "common/base/log.h"

namespace pagepress::worker {

namespace {

constexpr Millis kRetryInterval{1000};
constexpr Millis kWarningInterval{60'000};

}  // namespace

void Outbox::send(Parcel parcel) {
    const std::uint64_t ticket = next_ticket_++;
    open_.emplace(ticket, std::move(parcel));
    waiting_.push_back(ticket);
    send_waiting();
}

void Outbox::send_waiting() {
    if (waiting_.empty() || clock_.steady_now() < not_before_) return;
    std::vector<std::uint64_t> still_waiting;
    bool is_full = false;
    for (const std::uint64_t ticket : std::exchange(waiting_, {})) {
        if (!is_full) {
            const auto sent = hand_over(ticket);
            if (sent) continue;
            not_before_ = clock_.steady_now() + kRetryInterval;
            // Whatever follows is refused too, unless it is this record that is not wanted.
            is_full = recovery_of(sent.error().code) == Recovery::kTransient;
        }
        still_waiting.push_back(ticket);
    }
    waiting_ = std::move(still_waiting);
}

Result<void> Outbox::hand_over(std::uint64_t ticket) {
    Parcel& parcel = open_.at(ticket);
    auto sent = sink_.append(parcel.record, ticket);
    if (!sent && sent.error().code == ErrorCode::kTooLarge && parcel.shorten != nullptr) {
        parcel.shorten(parcel.record);
        parcel.shorten = nullptr;
        sent = sink_.append(parcel.record, ticket);
    }
    if (!sent) warn(parcel.record.topic, sent.error().message);
    return sent;
}

/// An outage refuses every record, several times a minute.
void Outbox::warn(const std::string& topic, const std::string& reason) {
    const auto now = clock_.steady_now();
    if (now < next_warning_) return;
    next_warning_ = now + kWarningInterval;
    log_warn(
        "records not taken: sent again; offsets wait until the topic takes them",
        {{"topic", topic}, {"reason", reason}, {"records", open_.size()}}
    );
}

void Outbox::on_delivery(const Delivery& delivery) {
    const auto found = open_.find(delivery.ticket);
    if (found == open_.end()) return;
    if (delivery.persistence != Persistence::kPersisted) {
        warn(found->second.record.topic, delivery.reason);
        waiting_.push_back(delivery.ticket);
        not_before_ = clock_.steady_now() + kRetryInterval;
        return;
    }
    const Parcel parcel = std::move(found->second);
    open_.erase(found);
    parcel.on_persisted();
}

void Outbox::drop_waiting(const std::set<std::uint64_t>& epochs) {
    std::erase_if(waiting_, [&](std::uint64_t ticket) {
        const auto found = open_.find(ticket);
        if (!epochs.contains(found->second.position.epoch)) return false;
        open_.erase(found);
        return true;
    });
}

}  // namespace pagepress::worker
