// Redis as the workers use it: what their scripts do to its keys, in one step each. It may be away,
// lose everything, or fall back to an old copy.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/world/engine.h"
#include "worker/idempotency/page_memory.h"

namespace pagepress::sim {

using namespace pagepress::worker;

/// The server's side. The methods say what the scripts of RedisPageMemory, RedisGates and
/// RedisBacklog say.
class SharedMemory {
public:
    explicit SharedMemory(const Engine& engine) : engine_(engine) {}

    std::vector<JobRecord> count_attempts(const std::vector<Job>& jobs, int more);
    Result<Begun> begin(const BeginRequest& request, const std::vector<Job>& jobs);
    Result<void> renew(const std::string& page_key, const std::string& token, Millis lease);
    void note_create(const std::string& page_key, UnixMillis when);
    void end(const EndRequest& request);
    void record(const JobStatus& status);
    void release(const std::string& page_key, const std::string& token);
    void close_gate(const std::string& site, const SharedGate& gate);
    void open_gate(const std::string& site, Endpoint endpoint);

    std::map<std::string, std::string> aliases;

    void lose_everything();

    /// Keeps a copy for `fall_back`.
    void copy() { old_copy_ = state_; }

    void fall_back() { state_ = old_copy_; }

private:
    struct Lease {
        std::string token;
        Millis until{0};
    };

    struct Gate {
        SharedGate gate;
        Millis until{0};
        Millis probe_until{0};
    };

    using Gates = std::map<Endpoint, Gate>;  ///< of a site

    struct Status {
        std::optional<JobState> state;
        int redrive = 0;
        int attempts = 0;
    };

    struct State {
        std::map<std::string, Lease> leases;
        std::map<std::string, PageRecord> pages;
        std::map<std::string, Status> jobs;
        std::map<std::string, Gates> gates;
    };

    [[nodiscard]] Lease* held(const std::string& page_key);
    [[nodiscard]] std::optional<SharedGate> closed_gate(
        const Gates& gates, std::vector<Endpoint>& probes
    ) const;

    const Engine& engine_;
    State state_;
    State old_copy_;
};

}  // namespace pagepress::sim
