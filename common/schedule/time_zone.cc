#include "common/schedule/time_zone.h"

#include <algorithm>
#include <exception>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include <date/tz.h>

#include "common/base/ascii.h"

namespace pagepress {

namespace {

using std::chrono::sys_seconds;

constexpr std::size_t kNameBytesMax = 64;
constexpr const char* kDatabase = "/usr/share/zoneinfo/";
/// Files that give every change for ever do not exist; a library that makes changes up from a rule
/// is not followed beyond this.
constexpr sys_seconds kExplicitEnd = std::chrono::sys_days(std::chrono::year(2400) / 1 / 1);

bool may_be_name(std::string_view text) {
    const auto is_allowed = [](char c) {
        return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '+' || c == '/';
    };
    return !text.empty() && text.size() <= kNameBytesMax && is_letter(text.front()) &&
           std::ranges::all_of(text, is_allowed);
}

/// The last line of a zone's file, which the library does not read (date 3.0): without it, the
/// clocks would stand still behind the last change in the file, which is in 2037 at the latest in
/// most zones.
std::optional<ZoneRule> read_rule(const std::string& name) {
    std::ifstream file(kDatabase + name, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (text.empty() || text.back() != '\n') return std::nullopt;
    text.pop_back();
    const std::size_t line = text.rfind('\n');
    return line == std::string::npos ? std::nullopt : ZoneRule::parse(text.substr(line + 1));
}

std::vector<ZoneSpan> read_spans(const date::time_zone& zone) {
    std::vector<ZoneSpan> spans;
    sys_seconds at{};
    while (at < kExplicitEnd) {
        const date::sys_info info = zone.get_info(at);
        const sys_seconds end = info.end < kExplicitEnd ? info.end : kZoneEnd;
        spans.push_back({.begin = at, .end = end, .offset = info.offset});
        at = end;
    }
    spans.front().begin = kZoneBegin;
    return spans;
}

}  // namespace

struct TimeZone::Zone {
    std::string name;
    std::vector<ZoneSpan> spans;   ///< ordered, without gaps; the last one is open
    std::optional<ZoneRule> rule;  ///< in place of the last span
};

TimeZone::TimeZone(std::shared_ptr<const Zone> zone) : zone_(std::move(zone)) {}

TimeZone::TimeZone()
    : zone_(std::make_shared<Zone>(Zone{
          .name = "UTC",
          .spans = {{.begin = kZoneBegin, .end = kZoneEnd, .offset = std::chrono::seconds(0)}},
          .rule = std::nullopt,
      })) {}

Result<TimeZone> TimeZone::find(std::string_view name) {
    if (name == "UTC") return TimeZone();
    std::string reason;
    if (may_be_name(name)) {
        try {
            const date::time_zone* const zone = date::locate_zone(std::string(name));
            return TimeZone(std::make_shared<Zone>(Zone{
                .name = std::string(name),
                .spans = read_spans(*zone),
                .rule = read_rule(std::string(name)),
            }));
        } catch (const std::exception& error) {
            reason = error.what();
        }
    }
    if (reason.find("not found in timezone database") != std::string::npos) reason.clear();
    return fail(
        ErrorCode::kInvalidInput,
        "is no time zone that this machine knows; it must be a name of the IANA database, such as "
        "Europe/Berlin or UTC" +
            (reason.empty() ? "" : " (" + reason + ": is the package tzdata there?)")
    );
}

const std::string& TimeZone::name() const {
    return zone_->name;
}

ZoneSpan TimeZone::span_at(sys_seconds time) const {
    const auto next = std::ranges::upper_bound(zone_->spans, time, {}, &ZoneSpan::begin);
    const ZoneSpan& found = next == zone_->spans.begin() ? *next : *(next - 1);
    if (!zone_->rule || found.end != kZoneEnd) return found;
    ZoneSpan span = zone_->rule->span_at(time);
    span.begin = std::max(span.begin, found.begin);
    return span;
}

sys_seconds TimeZone::instant_of(std::chrono::local_seconds local) const {
    constexpr std::chrono::hours kOffsetMax{26};  // no zone was ever farther from UTC
    ZoneSpan span = span_at(sys_seconds(local.time_since_epoch()) - kOffsetMax);
    while (true) {
        const sys_seconds candidate(local.time_since_epoch() - span.offset);
        if (candidate < span.begin) return span.begin;
        if (candidate < span.end || span.end >= kZoneEnd) return candidate;
        span = span_at(span.end);
    }
}

}  // namespace pagepress
