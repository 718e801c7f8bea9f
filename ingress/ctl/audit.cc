// `audit tail`: the newest events, and with --follow those that come, until it is interrupted.
#include <algorithm>
#include <ostream>
#include <set>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "common/base/iso_time.h"
#include "common/json/json_value.h"
#include "ingress/ctl/commands.h"
#include "ingress/ctl/paged.h"
#include "ingress/ctl/session.h"
#include "ingress/ctl/table.h"

namespace pagepress::ctl {

namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr const char* kAuditPath = "/admin/v1/audit";
/// Events that one look reads at most; the newest of them are shown.
constexpr std::size_t kEventsMax = 10'000;
constexpr Millis kLookPause = 2s;
/// Events of several writers reach the topic out of order: each look begins so far back.
constexpr UnixMillis kOverlapMs = 15'000;

UnixMillis time_of(const json::value& event) {
    if (const auto millis = integer_at(event, "at_ms")) return *millis;
    return parse_iso_time(string_at(event, "at")).value_or(0);
}

/// `2026-01-02T08:00:00Z page.updated site=acme rule=release …`
std::string line_of(const json::value& event) {
    std::string line = string_at(event, "at") + "  " + string_at(event, "type");
    const json::object* const members = event.if_object();
    if (members == nullptr) return line;
    for (const auto& [name, value] : *members) {
        const bool is_left_out = name == "at" || name == "at_ms" || name == "type" || name == "id";
        if (is_left_out || value.is_null()) continue;
        const std::string text =
            value.is_string() ? std::string(value.get_string()) : json::serialize(value);
        const bool is_quoted = value.is_string() && text.find(' ') != std::string::npos;
        line.append("  ").append(std::string_view(name.data(), name.size())).append("=");
        line.append(is_quoted ? json::serialize(value) : text);
    }
    return on_one_line(line);
}

/// Prints each event once, oldest first.
class EventPrinter {
public:
    EventPrinter(std::ostream& out, OutputFormat format) : out_(out), format_(format) {}

    /// Prints at most `count_max` of those that are new, the newest.
    void print(const json::array& events, std::size_t count_max) {
        std::vector<const json::value*> fresh;
        for (const json::value& event : events) {
            if (seen_.emplace(time_of(event), json::serialize(event)).second) {
                fresh.push_back(&event);
            }
        }
        std::ranges::stable_sort(fresh, {}, [](const json::value* event) {
            return time_of(*event);
        });
        const std::size_t skipped = fresh.size() - std::min(fresh.size(), count_max);
        for (std::size_t i = skipped; i < fresh.size(); ++i) print_one(*fresh[i]);
        out_.flush();
        forget_old();
    }

    /// Time of the newest event; 0 if there was none.
    [[nodiscard]] UnixMillis newest() const { return seen_.empty() ? 0 : seen_.rbegin()->first; }

private:
    void print_one(const json::value& event) {
        if (format_ == OutputFormat::kTable) {
            out_ << line_of(event) << '\n';
        } else if (format_ == OutputFormat::kJson) {
            out_ << json::serialize(event) << '\n';
        } else {
            out_ << (std::exchange(has_printed_, true) ? "---\n" : "") << to_text(event, format_);
        }
    }

    void forget_old() {
        const UnixMillis oldest = newest() - 2 * kOverlapMs;
        while (!seen_.empty() && seen_.begin()->first < oldest) seen_.erase(seen_.begin());
    }

    std::ostream& out_;
    const OutputFormat format_;
    std::set<std::pair<UnixMillis, std::string>> seen_;  ///< of the last half minute
    bool has_printed_ = false;
};

Filter since(Filter filter, const std::string& time) {
    std::erase_if(filter, [](const auto& parameter) { return parameter.first == "since"; });
    filter.emplace_back("since", time);
    return filter;
}

int tail(const TailAuditCommand& command, AdminApi& api, const Surroundings& surroundings) {
    EventPrinter printer(surroundings.out, command.format);
    PagedRequest request{
        .path = kAuditPath, .member = "events", .filter = command.filter, .limit = kEventsMax};
    const auto events = read_paged(api, request);
    if (!events) return report(surroundings, kExitFailed, events.error().message);
    if (!events->next.empty()) {
        surroundings.err << "there are more than " << kEventsMax
                         << " events: a later --since or another filter shows the newest\n";
    }
    printer.print(events->items, static_cast<std::size_t>(command.limit));
    const UnixMillis began_at = surroundings.clock.unix_now();
    while (command.follows && !surroundings.is_interrupted()) {
        surroundings.pause(kLookPause);
        const UnixMillis newest = printer.newest() == 0 ? began_at : printer.newest();
        request.filter =
            since(command.filter, iso_time(std::max<UnixMillis>(0, newest - kOverlapMs)));
        const auto more = read_paged(api, request);
        if (!more) {  // what is followed comes back
            surroundings.err << "pagepressctl: " << more.error().message << '\n';
            continue;
        }
        printer.print(more->items, kEventsMax);
    }
    return kExitOk;
}

}  // namespace

int run_tail_audit(const TailAuditCommand& command, const Surroundings& surroundings) {
    return with_admin_api(surroundings, [&](AdminApi& api) {
        return tail(command, api, surroundings);
    });
}

}  // namespace pagepress::ctl
