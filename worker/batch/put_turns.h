// Which of a worker's batches puts its jobs on Kafka next: one at a time, in order of arrival.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "common/base/mutex.h"

namespace pagepress::worker {

/// Thread-safe. While Kafka does not take the jobs of the batch whose turn it is, nobody waits, or
/// batches would hold every executor.
class PutTurns {
public:
    /// A turn; gives it back when it dies. Movable.
    class Turn {
    public:
        Turn() = default;

        Turn(PutTurns& turns, std::uint64_t ticket) : turns_(&turns), ticket_(ticket) {}

        Turn(Turn&& other) noexcept;
        Turn& operator=(Turn&&) = delete;
        ~Turn();

        [[nodiscard]] bool is_held() const { return turns_ != nullptr; }

        /// What Kafka said to a write of this turn.
        void note_written() const;
        void note_refused() const;

    private:
        PutTurns* turns_ = nullptr;
        std::uint64_t ticket_ = 0;
    };

    /// Waits for those who came before. A turn that is not held: one of them has found Kafka away.
    [[nodiscard]] Turn acquire() EXCLUDES(mutex_);

    /// Whether `acquire` would give no turn now, so that what is to be put need not be found yet.
    [[nodiscard]] bool is_stuck() const EXCLUDES(mutex_);

    /// Those who have a turn or wait for it.
    [[nodiscard]] std::size_t count() const EXCLUDES(mutex_);

private:
    void leave(std::uint64_t ticket) EXCLUDES(mutex_);
    enum class Answer { kWritten, kRefused };
    void note(Answer answer) EXCLUDES(mutex_);

    mutable Mutex mutex_;
    CondVar changed_;
    std::deque<std::uint64_t> line_ GUARDED_BY(mutex_);  ///< the first one has its turn
    std::uint64_t next_ticket_ GUARDED_BY(mutex_) = 0;
    Answer last_answer_ GUARDED_BY(mutex_) = Answer::kWritten;
};

}  // namespace pagepress::worker
