// Records that something waits for: an offset may only move on when Kafka has them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "common/base/clock.h"
#include "common/kafka/record.h"
#include "worker/schedule/waiting_job.h"

namespace pagepress::worker {

/// A record on its way, and what to do once Kafka has it.
struct Parcel {
    Record record;
    RecordPosition position;  ///< of the record that it stands for
    std::function<void()> on_persisted;
    /// Makes a record smaller that Kafka does not take for its size; null: it stays as it is.
    void (*shorten)(Record&) = nullptr;
};

/// Hands records over and waits for their delivery reports; what is refused or not persisted is
/// sent again, about once a second, until Kafka has it. Passive; one thread's.
class Outbox {
public:
    /// `sink` gives its reports to `on_delivery`; both references outlive the outbox.
    Outbox(RecordSink& sink, const Clock& clock) : sink_(sink), clock_(clock) {}

    void send(Parcel parcel);

    void on_delivery(const Delivery& delivery);

    /// Sends what could not be handed over or delivered before.
    void send_waiting();

    /// Forgets what stands for records of these assignments and is not under way: the new owner of
    /// the partition has them again.
    void drop_waiting(const std::set<std::uint64_t>& epochs);

    /// Records without their delivery report.
    [[nodiscard]] std::size_t open_count() const { return open_.size(); }

private:
    [[nodiscard]] Result<void> hand_over(std::uint64_t ticket);
    void warn(const std::string& topic, const std::string& reason);

    RecordSink& sink_;
    const Clock& clock_;
    std::uint64_t next_ticket_ = 1;
    std::map<std::uint64_t, Parcel> open_;
    std::vector<std::uint64_t> waiting_;  ///< tickets not handed to the sink yet
    SteadyTime not_before_{};             ///< after a refusal, when the next try may be
    SteadyTime next_warning_{};
};

}  // namespace pagepress::worker
