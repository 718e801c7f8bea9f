#include "worker/doctor.h"

#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace pagepress::worker {

namespace {

constexpr Millis kFresh{5'000};

}  // namespace

Doctor::Doctor(EventLoop& loop, const Clock& clock, Examine examine)
    : loop_(loop), clock_(clock), examine_(std::move(examine)) {}

Doctor::~Doctor() {
    is_cancelled_ = true;
}

void Doctor::answer(Responder responder) {
    const bool is_fresh = !last_body_.empty() && clock_.steady_now() - last_at_ < kFresh;
    if (is_fresh) return responder.send({.status = 200, .body = last_body_});
    waiting_.push_back(std::move(responder));
    if (std::exchange(is_examining_, true)) return;
    thread_ = std::jthread([this] {
        const auto findings = examine_([this] { return is_cancelled_.load(); });
        const boost::json::object body{{"findings", to_json(findings)}};
        loop_.post([this, text = boost::json::serialize(body) + "\n"] { finish(text); });
    });
}

void Doctor::finish(std::string body) {
    is_examining_ = false;
    last_body_ = std::move(body);
    last_at_ = clock_.steady_now();
    for (Responder& responder : std::exchange(waiting_, {})) {
        responder.send({.status = 200, .body = last_body_});
    }
}

}  // namespace pagepress::worker
