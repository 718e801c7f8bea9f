// Values of Jira fields as text.
#include <array>
#include <charconv>

#include <boost/json/serialize.hpp>

#include "common/json/json_value.h"
#include "worker/render/adf_text.h"
#include "worker/render/field_values.h"
#include "worker/render/jira_time.h"

namespace pagepress::worker {

namespace {

namespace json = boost::json;

std::string number_text(double number) {
    if (number == 0) return "0";  // also for -0
    std::array<char, 512> digits{};
    const auto written = std::to_chars(
        digits.data(), digits.data() + digits.size(), number, std::chars_format::fixed
    );
    return std::string(digits.data(), written.ptr);
}

/// Name out of the text that Jira Data Center sends for a sprint, a Java object's toString:
/// `…Sprint@1f[id=42,name=Sprint 7, with comma,startDate=…]`. Values may hold commas, so a value
/// ends where `,word=` follows.
std::optional<std::string> sprint_name(std::string_view text) {
    constexpr std::string_view kClass = "com.atlassian.greenhopper.service.sprint.Sprint@";
    constexpr std::string_view kName = "name=";
    if (!text.starts_with(kClass)) return std::nullopt;
    std::size_t begin = text.find(",name=");
    if (begin == std::string_view::npos) begin = text.find("[name=");
    if (begin == std::string_view::npos) return std::nullopt;
    begin += kName.size() + 1;
    for (std::size_t end = begin; end < text.size(); ++end) {
        if (text[end] != ',') continue;
        std::size_t word = end + 1;
        while (word < text.size() && ((text[word] | 0x20) >= 'a' && (text[word] | 0x20) <= 'z')) {
            ++word;
        }
        if (word > end + 1 && word < text.size() && text[word] == '=') {
            return std::string(text.substr(begin, end - begin));
        }
    }
    return std::string(text.substr(begin, text.rfind(']') - begin));
}

std::string string_text(std::string_view text) {
    if (const auto time = parse_jira_time(text)) return text_of(*time);
    if (auto name = sprint_name(text)) return *std::move(name);
    return std::string(text);
}

std::string array_text(const json::array& values) {
    std::string text;
    for (const json::value& value : values) {
        const std::string one = value_text(value);
        if (one.empty()) continue;
        if (!text.empty()) text.append(", ");
        text.append(one);
    }
    return text;
}

/// Text of a member that is a scalar; empty otherwise.
std::string scalar_at(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr || value->is_structured()) return {};
    return value_text(*value);
}

/// `blocks PROJ-130`.
std::string link_text(const json::object& link) {
    const json::value* type = link.if_contains("type");
    for (const auto& [side, word] :
         {std::pair("outwardIssue", "outward"), std::pair("inwardIssue", "inward")}) {
        const json::value* issue = link.if_contains(side);
        if (issue == nullptr || type == nullptr) continue;
        const std::string relation = string_at(*type, word);
        const std::string key = string_at(*issue, "key");
        return relation.empty() ? key : relation + " " + key;
    }
    return {};
}

std::string object_text(const json::object& object) {
    if (is_adf_document(object)) return adf_text(object);
    if (object.contains("outwardIssue") || object.contains("inwardIssue")) return link_text(object);
    if (const json::value* child = object.if_contains("child"); child && child->is_object()) {
        return scalar_at(object, "value") + " - " + value_text(*child);
    }
    if (const json::value* type = object.if_contains("requestType"); type && type->is_object()) {
        return value_text(*type);
    }
    // First what people see on users, fields, options and issues; then what else tells something:
    // attachments, vote and watch counts, work and progress.
    for (const std::string_view name :
         {"displayName",
          "name",
          "value",
          "key",
          "title",
          "filename",
          "votes",
          "watchCount",
          "percent",
          "remainingEstimate",
          "timeSpent",
          "total",
          "accountId",
          "id"}) {
        if (std::string text = scalar_at(object, name); !text.empty()) return text;
    }
    return object.empty() ? std::string() : json::serialize(object);
}

}  // namespace

std::string value_text(const json::value& value) {
    switch (value.kind()) {
        case json::kind::null:
            return {};
        case json::kind::bool_:
            return value.get_bool() ? "true" : "false";
        case json::kind::int64:
            return std::to_string(value.get_int64());
        case json::kind::uint64:
            return std::to_string(value.get_uint64());
        case json::kind::double_:
            return number_text(value.get_double());
        case json::kind::string:
            return string_text(value.get_string());
        case json::kind::array:
            return array_text(value.get_array());
        case json::kind::object:
            return object_text(value.get_object());
    }
    return {};
}

}  // namespace pagepress::worker
