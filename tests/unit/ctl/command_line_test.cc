#include "ingress/ctl/command_line.h"

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
    CHECK(get.kind == EntryKind::kSnapshot);
    CHECK(get.id == "open");
    CHECK(get.format == OutputFormat::kJson);
    CHECK(command_of<GetCommand>({"get", "site"}).id.empty());
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
         "7"}
    );
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
        std::vector<std::string>{"apply"}
    );
    const CommandLine line = parse_command_line(arguments);
    CHECK_FALSE(line.command);
    CHECK(line.exit_code == kExitBadInput);
    CHECK(line.text.starts_with("pagepressctl: "));
}

TEST_CASE("A word that is none of the allowed ones is named, and so are those", "[ctl]") {
    const CommandLine kind = parse_command_line({"get", "page"});
    CHECK(kind.exit_code == kExitBadInput);
    CHECK(kind.text.contains("'page' is none of site, rule, snapshot, schedule"));
    const CommandLine format = parse_command_line({"get", "rules", "-o", "xml"});
    CHECK(format.text.contains("'xml' is none of yaml, json"));
}

TEST_CASE("Help and version are no errors, and help tells the exit codes", "[ctl]") {
    const CommandLine help = parse_command_line({"--help"});
    CHECK_FALSE(help.command);
    CHECK(help.exit_code == kExitOk);
    CHECK(help.text.find("Exit codes: 0 done") != std::string::npos);
    CHECK(parse_command_line({"--version"}).text == std::string(PAGEPRESS_VERSION) + "\n");
}
