#include "tests/chaos/protocol.h"

#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "common/json/json_value.h"

namespace pagepress::chaos {
namespace {

namespace json = boost::json;

constexpr std::pair<End, std::string_view> kEnds[] = {
    {End::kUnknown, "unknown"},
    {End::kOpen, "open"},
    {End::kDone, "done"},
    {End::kCoalesced, "coalesced"},
    {End::kSkipped, "skipped"},
    {End::kDead, "dead"},
};

/// Lines that hold one word, and where it belongs.
constexpr std::pair<std::string_view, std::set<std::string> Evidence::*> kSets[] = {
    {"record", &Evidence::records},
    {"letter", &Evidence::letters},
    {"shared_page", &Evidence::shared_pages},
};
constexpr std::pair<std::string_view, std::vector<std::string> Evidence::*> kLists[] = {
    {"death", &Evidence::deaths},
    {"missing", &Evidence::missing},
};

json::object to_json(const Freshness& freshness) {
    json::object out;
    for (const auto& [issue, seq] : freshness) out[issue] = seq;
    return out;
}

json::object to_json(const AcceptedCall& call) {
    return {
        {"call", call.job_id},
        {"page_key", call.page_key},
        {"needs", to_json(call.needs)},
        {"at", call.at}};
}

json::object to_json(const PageVersion& version) {
    return {
        {"page", version.page},
        {"number", version.number},
        {"page_key", version.page_key},
        {"job", version.job_id},
        {"own", version.is_own},
        {"restore", version.is_restore},
        {"shows", to_json(version.shows)},
        {"notes", json::array(version.notes.begin(), version.notes.end())},
        {"at", version.at}};
}

json::object to_json(const std::string& job, const JobEnd& end) {
    return {
        {"end", job},
        {"is", name_of(end.end)},
        {"page", end.page},
        {"version", end.version},
        {"reason", end.reason}};
}

Freshness freshness_at(const json::value& line, std::string_view key) {
    Freshness freshness;
    const json::value* object = find(line, key);
    if (object == nullptr || !object->is_object()) return freshness;
    for (const auto& member : object->get_object()) {
        freshness[member.key()] = integer_at(*object, member.key()).value_or(0);
    }
    return freshness;
}

bool flag_at(const json::value& line, std::string_view key) {
    const json::value* flag = find(line, key);
    return flag != nullptr && flag->is_bool() && flag->get_bool();
}

std::int64_t number_at(const json::value& line, std::string_view key) {
    return integer_at(line, key).value_or(0);
}

AcceptedCall call_from(const json::value& line) {
    return {
        .job_id = string_at(line, "call"),
        .page_key = string_at(line, "page_key"),
        .needs = freshness_at(line, "needs"),
        .at = number_at(line, "at")};
}

PageVersion version_from(const json::value& line) {
    PageVersion version{
        .page = string_at(line, "page"),
        .number = number_at(line, "number"),
        .page_key = string_at(line, "page_key"),
        .job_id = string_at(line, "job"),
        .is_own = flag_at(line, "own"),
        .is_restore = flag_at(line, "restore"),
        .shows = freshness_at(line, "shows"),
        .at = number_at(line, "at")};
    const json::value* notes = find(line, "notes");
    if (notes == nullptr || !notes->is_array()) return version;
    for (const json::value& note : notes->get_array()) {
        if (note.is_string()) version.notes.emplace(note.get_string());
    }
    return version;
}

JobEnd end_from(const json::value& line) {
    const auto end =
        std::ranges::find(kEnds, string_at(line, "is"), [](const auto& row) { return row.second; });
    return {
        .end = end == std::end(kEnds) ? End::kUnknown : end->first,
        .page = string_at(line, "page"),
        .version = number_at(line, "version"),
        .reason = string_at(line, "reason")};
}

/// @return  whether the line is one of those that hold one word
bool read_word(const json::value& line, Evidence& evidence) {
    for (const auto& [name, set] : kSets) {
        if (find(line, name) == nullptr) continue;
        (evidence.*set).insert(string_at(line, name));
        return true;
    }
    for (const auto& [name, list] : kLists) {
        if (find(line, name) == nullptr) continue;
        (evidence.*list).push_back(string_at(line, name));
        return true;
    }
    return false;
}

/// @return  whether the line is one of ours. What tells the lines apart comes first in them.
bool read_line(const json::value& line, Evidence& evidence) {
    if (find(line, "finding") != nullptr) return true;
    if (find(line, "backlog") != nullptr) {
        evidence.backlog = number_at(line, "backlog");
        evidence.redis_lost_at = number_at(line, "redis_lost_at");
    } else if (find(line, "call") != nullptr) {
        evidence.calls.push_back(call_from(line));
    } else if (find(line, "end") != nullptr) {
        evidence.ends[string_at(line, "end")] = end_from(line);
    } else if (find(line, "number") != nullptr) {
        evidence.versions.push_back(version_from(line));
    } else {
        return read_word(line, evidence);
    }
    return true;
}

}  // namespace

std::string_view name_of(End end) {
    return std::ranges::find(kEnds, end, [](const auto& row) { return row.first; })->second;
}

std::string protocol(const Evidence& evidence, const Verdict& verdict) {
    std::string text;
    const auto append = [&](const json::object& line) { text += json::serialize(line) + "\n"; };
    for (const Finding& finding : verdict.findings) {
        append({{"finding", name_of(finding.violation)}, {"what", finding.sentence}});
    }
    append({{"backlog", evidence.backlog}, {"redis_lost_at", evidence.redis_lost_at}});
    for (const AcceptedCall& call : evidence.calls) append(to_json(call));
    for (const PageVersion& version : evidence.versions) append(to_json(version));
    for (const auto& [job, end] : evidence.ends) append(to_json(job, end));
    for (const auto& [name, set] : kSets) {
        for (const std::string& word : evidence.*set) append({{name, word}});
    }
    for (const auto& [name, list] : kLists) {
        for (const std::string& word : evidence.*list) append({{name, word}});
    }
    return text;
}

Result<Evidence> evidence_from(std::string_view protocol) {
    Evidence evidence;
    for (int number = 1; !protocol.empty(); ++number) {
        const std::string_view text = protocol.substr(0, protocol.find('\n'));
        protocol.remove_prefix(std::min(protocol.size(), text.size() + 1));
        const std::string place = "line " + std::to_string(number);
        const auto line = parse_json(text, place);
        if (!line) return std::unexpected(line.error());
        if (!read_line(*line, evidence)) {
            return fail(ErrorCode::kCorrupt, place + " is none of a protocol of chaos");
        }
    }
    return evidence;
}

}  // namespace pagepress::chaos
