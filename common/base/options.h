// Options of a service: one row each feeds flag, environment variable, validation, help and the
// README's table.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"

namespace pagepress {

enum class OptionType {
    kText,     ///< any text
    kChoice,   ///< one of `choices`
    kInteger,  ///< whole number in [low, high]
    kMillis,   ///< duration in milliseconds in [low, high]
    kAddress,  ///< host:port
    kPath,     ///< a file that must be readable if the value is not empty
};

/// One option. `--kafka-brokers` is also `PAGEPRESS_KAFKA_BROKERS`; the flag wins.
struct Option {
    std::string name;  ///< flag without dashes; ends in its unit where it has one (`lease-ms`)
    OptionType type;
    std::string default_value;
    std::string help;  ///< one sentence
    std::int64_t low = 0;
    std::int64_t high = 0;
    std::vector<std::string> choices = {};
};

/// Checked values of all options of a table.
class OptionValues {
public:
    explicit OptionValues(std::map<std::string, std::string, std::less<>> values)
        : values_(std::move(values)) {}

    /// Asking for an option that the table does not have is a bug and aborts.
    [[nodiscard]] const std::string& text(std::string_view name) const;
    [[nodiscard]] std::int64_t integer(std::string_view name) const;
    [[nodiscard]] std::chrono::milliseconds millis(std::string_view name) const;

private:
    std::map<std::string, std::string, std::less<>> values_;
};

/// What the command line asks for besides running.
enum class Command { kRun, kCheck, kHelp, kVersion, kPrintOptions };

struct ParsedOptions {
    Command command = Command::kRun;
    OptionValues values;
    std::vector<std::string> problems;           ///< every problem found, one sentence each
    std::vector<std::string> unknown_variables;  ///< `PAGEPRESS_…` that name no option here
};

using Environment = std::map<std::string, std::string, std::less<>>;

/// The process' environment variables that begin with `PAGEPRESS_`. Call from main only.
[[nodiscard]] Environment read_environment();

/// Parses flags (`--name value` or `--name=value`, plus `--check`, `--help`, `--version`,
/// `--print-options`) and environment against `table`. An unknown flag is a problem. An unknown
/// variable is not, since nobody may have meant it for this program: one environment often serves
/// all services, and Kubernetes makes `PAGEPRESS_INGRESS_PORT` out of a service's name.
[[nodiscard]] ParsedOptions parse_options(
    const std::vector<Option>& table,
    const std::vector<std::string>& arguments,
    const Environment& environment
);

/// Carries out `--help`, `--version` and `--print-options`. Returns the exit code if the process
/// has nothing more to do.
[[nodiscard]] std::optional<int> answer_command(
    std::string_view program, const std::vector<Option>& table, const ParsedOptions& parsed
);

/// Prints every problem of `parsed` to standard error (exit code 2), or "OK" for `--check` (0), in
/// both cases after the unknown variables. Empty if the service may run.
[[nodiscard]] std::optional<int> report_check(
    std::string_view program, const ParsedOptions& parsed
);

/// Logs a warning that names the unknown variables, if there are any: one may be a misspelt option.
void warn_of_unknown_variables(const ParsedOptions& parsed);

/// Text of `--help`.
[[nodiscard]] std::string help_text(std::string_view program, const std::vector<Option>& table);

/// Markdown table of `--print-options`: flag, variable, default, allowed, help.
[[nodiscard]] std::string options_markdown(const std::vector<Option>& table);

/// Rows that both services share: log, Kafka, Redis.
[[nodiscard]] std::vector<Option> common_options();

/// Reads a secret from a file: the content without one trailing line end.
///
/// @errors  kInvalidInput  unreadable, empty or over 64 KiB; the message names the file
[[nodiscard]] Result<std::string> read_secret_file(const std::string& path);

}  // namespace pagepress
