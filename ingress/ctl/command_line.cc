#include "ingress/ctl/command_line.h"

#include <algorithm>
#include <map>
#include <sstream>

#include <CLI/CLI.hpp>

namespace pagepress::ctl {

namespace {

constexpr int kKeyDaysMax = 3650;
constexpr const char* kFooter =
    "Exit codes: 0 done; 1 the server refused, failed or did not answer; 2 bad usage or bad files, "
    "nothing was sent.";

const std::map<std::string, EntryKind> kKinds{
    {"site", EntryKind::kSite},
    {"sites", EntryKind::kSite},
    {"rule", EntryKind::kRule},
    {"rules", EntryKind::kRule},
    {"snapshot", EntryKind::kSnapshot},
    {"snapshots", EntryKind::kSnapshot},
    {"schedule", EntryKind::kSchedule},
    {"schedules", EntryKind::kSchedule},
};

const std::map<std::string, OutputFormat> kFormats{
    {"yaml", OutputFormat::kYaml}, {"json", OutputFormat::kJson}};

/// Takes a word that `words` holds; `allowed` is for people.
template <typename T>
CLI::Validator one_of(const std::map<std::string, T>& words, const std::string& allowed) {
    const auto translate = [&words, allowed](std::string& word) {
        const auto found = words.find(word);
        if (found == words.end()) return "'" + word + "' is none of " + allowed;
        word = std::to_string(static_cast<int>(found->second));
        return std::string();
    };
    return CLI::Validator(translate, "");
}

/// Everything that options write to; the chosen subcommand's callback fills `parsed.command`.
struct Values {
    CommandLine parsed;
    ApplyCommand apply;
    GetCommand get;
    DeleteCommand remove;
    SwitchCommand turn;
    CreateKeyCommand create_key;
    ProlongKeyCommand prolong_key;
    ShowKeyCommand show_key;
    std::string rule;
    std::string snapshot;
    std::string site;
    std::string key_id;
    TriggerCommand trigger;
    bool is_waiting = false;
    int wait_max_s = 300;
    GetJobCommand job;
    CreateTopicsCommand topics;
    NextTimesCommand next_times;
};

void add_format(CLI::App& app, OutputFormat& format) {
    app.add_option("-o,--output", format, "Form of the output: yaml (default) or json")
        ->transform(one_of(kFormats, "yaml, json"));
}

void add_kind(CLI::App& app, EntryKind& kind) {
    app.add_option("KIND", kind, "site, rule, snapshot or schedule")
        ->required()
        ->transform(one_of(kKinds, "site, rule, snapshot, schedule"));
}

void add_entries(CLI::App& app, Values& values) {
    CLI::App* apply = app.add_subcommand(
        "apply", "Create and update the entries of the catalog that YAML files hold"
    );
    apply->add_option("-f,--file", values.apply.paths, "Files, or directories with .yaml files")
        ->required();
    apply->callback([&values] { values.parsed.command = values.apply; });

    CLI::App* get = app.add_subcommand("get", "Show entries in the form that apply takes");
    add_kind(*get, values.get.kind);
    get->add_option("ID", values.get.id, "One entry; without it, all");
    add_format(*get, values.get.format);
    get->callback([&values] { values.parsed.command = values.get; });

    CLI::App* remove = app.add_subcommand("delete", "Delete an entry");
    add_kind(*remove, values.remove.kind);
    remove->add_option("ID", values.remove.id, "The entry")->required();
    remove->callback([&values] { values.parsed.command = values.remove; });
}

void add_switch(
    CLI::App& app, Values& values, SwitchCommand::Position position, const std::string& name
) {
    const std::string help = position == SwitchCommand::Position::kOn
                                 ? "Switch an entry on; its keys work again"
                                 : "Switch an entry off: its triggers are refused, its keys kept";
    CLI::App* turn = app.add_subcommand(name, help);
    add_kind(*turn, values.turn.kind);
    turn->add_option("ID", values.turn.id, "The entry")->required();
    turn->callback([&values, position] {
        values.turn.position = position;
        values.parsed.command = values.turn;
    });
}

void take_created_key(Values& values) {
    CreateKeyCommand& key = values.create_key;
    if (!values.rule.empty()) key.scope = EntryKind::kRule;
    if (!values.snapshot.empty()) key.scope = EntryKind::kSnapshot;
    if (!values.site.empty()) key.scope = EntryKind::kSite;
    key.subject = values.rule + values.snapshot + values.site;  // exactly one is given
    values.parsed.command = key;
}

void add_key_id(CLI::App& app, std::string& id) {
    app.add_option("ID", id, "The key's id, as list shows it")->required();
}

void add_create_key(CLI::App& keys, Values& values) {
    CLI::App* create = keys.add_subcommand("create", "Make a key and print it, this once");
    CLI::Option_group* scope = create->add_option_group("scope", "What the key may trigger");
    scope->add_option("--rule", values.rule, "This rule");
    scope->add_option("--snapshot", values.snapshot, "This snapshot");
    scope->add_option(
        "--site", values.site, "Pages of this site, all their snapshots at once (a global key)"
    );
    scope->require_option(1);
    create->add_option("--name", values.create_key.name, "What the key is for");
    create
        ->add_option(
            "--expires-in-days",
            values.create_key.expires_in_days,
            "Life of the key; without it, a site's key lives 90 days and others for ever"
        )
        ->check(CLI::Range(1, kKeyDaysMax));
    create->callback([&values] { take_created_key(values); });
}

void add_renew_key(CLI::App& keys, Values& values) {
    CLI::App* regenerate = keys.add_subcommand(
        "regenerate", "Give a key a new value and print it, this once; the old one is dead"
    );
    add_key_id(*regenerate, values.key_id);
    regenerate->callback([&values] {
        values.parsed.command = RegenerateKeyCommand{.id = values.key_id};
    });
    CLI::App* prolong =
        keys.add_subcommand("prolong", "Let a key expire later; its value stays the same");
    add_key_id(*prolong, values.prolong_key.id);
    prolong->add_option("--days", values.prolong_key.days, "Life from now on (default: 90)")
        ->check(CLI::Range(1, kKeyDaysMax));
    prolong->callback([&values] { values.parsed.command = values.prolong_key; });
}

void add_look_at_keys(CLI::App& keys, Values& values) {
    keys.add_subcommand(
            "list",
            "List keys: id, scope, subject, name, state, expiry, last use and who made it, with "
            "tabs between"
    )
        ->callback([&values] { values.parsed.command = ListKeysCommand{}; });
    CLI::App* show = keys.add_subcommand("show", "Show everything about a key but its value");
    add_key_id(*show, values.show_key.id);
    add_format(*show, values.show_key.format);
    show->callback([&values] { values.parsed.command = values.show_key; });
    CLI::App* remove = keys.add_subcommand("delete", "Revoke a key");
    add_key_id(*remove, values.key_id);
    remove->callback([&values] {
        values.parsed.command = DeleteCommand{.kind = EntryKind::kApiKey, .id = values.key_id};
    });
}

void add_keys(CLI::App& app, Values& values) {
    CLI::App* keys = app.add_subcommand("keys", "API keys that callers authenticate with");
    keys->require_subcommand(1);
    add_create_key(*keys, values);
    add_renew_key(*keys, values);
    add_look_at_keys(*keys, values);
}

void add_trigger_target(
    CLI::App& trigger, Values& values, const std::string& name, TriggerCommand::Target target
) {
    CLI::App* app = trigger.add_subcommand(name, "Trigger a " + name);
    std::string upper = name;
    std::ranges::transform(upper, upper.begin(), [](char c) { return static_cast<char>(c - 32); });
    app->add_option(upper, values.trigger.id, "Id of the " + name)->required();
    if (target == TriggerCommand::Target::kRule) {
        app->add_option("ISSUE", values.trigger.issue, "Issue id or key")->required();
    }
    app->add_option("--key-file", values.trigger.key_file, "File with the API key")->required();
    app->add_option("--url", values.trigger.url, "Public URL of the ingress")
        ->capture_default_str();
    app->add_flag("--wait", values.is_waiting, "Wait until the job is over and show its status");
    app->add_option("--wait-max-s", values.wait_max_s, "Longest wait [s]")
        ->check(CLI::Range(1, 86'400))
        ->capture_default_str();
    app->callback([&values, target] {
        values.trigger.target = target;
        if (values.is_waiting) values.trigger.wait_max = std::chrono::seconds(values.wait_max_s);
        values.parsed.command = values.trigger;
    });
}

void add_trigger(CLI::App& app, Values& values) {
    values.trigger.url = "http://127.0.0.1:8080";
    CLI::App* trigger = app.add_subcommand("trigger", "Ask for work, as a webhook would");
    trigger->require_subcommand(1);
    add_trigger_target(*trigger, values, "rule", TriggerCommand::Target::kRule);
    add_trigger_target(*trigger, values, "snapshot", TriggerCommand::Target::kSnapshot);
    add_trigger_target(*trigger, values, "page", TriggerCommand::Target::kPage);
}

void add_schedule(CLI::App& app, Values& values) {
    CLI::App* schedule = app.add_subcommand("schedule", "When schedules are due");
    schedule->require_subcommand(1);
    CLI::App* next = schedule->add_subcommand("next", "Print the next times: local time, tab, UTC");
    next->add_option("ID", values.next_times.id, "The schedule")->required();
    next->add_option("--count", values.next_times.count, "How many times")
        ->check(CLI::Range(1, 100))
        ->capture_default_str();
    next->callback([&values] { values.parsed.command = values.next_times; });
}

void add_operations(CLI::App& app, Values& values) {
    CLI::App* jobs = app.add_subcommand("jobs", "Jobs and what became of them");
    jobs->require_subcommand(1);
    CLI::App* get = jobs->add_subcommand("get", "Show the status of a job");
    get->add_option("ID", values.job.id, "The job's id")->required();
    add_format(*get, values.job.format);
    get->callback([&values] { values.parsed.command = values.job; });

    CLI::App* topics = app.add_subcommand("topics", "Kafka topics");
    topics->require_subcommand(1);
    CLI::App* create = topics->add_subcommand("create", "Create those topics that are missing");
    create->add_option("--partitions", values.topics.partitions, "Partitions of the jobs topic")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    create->add_option("--replication", values.topics.replication, "Copies of each partition")
        ->check(CLI::Range(1, 100))
        ->capture_default_str();
    create
        ->add_option(
            "--min-insync-replicas",
            values.topics.min_insync_replicas,
            "Copies that must have a record before it counts as written"
        )
        ->check(CLI::Range(1, 100))
        ->capture_default_str();
    create->callback([&values] { values.parsed.command = values.topics; });
}

void add_global_options(CLI::App& app, CommandLine& parsed) {
    parsed.admin_url = "http://127.0.0.1:8081";
    app.add_option("--admin-url", parsed.admin_url, "URL of the ingress' admin listener")
        ->envname("PAGEPRESS_ADMIN_URL")
        ->capture_default_str();
    app.add_option("--admin-token-file", parsed.admin_token_file, "File with the admin token")
        ->envname("PAGEPRESS_ADMIN_TOKEN_FILE");
    app.set_version_flag("--version", PAGEPRESS_VERSION);
    app.footer(kFooter);
    // Global options may stand behind the subcommand too.
    app.fallthrough();
    app.require_subcommand(1);
}

}  // namespace

CommandLine parse_command_line(std::vector<std::string> arguments) {
    Values values;
    CLI::App app("Command line of pagepress: a client of the ingress' admin API.", "pagepressctl");
    add_global_options(app, values.parsed);
    add_entries(app, values);
    add_switch(app, values, SwitchCommand::Position::kOn, "enable");
    add_switch(app, values, SwitchCommand::Position::kOff, "disable");
    add_keys(app, values);
    add_trigger(app, values);
    add_schedule(app, values);
    add_operations(app, values);
    std::ranges::reverse(arguments);  // CLI11 takes them from the back
    try {
        app.parse(std::move(arguments));
    } catch (const CLI::ParseError& error) {
        std::ostringstream out;
        std::ostringstream err;
        const bool is_fine = app.exit(error, out, err) == 0;
        values.parsed.command.reset();
        values.parsed.exit_code = is_fine ? kExitOk : kExitBadInput;
        values.parsed.text = is_fine ? out.str() : "pagepressctl: " + err.str();
    }
    return std::move(values.parsed);
}

}  // namespace pagepress::ctl
