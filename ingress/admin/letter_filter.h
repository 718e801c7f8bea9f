// Which dead letters or events an admin asks for: times, and members that must be equal.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "common/audit/audit_event.h"
#include "ingress/admin/dead_letter.h"
#include "ingress/admin/paging.h"

namespace pagepress::ingress {

/// Reads a time: ISO 8601, or a length of time that means so long ago (`2h`).
[[nodiscard]] std::optional<UnixMillis> parse_when(std::string_view text, UnixMillis now);

struct TimeRange {
    std::optional<UnixMillis> since = {};
    std::optional<UnixMillis> until = {};

    [[nodiscard]] bool contains(UnixMillis time) const {
        return (!since || time >= *since) && (!until || time <= *until);
    }
};

/// The parameters `since` and `until`.
[[nodiscard]] std::expected<TimeRange, HttpReply> read_times(
    const QueryValues& query, UnixMillis now
);

/// The parameter `cursor`; a position without partitions if there is none.
[[nodiscard]] std::expected<ScanPosition, HttpReply> read_cursor(const QueryValues& query);

struct LetterFilter {
    TimeRange times;
    QueryValues equal;  ///< site, rule, snapshot, issue, page, job, code: those that were given
    std::optional<bool> is_redriven = {};

    [[nodiscard]] bool takes(const DeadLetter& letter, bool letter_is_redriven) const;
};

/// Filter from its parameters; others are ignored.
[[nodiscard]] std::expected<LetterFilter, HttpReply> read_letter_filter(
    const QueryValues& query, UnixMillis now
);

struct EventFilter {
    TimeRange times;
    QueryValues equal;  ///< type, site, rule, issue, page, job, by: those that were given

    [[nodiscard]] bool takes(const AuditEvent& event) const;
};

[[nodiscard]] std::expected<EventFilter, HttpReply> read_event_filter(
    const QueryValues& query, UnixMillis now
);

}  // namespace pagepress::ingress
