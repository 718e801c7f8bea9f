// The chaos driver: a fleet under load and faults for some minutes, then the oracle's verdict.
// Exits with 0 if every promise was kept, 1 if one was not, 2 for a wrong command line.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>

#include "tests/chaos/callers.h"
#include "tests/chaos/faults.h"
#include "tests/chaos/oracle.h"
#include "tests/chaos/protocol.h"
#include "tests/chaos/report.h"
#include "tests/chaos/run_options.h"
#include "tests/chaos/run_plan.h"
#include "tests/chaos/trial.h"
#include "tests/support/eventually.h"

using namespace pagepress;
using namespace pagepress::chaos;
using namespace std::chrono_literals;

namespace {

constexpr auto kDrainMax = 4min;

// How the program ends.
constexpr int kKept = 0;
constexpr int kBroken = 1;
constexpr int kWrongUsage = 2;

/// Faults, callers and people until the time is over.
void strike(Trial& trial, PlanRun& run, People& people, const RunOptions& options) {
    const SystemClock clock;
    Callers callers(
        {.threads = 2, .calls_per_second = options.rate, .seed = options.seed},
        trial.fleet.doors,
        trial.ledger
    );
    const auto length = std::chrono::duration<double>(options.minutes * 60);
    auto tended_at = clock.steady_now();
    (void)test::eventually(std::chrono::duration_cast<Millis>(length), [&] {
        run.step();
        if (clock.steady_now() - tended_at > 250ms) {
            tended_at = clock.steady_now();
            trial.tend();
            people.act();
        }
        return false;
    });
    run.finish();
    callers.stop();
}

void print_head(const FleetPlan& fleet, const RunOptions& options, const std::vector<Step>& plan) {
    std::printf(
        "chaos: seed %llu, %.1f minutes, %d brokers, %d ingresses, %d workers, %.1f calls/s\n",
        static_cast<unsigned long long>(options.seed),
        options.minutes,
        fleet.brokers,
        fleet.ingresses,
        fleet.workers,
        options.rate
    );
    for (const Step& step : plan) std::printf("%s\n", to_text(step).c_str());
}

int run_trial(const RunOptions& options) {
    const auto plan = make_plan(
        fault_kinds(),
        {.seed = options.seed,
         .length = Millis(static_cast<std::int64_t>(options.minutes * 60'000)),
         .only = options.scenario}
    );
    const FleetPlan fleet{
        .brokers = options.brokers,
        .workers = options.workers,
        .worker_program = options.worker_program};
    print_head(fleet, options, plan);
    Trial trial(fleet);
    std::printf("everything runs\n");
    const SystemClock clock;
    PlanRun run(trial, plan, clock);
    People people(trial, options.seed + 1);
    strike(trial, run, people, options);
    std::printf("the faults have ended\n");
    std::fflush(stdout);
    const auto mended_at = clock.steady_now();
    trial.drain(kDrainMax);
    const std::chrono::duration<double> drained = clock.steady_now() - mended_at;
    const Evidence evidence = trial.collect();
    const Verdict verdict = judge(evidence);
    if (!options.protocol_file.empty()) {
        std::ofstream(options.protocol_file) << protocol(evidence, verdict);
    }
    std::printf("\n%s\n", faults_table(run).c_str());
    std::printf(
        "people    %7lld  edits, %lld removals; quiet %.1f s after the last fault\n",
        static_cast<long long>(people.edits()),
        static_cast<long long>(people.removals()),
        drained.count()
    );
    std::printf("%s", outcome_table(evidence, trial.ledger.answers(), verdict).c_str());
    std::printf("%s", findings_text(verdict).c_str());
    return verdict.is_clean() ? kKept : kBroken;
}

/// Judges what an earlier run left behind.
int judge_again(const std::string& path) {
    std::ifstream file(path);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto evidence = evidence_from(text);
    if (!file || !evidence) {
        std::fprintf(
            stderr,
            "chaos: %s: %s\n",
            path.c_str(),
            file ? evidence.error().message.c_str() : "there is no such file"
        );
        return kWrongUsage;
    }
    const Verdict verdict = judge(*evidence);
    std::printf("%s", findings_text(verdict).c_str());
    std::printf("%zu findings\n", verdict.findings.size());
    return verdict.is_clean() ? kKept : kBroken;
}

}  // namespace

int main(int argc, char** argv) {
    const auto options =
        read_options({argv + 1, argv + argc}, fault_kinds(), std::random_device{}());
    if (!options) {
        std::fprintf(stderr, "chaos: %s\n", options.error().message.c_str());
        return kWrongUsage;
    }
    if (options->wants_help) {
        std::printf("%s", usage(fault_kinds()).c_str());
        return kKept;
    }
    return options->judged_file.empty() ? run_trial(*options) : judge_again(options->judged_file);
}
