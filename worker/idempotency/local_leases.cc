#include "worker/idempotency/local_leases.h"

#include <utility>

namespace pagepress::worker {

LocalLeases::Lease& LocalLeases::Lease::operator=(Lease&& other) noexcept {
    if (this == &other) return *this;
    give_back();
    leases_ = std::exchange(other.leases_, nullptr);
    page_key_ = std::move(other.page_key_);
    return *this;
}

void LocalLeases::Lease::give_back() {
    if (leases_ == nullptr) return;
    const MutexLock lock(leases_->mutex_);
    leases_->held_.erase(page_key_);
    leases_ = nullptr;
}

LocalLeases::Lease LocalLeases::acquire(const std::string& page_key) {
    const MutexLock lock(mutex_);
    if (!held_.insert(page_key).second) return {};
    return Lease(*this, page_key);
}

}  // namespace pagepress::worker
