#include "worker/doctor.h"

#include <chrono>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace pagepress::worker {

namespace {

constexpr Millis kFresh{5'000};

}  // namespace

Doctor::Doctor(EventLoop& loop, const Clock& clock, Examinations examinations)
    : loop_(loop), clock_(clock), examinations_(std::move(examinations)) {}

Doctor::~Doctor() {
    is_cancelled_ = true;
}

void Doctor::answer(Responder responder) {
    const SteadyTime now = clock_.steady_now();
    waiting_.push_back({.responder = std::move(responder), .asked_at = now});
    if (std::exchange(is_examining_, true)) return;
    const bool is_fresh = sites_ && now - sites_->ended_at < kFresh;
    const Sites sites = is_fresh ? Sites::kKept : Sites::kExamined;
    thread_ = std::jthread([this, sites, now] { examine(sites, now); });
}

/// The doctor's thread. What is quickly told comes last: it is no older than the answer, however
/// long the sites take.
void Doctor::examine(Sites sites, SteadyTime began_at) {
    std::optional<Look> look;
    if (sites == Sites::kExamined) {
        look = Look{
            .findings = examinations_.sites([this] { return is_cancelled_.load(); }),
            .began_at = began_at,
            .ended_at = clock_.steady_now(),
        };
    }
    loop_.post([this, look = std::move(look), own = examinations_.own()]() mutable {
        if (look) sites_ = std::move(look);
        finish(std::move(own));
    });
}

void Doctor::finish(std::vector<Finding> own) {
    is_examining_ = false;
    for (Asker& asker : std::exchange(waiting_, {})) {
        asker.responder.send({.status = 200, .body = body_for(asker, own)});
    }
}

std::string Doctor::body_for(const Asker& asker, std::vector<Finding> findings) const {
    const auto age =
        std::chrono::floor<std::chrono::seconds>(clock_.steady_now() - sites_->began_at);
    const bool is_old = asker.asked_at > sites_->began_at && age.count() > 0;
    const std::string note = is_old ? " (as of " + std::to_string(age.count()) + " s ago)" : "";
    for (Finding finding : sites_->findings) {
        finding.message += note;
        findings.push_back(std::move(finding));
    }
    const boost::json::object body{{"findings", to_json(findings)}};
    return boost::json::serialize(body) + "\n";
}

}  // namespace pagepress::worker
