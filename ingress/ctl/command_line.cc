#include "ingress/ctl/command_line.h"

#include <algorithm>
#include <sstream>

#include <CLI/CLI.hpp>

#include "ingress/ctl/command_options.h"
#include "ingress/ctl/command_tree.h"
#include "ingress/ctl/completion.h"
#include "ingress/ctl/usage_error.h"

namespace pagepress::ctl {

namespace {

constexpr const char* kFooter =
    "Exit codes: 0 done; 1 the work failed, or the server refused it or did not answer; 2 bad "
    "usage or bad\nfiles, nothing was sent; 3 apply --dry-run --exit-code: something would change; "
    "4 the longest wait\nis over, and the work goes on.";

void add_global_options(CLI::App& app, CommandLine& parsed) {
    parsed.admin_url = "http://127.0.0.1:8081";
    app.add_option("--admin-url", parsed.admin_url, "URL of the ingress' admin listener")
        ->envname("PAGEPRESS_ADMIN_URL")
        ->capture_default_str();
    app.add_option("--admin-token-file", parsed.admin_token_file, "File with the admin token")
        ->envname("PAGEPRESS_ADMIN_TOKEN_FILE")
        ->type_name("FILE");
    app.set_version_flag("--version", PAGEPRESS_VERSION);
    app.footer(kFooter);
    // Global options may stand behind the subcommand too.
    app.fallthrough();
    app.require_subcommand(1);
}

/// The scripts are made of the tree of commands itself, so they know every command and option.
void add_completion(CLI::App& app, CommandLine& parsed) {
    CLI::App* completion = app.add_subcommand(
        "completion",
        "Print a shell's completion script, such as for: eval \"$(pagepressctl "
        "completion bash)\""
    );
    completion->require_subcommand(1);
    const auto add = [&](const char* shell, std::string (*script_of)(const CommandNode&)) {
        CLI::App* command = completion->add_subcommand(shell, std::string("For ") + shell);
        command->callback([&app, &parsed, script_of] { parsed.text = script_of(read_tree(app)); });
    };
    add("bash", bash_completion);
    add("zsh", zsh_completion);
    add("fish", fish_completion);
}

}  // namespace

CommandLine parse_command_line(std::vector<std::string> arguments) {
    Values values;
    values.doctor.worker_group = "pagepress-worker";
    CLI::App app("Command line of pagepress: a client of the ingress' admin API.", "pagepressctl");
    add_global_options(app, values.parsed);
    add_entries(app, values);
    add_switches(app, values);
    add_keys(app, values);
    add_trigger(app, values);
    add_batches(app, values);
    add_schedules(app, values);
    add_dead_letters(app, values);
    add_audit(app, values);
    add_operations(app, values);
    add_completion(app, values.parsed);
    std::ranges::reverse(arguments);  // CLI11 takes them from the back
    try {
        app.parse(std::move(arguments));
    } catch (const CLI::ParseError& error) {
        std::ostringstream out;
        std::ostringstream err;
        const bool is_fine = app.exit(error, out, err) == 0;
        values.parsed.command.reset();
        values.parsed.exit_code = is_fine ? kExitOk : kExitBadInput;
        values.parsed.text =
            is_fine ? out.str() : "pagepressctl: " + usage_error(app, error.what()) + "\n";
    }
    return std::move(values.parsed);
}

}  // namespace pagepress::ctl
