// The chaos driver: a fleet under load and faults for some minutes, then the oracle's verdict.
// Exits with 0 if every promise was kept, 1 if one was not, 2 for a wrong command line.
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "tests/chaos/callers.h"
#include "tests/chaos/faults.h"
#include "tests/chaos/oracle.h"
#include "tests/chaos/report.h"
#include "tests/chaos/run_plan.h"
#include "tests/chaos/trial.h"
#include "tests/support/eventually.h"

using namespace pagepress;
using namespace pagepress::chaos;
using namespace std::chrono_literals;

namespace {

constexpr auto kDrainMax = 4min;

struct Options {
    double minutes = 5;
    std::uint64_t seed = std::random_device{}();
    std::string scenario = {};
    double rate = 5;
    FleetPlan fleet = {};
    std::string protocol_file = {};
};

template <typename T>
bool read_number(std::string_view text, T& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

std::optional<Options> read_options(int argc, char** argv) {
    Options options;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string_view name = argv[i];
        const std::string_view value = argv[i + 1];
        bool is_read = true;
        if (name == "--minutes") {
            is_read = read_number(value, options.minutes) && options.minutes > 0;
        } else if (name == "--seed") {
            is_read = read_number(value, options.seed);
        } else if (name == "--scenario") {
            options.scenario = value;
        } else if (name == "--rate") {
            is_read = read_number(value, options.rate) && options.rate > 0;
        } else if (name == "--workers") {
            is_read = read_number(value, options.fleet.workers) && options.fleet.workers > 0;
        } else if (name == "--brokers") {
            is_read = read_number(value, options.fleet.brokers) && options.fleet.brokers > 0;
        } else if (name == "--worker") {
            options.fleet.worker_program = value;
        } else if (name == "--protocol") {
            options.protocol_file = value;
        } else {
            is_read = false;
        }
        if (!is_read) return std::nullopt;
    }
    if (argc % 2 == 0) return std::nullopt;
    return options;
}

int usage() {
    std::fprintf(
        stderr,
        "Usage: chaos [--minutes N] [--seed S] [--scenario WORDS] [--rate CALLS-PER-SECOND]\n"
        "             [--workers N] [--brokers N] [--worker PROGRAM] [--protocol FILE]\n"
        "  --scenario  only faults whose name contains these words:\n"
    );
    for (const FaultKind& kind : fault_kinds()) {
        std::fprintf(stderr, "              %s\n", std::string(kind.name).c_str());
    }
    return 2;
}

/// Faults, callers and people until the time is over.
void strike(Trial& trial, PlanRun& run, People& people, const Options& options) {
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

int chaos_main(const Options& options) {
    const auto plan = make_plan(
        fault_kinds(),
        {.seed = options.seed,
         .length = Millis(static_cast<std::int64_t>(options.minutes * 60'000)),
         .only = options.scenario}
    );
    if (plan.empty()) return usage();
    std::printf(
        "chaos: seed %llu, %.1f minutes, %d brokers, %d ingresses, %d workers, %.1f calls/s\n",
        static_cast<unsigned long long>(options.seed),
        options.minutes,
        options.fleet.brokers,
        options.fleet.ingresses,
        options.fleet.workers,
        options.rate
    );
    for (const Step& step : plan) std::printf("%s\n", to_text(step).c_str());
    Trial trial(options.fleet);
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
    for (const Finding& finding : verdict.findings) {
        std::printf(
            "%s: %s\n", std::string(name_of(finding.violation)).c_str(), finding.sentence.c_str()
        );
    }
    return verdict.is_clean() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    const auto options = read_options(argc, argv);
    return options ? chaos_main(*options) : usage();
}
