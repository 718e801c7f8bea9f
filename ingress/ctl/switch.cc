// `enable` and `disable`: turns the switch of one entry and leaves everything else of it alone.
#include <ostream>

#include <boost/json/object.hpp>

#include "common/json/json_value.h"
#include "ingress/ctl/commands.h"
#include "ingress/ctl/session.h"

namespace pagepress::ctl {

namespace {

namespace json = boost::json;

using Position = SwitchCommand::Position;

/// Entries are on unless they say otherwise.
Position position_of(const json::object& document) {
    const json::value* const enabled = document.if_contains("enabled");
    const bool is_off = enabled != nullptr && enabled->is_bool() && !enabled->get_bool();
    return is_off ? Position::kOff : Position::kOn;
}

int turn_switch(const SwitchCommand& command, AdminApi& api, const Surroundings& surroundings) {
    const std::string path = path_of(command.kind, command.id);
    auto entry = api.get(path);
    if (!is_success(surroundings, entry)) return kExitFailed;
    const json::value* const found = find(entry->body, "document");
    const std::int64_t revision = integer_at(entry->body, "revision").value_or(0);
    if (found == nullptr || !found->is_object() || revision < 1) {
        return report(surroundings, kExitFailed, "the answer holds no document with a revision");
    }
    json::object document = found->get_object();
    const std::string title = std::string(name_of(command.kind)) + " " + command.id;
    const std::string word = command.position == Position::kOn ? "enabled" : "disabled";
    if (position_of(document) == command.position) {
        surroundings.out << title << " is " << word << " already\n";
        return kExitOk;
    }
    document["enabled"] = command.position == Position::kOn;
    // Under the revision that was read: a change that somebody makes meanwhile is not undone.
    if (!is_success(surroundings, api.put(path, document, revision))) return kExitFailed;
    surroundings.out << title << ' ' << word << '\n';
    return kExitOk;
}

}  // namespace

int run_switch(const SwitchCommand& command, const Surroundings& surroundings) {
    return with_admin_api(surroundings, [&](AdminApi& api) {
        return turn_switch(command, api, surroundings);
    });
}

}  // namespace pagepress::ctl
