// Runs schedules by their seeds and tells which ones break a promise.
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "common/base/log.h"
#include "tests/sim/world/schedule.h"

using namespace pagepress;
using namespace pagepress::sim;

namespace {

constexpr std::string_view kUsage =
    "Usage: simulation [--seeds N] [--from SEED | --from random] [--until-failure]\n"
    "       simulation --seed SEED [--trace]\n"
    "  --seeds N        schedules to run, 1000 unless told\n"
    "  --from SEED      the first seed, 1 unless told; random: one that is printed\n"
    "  --until-failure  stop at the first violation; else at the tenth\n"
    "  --seed SEED      one schedule, twice, with its trace's hash; --trace prints the trace\n";

struct Arguments {
    std::uint64_t seeds = 1000;
    std::uint64_t from = 1;
    bool is_one = false;
    bool has_trace = false;
    std::size_t violations_max = 10;
};

std::uint64_t running_seed = 0;
int terminal = STDERR_FILENO;

/// A broken invariant of the product is a violation too.
extern "C" void on_abort(int) {
    char text[96];
    const int length = std::snprintf(
        text,
        sizeof text,
        "aborted in seed %llu: run it with --seed\n",
        static_cast<unsigned long long>(running_seed)
    );
    if (length > 0) (void)!write(terminal, text, static_cast<std::size_t>(length));
}

Outcome run(std::uint64_t seed, Trace trace) {
    running_seed = seed;
    sim::Schedule schedule(seed, trace);
    return schedule.run();
}

void print_lines(const std::vector<std::string>& lines, std::size_t last) {
    const std::size_t from = lines.size() > last ? lines.size() - last : 0;
    for (std::size_t i = from; i < lines.size(); ++i) std::printf("  %s\n", lines[i].c_str());
}

int run_one(const Arguments& arguments) {
    const Outcome first = run(arguments.from, Trace::kLines);
    const Outcome second = run(arguments.from, Trace::kHash);
    if (arguments.has_trace) print_lines(first.lines, first.lines.size());
    std::printf(
        "seed %llu: %zu lines, trace hash %016llx and %016llx, %lld ms of virtual time\n%s\n",
        static_cast<unsigned long long>(arguments.from),
        first.lines.size(),
        static_cast<unsigned long long>(first.trace_hash),
        static_cast<unsigned long long>(second.trace_hash),
        static_cast<long long>(first.took.count()),
        first.violation.empty() ? "no violation" : first.violation.c_str()
    );
    return first.violation.empty() && first.trace_hash == second.trace_hash ? 0 : 1;
}

void report(std::uint64_t seed, const std::string& violation) {
    std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), violation.c_str());
    constexpr std::size_t kLines = 40;
    print_lines(run(seed, Trace::kLines).lines, kLines);
}

/// The product's log would be millions of lines; one seed's is shown.
void silence_log() {
    terminal = dup(STDERR_FILENO);
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    (void)dup2(nowhere, STDERR_FILENO);
    (void)close(nowhere);
}

/// What so many schedules reach; one in which nothing happens would break no promise either.
constexpr std::uint64_t kTellingSchedules = 400;
constexpr std::array kReached{
    "Redis lost everything",
    "calls acknowledged",
    "dead letters",
    "ingress crashes",
    "jobs coalesced",
    "jobs done",
    "pages created",
    "people's acts",
    "rebalances",
    "versions written",
    "workers crashed",
    "workers stalled"};

bool has_reached_all(const std::map<std::string, std::int64_t>& reached) {
    bool has_all = true;
    for (const char* what : kReached) {
        if (reached.contains(what)) continue;
        has_all = false;
        std::printf("never reached: %s\n", what);
    }
    return has_all;
}

int run_many(const Arguments& arguments) {
    silence_log();
    std::map<std::string, std::int64_t> reached;
    std::size_t violations = 0;
    std::size_t unequal = 0;
    std::uint64_t count = 0;
    Millis virtual_time{0};
    const auto began = std::chrono::steady_clock::now();
    while (count < arguments.seeds && violations < arguments.violations_max) {
        const std::uint64_t seed = arguments.from + count++;
        const Outcome outcome = run(seed, Trace::kHash);
        virtual_time += outcome.took;
        for (const auto& [what, times] : outcome.reached) reached[what] += times;
        // Whatever the seed does not decide would show as another trace of the same seed.
        constexpr std::uint64_t kRepeatedEvery = 50;
        if (count % kRepeatedEvery == 0 &&
            run(seed, Trace::kHash).trace_hash != outcome.trace_hash) {
            ++unequal;
            std::printf("seed %llu: two runs differ\n", static_cast<unsigned long long>(seed));
        }
        if (outcome.violation.empty()) continue;
        ++violations;
        report(seed, outcome.violation);
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    for (const auto& [what, times] : reached) {
        std::printf("%12lld  %s\n", static_cast<long long>(times), what.c_str());
    }
    std::printf(
        "%llu schedules from seed %llu, %.0f/s, %.0f s of virtual time; %zu violations, %zu "
        "unequal\n",
        static_cast<unsigned long long>(count),
        static_cast<unsigned long long>(arguments.from),
        static_cast<double>(count) / took.count(),
        static_cast<double>(virtual_time.count()) / 1000,
        violations,
        unequal
    );
    const bool is_telling = count < kTellingSchedules || has_reached_all(reached);
    return violations == 0 && unequal == 0 && is_telling ? 0 : 1;
}

bool read_number(std::string_view text, std::uint64_t& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

bool read(Arguments& arguments, const std::vector<std::string_view>& words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        const bool has_value = i + 1 < words.size();
        if (words[i] == "--trace") {
            arguments.has_trace = true;
        } else if (words[i] == "--until-failure") {
            arguments.violations_max = 1;
        } else if (words[i] == "--seeds" && has_value) {
            if (!read_number(words[++i], arguments.seeds) || arguments.seeds == 0) return false;
        } else if ((words[i] == "--from" || words[i] == "--seed") && has_value) {
            arguments.is_one = words[i] == "--seed";
            const std::string_view value = words[++i];
            if (value == "random") {
                arguments.from = std::random_device()() % 1'000'000'000ULL * 1'000ULL;
            } else if (!read_number(value, arguments.from)) {
                return false;
            }
        } else {
            return false;
        }
    }
    return arguments.is_one || !arguments.has_trace;
}

}  // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    if (!read(arguments, {argv + 1, argv + argc})) {
        std::fputs(kUsage.data(), stderr);
        return 2;
    }
    set_up_log("sim", "text", "error");
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    std::printf("first seed: %llu\n", static_cast<unsigned long long>(arguments.from));
    std::signal(SIGABRT, on_abort);
    return arguments.is_one ? run_one(arguments) : run_many(arguments);
}
