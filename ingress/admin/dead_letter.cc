#include "ingress/admin/dead_letter.h"

#include <charconv>
#include <ranges>
#include <utility>

#include "common/base/iso_time.h"
#include "common/base/trace_context.h"

namespace pagepress::ingress {

namespace {

constexpr std::string_view kMark = "redriven_letter";

/// The last header of a name: a record that is no job may have brought some of its own.
std::string_view header_of(const Record& record, std::string_view name) {
    for (const RecordHeader& header : record.headers | std::views::reverse) {
        if (header.name == name) return header.value;
    }
    return {};
}

template <typename Number>
std::optional<Number> number_from(std::string_view text) {
    Number number = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (parsed.ec != std::errc() || parsed.ptr != end || number < 0) return std::nullopt;
    return number;
}

void add_text(boost::json::object& out, std::string_view name, std::string_view text) {
    if (!text.empty()) out.emplace(name, text);
}

}  // namespace

std::string id_of(const RecordPlace& place) {
    return std::to_string(place.partition) + "-" + std::to_string(place.offset);
}

std::optional<RecordPlace> place_from(std::string_view id) {
    const std::size_t dash = id.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto partition = number_from<std::int32_t>(id.substr(0, dash));
    const auto offset = number_from<std::int64_t>(id.substr(dash + 1));
    if (!partition || !offset) return std::nullopt;
    return RecordPlace{.partition = *partition, .offset = *offset};
}

std::optional<RecordPlace> marked_letter(const ScannedRecord& record) {
    // Letters carry this one, whatever else they brought along.
    if (!header_of(record.record, "failed_at").empty()) return std::nullopt;
    return place_from(header_of(record.record, kMark));
}

DeadLetter letter_from(const ScannedRecord& record) {
    const auto text = [&](std::string_view name) {
        return std::string(header_of(record.record, name));
    };
    DeadLetter letter{
        .place = record.place,
        .job = std::nullopt,
        .page_id = text("page_id"),
        .reason = text("reason"),
        .code = text("code"),
        .attempts = number_from<int>(text("attempts")).value_or(0),
        .first_failed_at = number_from<UnixMillis>(text("first_failed_at")).value_or(0),
        .failed_at = number_from<UnixMillis>(text("failed_at")).value_or(record.written_at),
        .source = text("partition") + "-" + text("offset"),
        .traceparent = text(kTraceHeader),
        .record_bytes = record.record.value.size(),
    };
    if (auto job = decode_job(record.record.value)) letter.job = *std::move(job);
    if (letter.job && !letter.job->page_id.empty()) letter.page_id = letter.job->page_id;
    return letter;
}

Record redriven_mark(
    std::string topic,
    const RecordPlace& letter,
    const Job& job,
    std::string_view admin,
    UnixMillis now
) {
    return {
        .topic = std::move(topic),
        .key = route_key(job),
        .value = {},
        .headers =
            {{.name = std::string(kMark), .value = id_of(letter)},
             {.name = "job_id", .value = job.id},
             {.name = "redrive", .value = std::to_string(job.redrive)},
             {.name = "by", .value = std::string(admin)},
             {.name = "at", .value = std::to_string(now)}},
    };
}

boost::json::object shown_letter(const DeadLetter& letter, bool is_redriven) {
    boost::json::object out{{"id", id_of(letter.place)}};
    if (letter.job) {
        const Job& job = *letter.job;
        out.emplace("job_id", job.id);
        out.emplace("kind", name_of(job.kind));
        out.emplace("site", job.site);
        add_text(out, "rule", job.rule);
        add_text(out, "issue", job.issue);
        add_text(out, "snapshot", job.snapshot);
        add_text(out, "batch", job.parent);
    } else {
        out.emplace("kind", "unreadable");
        out.emplace("record_bytes", letter.record_bytes);
    }
    add_text(out, "page_id", letter.page_id);
    add_text(out, "reason", letter.reason);
    add_text(out, "code", letter.code);
    out.emplace("attempts", letter.attempts);
    if (letter.first_failed_at > 0) {
        out.emplace("first_failed_at", iso_time(letter.first_failed_at));
    }
    out.emplace("failed_at", iso_time(letter.failed_at));
    out.emplace("redrive", letter.job ? letter.job->redrive : 0);
    out.emplace("state", is_redriven ? "redriven" : "dead");
    out.emplace("source", letter.source);
    return out;
}

}  // namespace pagepress::ingress
