// One schedule: a world, what happens in it, and what the oracles say of it. All from one seed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/sim/world/ingress_node.h"
#include "tests/sim/world/people.h"
#include "tests/sim/world/setting.h"
#include "tests/sim/world/worker_node.h"

namespace pagepress::sim {

struct Outcome {
    std::string violation;  ///< empty: none
    std::uint64_t trace_hash = 0;
    Millis took{0};  ///< virtual time
    std::map<std::string, std::int64_t> reached;
    std::vector<std::string> lines;  ///< the trace, if it was asked for
};

enum class Trace { kHash, kLines };

class Schedule final : public Truth {
public:
    Schedule(std::uint64_t seed, Trace trace);
    ~Schedule() override;
    Schedule(const Schedule&) = delete;
    Schedule& operator=(const Schedule&) = delete;

    /// Once.
    Outcome run();

    [[nodiscard]] std::string page_key_of(const Job& job) const override;
    [[nodiscard]] std::vector<std::string> subjects_of(const Job& job) const override;
    [[nodiscard]] bool shows(const std::string& page_id, const std::string& subject, Millis from)
        const override;
    [[nodiscard]] bool is_current(const std::string& page_id) const override;
    [[nodiscard]] bool has_labels(const std::string& page_id, const Job& job) const override;

private:
    struct Slot {
        std::unique_ptr<WorkerNode> worker;
        int incarnation = 0;
    };

    void run_until_quiet();
    void settle();

    void plan_network();
    void plan_memory();
    void plan_broker();
    void send_again(Job job);
    void plan_site();
    void plan_calls();
    void plan_people();
    void plan_catalog();
    void plan_workers();
    void plan_worker_fault();
    void end_faults();
    void start(std::size_t slot);
    void crash(std::size_t slot);
    void make_call(const Call& call);
    [[nodiscard]] Call draw_call();
    [[nodiscard]] WorkerLimits draw_limits();
    [[nodiscard]] Millis draw_moment();
    [[nodiscard]] int draw_rate(int per_mille_of_schedules, int rate_max);

    Engine engine_;
    Setting& setting_;
    Oracle oracle_;
    Millis faults_until_;
    Link memory_link_;
    SharedMemory memory_;
    SiteServers site_;
    Broker broker_;
    IngressNode ingress_;
    People people_;
    WorkerLimits limits_;
    Process& outside_;
    std::vector<Slot> slots_;
    int open_calls_ = 0;
    bool has_changed_rules_ = false;
};

}  // namespace pagepress::sim
