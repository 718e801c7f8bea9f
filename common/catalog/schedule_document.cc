// Schedules as JSON documents.
#include <optional>
#include <utility>

#include "common/base/duration.h"
#include "common/catalog/batch_document.h"
#include "common/catalog/document_reader.h"
#include "common/catalog/documents.h"
#include "common/schedule/timetable.h"

namespace pagepress {

namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr std::size_t kZoneBytesMax = 64;
constexpr std::size_t kDurationBytesMax = 40;
constexpr Millis kEveryMin = 5s;
constexpr Millis kCatchUpDefault = 1h;
constexpr Millis kCatchUpMax = 24h;

/// Optional length of time in [low, high]; empty if it is missing or wrong.
std::optional<Millis> read_duration(
    DocumentReader& reader, std::string_view name, Millis low, Millis high
) {
    const std::string text =
        reader.text(name, {.presence = Presence::kOptional, .bytes_max = kDurationBytesMax});
    if (text.empty()) return std::nullopt;
    const auto duration = parse_duration(text);
    if (!duration) {
        reader.report(name, duration.error().message);
        return std::nullopt;
    }
    if (*duration >= low && *duration <= high) return *duration;
    reader.report(name, "must be " + duration_text(low) + " to " + duration_text(high) + " long");
    return std::nullopt;
}

TimeZone read_zone(DocumentReader& reader) {
    const std::string name =
        reader.text("time_zone", {.presence = Presence::kOptional, .bytes_max = kZoneBytesMax});
    if (name.empty()) return {};
    auto zone = TimeZone::find(name);
    if (zone) return *std::move(zone);
    reader.report("time_zone", zone.error().message);
    return {};
}

Timetable read_cron(DocumentReader& reader, TimeZone zone) {
    const std::string text = reader.text("cron", {.bytes_max = kCronBytesMax});
    if (text.empty()) return {};
    const auto cron = CronExpression::parse(text);
    if (cron) return {*cron, std::move(zone)};
    reader.report("cron", cron.error().message);
    return {};
}

Timetable read_timetable(DocumentReader& reader) {
    const bool has_cron = reader.member("cron", Presence::kOptional) != nullptr;
    const bool has_every = reader.member("every", Presence::kOptional) != nullptr;
    const bool has_zone = reader.member("time_zone", Presence::kOptional) != nullptr;
    if (has_cron == has_every) {
        reader.report("cron", "exactly one of cron and every must be given");
        return {};
    }
    if (has_cron) return read_cron(reader, read_zone(reader));
    if (has_zone) reader.report("time_zone", "has no meaning with every, which counts from 1970");
    const auto every = read_duration(reader, "every", kEveryMin, kDurationMax);
    return every ? Timetable(*every) : Timetable();
}

/// `spread` may stand beside `refresh` or in it.
Batch read_refresh(DocumentReader& reader, std::vector<Problem>& problems) {
    const auto spread = read_duration(reader, "spread", 0ms, kBatchSpreadMax);
    const json::value* document = reader.member("refresh", Presence::kRequired);
    if (document == nullptr) return {};
    auto checked = read_batch(reader.path_of("refresh"), *document);
    problems.insert(problems.end(), checked.problems.begin(), checked.problems.end());
    const json::object* object = document->if_object();
    if (spread && object != nullptr && object->contains("spread")) {
        reader.report("spread", "is given twice: here and in refresh");
    }
    if (spread) checked.value.spread = *spread;
    return std::move(checked.value);
}

}  // namespace

Checked<Schedule> read_schedule(std::string_view id, const json::value& document) {
    Checked<Schedule> checked;
    DocumentReader reader("", document, checked.problems);
    Schedule& schedule = checked.value;
    read_head(schedule, id, reader);
    schedule.timetable = read_timetable(reader);
    schedule.catch_up =
        read_duration(reader, "catch_up", 0ms, kCatchUpMax).value_or(kCatchUpDefault);
    const auto missed = reader.choice("missed", Presence::kOptional, {"skip", "once"});
    schedule.missed = static_cast<Schedule::Missed>(missed.value_or(0));
    schedule.refresh = read_refresh(reader, checked.problems);
    reader.finish();
    return checked;
}

}  // namespace pagepress
