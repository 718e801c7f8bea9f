#include "common/json/json_value.h"

#include <charconv>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <simdjson.h>

namespace pagepress {

namespace {

namespace json = boost::json;

json::value convert(const simdjson::dom::element& element) {
    using Type = simdjson::dom::element_type;
    switch (element.type()) {
        case Type::ARRAY: {
            json::array array;
            // Named: value_unsafe() refers into its temporary, which a range-for does not keep.
            const simdjson::dom::array items = element.get_array().value_unsafe();
            for (const auto item : items) array.push_back(convert(item));
            return array;
        }
        case Type::OBJECT: {
            json::object object;
            const simdjson::dom::object members = element.get_object().value_unsafe();
            for (const auto member : members) {
                object.insert_or_assign(member.key, convert(member.value));
            }
            return object;
        }
        case Type::INT64:
            return element.get_int64().value_unsafe();
        case Type::UINT64:
            return element.get_uint64().value_unsafe();
        case Type::DOUBLE:
            return element.get_double().value_unsafe();
        case Type::STRING:
            return json::string(element.get_string().value_unsafe());
        case Type::BOOL:
            return element.get_bool().value_unsafe();
        case Type::NULL_VALUE:
            break;
    }
    return nullptr;
}

}  // namespace

Result<json::value> parse_json(std::string_view text, std::string_view what) {
    constexpr std::size_t kDepthMax = 512;
    simdjson::dom::parser parser;
    if (parser.allocate(text.size(), kDepthMax) != simdjson::SUCCESS) {
        return fail(ErrorCode::kCorrupt, std::string(what) + " is too large to parse as JSON");
    }
    simdjson::dom::element document;
    const auto error = parser.parse(text.data(), text.size()).get(document);
    if (error != simdjson::SUCCESS) {
        return fail(
            ErrorCode::kCorrupt,
            std::string(what) + " is not valid JSON: " + simdjson::error_message(error)
        );
    }
    return convert(document);
}

const json::value* find(const json::value& value, std::string_view key) {
    const json::object* object = value.if_object();
    return object == nullptr ? nullptr : object->if_contains(key);
}

const json::value* find_path(
    const json::value& value, std::initializer_list<std::string_view> path
) {
    const json::value* current = &value;
    for (const std::string_view key : path) {
        current = find(*current, key);
        if (current == nullptr) return nullptr;
    }
    return current;
}

std::string string_at(const json::value& value, std::string_view key) {
    const json::value* member = find(value, key);
    const json::string* text = member == nullptr ? nullptr : member->if_string();
    return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

std::optional<std::int64_t> integer_at(const json::value& value, std::string_view key) {
    const json::value* member = find(value, key);
    if (member == nullptr) return std::nullopt;
    if (const std::int64_t* number = member->if_int64()) return *number;
    const json::string* text = member->if_string();
    if (text == nullptr) return std::nullopt;
    std::int64_t number = 0;
    const char* const end = text->data() + text->size();
    const auto [parsed, error] = std::from_chars(text->data(), end, number);
    if (error != std::errc() || parsed != end) return std::nullopt;
    return number;
}

}  // namespace pagepress
