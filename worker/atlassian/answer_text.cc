// Error bodies of Confluence v1 and v2, Jira, their gateway, and proxies → text.
#include "worker/atlassian/answer_text.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include "common/base/ascii.h"
#include "common/json/json_text.h"
#include "common/json/json_value.h"

namespace pagepress::worker {

namespace {

namespace json = boost::json;

constexpr std::size_t kLineBytesMax = 500;

void add(std::vector<std::string>& parts, std::string text) {
    if (text.empty()) return;
    if (std::find(parts.begin(), parts.end(), text) == parts.end()) {
        parts.push_back(std::move(text));
    }
}

/// Confluence v2: `errors` is a list of {status, code, title, detail}.
void add_entries(std::vector<std::string>& parts, const json::array& errors) {
    for (const json::value& entry : errors) {
        add(parts, string_at(entry, "title"));
        add(parts, string_at(entry, "detail"));
        add(parts, string_at(entry, "message"));
    }
}

/// Jira: `errors` maps fields to texts.
void add_fields(std::vector<std::string>& parts, const json::object& errors) {
    for (const auto& [field, text] : errors) {
        if (text.is_string()) add(parts, std::string(field) + ": " + text.as_string().c_str());
    }
}

/// Confluence v1 on Cloud puts `com.atlassian….SomeException: ` before its message.
std::string without_exception_name(const std::string& message) {
    const auto colon = message.find(": ");
    if (colon == std::string::npos) return message;
    const std::string_view name(message.data(), colon);
    const bool is_class = name.ends_with("Exception") && name.find('.') != std::string_view::npos &&
                          name.find(' ') == std::string_view::npos;
    return is_class ? message.substr(colon + 2) : message;
}

std::vector<std::string> json_parts(const json::value& body, Words words) {
    std::vector<std::string> parts;
    if (const json::value* errors = find(body, "errors")) {
        if (const json::array* entries = errors->if_array()) add_entries(parts, *entries);
        if (const json::object* fields = errors->if_object()) add_fields(parts, *fields);
    }
    if (const json::value* messages = find(body, "errorMessages")) {
        if (const json::array* texts = messages->if_array()) {
            for (const json::value& text : *texts) {
                if (text.is_string()) add(parts, text.as_string().c_str());
            }
        }
    }
    const std::string message = string_at(body, "message");
    add(parts, words == Words::kAsSent ? message : without_exception_name(message));
    for (const char* key : {"error", "error_description", "title", "detail"}) {
        add(parts, string_at(body, key));
    }
    return parts;
}

/// Text between `<title>` and `</title>`.
std::string html_title(std::string_view body) {
    const std::string folded = lower_cased(body.substr(0, 16 * 1024));
    const auto open = folded.find("<title");
    const auto begin = open == std::string::npos ? open : folded.find('>', open);
    const auto end = begin == std::string::npos ? begin : folded.find("</title", begin);
    return end == std::string::npos ? std::string()
                                    : std::string(body.substr(begin + 1, end - begin - 1));
}

std::string_view without_leading_space(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    return first == std::string_view::npos ? std::string_view() : text.substr(first);
}

}  // namespace

bool is_html(const HttpAnswer& answer) {
    return lower_cased(answer.header("content-type")).starts_with("text/html") ||
           without_leading_space(answer.body).starts_with('<');
}

std::string text_of(const HttpAnswer& answer, Words words) {
    if (is_html(answer) && without_leading_space(answer.body).starts_with('<')) {
        return html_title(answer.body);
    }
    const auto body = parse_json(answer.body, "an error body");
    if (!body || !body->is_object()) {
        return is_utf8(answer.body) ? answer.body.substr(0, 4096) : std::string();
    }
    std::string text;
    for (const std::string& part : json_parts(*body, words)) {
        if (!text.empty()) text += "; ";
        text += part;
    }
    return text;
}

std::string as_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' '
    );
    const auto first = text.find_first_not_of(' ');
    if (first == std::string::npos) return {};
    text = text.substr(first, text.find_last_not_of(' ') - first + 1);
    if (text.size() <= kLineBytesMax) return text;
    std::size_t end = kLineBytesMax;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return text.substr(0, end) + "…";
}

}  // namespace pagepress::worker
