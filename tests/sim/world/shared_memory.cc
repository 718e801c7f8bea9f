#include "tests/sim/world/shared_memory.h"

#include <algorithm>

namespace pagepress::sim {

std::vector<JobRecord> SharedMemory::count_attempts(const std::vector<Job>& jobs, int more) {
    std::vector<JobRecord> records;
    for (const Job& job : jobs) {
        const auto known = state_.jobs.find(job.id);
        const bool is_known = known != state_.jobs.end() && known->second.state;
        const bool is_older = is_known && known->second.redrive < job.redrive;
        if (is_known && known->second.redrive > job.redrive) {
            records.push_back({.finished = JobState::kDead, .attempts = 0});
        } else if (is_known && is_terminal(*known->second.state) && !is_older) {
            records.push_back({.finished = known->second.state, .attempts = 0});
        } else {
            if (is_older) state_.jobs.erase(known);
            Status& status = state_.jobs[job.id];
            status.state = JobState::kRunning;
            status.redrive = job.redrive;
            status.attempts += more;
            records.push_back({.finished = std::nullopt, .attempts = status.attempts});
        }
    }
    return records;
}

SharedMemory::Lease* SharedMemory::held(const std::string& page_key) {
    const auto found = state_.leases.find(page_key);
    if (found == state_.leases.end()) return nullptr;
    if (found->second.until > engine_.now()) return &found->second;
    state_.leases.erase(found);
    return nullptr;
}

/// The gate that is closed for longest, and those that wait for a probe.
std::optional<SharedGate> SharedMemory::closed_gate(
    const Gates& gates, std::vector<Endpoint>& probes
) const {
    constexpr Millis kProbeAskAgain{500};
    std::optional<SharedGate> closed;
    for (const auto& [endpoint, gate] : gates) {
        Millis wait = gate.until - engine_.now();
        if (wait <= Millis(0) && gate.gate.kind != GateKind::kAsked) {
            const Millis left = gate.probe_until - engine_.now();
            if (left > Millis(0)) {
                wait = std::min(left, kProbeAskAgain);
            } else {
                probes.push_back(endpoint);
            }
        }
        if (wait <= Millis(0) || (closed && wait <= closed->wait)) continue;
        closed = gate.gate;
        closed->wait = wait;
    }
    return closed;
}

Result<Begun> SharedMemory::begin(const BeginRequest& request, const std::vector<Job>& jobs) {
    Gates& gates = state_.gates[request.site];
    std::vector<Endpoint> probes;
    if (auto closed = closed_gate(gates, probes)) {
        return Begun{.page = {}, .jobs = {}, .closed = std::move(closed), .probes = {}};
    }
    if (const Lease* lease = held(request.page_key)) {
        return std::unexpected(Error{
            .code = ErrorCode::kNotYet,
            .message = "another worker is pressing this page",
            .retry_after = std::min(lease->until - engine_.now(), Millis(250))});
    }
    state_.leases[request.page_key] = {request.token, engine_.now() + request.lease};
    PageRecord& page = state_.pages[request.page_key];
    Begun begun{.page = page, .jobs = {}};
    for (const Endpoint endpoint : probes) {
        Gate& gate = gates.at(endpoint);
        gate.probe_until = engine_.now() + request.probe_max;
        begun.probes.push_back(gate.gate);
    }
    page.open_token = request.token;
    begun.jobs = count_attempts(jobs, request.has_counted ? 0 : 1);
    return begun;
}

Result<void> SharedMemory::renew(
    const std::string& page_key, const std::string& token, Millis lease
) {
    const Lease* holder = held(page_key);
    if (holder != nullptr && holder->token != token) {
        return fail(ErrorCode::kNotYet, "the lease of this page went to another press");
    }
    state_.leases[page_key] = {token, engine_.now() + lease};
    state_.pages[page_key].open_token = token;
    return {};
}

void SharedMemory::note_create(const std::string& page_key, UnixMillis when) {
    state_.pages[page_key].create_sent_at = when;
}

void SharedMemory::end(const EndRequest& request) {
    const Lease* lease = held(request.page_key);
    if (lease != nullptr && lease->token == request.token) {
        PageRecord& page = state_.pages[request.page_key];
        if (request.keeps_page) page = request.page;
        page.open_token = request.page.open_token;
        state_.leases.erase(request.page_key);
    }
    for (const JobStatus& status : request.statuses) {
        Status& known = state_.jobs[status.job.id];
        if (known.state && known.redrive > status.job.redrive) continue;
        const bool is_open = !known.state || *known.state == JobState::kRunning;
        if (status.state == JobState::kRunning && !is_open) continue;
        known = {status.state, status.job.redrive, status.attempts};
    }
}

void SharedMemory::record(const JobStatus& status) {
    Status& known = state_.jobs[status.job.id];
    if (known.state && known.redrive > status.job.redrive) return;
    const bool is_older = known.state && known.redrive < status.job.redrive;
    if (known.state && *known.state != JobState::kRunning && !is_older) return;
    known = {status.state, status.job.redrive, status.attempts};
}

void SharedMemory::release(const std::string& page_key, const std::string& token) {
    const Lease* lease = held(page_key);
    if (lease != nullptr && lease->token == token) state_.leases.erase(page_key);
}

void SharedMemory::close_gate(const std::string& site, const SharedGate& gate) {
    Gate& known = state_.gates[site][gate.endpoint];
    const Millis until = engine_.now() + gate.wait;
    if (known.until < until) known = {.gate = gate, .until = until, .probe_until = Millis(0)};
}

void SharedMemory::open_gate(const std::string& site, Endpoint endpoint) {
    Gates& gates = state_.gates[site];
    const auto known = gates.find(endpoint);
    if (known != gates.end() && known->second.until <= engine_.now()) gates.erase(known);
}

void SharedMemory::lose_everything() {
    state_ = {};
    aliases.clear();
}

}  // namespace pagepress::sim
