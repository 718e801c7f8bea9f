#include "worker/limits/site_gates.h"

#include "common/base/log.h"

namespace pagepress::worker {

bool SiteGates::close(const std::string& site, SteadyTime until, const std::string& reason) {
    const auto now = clock_.steady_now();
    {
        const MutexLock lock(mutex_);
        const auto [found, is_new] = gates_.try_emplace(site, ClosedGate{until, reason});
        if (!is_new) {
            const bool was_closed = found->second.until > now;
            if (was_closed && found->second.until >= until) return false;
            found->second = {until, reason};
            if (was_closed) return false;
        }
    }
    metrics_
        .counter(
            "pagepress_gate_closed_total", "How often a site's gate was closed.", {{"site", site}}
        )
        .add();
    const auto wait = std::chrono::duration_cast<Millis>(until - now);
    log_warn("gate closed", {{"site", site}, {"wait_ms", wait.count()}, {"reason", reason}});
    return true;
}

std::optional<ClosedGate> SiteGates::closed(std::string_view site) const {
    const MutexLock lock(mutex_);
    const auto found = gates_.find(site);
    if (found == gates_.end() || found->second.until <= clock_.steady_now()) return std::nullopt;
    return found->second;
}

}  // namespace pagepress::worker
