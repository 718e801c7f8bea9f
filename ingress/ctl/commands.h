// The commands of pagepressctl, after the command line is understood.
#pragma once

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/base/clock.h"
#include "common/catalog/catalog.h"
#include "common/http_client/http_client.h"

namespace pagepress::ctl {

enum class OutputFormat { kYaml, kJson };

struct ApplyCommand {
    std::vector<std::string> paths;
};

struct GetCommand {
    EntryKind kind = EntryKind::kRule;
    std::string id;  ///< empty: all
    OutputFormat format = OutputFormat::kYaml;
};

struct DeleteCommand {
    EntryKind kind = EntryKind::kRule;
    std::string id;
};

struct CreateKeyCommand {
    EntryKind scope = EntryKind::kRule;
    std::string subject;
    std::string name;
    std::optional<int> expires_in_days{};  ///< empty: what the server does by itself
};

struct RegenerateKeyCommand {
    std::string id;
};

struct ProlongKeyCommand {
    std::string id;
    std::optional<int> days{};  ///< empty: what the server does by itself
};

/// One line a key: id, scope, subject, name, state, expiry, last use, made by; tabs between.
struct ListKeysCommand {};

struct ShowKeyCommand {
    std::string id;
    OutputFormat format = OutputFormat::kYaml;
};

struct SwitchCommand {
    enum class Position { kOn, kOff };
    EntryKind kind = EntryKind::kRule;
    std::string id;
    Position position = Position::kOn;
};

struct TriggerCommand {
    enum class Target { kRule, kSnapshot, kPage };
    Target target = Target::kRule;
    std::string id;     ///< of the rule, the snapshot or the page
    std::string issue;  ///< kRule: issue id or key
    std::string url;    ///< of the ingress' public listener
    std::string key_file;
    std::optional<std::chrono::seconds> wait_max;  ///< set: wait until the job is over
};

struct GetJobCommand {
    std::string id;
    OutputFormat format = OutputFormat::kYaml;
};

struct CreateTopicsCommand {
    int partitions = 24;
    int replication = 1;
    int min_insync_replicas = 1;
};

/// One line a time: local time, UTC; a tab between.
struct NextTimesCommand {
    std::string id;
    int count = 10;
};

using Command = std::variant<
    ApplyCommand,
    GetCommand,
    DeleteCommand,
    CreateKeyCommand,
    RegenerateKeyCommand,
    ProlongKeyCommand,
    ListKeysCommand,
    ShowKeyCommand,
    SwitchCommand,
    TriggerCommand,
    GetJobCommand,
    CreateTopicsCommand,
    NextTimesCommand>;

/// Exit codes; also in `--help`.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;    ///< the server refused, failed or did not answer
inline constexpr int kExitBadInput = 2;  ///< bad usage or bad files; nothing was sent

/// What commands work with. Everything outlives the command.
struct Surroundings {
    HttpClient& http;
    std::ostream& out;  ///< results
    std::ostream& err;  ///< errors, one sentence a line, and explanations
    std::string admin_url;
    std::string admin_token_file;
    /// Waits between two looks at a job.
    std::function<void(Millis)> pause;
};

/// Runs a command to its end and returns the exit code.
[[nodiscard]] int run(const Command& command, const Surroundings& surroundings);

// `run` chooses.
[[nodiscard]] int run_apply(const ApplyCommand& command, const Surroundings& surroundings);
[[nodiscard]] int run_trigger(const TriggerCommand& command, const Surroundings& surroundings);
[[nodiscard]] int run_switch(const SwitchCommand& command, const Surroundings& surroundings);
[[nodiscard]] int run_create_key(const CreateKeyCommand& command, const Surroundings& surroundings);
[[nodiscard]] int run_regenerate_key(
    const RegenerateKeyCommand& command, const Surroundings& surroundings
);
[[nodiscard]] int run_prolong_key(
    const ProlongKeyCommand& command, const Surroundings& surroundings
);
[[nodiscard]] int run_list_keys(const ListKeysCommand& command, const Surroundings& surroundings);
[[nodiscard]] int run_next_times(const NextTimesCommand& command, const Surroundings& surroundings);
[[nodiscard]] int run_show_key(const ShowKeyCommand& command, const Surroundings& surroundings);

}  // namespace pagepress::ctl
