#include "ingress/ctl/command_line.h"

#include <algorithm>
#include <cstdlib>

#include "tests/support/catch.h"

using namespace pagepress;
using namespace pagepress::ctl;

namespace {

template <typename T>
T command_of(std::vector<std::string> arguments) {
    const CommandLine line = parse_command_line(std::move(arguments));
    CAPTURE(line.text);
    REQUIRE(line.command);
    REQUIRE(std::holds_alternative<T>(*line.command));
    return std::get<T>(*line.command);
}

}  // namespace

TEST_CASE("apply takes several files and directories", "[ctl]") {
    const auto apply = command_of<ApplyCommand>({"apply", "-f", "a.yaml", "dir", "-f", "b.yaml"});
    CHECK(apply.paths == std::vector<std::string>{"a.yaml", "dir", "b.yaml"});
}

TEST_CASE("Global options may stand before and behind the command", "[ctl]") {
    for (const auto& arguments : std::vector<std::vector<std::string>>{
             {"--admin-url", "http://x:1", "--admin-token-file=t", "get", "rules"},
             {"get", "rules", "--admin-url", "http://x:1", "--admin-token-file=t"},
         }) {
        const CommandLine line = parse_command_line(arguments);
        CHECK(line.admin_url == "http://x:1");
        CHECK(line.admin_token_file == "t");
        CHECK(line.command);
    }
}

TEST_CASE("Global options come from the environment, and flags win", "[ctl]") {
    setenv("PAGEPRESS_ADMIN_URL", "http://env:1", 1);
    setenv("PAGEPRESS_ADMIN_TOKEN_FILE", "env-token", 1);
    const CommandLine from_environment = parse_command_line({"keys", "list"});
    const CommandLine from_flag = parse_command_line({"keys", "list", "--admin-url", "http://f:1"});
    unsetenv("PAGEPRESS_ADMIN_URL");
    unsetenv("PAGEPRESS_ADMIN_TOKEN_FILE");
    CHECK(from_environment.admin_url == "http://env:1");
    CHECK(from_environment.admin_token_file == "env-token");
    CHECK(from_flag.admin_url == "http://f:1");
    CHECK(parse_command_line({"keys", "list"}).admin_url == "http://127.0.0.1:8081");
}

TEST_CASE("get knows its kinds in singular and plural, and both forms", "[ctl]") {
    const auto get = command_of<GetCommand>({"get", "snapshots", "open", "-o", "json"});
    CHECK(get.resource == Resource::kSnapshots);
    CHECK(get.id == "open");
    CHECK(get.format == OutputFormat::kJson);
    CHECK(command_of<GetCommand>({"get", "site"}).id.empty());
    CHECK_FALSE(command_of<GetCommand>({"get", "site"}).format);
    CHECK(command_of<GetCommand>({"get", "dead"}).resource == Resource::kDeadLetters);
}

TEST_CASE("A key is created for exactly one thing", "[ctl]") {
    const auto key = command_of<CreateKeyCommand>({"keys", "create", "--snapshot", "open"});
    CHECK(key.scope == EntryKind::kSnapshot);
    CHECK(key.subject == "open");
    CHECK(parse_command_line({"keys", "create"}).exit_code == kExitBadInput);
    CHECK(
        parse_command_line({"keys", "create", "--rule", "a", "--site", "b"}).exit_code ==
        kExitBadInput
    );
}

TEST_CASE("Keys are made with a life, renewed and looked at", "[ctl]") {
    CHECK(
        command_of<CreateKeyCommand>({"keys", "create", "--rule", "a", "--expires-in-days", "30"})
            .expires_in_days == 30
    );
    CHECK_FALSE(command_of<CreateKeyCommand>({"keys", "create", "--rule", "a"}).expires_in_days);
    CHECK(command_of<RegenerateKeyCommand>({"keys", "regenerate", "k1"}).id == "k1");
    const auto prolong = command_of<ProlongKeyCommand>({"keys", "prolong", "k1", "--days", "7"});
    CHECK(prolong.id == "k1");
    CHECK(prolong.days == 7);
    CHECK_FALSE(command_of<ProlongKeyCommand>({"keys", "prolong", "k1"}).days);
    const auto show = command_of<ShowKeyCommand>({"keys", "show", "k1", "-o", "json"});
    CHECK(show.id == "k1");
    CHECK(show.format == OutputFormat::kJson);
}

TEST_CASE("enable and disable name one entry", "[ctl]") {
    const auto off = command_of<SwitchCommand>({"disable", "snapshot", "open"});
    CHECK(off.kind == EntryKind::kSnapshot);
    CHECK(off.id == "open");
    CHECK(off.position == SwitchCommand::Position::kOff);
    const auto on = command_of<SwitchCommand>({"enable", "site", "acme"});
    CHECK(on.position == SwitchCommand::Position::kOn);
}

TEST_CASE("trigger rule takes rule, issue, key file, URL and the wait", "[ctl]") {
    const auto trigger = command_of<TriggerCommand>(
        {"trigger",
         "rule",
         "release",
         "PROJ-1",
         "--key-file",
         "k",
         "--url",
         "http://i:1",
         "--wait",
         "--wait-max-s",
         "7",
         "-o",
         "json"}
    );
    CHECK(trigger.format == OutputFormat::kJson);
    CHECK(trigger.target == TriggerCommand::Target::kRule);
    CHECK(trigger.id == "release");
    CHECK(trigger.issue == "PROJ-1");
    CHECK(trigger.key_file == "k");
    CHECK(trigger.url == "http://i:1");
    CHECK(trigger.wait_max == std::chrono::seconds(7));
    const auto page = command_of<TriggerCommand>({"trigger", "page", "12", "--key-file", "k"});
    CHECK(page.target == TriggerCommand::Target::kPage);
    CHECK(page.url == "http://127.0.0.1:8080");
    CHECK_FALSE(page.wait_max);
}

TEST_CASE("The public URL comes from the environment, and the flag wins", "[ctl]") {
    const std::vector<std::string> target = GENERATE(
        std::vector<std::string>{"rule", "r", "A-1"},
        std::vector<std::string>{"snapshot", "s"},
        std::vector<std::string>{"page", "12"}
    );
    std::vector<std::string> arguments{"trigger", "--key-file", "k"};
    arguments.insert(arguments.begin() + 1, target.begin(), target.end());
    setenv("PAGEPRESS_PUBLIC_URL", "http://env:1", 1);
    CHECK(command_of<TriggerCommand>(arguments).url == "http://env:1");
    arguments.insert(arguments.end(), {"--url", "http://flag:1"});
    CHECK(command_of<TriggerCommand>(arguments).url == "http://flag:1");
    unsetenv("PAGEPRESS_PUBLIC_URL");
}

TEST_CASE("topics create takes its numbers", "[ctl]") {
    const auto topics = command_of<CreateTopicsCommand>(
        {"topics",
         "create",
         "--partitions",
         "6",
         "--replication",
         "3",
         "--min-insync-replicas",
         "2"}
    );
    CHECK(topics.partitions == 6);
    CHECK(topics.replication == 3);
    CHECK(topics.min_insync_replicas == 2);
}

TEST_CASE("Bad usage ends with exit code 2 and says what is wrong", "[ctl]") {
    const auto arguments = GENERATE(
        std::vector<std::string>{},
        std::vector<std::string>{"frobnicate"},
        std::vector<std::string>{"get", "page"},
        std::vector<std::string>{"delete", "rule"},
        std::vector<std::string>{"trigger", "rule", "release", "PROJ-1"},
        std::vector<std::string>{"topics", "create", "--partitions", "0"},
        std::vector<std::string>{"keys", "create", "--rule", "a", "--expires-in-days", "0"},
        std::vector<std::string>{"keys", "prolong", "k1", "--days", "3651"},
        std::vector<std::string>{"enable", "rule"},
        std::vector<std::string>{"apply"},
        std::vector<std::string>{"apply", "-f", "a", "--exit-code"},
        std::vector<std::string>{"apply", "-f", "a", "--all-sites"},
        std::vector<std::string>{"batch", "create", "rule", "r"},
        std::vector<std::string>{"batch", "create", "rule", "r", "A-1", "--jql", "x"},
        std::vector<std::string>{"batch", "create", "page", "12"},
        std::vector<std::string>{"trigger", "page", "12", "--key-file", "k", "-o", "json"},
        std::vector<std::string>{"audit", "tail", "-f", "--until", "1h"},
        std::vector<std::string>{"dead", "list", "-n", "0"}
    );
    const CommandLine line = parse_command_line(arguments);
    CHECK_FALSE(line.command);
    CHECK(line.exit_code == kExitBadInput);
    CHECK(line.text.starts_with("pagepressctl: "));
    CHECK(std::ranges::count(line.text, '\n') == 1);
}

TEST_CASE("A mistyped command or option names the nearest one", "[ctl]") {
    const auto [arguments, text] = GENERATE(table<std::vector<std::string>, std::string>({
        {{"aply", "-f", "x"}, "'aply' is no command of pagepressctl; did you mean 'apply'?"},
        {{"batch", "wtch", "b"},
         "'wtch' is no command of pagepressctl batch; did you mean 'watch'?"},
        {{"keys", "xyzzy"},
         "'xyzzy' is no command of pagepressctl keys; it has create, regenerate, prolong, list, "
         "show, delete"},
        {{"apply", "-f", "x", "--dryrun"},
         "'--dryrun' is no option of pagepressctl apply; did you mean '--dry-run'?"},
        {{"batch", "create", "--rule", "r", "A-1"},
         "'--rule' is no option of pagepressctl batch create; did you mean 'pagepressctl batch "
         "create rule'?"},
        {{"get", "rules", "--admin-ulr=x"},
         "'--admin-ulr' is no option of pagepressctl get; did you mean '--admin-url'?"},
        {{"get", "rules", "a", "b"},
         "'b' is one argument too many for pagepressctl get; see 'pagepressctl get --help'"},
        {{"audit"}, "pagepressctl audit needs a command: tail; see 'pagepressctl audit --help'"},
        {{"delete", "rule"}, "ID is required; see 'pagepressctl delete --help'"},
    }));
    const CommandLine line = parse_command_line(arguments);
    CHECK(line.exit_code == kExitBadInput);
    CHECK(line.text == "pagepressctl: " + text + "\n");
}

TEST_CASE("apply knows dry run, pruning and consent", "[ctl]") {
    const auto apply = command_of<ApplyCommand>(
        {"apply", "-f", "a", "--dry-run", "--exit-code", "--prune", "--all-sites", "-y"}
    );
    CHECK((apply.is_dry_run && apply.tells_differences && apply.is_confirmed));
    CHECK((apply.prunes && apply.prunes_other_sites));
    const auto plain = command_of<ApplyCommand>({"apply", "-f", "a"});
    CHECK_FALSE((plain.is_dry_run || plain.prunes || plain.is_confirmed));
}

TEST_CASE("batch create takes what to refresh in five ways", "[ctl]") {
    using Select = CreateBatchCommand::Select;
    const auto rule = command_of<CreateBatchCommand>(
        {"batch", "create", "rule", "r", "A-1", "A-2", "--spread", "30m", "--watch"}
    );
    CHECK(rule.select == Select::kIssues);
    CHECK(rule.issues == std::vector<std::string>{"A-1", "A-2"});
    CHECK(rule.spread == "30m");
    CHECK(rule.watch_max == std::chrono::seconds(86'400));
    CHECK(
        command_of<CreateBatchCommand>({"batch", "create", "rule", "r", "--jql", "p = A"}).jql ==
        "p = A"
    );
    const auto snapshots =
        command_of<CreateBatchCommand>({"batch", "create", "snapshots", "s1", "s2"});
    CHECK(snapshots.select == Select::kSnapshots);
    CHECK(snapshots.snapshots.size() == 2);
    CHECK_FALSE(snapshots.watch_max);
    const auto all = command_of<CreateBatchCommand>({"batch", "create", "all", "--site", "acme"});
    CHECK(all.select == Select::kAll);
    CHECK(all.site == "acme");
}

TEST_CASE("Filters are handed on under the names of the API", "[ctl]") {
    const auto list = command_of<ListDeadCommand>(
        {"dead", "list", "--code", "x", "--since", "2h", "--state", "dead", "-n", "5"}
    );
    CHECK(list.filter == Filter{{"code", "x"}, {"since", "2h"}, {"state", "dead"}});
    CHECK(list.limit == 5);
    const auto redrive =
        command_of<RedriveCommand>({"dead", "redrive", "--rule", "r", "--dry-run"});
    CHECK(redrive.filter == Filter{{"rule", "r"}});
    CHECK((redrive.is_dry_run && redrive.ids.empty()));
    const auto tail =
        command_of<TailAuditCommand>({"audit", "tail", "-f", "--type", "key.created"});
    CHECK(tail.filter == Filter{{"since", "1h"}, {"type", "key.created"}});
    CHECK(tail.follows);
}

TEST_CASE("doctor takes several workers, from the environment too", "[ctl]") {
    const auto doctor =
        command_of<DoctorCommand>({"doctor", "--worker-url", "http://a", "--worker-url", "http://b"}
        );
    CHECK(doctor.worker_urls == std::vector<std::string>{"http://a", "http://b"});
    CHECK(doctor.worker_group == "pagepress-worker");
    setenv("PAGEPRESS_WORKER_URL", "http://c,http://d", 1);
    const auto from_environment = command_of<DoctorCommand>({"doctor"});
    unsetenv("PAGEPRESS_WORKER_URL");
    CHECK(from_environment.worker_urls == std::vector<std::string>{"http://c", "http://d"});
}

TEST_CASE("A word that is none of the allowed ones is named, and so are those", "[ctl]") {
    const CommandLine kind = parse_command_line({"get", "page"});
    CHECK(kind.exit_code == kExitBadInput);
    CHECK(kind.text.contains("'page' is none of sites|rules|snapshots|schedules|keys|"));
    const CommandLine format = parse_command_line({"get", "rules", "-o", "xml"});
    CHECK(format.text.contains("'xml' is none of yaml|json|table"));
}

TEST_CASE("Help and version are no errors, and help tells the exit codes", "[ctl]") {
    const CommandLine help = parse_command_line({"--help"});
    CHECK_FALSE(help.command);
    CHECK(help.exit_code == kExitOk);
    CHECK(help.text.find("Exit codes: 0 done") != std::string::npos);
    CHECK(help.text.find("4 the longest wait") != std::string::npos);
    CHECK(parse_command_line({"--version"}).text == std::string(PAGEPRESS_VERSION) + "\n");
}
