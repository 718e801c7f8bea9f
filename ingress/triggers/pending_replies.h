// Replies that wait for a delivery report: bounded by count, bytes and how long they wait. Passive;
// one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "common/base/clock.h"

namespace pagepress::ingress {

struct PendingLimits {
    std::size_t count_max = 20'000;
    std::size_t bytes_max = 32 * 1024 * 1024;  ///< of encoded records
    std::chrono::milliseconds age_max{2'000};  ///< of the oldest, and expected of another one
};

/// `Reply` is what waits: a responder and what its answer needs.
///
/// Tickets are consecutive, so that the table is a queue: adding, finding and knowing the oldest
/// are a few instructions each, whatever the order in which reports come.
template <typename Reply>
class PendingReplies {
public:
    explicit PendingReplies(PendingLimits limits) : limits_(limits) {}

    /// Whether `count` more replies, of `bytes` together, may wait. An oldest that is over its age
    /// means that the brokers do not answer: whoever comes then would only wait behind it. The age
    /// alone would notice too late that more come than the brokers take: of five times as much,
    /// ten seconds' work would be waiting after two.
    [[nodiscard]] bool has_room(std::size_t bytes, SteadyTime now, std::size_t count = 1) const {
        if (count_ + count > limits_.count_max || bytes_ + bytes > limits_.bytes_max) return false;
        const auto age = oldest_age(now);
        if (age <= limits_.age_max / kQueueShare) return true;
        return age <= limits_.age_max && expected_wait(count) <= limits_.age_max;
    }

    /// Ticket that the next `add` gives.
    [[nodiscard]] std::uint64_t next_ticket() const { return first_ticket_ + slots_.size(); }

    std::uint64_t add(Reply reply, std::size_t bytes, SteadyTime now) {
        ++count_;
        slots_.push_back(
            {.reply = std::move(reply), .bytes = bytes, .added_at = now, .place = count_}
        );
        bytes_ += bytes;
        return next_ticket() - 1;
    }

    struct Taken {
        Reply reply;
        SteadyTime added_at;
    };

    /// Takes the reply of a ticket out; empty if it is not waiting (any more).
    std::optional<Taken> take(std::uint64_t ticket, SteadyTime now) {
        if (ticket < first_ticket_ || ticket >= next_ticket()) return std::nullopt;
        Slot& slot = slots_[static_cast<std::size_t>(ticket - first_ticket_)];
        if (!slot.reply) return std::nullopt;
        Taken taken{.reply = *std::move(slot.reply), .added_at = slot.added_at};
        slot.reply.reset();
        note_wait(now - slot.added_at, slot.place);
        --count_;
        bytes_ -= slot.bytes;
        while (!slots_.empty() && !slots_.front().reply) {
            slots_.pop_front();
            ++first_ticket_;
        }
        return taken;
    }

    [[nodiscard]] std::size_t count() const { return count_; }

    [[nodiscard]] std::size_t bytes() const { return bytes_; }

    /// How long the oldest has waited; zero if none does.
    [[nodiscard]] std::chrono::milliseconds oldest_age(SteadyTime now) const {
        if (slots_.empty()) return std::chrono::milliseconds(0);
        return std::chrono::duration_cast<std::chrono::milliseconds>(now - slots_.front().added_at);
    }

private:
    /// As long as the oldest has waited for no more than this part of `age_max`, nothing is a
    /// queue: whatever comes may wait.
    static constexpr int kQueueShare = 8;
    /// About so many of the last replies tell how long another one would wait.
    static constexpr double kRemembered = 512;

    struct Slot {
        std::optional<Reply> reply;  ///< empty: answered, but an older one still waits
        std::size_t bytes;
        SteadyTime added_at;
        std::size_t place;  ///< how many waited when it came, with itself
    };

    using Seconds = std::chrono::duration<double>;

    void note_wait(Seconds wait, std::size_t place) {
        constexpr double kKept = 1 - 1 / kRemembered;
        waits_ = waits_ * kKept + wait;
        places_ = places_ * kKept + static_cast<double>(place);
    }

    /// How long the last of `count` more would wait: who came as the n-th and waited for t has seen
    /// n records done in t (Little's law). While nothing is done at all, this is right for as many
    /// as have come in `age_max` before, so that it is no stricter than the age.
    [[nodiscard]] Seconds expected_wait(std::size_t count) const {
        return places_ > 0 ? waits_ * (static_cast<double>(count_ + count) / places_) : Seconds(0);
    }

    const PendingLimits limits_;
    std::deque<Slot> slots_;  ///< its front always waits
    std::uint64_t first_ticket_ = 1;
    std::size_t count_ = 0;
    std::size_t bytes_ = 0;
    Seconds waits_{0};   ///< sum over the replies taken lately, older ones weigh less
    double places_ = 0;  ///< sum of the places they had in the queue, weighed alike
};

}  // namespace pagepress::ingress
