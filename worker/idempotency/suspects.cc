#include "worker/idempotency/suspects.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/base/log.h"

namespace pagepress::worker {

namespace {

namespace fs = std::filesystem;

constexpr const char* kPressEnding = ".press";

std::string key_of(const Suspect& job) {
    return job.job_id + "/" + std::to_string(job.redrive);
}

std::string line_of(const std::string& key, int attempts) {
    return key + " " + std::to_string(attempts) + "\n";
}

/// Lines of key and count; a line that a kill cut off in its middle is no line.
void read_counts(const fs::path& path, std::map<std::string, int>& counts) {
    std::ifstream file(path);
    std::string key;
    int attempts = 0;
    while (file >> key >> attempts) {
        if (file.get() != '\n') return;
        int& known = counts[key];
        known = std::max(known, attempts);
    }
}

std::unexpected<Error> cannot_use(const std::string& folder, const std::string& why) {
    return fail(
        ErrorCode::kInvalidInput,
        "the folder '" + folder + "' of --state-dir cannot be used: " + why +
            "; give every worker a folder of its own that it may write"
    );
}

}  // namespace

Result<std::unique_ptr<Suspects>> Suspects::open(const std::string& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return cannot_use(folder, error.message());
    const std::string path = folder + "/lock";
    const int lock = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0) return cannot_use(folder, std::generic_category().message(errno));
    std::unique_ptr<Suspects> suspects(new Suspects(folder, lock));
    if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
        return cannot_use(folder, "another process uses it");
    }
    suspects->take_over();
    return suspects;
}

Suspects::~Suspects() {
    ::close(lock_);
}

/// The counts are saved before the files that they come from are removed.
void Suspects::take_over() {
    const MutexLock lock(mutex_);
    read_counts(folder_ + "/counts", counts_);
    std::vector<fs::path> left;
    std::error_code error;
    for (fs::directory_iterator at(folder_, error), end; !error && at != end; at.increment(error)) {
        if (at->path().extension() == kPressEnding) left.push_back(at->path());
    }
    for (const fs::path& path : left) read_counts(path, counts_);
    if (left.empty()) return;
    save_counts();
    for (const fs::path& path : left) fs::remove(path, error);
    log_warn(
        "an earlier process ended in the middle of presses: their attempts count",
        {{"presses", left.size()}, {"jobs", counts_.size()}}
    );
}

Suspects::Begun Suspects::begin(const std::vector<Suspect>& jobs) {
    const MutexLock lock(mutex_);
    Begun begun{.press = next_press_++, .attempts = {}};
    std::string text;
    std::vector<std::string>& keys = running_[begun.press];
    for (const Suspect& job : jobs) {
        std::string key = key_of(job);
        const auto known = counts_.find(key);
        const int counted = known == counts_.end() ? 0 : known->second + 1;
        begun.attempts.push_back(std::max(counted, job.attempts));
        text += line_of(key, begun.attempts.back());
        keys.push_back(std::move(key));
    }
    write(path_of(begun.press), text);
    return begun;
}

void Suspects::end(std::uint64_t press) {
    const MutexLock lock(mutex_);
    const auto found = running_.find(press);
    if (found == running_.end()) return;
    std::size_t forgotten = 0;
    for (const std::string& key : found->second) forgotten += counts_.erase(key);
    running_.erase(found);
    if (forgotten > 0) save_counts();
    std::error_code error;
    fs::remove(path_of(press), error);
}

void Suspects::save_counts() {
    std::string text;
    for (const auto& [key, attempts] : counts_) text += line_of(key, attempts);
    const std::string path = folder_ + "/counts";
    write(path + ".new", text);
    std::error_code error;
    fs::rename(path + ".new", path, error);
}

std::string Suspects::path_of(std::uint64_t press) const {
    return folder_ + "/" + std::to_string(press) + kPressEnding;
}

/// A full disk stops no work: what is not noted is only not counted.
void Suspects::write(const std::string& path, const std::string& text) {
    std::ofstream file(path, std::ios::trunc);
    file << text;
    file.close();
    if (file || has_warned_) return;
    has_warned_ = true;
    log_warn("attempts not noted: the state folder takes no file", {{"file", path}});
}

}  // namespace pagepress::worker
