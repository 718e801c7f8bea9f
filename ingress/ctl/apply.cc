// `apply`: brings the server's catalog to what files say. Entries that no file names stay, unless
// --prune removes them.
#include <algorithm>
#include <ostream>
#include <utility>

#include "ingress/ctl/apply_plan.h"
#include "ingress/ctl/commands.h"
#include "ingress/ctl/document_diff.h"
#include "ingress/ctl/entry_files.h"
#include "ingress/ctl/session.h"

namespace pagepress::ctl {

namespace {

using Action = Change::Action;

void print_problems(
    const Surroundings& surroundings, const FileEntry& entry, std::vector<Problem> problems
) {
    std::ranges::stable_sort(problems, {}, [&](const Problem& problem) {
        return entry.line_of(problem);
    });
    for (const Problem& problem : problems) surroundings.err << entry.describe(problem) << '\n';
}

/// Prints why an entry was refused; the server's wrong fields with their lines.
void print_refusal(
    const Surroundings& surroundings, const FileEntry& entry, const ApiAnswer& answer
) {
    std::vector<Problem> problems = answer.problems();
    if (problems.empty()) {
        const std::string title = std::string(name_of(entry.kind)) + " '" + entry.id + "'";
        problems.push_back({.field = "", .message = title + ": " + answer.reason()});
    }
    print_problems(surroundings, entry, std::move(problems));
}

/// Does what a plan says, one change after the other; remembers whether all went well.
class Executor {
public:
    Executor(const Surroundings& surroundings, AdminApi& api)
        : surroundings_(surroundings), api_(api) {}

    int execute(const ApplyPlan& plan) {
        bool is_removing = false;
        for (const Change& change : plan.changes) {
            if (change.action == Action::kRemove && !std::exchange(is_removing, true) &&
                exit_code_ != kExitOk) {
                report(
                    surroundings_,
                    kExitFailed,
                    "nothing was removed, because an entry was not written"
                );
                break;
            }
            if (!(is_removing ? remove(change) : write(change))) break;
        }
        return exit_code_;
    }

private:
    /// @return  whether the server can be asked for more
    bool write(const Change& change) {
        if (change.action == Action::kKeep) return say(change, "unchanged");
        const FileEntry& entry = *change.entry;
        const auto answer =
            api_.put(path_of(change.kind, change.id), entry.document, change.revision);
        if (!answer) return fail_with(answer.error().message);
        if (answer->is_success()) return say(change, answer->status == 201 ? "created" : "updated");
        exit_code_ = kExitFailed;
        if (answer->status == 409) {
            surroundings_.err << entry.describe({"", changed_meanwhile(change, *answer)}) << '\n';
        } else {
            print_refusal(surroundings_, entry, *answer);
        }
        return is_worth_asking(*answer);
    }

    bool remove(const Change& change) {
        const auto answer = api_.remove(path_of(change.kind, change.id), change.revision);
        if (!answer) return fail_with(answer.error().message);
        if (answer->is_success() || answer->status == 404) return say(change, "removed");
        exit_code_ = report(
            surroundings_,
            kExitFailed,
            answer->status == 409 ? changed_meanwhile(change, *answer)
                                  : change.title() + ": " + answer->reason()
        );
        return is_worth_asking(*answer);
    }

    static std::string changed_meanwhile(const Change& change, const ApiAnswer& answer) {
        return change.title() +
               " was not touched, since it is not what it was when it was compared: " +
               answer.reason() + "; apply again to see what is different";
    }

    /// A refused entry is no reason not to try the others; a server that refuses everything is.
    static bool is_worth_asking(const ApiAnswer& answer) {
        return answer.status != 401 && answer.status != 403 && answer.status < 500;
    }

    bool say(const Change& change, std::string_view what) {
        surroundings_.out << change.title() << ' ' << what << '\n';
        return true;
    }

    bool fail_with(const std::string& message) {
        exit_code_ = report(surroundings_, kExitFailed, message);
        return false;
    }

    const Surroundings& surroundings_;
    AdminApi& api_;
    int exit_code_ = kExitOk;
};

std::string_view word_of(Action action) {
    switch (action) {
        case Action::kCreate:
            return "new";
        case Action::kUpdate:
            return "changed";
        case Action::kRemove:
            return "to be removed";
        case Action::kKeep:
            break;
    }
    return "unchanged";
}

int show_plan(
    const ApplyPlan& plan, const ApplyCommand& command, const Surroundings& surroundings
) {
    for (const Change& change : plan.changes) {
        surroundings.out << change.title() << ": " << word_of(change.action) << '\n';
        if (change.entry == nullptr) continue;
        surroundings.out << diff_text(change.before, change.entry->document);
    }
    surroundings.err << plan.count(Action::kCreate) << " new, " << plan.count(Action::kUpdate)
                     << " changed, " << plan.count(Action::kKeep) << " unchanged, "
                     << plan.count(Action::kRemove) << " to be removed; nothing was sent\n";
    for (const Refusal& refusal : plan.refusals) {
        print_problems(surroundings, *refusal.entry, refusal.problems);
    }
    if (!plan.refusals.empty()) return kExitFailed;
    const bool differs = plan.count(Action::kKeep) != plan.changes.size();
    return differs && command.tells_differences ? kExitDifferent : kExitOk;
}

Consent consent_to_removals(
    const ApplyPlan& plan, const ApplyCommand& command, const Surroundings& surroundings
) {
    const std::size_t count = plan.count(Action::kRemove);
    if (count == 0) return Consent::kGiven;
    surroundings.err << "in none of the files, and to be removed with their keys:\n";
    for (const Change& change : plan.changes) {
        if (change.action == Action::kRemove) surroundings.err << "  " << change.title() << '\n';
    }
    if (command.is_confirmed) return Consent::kGiven;
    return ask_consent(
        surroundings,
        "Remove " +
            std::string(count == 1 ? "this entry" : "these " + std::to_string(count) + " entries") +
            "?"
    );
}

int apply(
    const std::vector<FileEntry>& entries,
    const ApplyCommand& command,
    AdminApi& api,
    const Surroundings& surroundings
) {
    const auto plan = make_apply_plan(api, entries, command);
    if (!plan) return report(surroundings, kExitFailed, plan.error().message);
    if (command.is_dry_run) return show_plan(*plan, command, surroundings);
    const Consent consent = consent_to_removals(*plan, command, surroundings);
    if (consent != Consent::kGiven) {
        return report_no_consent(surroundings, consent, "nothing was sent");
    }
    return Executor(surroundings, api).execute(*plan);
}

}  // namespace

int run_apply(const ApplyCommand& command, const Surroundings& surroundings) {
    const EntryFiles files = read_entry_files(command.paths);
    for (const std::string& warning : files.warnings) surroundings.err << warning << '\n';
    for (const std::string& problem : files.problems) surroundings.err << problem << '\n';
    if (!files.problems.empty()) {
        return report(
            surroundings,
            kExitBadInput,
            counted(files.problems.size(), "problem") + " in the files; nothing was sent"
        );
    }
    return with_admin_api(surroundings, [&](AdminApi& api) {
        return apply(files.entries, command, api, surroundings);
    });
}

}  // namespace pagepress::ctl
