#include "common/catalog/document_reader.h"

#include <algorithm>

#include "common/base/nearest_word.h"
#include "common/job/job.h"
#include "common/json/json_text.h"

namespace pagepress {

namespace {

namespace json = boost::json;

std::string_view view_of(const json::string& text) {
    return {text.data(), text.size()};
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
        if (!text.empty()) text.append(", ");
        text.append(name);
    }
    return text;
}

std::string quoted(std::string_view text) {
    std::string out;
    append_json_string(out, text.substr(0, 80));
    return out;
}

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
}

bool is_white_space(char c) {
    return c == '\n' || c == '\r' || c == '\t';
}

std::string size_text(std::size_t bytes) {
    if (bytes % (1024 * 1024) == 0) return std::to_string(bytes / (1024 * 1024)) + " MiB";
    if (bytes % 1024 == 0) return std::to_string(bytes / 1024) + " KiB";
    return std::to_string(bytes) + " bytes";
}

}  // namespace

std::string read_text(
    const std::string& path,
    const json::value& value,
    const TextLimits& limits,
    std::vector<Problem>& problems
) {
    const auto refuse = [&](std::string message) {
        problems.push_back({.field = path, .message = std::move(message)});
        return std::string();
    };
    const json::string* text = value.if_string();
    if (text == nullptr) return refuse("must be text; write it in quotes");
    if (text->empty()) return refuse("must not be empty");
    if (text->size() > limits.bytes_max) {
        return refuse(
            "has " + std::to_string(text->size()) + " bytes; allowed are up to " +
            size_text(limits.bytes_max)
        );
    }
    if (limits.lines == TextLimits::Lines::kOne && std::ranges::any_of(*text, is_control)) {
        return refuse("must be one line without control characters");
    }
    if (std::ranges::any_of(*text, [](char c) { return is_control(c) && !is_white_space(c); })) {
        return refuse("must not have control characters other than line breaks and tabs");
    }
    return std::string(view_of(*text));
}

DocumentReader::DocumentReader(
    std::string path, const json::value& value, std::vector<Problem>& problems
)
    : object_(value.if_object()), path_(std::move(path)), problems_(problems) {
    if (object_ == nullptr) {
        problems_.push_back({.field = path_, .message = "must be an object with named members"});
    }
}

std::string DocumentReader::path_of(std::string_view name) const {
    if (name.empty()) return path_;
    return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

void DocumentReader::report(std::string_view name, std::string message) {
    problems_.push_back({.field = path_of(name), .message = std::move(message)});
}

const json::value* DocumentReader::member(std::string_view name, Presence presence) {
    if (std::ranges::find(known_, name) == known_.end()) known_.emplace_back(name);
    if (object_ == nullptr) return nullptr;
    const json::value* found = object_->if_contains(name);
    if (found == nullptr && presence == Presence::kRequired) report(name, "is missing");
    return found;
}

std::string DocumentReader::text(std::string_view name, const TextLimits& limits) {
    const json::value* value = member(name, limits.presence);
    return value == nullptr ? std::string() : read_text(path_of(name), *value, limits, problems_);
}

std::string DocumentReader::entry_id(std::string_view name) {
    const json::value* value = member(name, Presence::kRequired);
    if (value == nullptr) return {};
    const json::string* text = value->if_string();
    if (text != nullptr && is_entry_id(view_of(*text))) return std::string(view_of(*text));
    report(
        name,
        "must be an id: 1 to 64 letters, digits, '.', '_' or '-', beginning with a letter or digit"
    );
    return {};
}

std::string DocumentReader::page_id(std::string_view name, Presence presence) {
    const json::value* value = member(name, presence);
    if (value == nullptr) return {};
    std::string id;
    if (const json::string* text = value->if_string()) id = view_of(*text);
    if (value->is_int64()) id = std::to_string(value->get_int64());
    if (is_numeric_id(id)) return id;
    report(
        name,
        "must be the numeric id of a page, as in the page's address (1 to 19 digits, not beginning "
        "with 0)"
    );
    return {};
}

bool DocumentReader::boolean(std::string_view name, bool fallback) {
    const json::value* value = member(name, Presence::kOptional);
    if (value == nullptr) return fallback;
    if (!value->is_bool()) report(name, "must be true or false");
    return value->is_bool() ? value->get_bool() : fallback;
}

std::optional<std::int64_t> DocumentReader::time_ms(std::string_view name, Presence presence) {
    const json::value* value = member(name, presence);
    if (value == nullptr) return std::nullopt;
    if (value->is_int64() && value->get_int64() >= 0) return value->get_int64();
    report(name, "must be a time in milliseconds since 1970");
    return std::nullopt;
}

std::optional<std::int64_t> DocumentReader::integer(
    std::string_view name, std::int64_t low, std::int64_t high
) {
    const json::value* value = member(name, Presence::kOptional);
    if (value == nullptr) return std::nullopt;
    if (value->is_int64() && value->get_int64() >= low && value->get_int64() <= high) {
        return value->get_int64();
    }
    std::string message =
        "must be a whole number from " + std::to_string(low) + " to " + std::to_string(high);
    if (value->is_string()) message += ", without quotes";
    report(name, std::move(message));
    return std::nullopt;
}

std::optional<std::size_t> DocumentReader::choice(
    std::string_view name, Presence presence, std::initializer_list<std::string_view> words
) {
    const json::value* value = member(name, presence);
    if (value == nullptr) return std::nullopt;
    const json::string* text = value->if_string();
    const auto* const found =
        text == nullptr ? words.end() : std::find(words.begin(), words.end(), view_of(*text));
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
    std::string message = text == nullptr ? "must be text" : "is " + quoted(view_of(*text));
    message += "; allowed is: " + joined({words.begin(), words.end()});
    report(name, std::move(message));
    return std::nullopt;
}

const json::array* DocumentReader::array(std::string_view name, std::size_t low, std::size_t high) {
    const json::value* value = member(name, Presence::kRequired);
    if (value == nullptr) return nullptr;
    const json::array* array = value->if_array();
    if (array != nullptr && array->size() >= low && array->size() <= high) return array;
    std::string message =
        "must be a list of " + std::to_string(low) + " to " + std::to_string(high) + " items";
    if (array != nullptr) message += "; it has " + std::to_string(array->size());
    report(name, std::move(message));
    return nullptr;
}

void DocumentReader::own_id(std::string_view id) {
    const json::value* value = member("id", Presence::kOptional);
    if (value == nullptr) return;
    const json::string* text = value->if_string();
    if (text == nullptr || view_of(*text) != id) {
        report("id", "must be " + quoted(id) + ", the id that the entry is stored under");
    }
}

void DocumentReader::finish() {
    if (object_ == nullptr) return;
    for (const auto& item : *object_) {
        const std::string_view name(item.key().data(), item.key().size());
        if (std::ranges::find(known_, name) != known_.end()) continue;
        const std::string_view meant = nearest_word(name, known_);
        problems_.push_back({
            .field = path_of(name),
            .message = meant.empty() ? "is not known; allowed is: " + joined(known_)
                                     : "is not known; did you mean '" + std::string(meant) + "'?",
            .is_unknown_member = true,
        });
    }
}

}  // namespace pagepress
