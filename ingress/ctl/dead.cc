// The commands about dead letters.
#include <algorithm>
#include <ostream>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "common/json/json_value.h"
#include "ingress/ctl/commands.h"
#include "ingress/ctl/paged.h"
#include "ingress/ctl/session.h"
#include "ingress/ctl/table.h"

namespace pagepress::ctl {

namespace {

namespace json = boost::json;

constexpr const char* kDeadPath = "/admin/v1/dead-letters";
constexpr const char* kRedrivePath = "/admin/v1/dead-letters/redrive";
/// Letters that are shown before the question whether to redrive them.
constexpr std::size_t kShownMax = 100;

/// What the job was about, in few words.
std::string subject_of(const json::value& letter) {
    const std::string rule = string_at(letter, "rule");
    if (!rule.empty()) return rule + " " + string_at(letter, "issue");
    const std::string snapshot = string_at(letter, "snapshot");
    if (!snapshot.empty()) return snapshot;
    const std::string page_id = string_at(letter, "page_id");
    return page_id.empty() ? string_at(letter, "kind") : "page " + page_id;
}

std::string table_text(const json::array& letters) {
    Table table({"ID", "FAILED_AT", "SITE", "SUBJECT", "CODE", "STATE", "REASON"});
    for (const json::value& item : letters) {
        const json::value letter = with_iso_times(item);
        table.add(
            {string_at(letter, "id"),
             string_at(letter, "failed_at"),
             string_at(letter, "site"),
             subject_of(letter),
             string_at(letter, "code"),
             string_at(letter, "state"),
             string_at(letter, "reason")}
        );
    }
    return table.text();
}

int list(const ListDeadCommand& command, AdminApi& api, const Surroundings& surroundings) {
    const auto letters = read_paged(
        api,
        {.path = kDeadPath,
         .member = "dead_letters",
         .filter = command.filter,
         .limit = static_cast<std::size_t>(command.limit)}
    );
    if (!letters) return report(surroundings, kExitFailed, letters.error().message);
    if (command.format == OutputFormat::kTable) {
        surroundings.out << table_text(letters->items);
    } else {
        surroundings.out << to_text(with_iso_times(letters->items), command.format);
    }
    if (!letters->next.empty()) {
        surroundings.err << "there are more; --limit shows them, a filter chooses\n";
    }
    return kExitOk;
}

json::object body_of(const RedriveCommand& command) {
    json::object body;
    if (!command.ids.empty()) {
        json::array ids;
        for (const std::string& id : command.ids) ids.emplace_back(id);
        body["ids"] = std::move(ids);
        return body;
    }
    json::object filter;
    for (const auto& [name, value] : command.filter) filter[name] = value;
    body["filter"] = std::move(filter);
    return body;
}

const json::array* letters_of(const ApiAnswer& answer) {
    const json::value* const letters = find(answer.body, "dead_letters");
    return letters == nullptr ? nullptr : letters->if_array();
}

std::size_t count_at(const ApiAnswer& answer, std::string_view name) {
    const auto count = integer_at(answer.body, name).value_or(0);
    return count < 0 ? 0 : static_cast<std::size_t>(count);
}

/// What the server's answers came to, over all its pages.
struct Redriven {
    std::size_t matched = 0;
    std::size_t redriven = 0;
    json::array first;         ///< letters, no more than a person reads
    bool is_complete = false;  ///< else why not was printed
};

/// Goes through everything that matches: the server does so much per call and tells where to go on.
Redriven go_through(json::object body, AdminApi& api, const Surroundings& surroundings) {
    Redriven sum;
    std::string cursor;
    do {
        if (!cursor.empty()) body["cursor"] = cursor;
        const auto answer = api.post(kRedrivePath, body);
        if (!is_success(surroundings, answer)) return sum;
        sum.matched += count_at(*answer, "matched");
        sum.redriven += count_at(*answer, "redriven");
        if (const json::array* const letters = letters_of(*answer)) {
            const auto room = static_cast<std::ptrdiff_t>(kShownMax - sum.first.size());
            const auto end = std::ranges::next(letters->begin(), room, letters->end());
            sum.first.insert(sum.first.end(), letters->begin(), end);
        }
        const std::string next = string_at(answer->body, "next");
        // A cursor that leads to itself would have no end.
        cursor = next == cursor ? std::string() : next;
    } while (!cursor.empty());
    sum.is_complete = true;
    return sum;
}

int send(const json::object& body, AdminApi& api, const Surroundings& surroundings) {
    const Redriven sum = go_through(body, api, surroundings);
    if (!sum.is_complete) {
        surroundings.err << counted(sum.redriven, "dead letter") << " redriven before that\n";
        return kExitFailed;
    }
    surroundings.out << counted(sum.redriven, "dead letter") << " redriven\n";
    if (sum.redriven == sum.matched && sum.matched > 0) return kExitOk;
    return report(
        surroundings,
        kExitFailed,
        sum.matched == 0 ? "nothing matches, or all of it has been sent again already"
                         : std::to_string(sum.matched - sum.redriven) +
                               " of those that match were not sent; redrive again for the rest"
    );
}

int redrive(const RedriveCommand& command, AdminApi& api, const Surroundings& surroundings) {
    const json::object body = body_of(command);
    // One letter that was named is no surprise; anything else is counted first.
    const bool is_plain = command.ids.size() == 1 && !command.is_dry_run;
    if (is_plain || (command.is_confirmed && !command.is_dry_run)) {
        return send(body, api, surroundings);
    }
    json::object trial = body;
    trial["dry_run"] = true;
    const Redriven found = go_through(std::move(trial), api, surroundings);
    if (!found.is_complete) return kExitFailed;
    const std::size_t matched = found.matched;
    std::ostream& target = command.is_dry_run ? surroundings.out : surroundings.err;
    if (!found.first.empty()) target << table_text(found.first);
    if (found.first.size() < matched) {
        target << "and " << matched - found.first.size() << " more\n";
    }
    if (command.is_dry_run || matched == 0) {
        surroundings.err << counted(matched, "dead letter") << " would be redriven\n";
        return kExitOk;
    }
    if (matched > 1) {
        const Consent consent =
            ask_consent(surroundings, "Redrive these " + counted(matched, "dead letter") + "?");
        if (consent != Consent::kGiven) {
            return report_no_consent(surroundings, consent, "nothing was redriven");
        }
    }
    return send(body, api, surroundings);
}

}  // namespace

int run_list_dead(const ListDeadCommand& command, const Surroundings& surroundings) {
    return with_admin_api(surroundings, [&](AdminApi& api) {
        return list(command, api, surroundings);
    });
}

int run_redrive(const RedriveCommand& command, const Surroundings& surroundings) {
    if (command.ids.empty() && command.filter.empty() && !command.takes_all) {
        return report(
            surroundings, kExitBadInput, "name ids or a filter, or say --all to redrive everything"
        );
    }
    if (!command.ids.empty() && (!command.filter.empty() || command.takes_all)) {
        return report(surroundings, kExitBadInput, "give ids or a filter, not both");
    }
    return with_admin_api(surroundings, [&](AdminApi& api) {
        return redrive(command, api, surroundings);
    });
}

}  // namespace pagepress::ctl
