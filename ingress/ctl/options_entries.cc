// Command line: entries of the catalog and keys.
#include <CLI/CLI.hpp>

#include "ingress/ctl/command_options.h"
#include "ingress/ctl/one_of.h"

namespace pagepress::ctl {

namespace {

constexpr int kKeyDaysMax = 3650;

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

const std::map<std::string, Resource> kResources{
    {"site", Resource::kSites},
    {"sites", Resource::kSites},
    {"rule", Resource::kRules},
    {"rules", Resource::kRules},
    {"snapshot", Resource::kSnapshots},
    {"snapshots", Resource::kSnapshots},
    {"schedule", Resource::kSchedules},
    {"schedules", Resource::kSchedules},
    {"key", Resource::kKeys},
    {"keys", Resource::kKeys},
    {"job", Resource::kJobs},
    {"jobs", Resource::kJobs},
    {"batch", Resource::kBatches},
    {"batches", Resource::kBatches},
    {"dead", Resource::kDeadLetters},
    {"dead-letter", Resource::kDeadLetters},
    {"dead-letters", Resource::kDeadLetters},
};

const std::map<std::string, OutputFormat> kFormats{
    {"yaml", OutputFormat::kYaml}, {"json", OutputFormat::kJson}};
const std::map<std::string, OutputFormat> kFormatsAndTable{
    {"yaml", OutputFormat::kYaml}, {"json", OutputFormat::kJson}, {"table", OutputFormat::kTable}};

void add_apply(CLI::App& app, Values& values) {
    CLI::App* apply = app.add_subcommand(
        "apply", "Create and update the entries that YAML files hold; what is the same stays"
    );
    ApplyCommand& command = values.apply;
    apply
        ->add_option(
            "-f,--file",
            command.paths,
            "Files, or directories: all .yaml, .yml and .json files in and below them"
        )
        ->required()
        ->type_name("FILE");
    CLI::Option* dry_run = apply->add_flag(
        "--dry-run", command.is_dry_run, "Show what would change, entry by entry, and send nothing"
    );
    apply
        ->add_flag(
            "--exit-code",
            command.tells_differences,
            "With --dry-run: exit code 3 if anything would change"
        )
        ->needs(dry_run);
    CLI::Option* prune = apply->add_flag(
        "--prune",
        command.prunes,
        "Remove what no file holds, of the sites that the files name, with its keys"
    );
    apply
        ->add_flag(
            "--all-sites",
            command.prunes_other_sites,
            "With --prune: the files are the whole catalog; sites that they do not hold go too"
        )
        ->needs(prune);
    apply->add_flag("-y,--yes", command.is_confirmed, "Do not ask before something is removed");
    apply->callback([&values] { values.parsed.command = values.apply; });
}

void add_get(CLI::App& app, Values& values) {
    CLI::App* get = app.add_subcommand("get", "Show what the server has");
    take_one_of(
        get->add_option("KIND", values.get.resource, "What to show")->required(),
        kResources,
        "sites|rules|snapshots|schedules|keys|jobs|batches|dead-letters"
    );
    get->add_option("ID", values.get.id, "One of them; without it, all");
    CLI::Option* format = add_format(*get, values.get_format, Tables::kYes);
    format->description("Form: table (of all), yaml (of one; what apply takes) or json");
    get->callback([&values, format] {
        if (format->count() > 0) values.get.format = values.get_format;
        values.parsed.command = values.get;
    });
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

}  // namespace

CLI::Option* add_format(CLI::App& app, OutputFormat& format, Tables tables) {
    CLI::Option* option = app.add_option("-o,--output", format, "Form of the output");
    return tables == Tables::kYes ? take_one_of(option, kFormatsAndTable, "yaml|json|table")
                                  : take_one_of(option, kFormats, "yaml|json");
}

void add_kind(CLI::App& app, EntryKind& kind) {
    take_one_of(
        app.add_option("KIND", kind, "Kind of the entry")->required(),
        kKinds,
        "site|rule|snapshot|schedule"
    );
}

void add_entries(CLI::App& app, Values& values) {
    add_apply(app, values);
    add_get(app, values);
    CLI::App* remove = app.add_subcommand("delete", "Delete an entry, with its keys");
    add_kind(*remove, values.remove.kind);
    remove->add_option("ID", values.remove.id, "The entry")->required();
    remove->callback([&values] { values.parsed.command = values.remove; });
}

void add_switches(CLI::App& app, Values& values) {
    add_switch(app, values, SwitchCommand::Position::kOn, "enable");
    add_switch(app, values, SwitchCommand::Position::kOff, "disable");
}

void add_keys(CLI::App& app, Values& values) {
    CLI::App* keys = app.add_subcommand("keys", "API keys that callers authenticate with");
    keys->require_subcommand(1);
    add_create_key(*keys, values);
    add_renew_key(*keys, values);
    add_look_at_keys(*keys, values);
}

}  // namespace pagepress::ctl
