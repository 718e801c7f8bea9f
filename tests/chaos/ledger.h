// What callers asked for and what they were answered. Shared by all caller threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "common/base/mutex.h"
#include "tests/chaos/evidence.h"

namespace pagepress::chaos {

/// Thread-safe.
class Ledger {
public:
    void note_accepted(AcceptedCall call) {
        const MutexLock lock(mutex_);
        accepted_.push_back(std::move(call));
        ++answers_[202];
    }

    /// Any other answer; 0: none came.
    void note_answer(int status) {
        const MutexLock lock(mutex_);
        ++answers_[status];
    }

    [[nodiscard]] std::vector<AcceptedCall> accepted() const {
        const MutexLock lock(mutex_);
        return accepted_;
    }

    [[nodiscard]] std::size_t accepted_count() const {
        const MutexLock lock(mutex_);
        return accepted_.size();
    }

    /// By status.
    [[nodiscard]] std::map<int, std::int64_t> answers() const {
        const MutexLock lock(mutex_);
        return answers_;
    }

private:
    mutable Mutex mutex_;
    std::vector<AcceptedCall> accepted_ GUARDED_BY(mutex_);
    std::map<int, std::int64_t> answers_ GUARDED_BY(mutex_);
};

/// An issue of the fake site and how often it was edited. Only one caller edits it.
struct Issue {
    std::string key;
    std::string id;
    std::atomic<std::int64_t> seq = 0;
};

/// Where callers call: set by the fleet, read by callers, who see a restarted ingress' port at
/// once.
struct Doors {
    std::string site_url;                     ///< of the fake itself, not of its gate
    std::string report_page;                  ///< holds the snapshot
    std::map<std::string, std::string> keys;  ///< API key by rule, snapshot or `site`
    std::deque<Issue> issues;                 ///< a deque: atomics stay where they are
    std::deque<std::atomic<int>> ingress_ports;
};

/// The first issues are those that the snapshot lists.
inline constexpr std::size_t kSnapshotIssues = 10;

}  // namespace pagepress::chaos
