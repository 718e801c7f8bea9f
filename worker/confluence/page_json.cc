// JSON of the REST APIs → values.
#include "worker/confluence/page_json.h"

#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "common/base/ascii.h"
#include "common/base/iso_time.h"
#include "common/json/json_value.h"

namespace pagepress::worker {

namespace {

namespace json = boost::json;

PageStatus status_from(std::string_view word) {
    if (word == "current") return PageStatus::kCurrent;
    if (word == "archived") return PageStatus::kArchived;
    if (word == "trashed") return PageStatus::kTrashed;
    return PageStatus::kOther;
}

std::string storage_body_of(const json::value& page) {
    const json::value* storage = find_path(page, {"body", "storage"});
    return storage == nullptr ? std::string() : string_at(*storage, "value");
}

/// `version.number` of a page or property; 0 if it is missing.
std::int64_t version_number_of(const json::value& value) {
    const json::value* version = find(value, "version");
    return version == nullptr ? 0 : integer_at(*version, "number").value_or(0);
}

/// Names of the labels that came with a page. Other prefixes are people's own (`my`) and teams'.
std::vector<std::string> labels_of(const json::value* list) {
    std::vector<std::string> labels;
    const json::array* results = list == nullptr ? nullptr : results_of(*list);
    if (results == nullptr) return labels;
    for (const json::value& label : *results) {
        if (string_at(label, "prefix") == "global") labels.push_back(string_at(label, "name"));
    }
    return labels;
}

Result<Page> checked(Page page, const json::value& value) {
    if (page.id.empty() || page.version < 1 || string_at(value, "status").empty()) {
        return fail(
            ErrorCode::kCorrupt, "Confluence sent a page without id, status or version number"
        );
    }
    return page;
}

bool is_ascii(char c) {
    return static_cast<unsigned char>(c) < 0x80;
}

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// `text` without outer spaces, in lower case, with `?` for each character beyond ASCII.
std::string folded_title(std::string_view text) {
    const auto first = text.find_first_not_of(' ');
    if (first == std::string_view::npos) return {};
    text = text.substr(first, text.find_last_not_of(' ') - first + 1);
    std::string folded;
    for (const char c : text) {
        if (is_continuation(c)) continue;
        folded += is_ascii(c) ? to_lower(c) : '?';
    }
    return folded;
}

}  // namespace

Result<Page> page_from(const json::value& value) {
    Page page{
        .id = string_at(value, "id"),
        .status = status_from(string_at(value, "status")),
        .title = string_at(value, "title"),
        .space_id = string_at(value, "spaceId"),
        .parent_id = string_at(value, "parentId"),
        .version = version_number_of(value),
        .body = storage_body_of(value),
        .versions = {},
        .labels = labels_of(find(value, "labels"))};
    return checked(std::move(page), value);
}

Result<Page> content_from(const json::value& value) {
    const json::value* space = find(value, "space");
    const json::value* above = find(value, "ancestors");
    const json::array* ancestors = above == nullptr ? nullptr : above->if_array();
    const bool has_parent = ancestors != nullptr && !ancestors->empty();
    Page page{
        .id = string_at(value, "id"),
        .status = status_from(string_at(value, "status")),
        .title = string_at(value, "title"),
        .space_id = space == nullptr ? std::string() : string_at(*space, "key"),
        .parent_id = has_parent ? string_at(ancestors->back(), "id") : std::string(),
        .version = version_number_of(value),
        .body = storage_body_of(value),
        .versions = {},
        .labels = labels_of(find_path(value, {"metadata", "labels"}))};
    return checked(std::move(page), value);
}

Result<PageVersion> version_from(const json::value& value, std::string_view time) {
    const auto number = integer_at(value, "number");
    const auto created_at = parse_iso_time(string_at(value, time));
    if (!number || !created_at) {
        return fail(ErrorCode::kCorrupt, "Confluence sent a version without number or time");
    }
    return PageVersion{
        .number = *number, .message = string_at(value, "message"), .created_at = *created_at};
}

Result<std::vector<PageVersion>> versions_from(const json::value& list, std::string_view time) {
    std::vector<PageVersion> versions;
    const json::array* results = results_of(list);
    if (results == nullptr) return versions;
    for (const json::value& entry : *results) {
        auto version = version_from(entry, time);
        if (!version) return std::unexpected(version.error());
        versions.push_back(std::move(*version));
    }
    return versions;
}

bool are_versions_complete(const json::value* included, const Page& page, UnixMillis since) {
    if (page.versions.empty()) return false;
    const PageVersion& oldest = page.versions.back();
    if (oldest.created_at < since || oldest.number <= 1) return true;
    const json::value* more = find_path(*included, {"meta", "hasMore"});
    return more != nullptr && more->is_bool() && !more->as_bool();
}

void sort_newest_first(std::vector<PageVersion>& versions) {
    std::sort(versions.begin(), versions.end(), [](const auto& left, const auto& right) {
        return left.number > right.number;
    });
}

json::object storage_json(const std::string& text) {
    return {{"representation", "storage"}, {"value", text}};
}

json::array labels_json(const std::vector<std::string>& labels) {
    json::array list;
    for (const std::string& label : labels) {
        list.push_back(json::object({{"prefix", "global"}, {"name", label}}));
    }
    return list;
}

Result<SavedPage> saved_from(const json::value& value) {
    SavedPage saved{
        .id = string_at(value, "id"),
        .title = string_at(value, "title"),
        .version = version_number_of(value),
        .message = {},
        .body = storage_body_of(value),
    };
    if (saved.id.empty() || saved.version < 1) {
        return fail(
            ErrorCode::kUnknownOutcome,
            "Confluence accepted a write but its answer names no page id or version number"
        );
    }
    saved.message = string_at(value.at("version"), "message");
    return saved;
}

std::optional<PageProperty> property_from(const json::value& list, std::string_view key) {
    const json::array* results = results_of(list);
    if (results == nullptr) return std::nullopt;
    for (const json::value& entry : *results) {
        if (string_at(entry, "key") != key) continue;
        const json::value* value = find(entry, "value");
        return PageProperty{
            .id = string_at(entry, "id"),
            .version = version_number_of(entry),
            .value = value == nullptr ? "null" : json::serialize(*value)};
    }
    return std::nullopt;
}

const json::array* results_of(const json::value& list) {
    const json::value* results = find(list, "results");
    return results == nullptr ? nullptr : results->if_array();
}

Result<std::string> next_path_of(const json::value& list, std::string_view root) {
    const json::value* links = find(list, "_links");
    const std::string next = links == nullptr ? std::string() : string_at(*links, "next");
    if (next.empty()) return std::string();
    const auto begin = next.find(root);
    const auto query = next.find('?');
    if (begin == std::string::npos || (query != std::string::npos && query < begin)) {
        return fail(ErrorCode::kCorrupt, "Confluence sent a next link that is not of its API");
    }
    return next.substr(begin);
}

bool is_same_title(std::string_view left, std::string_view right) {
    return folded_title(left) == folded_title(right);
}

}  // namespace pagepress::worker
