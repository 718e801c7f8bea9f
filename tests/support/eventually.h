// Waiting for a condition that another thread or process brings about.
#pragma once

#include <chrono>
#include <thread>

namespace pagepress::test {

/// Asks `predicate` every few milliseconds until it is true. Returns whether that happened before
/// the deadline, which is only there so that a broken test ends: give it generously.
template <typename Predicate>
bool eventually(std::chrono::milliseconds deadline, Predicate predicate) {
    const auto end = std::chrono::steady_clock::now() + deadline;
    while (!predicate()) {
        if (std::chrono::steady_clock::now() >= end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

}  // namespace pagepress::test
