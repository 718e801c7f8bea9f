// Replies that wait for a delivery report: bounded by count, bytes and the age of the oldest.
// Passive; one thread.
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
    std::chrono::milliseconds age_max{2'000};
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
    /// means that the brokers do not answer: whoever comes then would only wait behind it.
    [[nodiscard]] bool has_room(std::size_t bytes, SteadyTime now, std::size_t count = 1) const {
        return count_ + count <= limits_.count_max && bytes_ + bytes <= limits_.bytes_max &&
               oldest_age(now) <= limits_.age_max;
    }

    /// Ticket that the next `add` gives.
    [[nodiscard]] std::uint64_t next_ticket() const { return first_ticket_ + slots_.size(); }

    std::uint64_t add(Reply reply, std::size_t bytes, SteadyTime now) {
        slots_.push_back({.reply = std::move(reply), .bytes = bytes, .added_at = now});
        ++count_;
        bytes_ += bytes;
        return next_ticket() - 1;
    }

    struct Taken {
        Reply reply;
        SteadyTime added_at;
    };

    /// Takes the reply of a ticket out; empty if it is not waiting (any more).
    std::optional<Taken> take(std::uint64_t ticket) {
        if (ticket < first_ticket_ || ticket >= next_ticket()) return std::nullopt;
        Slot& slot = slots_[static_cast<std::size_t>(ticket - first_ticket_)];
        if (!slot.reply) return std::nullopt;
        Taken taken{.reply = *std::move(slot.reply), .added_at = slot.added_at};
        slot.reply.reset();
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
    struct Slot {
        std::optional<Reply> reply;  ///< empty: answered, but an older one still waits
        std::size_t bytes;
        SteadyTime added_at;
    };

    const PendingLimits limits_;
    std::deque<Slot> slots_;  ///< its front always waits
    std::uint64_t first_ticket_ = 1;
    std::size_t count_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace pagepress::ingress
