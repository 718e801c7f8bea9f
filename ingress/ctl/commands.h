// The commands of pagepressctl, after the command line is understood.
#pragma once

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/clock.h"
#include "common/catalog/catalog.h"
#include "common/http_client/http_client.h"

namespace pagepress::ctl {

enum class OutputFormat { kYaml, kJson, kTable };

struct ApplyCommand {
    std::vector<std::string> paths;
    bool is_dry_run = false;          ///< shows what would change, and changes nothing
    bool tells_differences = false;   ///< dry run: kExitDifferent if anything would change
    bool prunes = false;              ///< removes what no file names, of the sites in the files
    bool prunes_other_sites = false;  ///< the same of sites that no file names, and those sites
    bool is_confirmed = false;        ///< nobody is asked before something is removed
};

/// What `get` shows.
enum class Resource {
    kSites,
    kRules,
    kSnapshots,
    kSchedules,
    kKeys,
    kJobs,
    kBatches,
    kDeadLetters,
};

struct GetCommand {
    Resource resource = Resource::kRules;
    std::string id = {};                      ///< empty: all
    std::optional<OutputFormat> format = {};  ///< empty: a table of all, YAML of one
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
    OutputFormat format = OutputFormat::kYaml;     ///< of the status at the end of the wait
};

struct GetJobCommand {
    std::string id;
    OutputFormat format = OutputFormat::kYaml;
};

struct CreateBatchCommand {
    enum class Select { kIssues, kSnapshots, kPage, kSpace, kAll };
    Select select = Select::kIssues;
    std::string site;                               ///< empty: that of the rule or first snapshot
    std::string rule;                               ///< kIssues
    std::vector<std::string> issues;                ///< kIssues, unless `jql` or `issues_file`
    std::string issues_file;                        ///< kIssues: one id or key a line
    std::string jql;                                ///< kIssues
    std::vector<std::string> snapshots;             ///< kSnapshots
    std::string page_id;                            ///< kPage
    std::string space;                              ///< kSpace: its key
    std::string spread;                             ///< `30m`; empty: at once
    std::string idempotency_key;                    ///< empty: every call is a batch of its own
    std::optional<std::chrono::seconds> watch_max;  ///< set: watch until the batch is over
    OutputFormat format = OutputFormat::kYaml;      ///< of the status at the end of the watch
};

struct GetBatchCommand {
    std::string id;
    OutputFormat format = OutputFormat::kYaml;
};

struct WatchBatchCommand {
    std::string id;
    std::chrono::seconds watch_max{86'400};
    OutputFormat format = OutputFormat::kYaml;
};

struct CancelBatchCommand {
    std::string id;
};

/// Names and values of a filter's members, as the admin API calls them.
using Filter = std::vector<std::pair<std::string, std::string>>;

struct ListDeadCommand {
    Filter filter;
    int limit = 100;
    OutputFormat format = OutputFormat::kTable;
};

struct ShowDeadCommand {
    std::string id;
    OutputFormat format = OutputFormat::kYaml;
};

struct RedriveCommand {
    std::vector<std::string> ids;  ///< empty: what the filter finds
    Filter filter;
    bool takes_all = false;  ///< an empty filter is meant
    bool is_dry_run = false;
    bool is_confirmed = false;
};

struct TailAuditCommand {
    Filter filter;
    int limit = 100;       ///< newest events to begin with
    bool follows = false;  ///< goes on until it is interrupted
    OutputFormat format = OutputFormat::kTable;
};

struct DoctorCommand {
    std::vector<std::string> worker_urls;  ///< private listeners of workers
    std::string worker_group;              ///< consumer group of the workers
    OutputFormat format = OutputFormat::kTable;
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
    CreateBatchCommand,
    GetBatchCommand,
    WatchBatchCommand,
    CancelBatchCommand,
    ListDeadCommand,
    ShowDeadCommand,
    RedriveCommand,
    TailAuditCommand,
    DoctorCommand,
    CreateTopicsCommand,
    NextTimesCommand>;

/// Exit codes; also in `--help` and the README.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;     ///< the work failed, or the server refused it
inline constexpr int kExitBadInput = 2;   ///< bad usage or bad files; nothing was sent
inline constexpr int kExitDifferent = 3;  ///< apply --dry-run --exit-code: something would change
inline constexpr int kExitTimeUp = 4;     ///< the longest wait is over; the work goes on

/// What commands work with. Everything outlives the command.
struct Surroundings {
    HttpClient& http;
    std::ostream& out;  ///< results
    std::ostream& err;  ///< errors, one sentence a line, questions, progress and explanations
    std::string admin_url;
    std::string admin_token_file;
    /// Waits between two looks at something.
    std::function<void(Millis)> pause;
    const Clock& clock;
    /// A line that a person types; empty if there is nobody to ask.
    std::function<std::optional<std::string>()> read_answer;
    /// The terminal behind `err`, without what makes text harmless; null: `err` goes elsewhere.
    std::ostream* terminal = nullptr;
    /// Whether to end what else goes on for ever.
    std::function<bool()> is_interrupted = [] { return false; };
};

/// Runs a command to its end and returns the exit code.
[[nodiscard]] int run(const Command& command, const Surroundings& surroundings);

// `run` chooses; one of these for each command.
[[nodiscard]] int run_apply(const ApplyCommand& command, const Surroundings& surroundings);
[[nodiscard]] int run_get(const GetCommand& command, const Surroundings& surroundings);
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
[[nodiscard]] int run_create_batch(
    const CreateBatchCommand& command, const Surroundings& surroundings
);
[[nodiscard]] int run_watch_batch(
    const WatchBatchCommand& command, const Surroundings& surroundings
);
[[nodiscard]] int run_cancel_batch(
    const CancelBatchCommand& command, const Surroundings& surroundings
);
[[nodiscard]] int run_list_dead(const ListDeadCommand& command, const Surroundings& surroundings);
[[nodiscard]] int run_redrive(const RedriveCommand& command, const Surroundings& surroundings);
[[nodiscard]] int run_tail_audit(const TailAuditCommand& command, const Surroundings& surroundings);
[[nodiscard]] int run_doctor(const DoctorCommand& command, const Surroundings& surroundings);

}  // namespace pagepress::ctl
