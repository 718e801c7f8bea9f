// A descriptor by which other threads wake a loop that polls.
#pragma once

#include <cstdint>

#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/invariant.h"

namespace pagepress {

/// Counts up to wake the owner's loop; readable while it is not zero.
class WakeFd {
public:
    WakeFd() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) { INVARIANT(fd_ >= 0); }

    ~WakeFd() { ::close(fd_); }

    WakeFd(const WakeFd&) = delete;
    WakeFd& operator=(const WakeFd&) = delete;

    [[nodiscard]] int get() const { return fd_; }

    void wake() const {
        constexpr std::uint64_t kOne = 1;
        // Fails only if the counter is at its end, and then the descriptor is readable anyway.
        [[maybe_unused]] const ssize_t written = ::write(fd_, &kOne, sizeof(kOne));
    }

    void reset() const {
        std::uint64_t count = 0;
        [[maybe_unused]] const ssize_t got = ::read(fd_, &count, sizeof(count));
    }

private:
    const int fd_;
};

}  // namespace pagepress
