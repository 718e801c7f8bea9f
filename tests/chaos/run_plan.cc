#include "tests/chaos/run_plan.h"

#include <cstdio>

namespace pagepress::chaos {
namespace {

using namespace std::chrono_literals;

/// How often the brokers are asked whether they have got over the fault before.
constexpr auto kAskInterval = 500ms;
/// A broker that was stopped tells for a moment what it knew before.
constexpr auto kBrokersRest = 2s;
/// How long faults may wait while statuses are read: an ingress that is stopped answers late.
constexpr auto kStatusesMax = 1s;

}  // namespace

/// Of ours; empty if chance finds a version of another.
std::string People::any_page() {
    const auto& versions = trial_.versions();
    if (versions.empty()) return {};
    const PageVersion& version = versions[random_() % versions.size()];
    return version.is_own ? version.page : std::string();
}

void People::act() {
    const std::uint64_t what = random_() % 40;
    const std::string note = R"({"append":"<p>note-)" + std::to_string(++notes_) + R"(</p>"})";
    const std::string report = trial_.fleet.doors.report_page;
    if (what < 2) {
        edits_ += trial_.fleet.ask_site("pages/" + report + "/edit", note) ? 1 : 0;
        return;
    }
    const std::string page = any_page();
    // A snapshot whose page is in the trash is skipped, which would hide what it should show.
    if (page.empty() || page == report) return;
    if (what < 5) {
        edits_ += trial_.fleet.ask_site("pages/" + page + "/edit", note) ? 1 : 0;
    } else if (what < 7) {
        removals_ += trial_.fleet.ask_site("pages/" + page + "/trash") ? 1 : 0;
    }
}

PlanRun::PlanRun(Trial& trial, const std::vector<Step>& plan, const Clock& clock)
    : trial_(trial), clock_(clock), begun_at_(clock.steady_now()) {
    for (const Step& step : plan) lanes_[step.kind->lane].waiting.push_back(step);
}

/// Two brokers of three that are away are more than is promised to be survived: of jobs, of what
/// the group has committed, of the catalog's transactions. So all topics must be whole.
bool PlanRun::may_begin(Lane lane, const LaneState& state, SteadyTime now) {
    if (lane != Lane::kBrokers) return true;
    if (now < state.ended_at + kBrokersRest || now < brokers_asked_at_ + kAskInterval) return false;
    brokers_asked_at_ = now;
    return trial_.fleet.kafka.is_in_sync();
}

void PlanRun::step() {
    const SteadyTime now = clock_.steady_now();
    for (auto& [lane, state] : lanes_) step_lane(lane, state, now);
}

void PlanRun::step_lane(Lane lane, LaneState& state, SteadyTime now) {
    if (state.active) {
        if (now >= state.begun_at + state.active->length) end(state, now);
        return;
    }
    if (state.waiting.empty() || now < begun_at_ + state.waiting.front().at) return;
    if (!may_begin(lane, state, now)) return;
    state.active = state.waiting.front();
    state.waiting.pop_front();
    state.begun_at = now;
    std::printf("%s\n", to_text(*state.active).c_str());
    std::fflush(stdout);
    if (lane == Lane::kRedis) (void)trial_.note_ends(kStatusesMax);
    state.active->kind->begin(trial_.fleet, state.active->target);
}

void PlanRun::end(LaneState& state, SteadyTime now) {
    state.active->kind->end(trial_.fleet, state.active->target);
    FaultCount& count = counts_[std::string(state.active->kind->name)];
    ++count.times;
    count.length += std::chrono::duration_cast<Millis>(now - state.begun_at);
    state.active.reset();
    state.ended_at = now;
}

void PlanRun::finish() {
    const SteadyTime now = clock_.steady_now();
    for (auto& [lane, state] : lanes_) {
        state.waiting.clear();
        if (state.active) end(state, now);
    }
    trial_.fleet.mend();
}

}  // namespace pagepress::chaos
