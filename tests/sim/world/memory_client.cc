#include "tests/sim/world/memory_client.h"

#include <utility>

namespace pagepress::sim {

namespace {

std::unexpected<Error> away() {
    return fail(ErrorCode::kUnavailable, "Redis does not answer");
}

}  // namespace

std::vector<Job> MemoryClient::copies_of(const std::vector<const Job*>& jobs) {
    std::vector<Job> copies;
    for (const Job* job : jobs) copies.push_back(*job);
    return copies;
}

Result<std::vector<JobRecord>> MemoryClient::count_attempts(
    const std::vector<const Job*>& jobs, UnixMillis
) {
    auto counted = call(engine_, link_, [&server = server_, copies = copies_of(jobs)] {
        return server.count_attempts(copies, 1);
    });
    if (!counted.value) return away();
    return *std::move(counted.value);
}

Result<Begun> MemoryClient::begin(const BeginRequest& request) {
    auto begun =
        call(engine_, link_, [&server = server_, request, copies = copies_of(request.jobs)] {
            return server.begin(request, copies);  // whose own pointers may be dangling by now
        });
    if (!begun.value) return away();
    return *std::move(begun.value);
}

Result<void> MemoryClient::renew(
    const std::string& page_key, const std::string& token, Millis lease
) {
    auto renewed = call(engine_, link_, [&server = server_, page_key, token, lease] {
        return server.renew(page_key, token, lease);
    });
    if (!renewed.value) return away();
    return *std::move(renewed.value);
}

Result<void> MemoryClient::note_create(const std::string& page_key, UnixMillis now) {
    const auto noted = call(engine_, link_, [&server = server_, page_key, now] {
        server.note_create(page_key, now);
        return true;
    });
    if (!noted.value) return away();
    return {};
}

Result<void> MemoryClient::end(const EndRequest& request) {
    const auto ended = call(engine_, link_, [&server = server_, &oracle = oracle_, request] {
        server.end(request);
        for (const JobStatus& status : request.statuses) oracle.on_recorded(status);
        return true;
    });
    if (ended.value) return {};
    if (engine_.is_unwinding()) return away();
    for (const JobStatus& status : request.statuses) {
        if (!is_terminal(status.state)) continue;
        kept_.emplace_back([this, status] { record(status); });
    }
    kept_.emplace_back([this, page_key = request.page_key, token = request.token] {
        post(engine_, link_, [&server = server_, page_key, token] {
            server.release(page_key, token);
            return true;
        });
    });
    return away();
}

void MemoryClient::record(const JobStatus& status) {
    if (link_.is_down) {
        kept_.emplace_back([this, status] { record(status); });
        return;
    }
    post(engine_, link_, [&server = server_, &oracle = oracle_, status] {
        server.record(status);
        oracle.on_recorded(status);
        return true;
    });
}

void MemoryClient::send_again() {
    if (link_.is_down) return;
    for (const auto& command : std::exchange(kept_, {})) command();
}

std::optional<std::string> MemoryClient::issue_id(
    const std::string& site, const std::string& issue_key
) {
    auto found = call(engine_, link_, [&server = server_, name = site + "/" + issue_key] {
        return server.aliases[name];
    });
    if (!found.value || found.value->empty()) return std::nullopt;
    return *std::move(found.value);
}

void MemoryClient::forget_issue_id(const std::string& site, const std::string& issue_key) {
    post(engine_, link_, [&server = server_, name = site + "/" + issue_key] {
        return server.aliases.erase(name);
    });
}

void MemoryClient::remember_issue_id(
    const std::string& site, const std::string& issue_key, const std::string& issue_id
) {
    post(engine_, link_, [&server = server_, name = site + "/" + issue_key, issue_id] {
        server.aliases[name] = issue_id;
        return true;
    });
}

void MemoryClient::close(const std::string& site, const SharedGate& gate) {
    post(engine_, link_, [&server = server_, site, gate] {
        server.close_gate(site, gate);
        return true;
    });
}

void MemoryClient::open(const std::string& site, Endpoint endpoint) {
    post(engine_, link_, [&server = server_, site, endpoint] {
        server.open_gate(site, endpoint);
        return true;
    });
}

}  // namespace pagepress::sim
