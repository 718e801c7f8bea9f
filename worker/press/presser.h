// Executes presses: from a key and its waiting jobs to a verdict for each of them.
#pragma once

#include "worker/limits/gated_clients.h"
#include "worker/press/press_ports.h"
#include "worker/press/press_result.h"
#include "worker/press/press_run.h"
#include "worker/schedule/keyed_scheduler.h"

namespace pagepress::worker {

/// One executor's; blocking, used by one thread.
class Presser {
public:
    Presser(PressPorts ports, const PressLimits& limits) : ports_(ports), limits_(limits) {}

    /// Executes one press. Every job comes back with exactly one verdict.
    PressResult execute(Press press);

private:
    Result<void> press_jobs(PressRun& run, const Job& lead);
    Result<void> press_rule(
        PressRun& run, const Job& lead, const std::shared_ptr<const Site>& site
    );

    struct GatedClients {
        GatedConfluence confluence;
        GatedJira jira;

        [[nodiscard]] SiteClients clients() { return {.confluence = confluence, .jira = jira}; }
    };

    [[nodiscard]] GatedClients behind_gates(const SiteClients& clients, const Job& lead);
    Result<void> check_catalog(PressRun& run);
    void count_child(JobState state);
    void report(const PressResult& result, const std::string& page_key, SteadyTime began);

    PressPorts ports_;
    const PressLimits limits_;
};

}  // namespace pagepress::worker
