#include "ingress/admin/letter_filter.h"

#include <algorithm>
#include <array>

#include "common/base/ascii.h"
#include "common/base/duration.h"
#include "common/base/iso_time.h"

namespace pagepress::ingress {

namespace {

constexpr std::array<std::string_view, 7> kLetterMembers{
    "site", "rule", "snapshot", "issue", "page", "job", "code"};
constexpr std::array<std::string_view, 7> kEventMembers{
    "type", "site", "rule", "issue", "page", "job", "by"};

template <std::size_t kSize>
QueryValues chosen(const QueryValues& query, const std::array<std::string_view, kSize>& names) {
    QueryValues values;
    for (const std::string_view name : names) {
        const auto found = query.find(name);
        if (found != query.end()) values.insert(*found);
    }
    return values;
}

std::expected<std::optional<UnixMillis>, HttpReply> read_time(
    const QueryValues& query, const std::string& name, UnixMillis now
) {
    const auto found = query.find(name);
    if (found == query.end()) return std::nullopt;
    const auto time = parse_when(found->second, now);
    if (time) return time;
    return std::unexpected(problem_reply(
        400,
        "The parameter '" + name +
            "' must be a time like 2026-01-31T08:00:00Z, or how long ago: 2h, 30m, 7d."
    ));
}

/// `rule` is a type of its own and of `rule.updated`.
bool is_of_type(std::string_view type, std::string_view asked) {
    return type == asked || (type.starts_with(asked) && type.substr(asked.size()).starts_with('.'));
}

}  // namespace

std::optional<UnixMillis> parse_when(std::string_view text, UnixMillis now) {
    if (const auto ago = parse_duration(text)) return now - ago->count();
    return parse_iso_time(text);
}

std::expected<TimeRange, HttpReply> read_times(const QueryValues& query, UnixMillis now) {
    const auto since = read_time(query, "since", now);
    if (!since) return std::unexpected(since.error());
    const auto until = read_time(query, "until", now);
    if (!until) return std::unexpected(until.error());
    return TimeRange{.since = *since, .until = *until};
}

std::expected<ScanPosition, HttpReply> read_cursor(const QueryValues& query) {
    const auto found = query.find("cursor");
    if (found == query.end()) return ScanPosition();
    auto position = position_from_cursor(found->second);
    if (position) return *std::move(position);
    return std::unexpected(
        problem_reply(400, "The parameter 'cursor' must be the 'next' of an earlier answer.")
    );
}

bool LetterFilter::takes(const DeadLetter& letter, bool letter_is_redriven) const {
    if (is_redriven && *is_redriven != letter_is_redriven) return false;
    if (!times.contains(letter.failed_at)) return false;
    const Job job = letter.job.value_or(Job{});
    return std::ranges::all_of(equal, [&](const auto& asked) {
        const auto& [name, value] = asked;
        if (name == "site") return value == job.site;
        if (name == "rule") return value == job.rule;
        if (name == "snapshot") return value == job.snapshot;
        if (name == "issue") return upper_cased(value) == upper_cased(job.issue);
        if (name == "page") return value == letter.page_id;
        if (name == "job") return value == job.id;
        return value == letter.code;
    });
}

std::expected<LetterFilter, HttpReply> read_letter_filter(
    const QueryValues& query, UnixMillis now
) {
    auto times = read_times(query, now);
    if (!times) return std::unexpected(times.error());
    LetterFilter filter{.times = *times, .equal = chosen(query, kLetterMembers)};
    const auto state = query.find("state");
    if (state == query.end()) return filter;
    if (state->second != "dead" && state->second != "redriven") {
        return std::unexpected(problem_reply(400, "The parameter 'state' must be dead or redriven.")
        );
    }
    filter.is_redriven = state->second == "redriven";
    return filter;
}

bool EventFilter::takes(const AuditEvent& event) const {
    if (!times.contains(event.at)) return false;
    return std::ranges::all_of(equal, [&](const auto& asked) {
        const auto& [name, value] = asked;
        if (name == "type") return is_of_type(event.type, value);
        if (name == "site") return value == event.site;
        if (name == "rule") return value == event.rule;
        if (name == "issue") return upper_cased(value) == upper_cased(event.issue);
        if (name == "page") return value == event.page_id;
        if (name == "job") return value == event.job_id;
        return value == event.by;
    });
}

std::expected<EventFilter, HttpReply> read_event_filter(const QueryValues& query, UnixMillis now) {
    auto times = read_times(query, now);
    if (!times) return std::unexpected(times.error());
    return EventFilter{.times = *times, .equal = chosen(query, kEventMembers)};
}

}  // namespace pagepress::ingress
