// Attempts under way, in a folder of this machine: a job that kills its worker is still counted
// while Redis is away.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/mutex.h"

namespace pagepress::worker {

/// A job that is about to be executed.
struct Suspect {
    std::string job_id;
    int redrive = 0;
    int attempts = 1;  ///< known of otherwise, the one that begins included
};

/// One small file per press under way, named by its number, and the file `counts` with what presses
/// that were killed have left. What the process wrote outlives its end, not the machine's: a job
/// that takes a machine down is no matter of this. Thread-safe; blocks for small file operations.
class Suspects {
public:
    /// Takes the folder, makes it if need be, and reads what an earlier process has left there.
    /// @errors  kInvalidInput  it cannot be written, or another process uses it
    static Result<std::unique_ptr<Suspects>> open(const std::string& folder);

    ~Suspects();
    Suspects(const Suspects&) = delete;
    Suspects& operator=(const Suspects&) = delete;

    struct Begun {
        std::uint64_t press = 0;
        std::vector<int> attempts;  ///< of each job, in the order asked: the larger counts
    };

    /// Notes a press before its work.
    Begun begin(const std::vector<Suspect>& jobs);

    /// The press has come to its end, so none of its jobs is suspect any more.
    void end(std::uint64_t press);

private:
    Suspects(std::string folder, int lock) : folder_(std::move(folder)), lock_(lock) {}

    void take_over();
    void save_counts() REQUIRES(mutex_);
    [[nodiscard]] std::string path_of(std::uint64_t press) const;
    void write(const std::string& path, const std::string& text) REQUIRES(mutex_);

    const std::string folder_;
    const int lock_;  ///< descriptor of the locked file
    Mutex mutex_;
    std::map<std::string, int> counts_ GUARDED_BY(mutex_);  ///< by job id and redrive
    std::map<std::uint64_t, std::vector<std::string>> running_ GUARDED_BY(mutex_);
    std::uint64_t next_press_ GUARDED_BY(mutex_) = 1;
    bool has_warned_ GUARDED_BY(mutex_) = false;
};

}  // namespace pagepress::worker
