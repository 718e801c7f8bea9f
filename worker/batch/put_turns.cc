#include "worker/batch/put_turns.h"

#include <utility>

namespace pagepress::worker {

PutTurns::Turn::Turn(Turn&& other) noexcept
    : turns_(std::exchange(other.turns_, nullptr)), ticket_(other.ticket_) {}

PutTurns::Turn::~Turn() {
    if (turns_ != nullptr) turns_->leave(ticket_);
}

void PutTurns::Turn::note_written() const {
    turns_->note(Answer::kWritten);
}

void PutTurns::Turn::note_refused() const {
    turns_->note(Answer::kRefused);
}

PutTurns::Turn PutTurns::acquire() {
    const MutexLock lock(mutex_);
    const std::uint64_t ticket = next_ticket_++;
    line_.push_back(ticket);
    while (line_.front() != ticket) {
        if (last_answer_ == Answer::kRefused) {
            std::erase(line_, ticket);
            return {};
        }
        changed_.wait(mutex_);
    }
    return {*this, ticket};
}

bool PutTurns::is_stuck() const {
    const MutexLock lock(mutex_);
    return last_answer_ == Answer::kRefused && !line_.empty();
}

std::size_t PutTurns::count() const {
    const MutexLock lock(mutex_);
    return line_.size();
}

void PutTurns::leave(std::uint64_t ticket) {
    const MutexLock lock(mutex_);
    std::erase(line_, ticket);
    changed_.notify_all();
}

void PutTurns::note(Answer answer) {
    const MutexLock lock(mutex_);
    last_answer_ = answer;
    changed_.notify_all();
}

}  // namespace pagepress::worker
