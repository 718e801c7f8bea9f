// `schedule next`: prints when a schedule is due.
#include <ostream>
#include <string>

#include <boost/json/array.hpp>

#include "common/json/json_value.h"
#include "ingress/ctl/commands.h"
#include "ingress/ctl/session.h"

namespace pagepress::ctl {

namespace {

namespace json = boost::json;

const json::array* array_at(const json::value& body, std::string_view name) {
    const json::value* member = find(body, name);
    return member == nullptr ? nullptr : member->if_array();
}

int print_times(const json::value& body, const Surroundings& surroundings) {
    const json::array* times = array_at(body, "times");
    const json::array* local = array_at(body, "local");
    if (times == nullptr || local == nullptr || times->size() != local->size()) {
        return report(surroundings, kExitFailed, "the server's answer holds no list of times");
    }
    for (std::size_t i = 0; i < times->size(); ++i) {
        const json::string* utc_text = (*times)[i].if_string();
        const json::string* local_text = (*local)[i].if_string();
        if (utc_text == nullptr || local_text == nullptr) continue;
        surroundings.out << local_text->c_str() << '\t' << utc_text->c_str() << '\n';
    }
    if (times->empty()) surroundings.err << "the schedule is never due again\n";
    return kExitOk;
}

}  // namespace

int run_next_times(const NextTimesCommand& command, const Surroundings& surroundings) {
    return with_admin_api(surroundings, [&](AdminApi& api) {
        const auto answer = api.get(
            path_of(EntryKind::kSchedule, command.id) +
            "/next?count=" + std::to_string(command.count)
        );
        if (!is_success(surroundings, answer)) return kExitFailed;
        return print_times(answer->body, surroundings);
    });
}

}  // namespace pagepress::ctl
