// What runs and what waits for another try, for people who ask why.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "worker/press/press_result.h"
#include "worker/schedule/keyed_scheduler.h"

namespace pagepress::worker {

/// Thread-safe. Told by the executors; nothing depends on it.
class PressBoard {
public:
    /// So many parked keys are remembered; of more only the number is told.
    static constexpr std::size_t kParkedMax = 10'000;

    /// `clock` outlives it.
    explicit PressBoard(const Clock& clock) : clock_(clock) {}

    void begin(const Press& press);

    /// A key whose jobs come again is parked until the press that follows.
    void end(const PressResult& result);

    struct Running {
        std::string key;
        std::string site;
        std::size_t jobs = 0;
        std::string first_job;  ///< id
        UnixMillis since = 0;
    };

    struct Parked {
        std::string key;
        std::string site;
        std::size_t jobs = 0;
        std::string first_job;
        int attempts = 0;  ///< of the first job
        std::string reason;
        UnixMillis since = 0;
        UnixMillis until = 0;
    };

    struct View {
        std::vector<Running> running;  ///< in order of keys
        std::size_t running_count = 0;
        std::vector<Parked> parked;    ///< those whose time has not come; in order of keys
        std::size_t parked_count = 0;  ///< forgotten ones included
    };

    /// @param rows_max  of each list
    [[nodiscard]] View view(std::size_t rows_max) const;

private:
    void forget_past(UnixMillis now) REQUIRES(mutex_);

    const Clock& clock_;
    mutable Mutex mutex_;
    std::map<std::string, Running> running_ GUARDED_BY(mutex_);
    std::map<std::string, Parked> parked_ GUARDED_BY(mutex_);
    std::size_t not_kept_ GUARDED_BY(mutex_) = 0;  ///< parked while there was no room
    UnixMillis next_sweep_ GUARDED_BY(mutex_) = 0;
};

}  // namespace pagepress::worker
