// The scripts are run by the shell where there is one: bash is.
#include "ingress/ctl/completion.h"

#include <array>
#include <cstdio>
#include <memory>

#include "ingress/ctl/command_line.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

using namespace pagepress;
using namespace pagepress::ctl;

namespace {

std::string output_of(const std::string& command) {
    const auto close = [](FILE* pipe) { (void)pclose(pipe); };
    const std::unique_ptr<FILE, decltype(close)> pipe(popen(command.c_str(), "r"), close);
    REQUIRE(pipe != nullptr);
    std::string output;
    std::array<char, 4096> part{};
    while (const std::size_t count = fread(part.data(), 1, part.size(), pipe.get())) {
        output.append(part.data(), count);
    }
    return output;
}

/// What bash offers for the last of `words`.
std::string offered(const std::string& words) {
    const test::TempDir folder;
    const auto script = folder.write("completion", parse_command_line({"completion", "bash"}).text);
    const auto driver = folder.write(
        "driver",
        "source " + script + "\nCOMP_WORDS=(pagepressctl " + words +
            ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_pagepressctl\necho \"${COMPREPLY[*]}\"\n"
    );
    std::string output = output_of("bash " + driver + " 2>&1");
    if (output.ends_with('\n')) output.pop_back();
    return output;
}

}  // namespace

TEST_CASE("bash completes commands on every level", "[ctl]") {
    CHECK(offered("ba") == "batch");
    CHECK(offered("batch c") == "create cancel");
    CHECK(offered("batch create s") == "snapshots space");
    CHECK(offered("completion ''") == "bash zsh fish");
}

TEST_CASE("bash completes options of the command and global ones", "[ctl]") {
    CHECK(offered("apply --pr") == "--prune");
    CHECK(offered("audit tail --f") == "--follow");
    CHECK(offered("audit tail --he") == "--help");
    CHECK(offered("batch create page --admin-u") == "--admin-url");
    CHECK(offered("batch create rule --jq") == "--jql");
}

TEST_CASE("bash completes words that an option or argument may be", "[ctl]") {
    CHECK(offered("get -o j") == "json");
    CHECK(offered("get sn") == "snapshots");
    CHECK(offered("--admin-url http://x get dead") == "dead-letters");
    CHECK(offered("get rules ''") == "");
    CHECK(offered("disable ru") == "rule");
    CHECK(offered("dead list --state r") == "redriven");
}

TEST_CASE("bash completes files where an option takes one, and only there", "[ctl]") {
    CHECK(offered("apply -f /etc/passw").starts_with("/etc/passwd"));
    CHECK(offered("trigger rule --key-file /etc/passw").starts_with("/etc/passwd"));
    CHECK(offered("trigger rule --url /etc/passw") == "");
    CHECK(offered("audit tail -f --rul") == "--rule");
}

TEST_CASE("Each shell's script knows the whole tree and prints without an admin token", "[ctl]") {
    for (const char* const shell : {"bash", "zsh", "fish"}) {
        const CommandLine line = parse_command_line({"completion", shell});
        CAPTURE(shell);
        CHECK(line.exit_code == kExitOk);
        CHECK_FALSE(line.command);
        for (const char* const word :
             {"redrive", "follow", "dead-letters", "min-insync-replicas"}) {
            CHECK(line.text.contains(word));
        }
    }
    CHECK(parse_command_line({"completion"}).exit_code == kExitBadInput);
}
