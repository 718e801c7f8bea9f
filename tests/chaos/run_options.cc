#include "tests/chaos/run_options.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace pagepress::chaos {
namespace {

constexpr double kMinutesMin = 0.5;  // less leaves no time for a fault
constexpr double kMinutesMax = 7 * 24 * 60;

Result<void> wrong(std::string_view name, std::string_view value, std::string_view right) {
    return fail(ErrorCode::kInvalidInput, fmt::format("{} is {}, not '{}'", name, right, value));
}

/// `low` to `high`; not what from_chars takes besides numbers: `inf`, `nan`.
template <typename T>
Result<void> read_number(std::string_view name, std::string_view text, T low, T high, T& number) {
    T read{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), read);
    const bool is_number = error == std::errc() && end == text.data() + text.size();
    if (!is_number || !(read >= low && read <= high)) {
        return wrong(name, text, fmt::format("a number from {} to {}", low, high));
    }
    number = read;
    return {};
}

Result<void> read_scenario(
    std::string_view value, std::span<const FaultKind> kinds, std::string& scenario
) {
    scenario = value;
    const auto is_meant = [&](const FaultKind& kind) {
        return kind.name.find(value) != std::string_view::npos;
    };
    if (std::ranges::any_of(kinds, is_meant)) return {};
    std::string names;
    for (const FaultKind& kind : kinds)
        names += (names.empty() ? "" : ", ") + std::string(kind.name);
    return wrong("--scenario", value, "a part of one of these names: " + names);
}

Result<void> read_option(
    std::string_view name,
    std::string_view value,
    std::span<const FaultKind> kinds,
    RunOptions& options
) {
    if (name == "--minutes") {
        return read_number(name, value, kMinutesMin, kMinutesMax, options.minutes);
    }
    if (name == "--seed") {
        return read_number<std::uint64_t>(name, value, 0, UINT64_MAX, options.seed);
    }
    if (name == "--rate") return read_number(name, value, 0.1, 1'000.0, options.rate);
    if (name == "--workers") return read_number(name, value, 1, 64, options.workers);
    if (name == "--brokers") return read_number(name, value, 1, 9, options.brokers);
    if (name == "--scenario") return read_scenario(value, kinds, options.scenario);
    if (name == "--worker") {
        options.worker_program = value;
    } else if (name == "--protocol") {
        options.protocol_file = value;
    } else if (name == "--judge") {
        options.judged_file = value;
    } else {
        return fail(
            ErrorCode::kInvalidInput, fmt::format("there is no option '{}', see --help", name)
        );
    }
    return {};
}

}  // namespace

Result<RunOptions> read_options(
    const std::vector<std::string_view>& words, std::span<const FaultKind> kinds, std::uint64_t seed
) {
    RunOptions options{.seed = seed};
    for (std::size_t i = 0; i < words.size(); i += 2) {
        if (words[i] == "--help" || words[i] == "-h") {
            options.wants_help = true;
            return options;
        }
        const bool has_value = i + 1 < words.size();
        auto read = read_option(words[i], has_value ? words[i + 1] : "", kinds, options);
        if (!read) return std::unexpected(std::move(read).error());
        if (!has_value) {
            return fail(ErrorCode::kInvalidInput, fmt::format("{} needs a value", words[i]));
        }
    }
    return options;
}

std::string usage(std::span<const FaultKind> kinds) {
    std::string text =
        "Usage: chaos [--minutes N] [--seed S] [--scenario WORDS] [--rate CALLS-PER-SECOND]\n"
        "             [--workers N] [--brokers N] [--worker PROGRAM] [--protocol FILE]\n"
        "       chaos --judge FILE\n"
        "  --judge     reads a protocol and judges it again\n"
        "  --scenario  only faults whose name contains these words:\n";
    for (const FaultKind& kind : kinds) text += fmt::format("              {}\n", kind.name);
    return text;
}

}  // namespace pagepress::chaos
