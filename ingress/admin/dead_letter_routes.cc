#include "ingress/admin/dead_letter_routes.h"

#include <algorithm>
#include <set>
#include <utility>

#include <boost/json/serialize.hpp>

#include "common/json/json_value.h"
#include "ingress/admin/admin_reply.h"

namespace pagepress::ingress {

namespace {

namespace json = boost::json;

constexpr std::size_t kShownOfRedrive = 100;
constexpr std::size_t kIdsMax = 500;
/// Sent again by one call, which holds their jobs in memory; the answer's cursor takes the next.
constexpr std::size_t kRedrivenMax = 500;
/// Of records whose jobs are held at a time; a batch may have a megabyte.
constexpr std::size_t kHeldBytesMax = 32UL * 1024 * 1024;

HttpReply json_reply(const json::object& body) {
    return {.status = 200, .body = json::serialize(body) + "\n"};
}

HttpReply no_such_letter(std::string_view id) {
    return problem_reply(
        404,
        "There is no dead letter '" + std::string(id) +
            "'; an id is <partition>-<offset>, and letters are kept for 30 days."
    );
}

HttpReply problem_at(std::string field, std::string message) {
    return validation_reply({{.field = std::move(field), .message = std::move(message)}});
}

/// The members of an object that are texts, as if they were a query.
std::expected<QueryValues, HttpReply> texts_of(const json::value& filter) {
    static const std::set<std::string, std::less<>> kAllowed{
        "site", "rule", "snapshot", "issue", "page", "job", "code", "since", "until", "state"};
    if (!filter.is_object()) return std::unexpected(problem_at("filter", "must be an object"));
    QueryValues values;
    for (const auto& member : filter.get_object()) {
        const std::string name(member.key());
        if (!kAllowed.contains(name)) {
            return std::unexpected(problem_at(
                "filter." + name,
                "unknown; allowed: site, rule, snapshot, issue, page, job, code, since, until"
            ));
        }
        const json::string* text = member.value().if_string();
        if (text == nullptr || text->empty()) {
            return std::unexpected(problem_at("filter." + name, "must be a text, and not empty"));
        }
        values.emplace(name, std::string_view(*text));
    }
    return values;
}

std::expected<bool, HttpReply> read_dry_run(const json::value& body) {
    const json::value* value = find(body, "dry_run");
    if (value == nullptr) return false;
    if (value->is_bool()) return value->get_bool();
    return std::unexpected(problem_at("dry_run", "must be true or false"));
}

std::expected<void, HttpReply> check_members(const json::value& body) {
    static const std::set<std::string, std::less<>> kAllowed{"ids", "filter", "dry_run", "cursor"};
    if (!body.is_object()) return std::unexpected(problem_at("", "must be a JSON object"));
    for (const auto& member : body.get_object()) {
        const std::string name(member.key());
        if (kAllowed.contains(name)) continue;
        return std::unexpected(problem_at(name, "unknown; allowed: ids, filter, dry_run, cursor"));
    }
    if (body.get_object().contains("ids") == body.get_object().contains("filter")) {
        return std::unexpected(problem_at("", "needs either 'ids' or 'filter'"));
    }
    return {};
}

/// The places that are asked for behind the cursor, in their order.
std::expected<std::vector<RecordPlace>, HttpReply> places_from(
    const json::value& body, const json::value& ids
) {
    const json::array* list = ids.if_array();
    if (list == nullptr || list->empty() || list->size() > kIdsMax) {
        return std::unexpected(
            problem_at("ids", "must be a list of 1 to " + std::to_string(kIdsMax) + " ids")
        );
    }
    std::set<RecordPlace> places;
    for (const json::value& id : *list) {
        const auto place =
            id.is_string() ? place_from(std::string_view(id.get_string())) : std::nullopt;
        if (!place) return std::unexpected(problem_at("ids", "an id is <partition>-<offset>"));
        places.insert(*place);
    }
    if (find(body, "cursor") != nullptr) {
        const auto last = place_from(string_at(body, "cursor"));
        if (!last) {
            return std::unexpected(problem_at("cursor", "must be the 'next' of an earlier answer"));
        }
        places.erase(places.begin(), places.upper_bound(*last));
    }
    return std::vector<RecordPlace>(places.begin(), places.end());
}

}  // namespace

HttpReply DeadLetterRoutes::list(const HttpRequest& request) {
    const auto query = read_query(
        request,
        {"site",
         "rule",
         "snapshot",
         "issue",
         "page",
         "job",
         "code",
         "since",
         "until",
         "state",
         "limit",
         "cursor"}
    );
    if (!query) return query.error();
    const auto limit = read_limit(*query);
    if (!limit) return limit.error();
    auto filter = read_letter_filter(*query, ports_.clock.unix_now());
    if (!filter) return filter.error();
    auto from = read_cursor(*query);
    if (!from) return from.error();
    const auto found =
        find({.filter = *std::move(filter), .from = *std::move(from), .letters_max = *limit});
    if (!found) return found.error();
    json::object body{{"dead_letters", shown(found->letters)}};
    if (!found->next.empty()) body.emplace("next", found->next);
    return json_reply(body);
}

HttpReply DeadLetterRoutes::show(std::string_view id) {
    const auto place = place_from(id);
    if (!place) return no_such_letter(id);
    if (auto known = know_redriven(); !known) return known.error();
    const auto read = ports_.read_records(ports_.topics.dead, {*place}, kHeldBytesMax);
    if (!read) return error_reply(read.error());
    if (read->records.empty() || marked_letter(read->records.front())) return no_such_letter(id);
    const DeadLetter letter = letter_from(read->records.front());
    json::object body = shown_letter(letter, redriven_.contains(*place));
    if (letter.job) body.emplace("job", *parse_json(encode(*letter.job), "the job"));
    return json_reply(body);
}

/// The state of a letter may only be told when all marks are known.
std::expected<void, HttpReply> DeadLetterRoutes::know_redriven() {
    const auto is_all = redriven_.catch_up();
    if (!is_all) return std::unexpected(error_reply(is_all.error()));
    if (*is_all) return {};
    HttpReply reply = problem_reply(
        503, "The dead letters are being read for the first time; ask again in a moment."
    );
    reply.headers.push_back({.name = "Retry-After", .value = "1"});
    return std::unexpected(std::move(reply));
}

std::expected<DeadLetterRoutes::Found, HttpReply> DeadLetterRoutes::find(const Wanted& wanted) {
    if (auto known = know_redriven(); !known) return std::unexpected(known.error());
    Found found;
    std::size_t held_bytes = 0;
    const auto end = ports_.scan_topic(
        {.topic = ports_.topics.dead,
         .since = wanted.filter.times.since,
         .until = wanted.filter.times.until,
         .from = wanted.from},
        [&](const ScannedRecord& record) {
            if (marked_letter(record)) return ScanStep::kGoOn;
            DeadLetter letter = letter_from(record);
            if (wanted.needs_job && !letter.job) return ScanStep::kGoOn;
            if (!wanted.filter.takes(letter, redriven_.contains(letter.place))) {
                return ScanStep::kGoOn;
            }
            ++found.count;
            const auto is_full = [&] {
                return found.letters.size() == wanted.letters_max || held_bytes >= kHeldBytesMax;
            };
            if (!is_full()) {
                held_bytes += letter.record_bytes;
                found.letters.push_back(std::move(letter));
            }
            return is_full() && !wanted.is_counted ? ScanStep::kStop : ScanStep::kGoOn;
        }
    );
    if (!end) return std::unexpected(error_reply(end.error()));
    if (!end->is_complete) found.next = to_cursor(end->next);
    return found;
}

HttpReply DeadLetterRoutes::redrive(const HttpRequest& request, std::string_view admin) {
    const auto body = parse_json(request.body, "the request body");
    if (!body) return error_reply(body.error());
    if (auto checked = check_members(*body); !checked) return checked.error();
    const auto is_dry_run = read_dry_run(*body);
    if (!is_dry_run) return is_dry_run.error();
    const json::value* ids = pagepress::find(*body, "ids");
    const auto found =
        ids != nullptr ? find_by_ids(*body, *ids) : find_by_filter(*body, *is_dry_run);
    if (!found) return found.error();
    std::size_t sent = 0;
    if (!*is_dry_run) {
        sent = redriver_.send(found->letters, admin);
        if (sent < found->letters.size()) {
            return error_reply(
                {.code = ErrorCode::kUnavailable,
                 .message = std::to_string(sent) + " of " + std::to_string(found->letters.size()) +
                            " letters were sent again, Kafka did not acknowledge the others; ask "
                            "again, which does no harm where one had been sent after all"}
            );
        }
    }
    const auto first =
        std::span(found->letters).first(std::min(found->letters.size(), kShownOfRedrive));
    json::object answer{
        {"matched", found->count}, {"redriven", sent}, {"dead_letters", shown(first)}};
    if (!found->next.empty()) answer.emplace("next", found->next);
    return json_reply(answer);
}

/// A page of them: what one answer checks and sends is bounded as with a filter. The cursor is the
/// last id of the page before.
std::expected<DeadLetterRoutes::Found, HttpReply> DeadLetterRoutes::find_by_ids(
    const json::value& body, const json::value& ids
) {
    const auto places = places_from(body, ids);
    if (!places) return std::unexpected(places.error());
    if (auto known = know_redriven(); !known) return std::unexpected(known.error());
    const auto read = ports_.read_records(ports_.topics.dead, *places, kHeldBytesMax);
    if (!read) return std::unexpected(error_reply(read.error()));
    std::set<RecordPlace> missing(
        places->begin(), places->begin() + static_cast<std::ptrdiff_t>(read->places_read)
    );
    Found found;
    for (const ScannedRecord& record : read->records) {
        missing.erase(record.place);
        if (marked_letter(record)) return std::unexpected(no_such_letter(id_of(record.place)));
        DeadLetter letter = letter_from(record);
        if (!letter.job) {
            return std::unexpected(problem_at(
                "ids",
                "the letter " + id_of(record.place) +
                    " is not a job, so it cannot be sent again: " + letter.reason
            ));
        }
        if (redriven_.contains(record.place)) continue;
        ++found.count;
        found.letters.push_back(std::move(letter));
    }
    if (!missing.empty()) return std::unexpected(no_such_letter(id_of(*missing.begin())));
    if (read->places_read < places->size()) found.next = id_of((*places)[read->places_read - 1]);
    return found;
}

std::expected<DeadLetterRoutes::Found, HttpReply> DeadLetterRoutes::find_by_filter(
    const json::value& body, bool is_dry_run
) {
    auto texts = texts_of(*pagepress::find(body, "filter"));
    if (!texts) return std::unexpected(texts.error());
    auto filter = read_letter_filter(*texts, ports_.clock.unix_now());
    if (!filter) return std::unexpected(filter.error());
    if (filter->is_redriven == true) {
        return std::unexpected(
            problem_at("filter.state", "must be dead: what was sent again is not sent once more")
        );
    }
    filter->is_redriven = false;
    QueryValues cursor;
    if (pagepress::find(body, "cursor") != nullptr) cursor["cursor"] = string_at(body, "cursor");
    auto from = read_cursor(cursor);
    if (!from) return std::unexpected(from.error());
    return find({
        .filter = *std::move(filter),
        .from = *std::move(from),
        .letters_max = is_dry_run ? kShownOfRedrive : kRedrivenMax,
        .is_counted = is_dry_run,
        .needs_job = true,
    });
}

json::array DeadLetterRoutes::shown(std::span<const DeadLetter> letters) const {
    json::array out;
    for (const DeadLetter& letter : letters) {
        out.push_back(shown_letter(letter, redriven_.contains(letter.place)));
    }
    return out;
}

}  // namespace pagepress::ingress
