// What API v1 does on POST, PUT and DELETE.
#include <fmt/format.h>

#include "common/json/json_value.h"
#include "tests/support/fake_atlassian/content_exchange.h"

namespace pagepress::test {

namespace {

namespace json = boost::json;

std::unexpected<ApiError> refuse(std::string words) {
    return std::unexpected(ApiError{400, "BAD_REQUEST", std::move(words)});
}

ApiResult<std::optional<ContentId>> read_parent(const json::value& body) {
    const json::value* above = find(body, "ancestors");
    const json::array* ancestors = above == nullptr ? nullptr : above->if_array();
    if (ancestors == nullptr || ancestors->empty()) return std::optional<ContentId>();
    const auto id = integer_at(ancestors->back(), "id");
    if (!id) return refuse("Ancestors must have an id");
    return std::optional<ContentId>(*id);
}

/// `body.storage.value`; empty if there is no body.
ApiResult<std::optional<std::string>> read_storage(const json::value& body) {
    if (find(body, "body") == nullptr) return std::optional<std::string>();
    const json::value* storage = find_path(body, {"body", "storage"});
    if (storage == nullptr || string_at(*storage, "representation") != "storage") {
        return refuse("only the representation 'storage' is simulated here");
    }
    return std::optional(string_at(*storage, "value"));
}

/// A 409 of the model in the words of v1.
std::unexpected<ApiError> worded(const Exchange& exchange, ContentId id, ApiError error) {
    if (error.status == 404) return no_content(id);
    const auto page = exchange.confluence.pages().find(id);
    if (error.status == 409 && page != exchange.confluence.pages().end()) {
        error.title = fmt::format(
            "Version must be incremented on update. Current version is: {}",
            page->second.latest().number
        );
    }
    return std::unexpected(std::move(error));
}

Outcome written(const Exchange& exchange, const StoredPage& page) {
    return json_answer(
        200,
        content_json(
            exchange,
            page,
            page.latest(),
            {"body.storage", "version", "space", "history", "ancestors"}
        )
    );
}

Outcome written(const ApiResult<const StoredProperty*>& property) {
    if (!property) return std::unexpected(property.error());
    return json_answer(200, property_json(**property));
}

const StoredProperty* property_in_path(const Exchange& exchange, const StoredPage& page) {
    const auto found = page.properties.find(exchange.request.segments[6]);
    return found == page.properties.end() ? nullptr : &found->second;
}

}  // namespace

/// Without ancestors the page stands beside the home page.
Outcome post_content(const Exchange& exchange) {
    const auto body = read_body(exchange);
    if (!body) return std::unexpected(body.error());
    if (string_at(*body, "type") == "comment") return post_comment(exchange, *body);
    const json::value* where = find(*body, "space");
    if (where == nullptr || string_at(*body, "type") != "page") {
        return refuse(
            "No space or no content type, or setup a wrong version type set to content, "
            "or status param is not draft and status content is current"
        );
    }
    const StoredSpace* space = exchange.confluence.space_by_key(string_at(*where, "key"));
    if (space == nullptr) return not_found("No space with the given key exists");
    const auto parent = read_parent(*body);
    if (!parent) return std::unexpected(parent.error());
    const auto storage = read_storage(*body);
    if (!storage) return std::unexpected(storage.error());
    const auto page = exchange.confluence.create({
        .space = space->id,
        .parent = parent->value_or(kNoParent),
        .title = string_at(*body, "title"),
        .body = storage->value_or(""),
        .message = {},
        .author = exchange.account,
    });
    if (!page) return worded(exchange, parent->value_or(0), page.error());
    return written(exchange, **page);
}

Outcome put_content(const Exchange& exchange) {
    const auto id = id_in_path(exchange, 4);
    if (!id) return std::unexpected(id.error());
    const auto body = read_body(exchange);
    if (!body) return std::unexpected(body.error());
    const json::value* version = find(*body, "version");
    const auto number = version == nullptr ? std::nullopt : integer_at(*version, "number");
    if (!number) {
        return refuse(
            "Must supply an incremented version when updating Content. No version "
            "supplied."
        );
    }
    const auto parent = read_parent(*body);
    if (!parent) return std::unexpected(parent.error());
    const auto storage = read_storage(*body);
    if (!storage) return std::unexpected(storage.error());
    const auto found = exchange.confluence.pages().find(*id);
    if (found == exchange.confluence.pages().end()) return no_content(*id);
    const StoredPage& page = found->second;
    const bool is_restored = string_at(*body, "status") == "current";
    if (page.status == ContentStatus::kTrashed && !is_restored) return no_content(*id);
    const bool has_title = find(*body, "title") != nullptr;
    const auto changed = exchange.confluence.update({
        .id = *id,
        .version = *number,
        .title = has_title ? string_at(*body, "title") : page.latest().title,
        .body = storage->value_or(*page.latest().body),
        .message = string_at(*version, "message"),
        .author = exchange.account,
        .parent = *parent,
    });
    if (!changed) return worded(exchange, *id, changed.error());
    return written(exchange, **changed);
}

Outcome delete_content(const Exchange& exchange) {
    const auto id = id_in_path(exchange, 4);
    if (!id) return std::unexpected(id.error());
    const bool is_purge = query_value(exchange.request, "status") == "trashed";
    const auto done = is_purge ? exchange.confluence.purge(*id) : exchange.confluence.trash(*id);
    if (!done) return worded(exchange, *id, done.error());
    return ApiAnswer{.status = 204};
}

Outcome post_content_property(const Exchange& exchange) {
    const auto page = page_in_path(exchange);
    if (!page) return std::unexpected(page.error());
    const auto body = read_body(exchange);
    if (!body) return std::unexpected(body.error());
    const bool is_in_path = exchange.request.segments.size() > 6;
    const std::string key = is_in_path ? exchange.request.segments[6] : string_at(*body, "key");
    const json::value* value = find(*body, "value");
    if (value == nullptr) return refuse("The value of a content property is required");
    return written(exchange.confluence.create_property((*page)->id, key, *value));
}

/// Version 1 makes the property if it is not there.
Outcome put_content_property(const Exchange& exchange) {
    const auto page = page_in_path(exchange);
    if (!page) return std::unexpected(page.error());
    const auto body = read_body(exchange);
    if (!body) return std::unexpected(body.error());
    const json::value* version = find(*body, "version");
    const std::int64_t number = version == nullptr ? 0 : integer_at(*version, "number").value_or(0);
    const json::value* value = find(*body, "value");
    if (number == 0 || value == nullptr) return refuse("value and version.number are required");
    const StoredProperty* property = property_in_path(exchange, **page);
    if (property == nullptr && number != 1) {
        return not_found("Cannot find content property with this key");
    }
    if (property == nullptr) return post_content_property(exchange);
    return written(exchange.confluence.update_property((*page)->id, property->id, *value, number));
}

Outcome delete_content_property(const Exchange& exchange) {
    const auto page = page_in_path(exchange);
    if (!page) return std::unexpected(page.error());
    const StoredProperty* property = property_in_path(exchange, **page);
    if (property == nullptr) return not_found("Cannot find content property with this key");
    const auto removed = exchange.confluence.remove_property((*page)->id, property->id);
    if (!removed) return std::unexpected(removed.error());
    return ApiAnswer{.status = 204};
}

Outcome post_space(const Exchange& exchange) {
    const auto body = read_body(exchange);
    if (!body) return std::unexpected(body.error());
    const std::string key = string_at(*body, "key");
    if (key.empty() || exchange.confluence.space_by_key(key) != nullptr) {
        return refuse("A space already exists with key " + key);
    }
    const StoredSpace& space = exchange.confluence.add_space(key, string_at(*body, "name"));
    return json_answer(200, v1_space_json(exchange, space, {"homepage"}));
}

}  // namespace pagepress::test
