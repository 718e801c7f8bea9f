// Runs schedules by their seeds and tells which ones break a promise.
#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <new>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/log.h"
#include "tests/sim/world/schedule.h"

using namespace pagepress;
using namespace pagepress::sim;

namespace {

constexpr std::string_view kUsage =
    "Usage: simulation [--seeds N] [--from SEED | --from random] [--jobs N] [--until-failure]\n"
    "       simulation --seed SEED [--trace]\n"
    "  --seeds N        schedules to run, 1000 unless told\n"
    "  --jobs N         processes that share them, 1 unless told\n"
    "  --from SEED      the first seed, 1 unless told; random: one that is printed\n"
    "  --until-failure  stop at the first violation; else at the tenth\n"
    "  --seed SEED      one schedule, twice, with its trace's hash; --trace prints the trace\n";

struct Arguments {
    std::uint64_t seeds = 1000;
    std::uint64_t from = 1;
    std::uint64_t jobs = 1;
    bool is_one = false;
    bool has_trace = false;
    std::uint64_t violations_max = 10;
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
    "copies on delayed topics",
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

/// What all processes of a run see.
struct Shared {
    std::atomic<std::uint64_t> taken = 0;  ///< schedules that somebody has begun
    std::atomic<std::uint64_t> violations = 0;
};

/// In memory that forked processes share.
Shared& make_shared() {
    void* memory =
        mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) std::abort();
    return *new (memory) Shared;
}

// What is counted besides what schedules reach; words that nothing reaches.
constexpr const char* kSchedules = "=schedules";
constexpr const char* kVirtualMs = "=virtual ms";
constexpr const char* kUnequal = "=unequal";

using Counts = std::map<std::string, std::int64_t>;

/// Runs schedules that nobody else has begun until there are no more, or too many violations.
Counts run_share(const Arguments& arguments, Shared& shared) {
    Counts counts;
    while (shared.violations < arguments.violations_max) {
        const std::uint64_t number = shared.taken++;
        if (number >= arguments.seeds) break;
        const std::uint64_t seed = arguments.from + number;
        const Outcome outcome = run(seed, Trace::kHash);
        ++counts[kSchedules];
        counts[kVirtualMs] += outcome.took.count();
        for (const auto& [what, times] : outcome.reached) counts[what] += times;
        // Whatever the seed does not decide would show as another trace of the same seed.
        constexpr std::uint64_t kRepeatedEvery = 50;
        if (number % kRepeatedEvery == kRepeatedEvery - 1 &&
            run(seed, Trace::kHash).trace_hash != outcome.trace_hash) {
            ++counts[kUnequal];
            std::printf("seed %llu: two runs differ\n", static_cast<unsigned long long>(seed));
        }
        if (outcome.violation.empty()) continue;
        ++shared.violations;
        report(seed, outcome.violation);
    }
    return counts;
}

/// Runs a share in a process of its own. @return  where its counts can be read, a line each
FILE* fork_share(const Arguments& arguments, Shared& shared) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) std::abort();
    const pid_t child = fork();
    if (child < 0) std::abort();
    if (child > 0) {
        (void)close(ends[1]);
        return fdopen(ends[0], "r");
    }
    FILE* out = fdopen(ends[1], "w");
    for (const auto& [what, times] : run_share(arguments, shared)) {
        std::fprintf(out, "%lld %s\n", static_cast<long long>(times), what.c_str());
    }
    std::fclose(out);
    std::fflush(stdout);
    _exit(0);
}

/// Shares the schedules among processes. @return  the sums, or nothing if one of them was aborted
std::optional<Counts> run_shares(const Arguments& arguments, Shared& shared) {
    std::vector<FILE*> children;
    for (std::uint64_t i = 0; i < arguments.jobs; ++i) {
        children.push_back(fork_share(arguments, shared));
    }
    Counts sums;
    for (FILE* child : children) {
        std::array<char, 256> line{};
        while (std::fgets(line.data(), line.size(), child) != nullptr) {
            char* what = nullptr;
            const std::int64_t times = std::strtoll(line.data(), &what, 10);
            std::string_view name(what + 1);
            name.remove_suffix(1);
            sums[std::string(name)] += times;
        }
        std::fclose(child);
    }
    bool has_all = true;
    int status = 0;
    while (wait(&status) > 0) has_all = has_all && status == 0;
    return has_all ? std::optional(sums) : std::nullopt;
}

int run_many(const Arguments& arguments) {
    silence_log();
    Shared& shared = make_shared();
    const auto began = std::chrono::steady_clock::now();
    const auto sums = arguments.jobs == 1 ? std::optional(run_share(arguments, shared))
                                          : run_shares(arguments, shared);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    if (!sums) return 1;
    Counts reached = *sums;
    std::erase_if(reached, [](const auto& entry) { return entry.first.starts_with('='); });
    for (const auto& [what, times] : reached) {
        std::printf("%12lld  %s\n", static_cast<long long>(times), what.c_str());
    }
    const auto sum = [&](const char* what) {
        return sums->contains(what) ? sums->at(what) : std::int64_t{0};
    };
    const auto count = static_cast<std::uint64_t>(sum(kSchedules));
    std::printf(
        "%llu schedules from seed %llu, %.0f/s, %.0f s of virtual time; %llu violations, %lld "
        "unequal\n",
        static_cast<unsigned long long>(count),
        static_cast<unsigned long long>(arguments.from),
        static_cast<double>(count) / took.count(),
        static_cast<double>(sum(kVirtualMs)) / 1000,
        static_cast<unsigned long long>(shared.violations),
        static_cast<long long>(sum(kUnequal))
    );
    const bool is_telling = count < kTellingSchedules || has_reached_all(reached);
    return shared.violations == 0 && sum(kUnequal) == 0 && is_telling ? 0 : 1;
}

bool read_number(std::string_view text, std::uint64_t& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

/// @return  what is wrong; empty: nothing
std::string read(Arguments& arguments, const std::vector<std::string_view>& words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string name(words[i]);
        if (name == "--trace") {
            arguments.has_trace = true;
            continue;
        }
        if (name == "--until-failure") {
            arguments.violations_max = 1;
            continue;
        }
        const std::map<std::string_view, std::uint64_t*> numbers{
            {"--seeds", &arguments.seeds},
            {"--jobs", &arguments.jobs},
            {"--from", &arguments.from},
            {"--seed", &arguments.from}};
        const auto number = numbers.find(name);
        if (number == numbers.end()) return "there is no option '" + name + "'";
        const std::string_view value = i + 1 < words.size() ? words[++i] : "";
        if (name == "--seed") arguments.is_one = true;
        if (name == "--from" && value == "random") {
            arguments.from = std::random_device()() % 1'000'000'000ULL * 1'000ULL;
        } else if (!read_number(value, *number->second)) {
            return name + " needs a number, not '" + std::string(value) + "'";
        }
    }
    if (arguments.seeds == 0 || arguments.jobs == 0 || arguments.jobs > 1'000) {
        return "--seeds is at least 1, --jobs 1 to 1000";
    }
    const bool has_idle_trace = arguments.has_trace && !arguments.is_one;
    return has_idle_trace ? "--trace needs --seed" : std::string();
}

}  // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    const std::vector<std::string_view> words(argv + 1, argv + argc);
    if (words == std::vector<std::string_view>{"--help"}) {
        std::fputs(kUsage.data(), stdout);
        return 0;
    }
    if (const std::string wrong = read(arguments, words); !wrong.empty()) {
        std::fprintf(stderr, "simulation: %s\n", wrong.c_str());
        return 2;
    }
    set_up_log("sim", "text", "error");
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    std::printf("first seed: %llu\n", static_cast<unsigned long long>(arguments.from));
    std::signal(SIGABRT, on_abort);
    return arguments.is_one ? run_one(arguments) : run_many(arguments);
}
