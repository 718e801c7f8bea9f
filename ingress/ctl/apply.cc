// `apply`: brings the server's catalog to what files say. Entries that no file names stay.
#include <array>
#include <map>
#include <ostream>

#include <boost/json/object.hpp>

#include "ingress/ctl/commands.h"
#include "ingress/ctl/entry_files.h"
#include "ingress/ctl/session.h"

namespace pagepress::ctl {

namespace {

namespace json = boost::json;

/// Kinds in the order in which they are sent: rules and snapshots name sites, schedules name both.
constexpr std::array kOrder{
    EntryKind::kSite, EntryKind::kRule, EntryKind::kSnapshot, EntryKind::kSchedule};

using Listing = std::map<std::string, ListedEntry>;

/// Documents may repeat their id; files here never do.
json::value without_id(json::value document) {
    if (json::object* object = document.if_object()) object->stable_erase("id");
    return document;
}

void print(const Surroundings& surroundings, const FileEntry& entry, std::string_view what) {
    surroundings.out << name_of(entry.kind) << ' ' << entry.id << ' ' << what << '\n';
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
    for (const Problem& problem : problems) surroundings.err << entry.describe(problem) << '\n';
}

/// Sends the entries of one kind after the other; remembers whether all went well.
class Sender {
public:
    Sender(const Surroundings& surroundings, AdminApi& api)
        : surroundings_(surroundings), api_(api) {}

    /// @return  whether the server can be asked for more
    bool send_kind(EntryKind kind, const std::vector<FileEntry>& entries) {
        Listing listing;
        bool is_listed = false;
        for (const FileEntry& entry : entries) {
            if (entry.kind != kind) continue;
            if (!is_listed && !read_listing(kind, listing)) return false;
            is_listed = true;
            if (!send(entry, listing)) return false;
        }
        return true;
    }

    [[nodiscard]] int exit_code() const { return exit_code_; }

private:
    bool read_listing(EntryKind kind, Listing& listing) {
        auto listed = api_.list(kind);
        if (!listed) {
            exit_code_ = report(surroundings_, kExitFailed, listed.error().message);
            return false;
        }
        for (ListedEntry& entry : *listed) listing.emplace(entry.id, std::move(entry));
        return true;
    }

    bool send(const FileEntry& entry, const Listing& listing) {
        const auto found = listing.find(entry.id);
        const bool is_new = found == listing.end();
        if (!is_new && without_id(found->second.document) == entry.document) {
            print(surroundings_, entry, "unchanged");
            return true;
        }
        const std::int64_t revision = is_new ? 0 : found->second.revision;
        const auto answer = api_.put(path_of(entry.kind, entry.id), entry.document, revision);
        if (!answer) {
            exit_code_ = report(surroundings_, kExitFailed, answer.error().message);
            return false;
        }
        if (answer->is_success()) {
            print(surroundings_, entry, answer->status == 201 ? "created" : "updated");
            return true;
        }
        print_refusal(surroundings_, entry, *answer);
        exit_code_ = kExitFailed;
        // A refused entry is no reason not to try the others; a server that refuses everything is.
        return answer->status != 401 && answer->status != 403 && answer->status < 500;
    }

    const Surroundings& surroundings_;
    AdminApi& api_;
    int exit_code_ = kExitOk;
};

}  // namespace

int run_apply(const ApplyCommand& command, const Surroundings& surroundings) {
    const EntryFiles files = read_entry_files(command.paths);
    for (const std::string& problem : files.problems) surroundings.err << problem << '\n';
    if (!files.problems.empty()) {
        const std::size_t count = files.problems.size();
        const std::string what = count == 1 ? "1 problem" : std::to_string(count) + " problems";
        return report(surroundings, kExitBadInput, what + " in the files; nothing was sent");
    }
    return with_admin_api(surroundings, [&](AdminApi& api) {
        Sender sender(surroundings, api);
        for (const EntryKind kind : kOrder) {
            if (!sender.send_kind(kind, files.entries)) break;
        }
        return sender.exit_code();
    });
}

}  // namespace pagepress::ctl
