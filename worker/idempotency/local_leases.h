// Leases among the executors of one process: they hold with or without Redis.
#pragma once

#include <set>
#include <string>

#include "common/base/mutex.h"

namespace pagepress::worker {

/// Thread-safe set of page keys that are being pressed here.
class LocalLeases {
public:
    /// A held lease; gives it back when it dies. Movable.
    class Lease {
    public:
        Lease() = default;

        Lease(LocalLeases& leases, std::string page_key)
            : leases_(&leases), page_key_(std::move(page_key)) {}

        Lease(Lease&& other) noexcept { *this = std::move(other); }

        Lease& operator=(Lease&& other) noexcept;

        ~Lease() { give_back(); }

        [[nodiscard]] bool is_held() const { return leases_ != nullptr; }

    private:
        void give_back();

        LocalLeases* leases_ = nullptr;
        std::string page_key_;
    };

    /// The lease, or one that is not held if another executor has it.
    [[nodiscard]] Lease acquire(const std::string& page_key);

private:
    Mutex mutex_;
    std::set<std::string, std::less<>> held_ GUARDED_BY(mutex_);
};

}  // namespace pagepress::worker
