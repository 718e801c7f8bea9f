// Command line: what makes work, and what it is looked at with.
#include <algorithm>

#include <CLI/CLI.hpp>

#include "ingress/ctl/command_options.h"
#include "ingress/ctl/one_of.h"

namespace pagepress::ctl {

namespace {

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
    app->add_option("--key-file", values.trigger.key_file, "File with the API key")
        ->required()
        ->type_name("FILE");
    // One for each: the parser brings the environment's to those that are not called too.
    std::string& url = values.public_urls[name];
    url = "http://127.0.0.1:8080";
    app->add_option("--url", url, "Public URL of the ingress")
        ->envname("PAGEPRESS_PUBLIC_URL")
        ->capture_default_str();
    CLI::Option* wait = app->add_flag(
        "--wait",
        values.is_waiting,
        "Wait until the job is over and show its status; exit code 1 if it is dead"
    );
    add_format(*app, values.trigger.format)->needs(wait);
    app->add_option("--wait-max-s", values.wait_max_s, "Longest wait [s]; exit code 4 beyond it")
        ->check(CLI::Range(1, 86'400))
        ->capture_default_str();
    app->callback([&values, &url, target] {
        values.trigger.target = target;
        values.trigger.url = url;
        if (values.is_waiting) values.trigger.wait_max = std::chrono::seconds(values.wait_max_s);
        values.parsed.command = values.trigger;
    });
}

/// `create` of one selection: its subcommand.
CLI::App* add_batch_create(
    CLI::App& create,
    Values& values,
    const std::string& name,
    const std::string& help,
    CreateBatchCommand::Select select
) {
    CreateBatchCommand& command = values.create_batch;
    CLI::App* app = create.add_subcommand(name, help);
    app->add_option("--spread", command.spread, "Let the jobs begin over this time: 30m, 1h30m")
        ->type_name("TIME");
    app->add_option(
           "--idempotency-key",
           command.idempotency_key,
           "The same text gives the same batch, however often it is sent"
    )
        ->type_name("TEXT");
    CLI::Option* watch =
        app->add_flag("--watch", values.is_waiting, "Watch until the batch is over");
    add_format(*app, command.format)->needs(watch);
    app->add_option("--watch-max-s", values.watch_max_s, "Longest watch [s]")
        ->check(CLI::Range(1, 604'800))
        ->capture_default_str();
    app->callback([&values, select] {
        CreateBatchCommand& batch = values.create_batch;
        batch.select = select;
        if (values.is_waiting) batch.watch_max = std::chrono::seconds(values.watch_max_s);
        values.parsed.command = batch;
    });
    return app;
}

void add_batch_creates(CLI::App& create, Values& values) {
    using Select = CreateBatchCommand::Select;
    CreateBatchCommand& command = values.create_batch;
    CLI::App* rule =
        add_batch_create(create, values, "rule", "A rule for many issues", Select::kIssues);
    rule->add_option("RULE", command.rule, "Id of the rule")->required();
    CLI::Option_group* issues = rule->add_option_group("issues", "Which issues; one of these");
    issues->add_option("ISSUE", command.issues, "Issue ids or keys");
    issues->add_option("--jql", command.jql, "What a search finds when the batch begins");
    issues->add_option("--issues-file", command.issues_file, "One issue id or key a line")
        ->type_name("FILE");
    issues->require_option(1);
    CLI::App* snapshots = add_batch_create(
        create, values, "snapshots", "Some snapshots of one site", Select::kSnapshots
    );
    snapshots->add_option("SNAPSHOT", command.snapshots, "Ids of snapshots")->required();
    CLI::App* page =
        add_batch_create(create, values, "page", "All snapshots of a page", Select::kPage);
    page->add_option("PAGE", command.page_id, "Id of the page")->required();
    CLI::App* space = add_batch_create(
        create, values, "space", "All snapshots of a space's pages", Select::kSpace
    );
    space->add_option("SPACE", command.space, "Key of the space")->required();
    CLI::App* all =
        add_batch_create(create, values, "all", "All snapshots of a site", Select::kAll);
    for (CLI::App* app : {page, space, all}) {
        app->add_option("--site", command.site, "The site")->required();
    }
}

/// Filter options, each a parameter of the API of the same name.
void add_filter(CLI::App& app, Values& values, const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        const bool is_time = name == "since" || name == "until";
        const std::string help =
            is_time ? "Only what happened " +
                          std::string(name == "since" ? "from this time on" : "before this time") +
                          ": ISO 8601, or 2h for two hours ago"
                    : "Only of this " + name;
        app.add_option("--" + name, values.filter[name], help)
            ->type_name(is_time ? "TIME" : "TEXT");
    }
}

Filter filter_of(const Values& values) {
    Filter filter;
    for (const auto& [name, value] : values.filter) {
        if (!value.empty()) filter.emplace_back(name, value);
    }
    return filter;
}

void add_redrive(CLI::App& dead, Values& values, const std::vector<std::string>& filters) {
    RedriveCommand& command = values.redrive;
    CLI::App* redrive = dead.add_subcommand(
        "redrive", "Send dead letters again: those that are named, or those that a filter finds"
    );
    redrive->add_option("ID", command.ids, "Ids, as list shows them");
    add_filter(*redrive, values, filters);
    redrive->add_flag("--all", command.takes_all, "All of them, without a filter");
    redrive->add_flag("--dry-run", command.is_dry_run, "Show them and send nothing");
    redrive->add_flag("-y,--yes", command.is_confirmed, "Do not ask before more than one is sent");
    redrive->callback([&values] {
        values.redrive.filter = filter_of(values);
        values.parsed.command = values.redrive;
    });
}

}  // namespace

void add_trigger(CLI::App& app, Values& values) {
    CLI::App* trigger = app.add_subcommand("trigger", "Ask for work, as a webhook would");
    trigger->require_subcommand(1);
    add_trigger_target(*trigger, values, "rule", TriggerCommand::Target::kRule);
    add_trigger_target(*trigger, values, "snapshot", TriggerCommand::Target::kSnapshot);
    add_trigger_target(*trigger, values, "page", TriggerCommand::Target::kPage);
}

void add_batches(CLI::App& app, Values& values) {
    CLI::App* batch = app.add_subcommand("batch", "Many jobs at once");
    batch->require_subcommand(1);
    CLI::App* create = batch->add_subcommand("create", "Make a batch and print its id");
    create->require_subcommand(1);
    add_batch_creates(*create, values);
    CLI::App* get = batch->add_subcommand("get", "Show the status of a batch");
    get->add_option("ID", values.get_batch.id, "The batch's id")->required();
    add_format(*get, values.get_batch.format);
    get->callback([&values] { values.parsed.command = values.get_batch; });
    CLI::App* watch = batch->add_subcommand("watch", "Watch a batch until it is over");
    watch->add_option("ID", values.watch_batch.id, "The batch's id")->required();
    add_format(*watch, values.watch_batch.format);
    watch->add_option("--watch-max-s", values.watch_max_s, "Longest watch [s]")
        ->check(CLI::Range(1, 604'800))
        ->capture_default_str();
    watch->callback([&values] {
        values.watch_batch.watch_max = std::chrono::seconds(values.watch_max_s);
        values.parsed.command = values.watch_batch;
    });
    CLI::App* cancel = batch->add_subcommand("cancel", "Cancel what has not begun of a batch");
    cancel->add_option("ID", values.cancel_batch.id, "The batch's id")->required();
    cancel->callback([&values] { values.parsed.command = values.cancel_batch; });
}

void add_schedules(CLI::App& app, Values& values) {
    CLI::App* schedule = app.add_subcommand("schedule", "When schedules are due");
    schedule->require_subcommand(1);
    CLI::App* next = schedule->add_subcommand("next", "Print the next times: local time, tab, UTC");
    next->add_option("ID", values.next_times.id, "The schedule")->required();
    next->add_option("--count", values.next_times.count, "How many times")
        ->check(CLI::Range(1, 100))
        ->capture_default_str();
    next->callback([&values] { values.parsed.command = values.next_times; });
}

void add_dead_letters(CLI::App& app, Values& values) {
    const std::vector<std::string> filters{
        "site", "rule", "snapshot", "issue", "page", "job", "code", "since", "until"};
    CLI::App* dead = app.add_subcommand("dead", "Dead letters: jobs that were given up");
    dead->require_subcommand(1);
    CLI::App* list = dead->add_subcommand("list", "List dead letters");
    add_filter(*list, values, filters);
    list->add_option("--state", values.filter["state"], "Only those in this state")
        ->type_name("dead|redriven");
    list->add_option("-n,--limit", values.list_dead.limit, "How many at most")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
    add_format(*list, values.list_dead.format, Tables::kYes);
    list->callback([&values] {
        values.list_dead.filter = filter_of(values);
        values.parsed.command = values.list_dead;
    });
    CLI::App* show = dead->add_subcommand("show", "Show one with its job");
    show->add_option("ID", values.show_dead.id, "Its id, as list shows it")->required();
    add_format(*show, values.show_dead.format);
    show->callback([&values] { values.parsed.command = values.show_dead; });
    add_redrive(*dead, values, filters);
}

void add_audit(CLI::App& app, Values& values) {
    TailAuditCommand& command = values.tail_audit;
    CLI::App* audit = app.add_subcommand("audit", "What happened: changes, keys, pages, jobs");
    audit->require_subcommand(1);
    CLI::App* tail = audit->add_subcommand("tail", "Show the newest events, oldest first");
    add_filter(
        *tail, values, {"since", "until", "type", "site", "rule", "issue", "page", "job", "by"}
    );
    tail->add_option("-n,--limit", command.limit, "How many at most to begin with")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    tail->add_flag("-f,--follow", command.follows, "Go on with what happens, until Ctrl-C")
        ->excludes(tail->get_option("--until"));
    CLI::Option* format = add_format(*tail, command.format, Tables::kYes);
    format->description("Form: table (one line each), yaml, or json (one line each)");
    tail->callback([&values] {
        TailAuditCommand& tail_audit = values.tail_audit;
        if (values.filter["since"].empty()) values.filter["since"] = "1h";
        tail_audit.filter = filter_of(values);
        values.parsed.command = tail_audit;
    });
}

void add_operations(CLI::App& app, Values& values) {
    CLI::App* jobs = app.add_subcommand("jobs", "Jobs and what became of them");
    jobs->require_subcommand(1);
    CLI::App* get = jobs->add_subcommand("get", "Show the status of a job");
    get->add_option("ID", values.job.id, "The job's id")->required();
    add_format(*get, values.job.format);
    get->callback([&values] { values.parsed.command = values.job; });

    CLI::App* doctor = app.add_subcommand(
        "doctor", "Check Kafka, Redis, the services and the sites, and say what to do"
    );
    doctor
        ->add_option(
            "--worker-url",
            values.doctor.worker_urls,
            "URL of a worker's admin listener, which checks the sites; may be given several times"
        )
        ->envname("PAGEPRESS_WORKER_URL")
        ->delimiter(',');
    doctor->add_option("--worker-group", values.doctor.worker_group, "--group of the workers")
        ->capture_default_str();
    values.doctor.format = OutputFormat::kTable;
    add_format(*doctor, values.doctor.format, Tables::kYes);
    doctor->callback([&values] { values.parsed.command = values.doctor; });

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

}  // namespace pagepress::ctl
