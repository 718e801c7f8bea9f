#include "common/base/options.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

#include "common/base/ascii.h"
#include "common/base/invariant.h"
#include "common/base/log.h"

extern char** environ;

namespace pagepress {

namespace {

constexpr std::string_view kVariablePrefix = "PAGEPRESS_";

std::string variable_of(std::string_view name) {
    std::string variable(kVariablePrefix);
    for (const char c : name) {
        variable.push_back(c == '-' ? '_' : to_upper(c));
    }
    return variable;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [parsed, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || parsed != end) return std::nullopt;
    return number;
}

bool is_address(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    const auto port = whole_number(text.substr(colon + 1));
    return port && *port >= 0 && *port <= 65535;
}

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
    return fmt::format("{}", fmt::join(words, separator));
}

std::string allowed_of(const Option& option) {
    switch (option.type) {
        case OptionType::kText:
            return "text";
        case OptionType::kChoice:
            return joined(option.choices, ", ");
        case OptionType::kInteger:
            return fmt::format("{} … {}", option.low, option.high);
        case OptionType::kMillis:
            return fmt::format("{} … {} ms", option.low, option.high);
        case OptionType::kAddress:
            return "host:port";
        case OptionType::kPath:
            return "readable file";
    }
    INVARIANT(false);
}

bool is_allowed(const Option& option, const std::string& value) {
    switch (option.type) {
        case OptionType::kText:
            return true;
        case OptionType::kChoice:
            return std::ranges::count(option.choices, value) > 0;
        case OptionType::kInteger:
        case OptionType::kMillis: {
            const auto number = whole_number(value);
            return number && *number >= option.low && *number <= option.high;
        }
        case OptionType::kAddress:
            return value.empty() || is_address(value);
        case OptionType::kPath:
            return value.empty() || std::ifstream(value).is_open();
    }
    INVARIANT(false);
}

const Option* find_option(const std::vector<Option>& table, std::string_view name) {
    const auto found = std::ranges::find(table, name, &Option::name);
    return found == table.end() ? nullptr : &*found;
}

/// Collects values of one source after the other; later ones win.
class Collector {
public:
    explicit Collector(const std::vector<Option>& table) : table_(table) {
        for (const Option& option : table) {
            const bool is_new = values_.emplace(option.name, option.default_value).second;
            INVARIANT(is_new);
        }
    }

    void take_environment(const Environment& environment) {
        std::set<std::string, std::less<>> known;
        for (const Option& option : table_) {
            const std::string variable = variable_of(option.name);
            known.insert(variable);
            const auto found = environment.find(variable);
            if (found != environment.end()) take(option, found->second, variable);
        }
        for (const auto& [variable, value] : environment) {
            if (!known.contains(variable)) unknown_variables_.push_back(variable);
        }
    }

    void take_arguments(const std::vector<std::string>& arguments) {
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            const std::string& argument = arguments[i];
            if (take_command(argument)) continue;
            const std::size_t equals = argument.find('=');
            const std::string flag = argument.substr(0, equals);
            const Option* option =
                flag.starts_with("--") ? find_option(table_, flag.substr(2)) : nullptr;
            if (option == nullptr) {
                problems_.push_back("there is no option " + flag + "; see --help");
            } else if (equals != std::string::npos) {
                take(*option, argument.substr(equals + 1), flag);
            } else if (i + 1 < arguments.size()) {
                take(*option, arguments[++i], flag);
            } else {
                problems_.push_back(flag + " needs a value: " + allowed_of(*option));
            }
        }
    }

    ParsedOptions finish() {
        return {
            .command = command_,
            .values = OptionValues(std::move(values_)),
            .problems = std::move(problems_),
            .unknown_variables = std::move(unknown_variables_),
        };
    }

private:
    bool take_command(const std::string& argument) {
        static const std::map<std::string, Command, std::less<>> kCommands{
            {"--check", Command::kCheck},
            {"--help", Command::kHelp},
            {"--version", Command::kVersion},
            {"--print-options", Command::kPrintOptions},
        };
        const auto found = kCommands.find(argument);
        if (found == kCommands.end()) return false;
        command_ = found->second;
        return true;
    }

    void take(const Option& option, const std::string& value, std::string_view source) {
        if (!is_allowed(option, value)) {
            problems_.push_back(
                fmt::format("{} is '{}', allowed is: {}", source, value, allowed_of(option))
            );
            return;
        }
        values_.insert_or_assign(option.name, value);
    }

    const std::vector<Option>& table_;
    Command command_ = Command::kRun;
    std::map<std::string, std::string, std::less<>> values_;
    std::vector<std::string> problems_;
    std::vector<std::string> unknown_variables_;
};

}  // namespace

const std::string& OptionValues::text(std::string_view name) const {
    const auto found = values_.find(name);
    INVARIANT(found != values_.end());
    return found->second;
}

std::int64_t OptionValues::integer(std::string_view name) const {
    const auto number = whole_number(text(name));
    INVARIANT(number.has_value());
    return *number;
}

std::chrono::milliseconds OptionValues::millis(std::string_view name) const {
    return std::chrono::milliseconds(integer(name));
}

Environment read_environment() {
    // Read by the tests and by pagepressctl; no service must take them for a misspelt option.
    constexpr std::string_view kTestPrefix = "PAGEPRESS_TEST_";
    constexpr std::string_view kAdminUrl = "PAGEPRESS_ADMIN_URL";
    Environment environment;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const std::size_t equals = text.find('=');
        if (!text.starts_with(kVariablePrefix) || equals == std::string_view::npos) continue;
        const std::string_view name = text.substr(0, equals);
        if (name.starts_with(kTestPrefix) || name == kAdminUrl) continue;
        environment.emplace(name, text.substr(equals + 1));
    }
    return environment;
}

ParsedOptions parse_options(
    const std::vector<Option>& table,
    const std::vector<std::string>& arguments,
    const Environment& environment
) {
    Collector collector(table);
    collector.take_environment(environment);
    collector.take_arguments(arguments);
    return collector.finish();
}

std::optional<int> answer_command(
    std::string_view program, const std::vector<Option>& table, const ParsedOptions& parsed
) {
    switch (parsed.command) {
        case Command::kHelp:
            fmt::print("{}", help_text(program, table));
            return 0;
        case Command::kVersion:
            fmt::print("{} {}\n", program, PAGEPRESS_VERSION);
            return 0;
        case Command::kPrintOptions:
            fmt::print("{}", options_markdown(table));
            return 0;
        case Command::kRun:
        case Command::kCheck:
            break;
    }
    return std::nullopt;
}

std::optional<int> report_check(std::string_view program, const ParsedOptions& parsed) {
    constexpr int kExitBadOptions = 2;
    const bool is_over = parsed.command == Command::kCheck || !parsed.problems.empty();
    if (!is_over) return std::nullopt;
    for (const std::string& variable : parsed.unknown_variables) {
        fmt::print(stderr, "{}: {} is ignored: it names no option\n", program, variable);
    }
    for (const std::string& problem : parsed.problems) {
        fmt::print(stderr, "{}: {}\n", program, problem);
    }
    if (!parsed.problems.empty()) return kExitBadOptions;
    fmt::print("{}: OK\n", program);
    return 0;
}

void warn_of_unknown_variables(const ParsedOptions& parsed) {
    if (parsed.unknown_variables.empty()) return;
    log_warn(
        "environment variables that name no option of this program are ignored",
        {{"variables", fmt::format("{}", fmt::join(parsed.unknown_variables, " "))}}
    );
}

std::string help_text(std::string_view program, const std::vector<Option>& table) {
    std::string text = fmt::format(
        "Usage: {} [options]\n\n"
        "Every option is also an environment variable: --kafka-brokers is {}KAFKA_BROKERS.\n"
        "The flag wins over the variable. Secrets are read from files only.\n"
        "A {}… variable that names no option of this program is ignored with a warning, so that\n"
        "one environment can serve all services; an unknown flag stops the start.\n\n",
        program,
        kVariablePrefix,
        kVariablePrefix
    );
    for (const Option& option : table) {
        text += fmt::format("  --{}  ({})\n      {}", option.name, allowed_of(option), option.help);
        text += option.default_value.empty() ? std::string("\n")
                                             : fmt::format(" [{}]\n", option.default_value);
    }
    text +=
        "\n  --check          print every problem of the options, then exit: 0 if there is none\n"
        "  --print-options  print this table as Markdown\n"
        "  --version        print the version\n"
        "  --help           print this text\n";
    return text;
}

std::string options_markdown(const std::vector<Option>& table) {
    std::string text = "| option | default | allowed | meaning |\n|---|---|---|---|\n";
    for (const Option& option : table) {
        text += fmt::format(
            "| `--{}` | {} | {} | {} |\n",
            option.name,
            option.default_value.empty() ? std::string() : "`" + option.default_value + "`",
            allowed_of(option),
            option.help
        );
    }
    return text;
}

std::vector<Option> common_options() {
    return {
        {.name = "log-format",
         .type = OptionType::kChoice,
         .default_value = "text",
         .help = "Form of the log lines on standard error.",
         .choices = {"text", "json"}},
        {.name = "log-level",
         .type = OptionType::kChoice,
         .default_value = "info",
         .help = "Least level that is logged.",
         .choices = {"debug", "info", "warn", "error"}},
        {.name = "kafka-brokers",
         .type = OptionType::kText,
         .default_value = "127.0.0.1:9092",
         .help = "Kafka's bootstrap servers, host:port with commas between."},
        {.name = "kafka-properties-file",
         .type = OptionType::kPath,
         .default_value = "",
         .help = "File of further librdkafka properties, name=value lines (SASL, TLS); a secret."},
        {.name = "topic-prefix",
         .type = OptionType::kText,
         .default_value = "pagepress.",
         .help = "Prefix of all topic names."},
        {.name = "redis-address",
         .type = OptionType::kAddress,
         .default_value = "127.0.0.1:6379",
         .help = "Redis server."},
        {.name = "redis-username",
         .type = OptionType::kText,
         .default_value = "",
         .help = "Redis ACL user; empty for the default user."},
        {.name = "redis-password-file",
         .type = OptionType::kPath,
         .default_value = "",
         .help = "File with the Redis password; a secret."},
        {.name = "redis-timeout-ms",
         .type = OptionType::kMillis,
         .default_value = "500",
         .help = "Longest wait for Redis to connect or answer.",
         .low = 10,
         .high = 60'000},
    };
}

Result<std::string> read_secret_file(const std::string& path) {
    constexpr std::size_t kBytesMax = 64 * 1024;
    const auto refuse = [&](const std::string& reason) {
        return fail(ErrorCode::kInvalidInput, "the secret file '" + path + "' " + reason);
    };
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    std::stringstream content;
    if (file) content << file.rdbuf();
    const int error = errno;
    std::string secret = std::move(content).str();
    // A folder can be opened, and fails when it is read.
    if (!file || (secret.empty() && error != 0)) {
        return refuse("cannot be read: " + std::generic_category().message(error));
    }
    if (secret.ends_with('\n')) secret.pop_back();
    if (secret.ends_with('\r')) secret.pop_back();
    if (secret.empty()) return refuse("is empty");
    if (secret.size() > kBytesMax) return refuse("is larger than any secret (64 KiB)");
    return secret;
}

}  // namespace pagepress
