// PageMemory and SharedGates of one worker, over the network to the shared memory.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "tests/sim/world/network.h"
#include "tests/sim/world/oracle.h"
#include "tests/sim/world/shared_memory.h"
#include "worker/idempotency/batch_memory.h"

namespace pagepress::sim {

/// What Redis does not take of the ends of presses is kept and sent again, as RedisBacklog does.
class MemoryClient final : public PageMemory, public BatchMemory, public SharedGates {
public:
    MemoryClient(Engine& engine, const Link& link, SharedMemory& server, Oracle& oracle)
        : engine_(engine), link_(link), server_(server), oracle_(oracle) {}

    Result<std::vector<JobRecord>> count_attempts(const std::vector<const Job*>& jobs, UnixMillis)
        override;
    Result<Begun> begin(const BeginRequest& request) override;
    Result<void> renew(const std::string& page_key, const std::string& token, Millis lease)
        override;
    Result<void> note_create(const std::string& page_key, UnixMillis now) override;
    Result<void> end(const EndRequest& request) override;
    void record(const JobStatus& status) override;
    std::optional<std::string> issue_id(const std::string& site, const std::string& issue_key)
        override;
    void forget_issue_id(const std::string& site, const std::string& issue_key) override;
    void remember_issue_id(
        const std::string& site, const std::string& issue_key, const std::string& issue_id
    ) override;
    void close(const std::string& site, const SharedGate& gate) override;
    void open(const std::string& site, Endpoint endpoint) override;

    void note_accepted(const std::string&, const std::string&) override {}

    bool is_cancelled(const std::string&) override { return false; }

    void note_total(const std::string&, std::size_t) override {}

    void note_queued(const std::string&, const std::vector<std::string>&) override {}

    /// Sends what is kept; to be called often.
    void send_again();

private:
    static std::vector<Job> copies_of(const std::vector<const Job*>& jobs);

    Engine& engine_;
    const Link& link_;
    SharedMemory& server_;
    Oracle& oracle_;
    std::deque<std::function<void()>> kept_;
};

}  // namespace pagepress::sim
