// Rows are tried from top to bottom; the first that fits decides. Texts are matched in lower case,
// since the same condition comes with different codes from different endpoints.
#include "worker/atlassian/answer_errors.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include "common/json/json_text.h"
#include "common/json/json_value.h"
#include "worker/atlassian/iso_time.h"

namespace pagepress::worker {

namespace {

namespace json = boost::json;

constexpr std::size_t kMessageBytesMax = 500;
constexpr std::int64_t kResetWaitMsMax = 3'600'000;

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) {
        return static_cast<char>(std::tolower(c));
    });
    return result;
}

// ---- what the body says ---------------------------------------------------------------------

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

enum class Words {
    kAsSent,     ///< for matching: the name of an exception can be all that there is
    kForPeople,  ///< without names of exceptions
};

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
    const std::string folded = lower(body.substr(0, 16 * 1024));
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

bool is_html(const HttpAnswer& answer) {
    return lower(answer.header("content-type")).starts_with("text/html") ||
           without_leading_space(answer.body).starts_with('<');
}

std::string full_text(const HttpAnswer& answer, Words words) {
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

/// One line of bounded length that does not end within a character.
std::string as_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' '
    );
    const auto first = text.find_first_not_of(' ');
    if (first == std::string::npos) return {};
    text = text.substr(first, text.find_last_not_of(' ') - first + 1);
    if (text.size() <= kMessageBytesMax) return text;
    std::size_t end = kMessageBytesMax;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return text.substr(0, end) + "…";
}

// ---- the table ------------------------------------------------------------------------------

/// An answer, prepared for matching.
struct Case {
    const HttpAnswer& answer;
    CallKind kind;
    const std::string& what;
    UnixMillis now;
    std::string text;    ///< what the body says to people
    std::string folded;  ///< all that it says, in lower case

    [[nodiscard]] bool says(std::string_view words) const {
        return folded.find(words) != std::string::npos;
    }

    [[nodiscard]] bool says_any(std::initializer_list<std::string_view> list) const {
        return std::any_of(list.begin(), list.end(), [this](auto words) { return says(words); });
    }
};

/// `PUT /api/v2/pages/7 answered 409: its words (trace 4bf9); advice`.
std::string sentence(const Case& c, std::string_view advice) {
    std::string text = c.what + " answered " + std::to_string(c.answer.status);
    const std::string words = as_line(c.text);
    if (!words.empty()) text += ": " + words;
    for (const char* name : {"atl-traceid", "atl-request-id", "x-arequestid"}) {
        if (c.answer.header(name).empty()) continue;
        text += " (trace " + as_line(std::string(c.answer.header(name))) + ")";
        break;
    }
    if (!advice.empty()) text.append("; ").append(advice);
    return text;
}

AnswerFault fault(const Case& c, ErrorCode code, std::string_view advice = {}) {
    return {.error = {.code = code, .message = sentence(c, advice)}};
}

AnswerFault doubtful(const Case& c, ErrorCode code, std::string_view advice) {
    return {.error = {.code = code, .message = sentence(c, advice)}, .doubts_credentials = true};
}

std::chrono::system_clock::time_point as_time_point(UnixMillis time) {
    return std::chrono::system_clock::time_point(Millis(time));
}

/// Wait that the answer states: Retry-After, else X-RateLimit-Reset.
std::optional<Millis> stated_wait(const Case& c) {
    const auto after = parse_retry_after(c.answer.header("retry-after"), as_time_point(c.now));
    if (after) return after;
    const auto reset = parse_iso_time(c.answer.header("x-ratelimit-reset"));
    if (!reset) return std::nullopt;
    return Millis(std::clamp<std::int64_t>(*reset - c.now, 0, kResetWaitMsMax));
}

AnswerFault with_wait(const Case& c, AnswerFault fault) {
    fault.error.retry_after = stated_wait(c);
    return fault;
}

/// Marks of a login that did not work; they come with any status, 200 included.
std::optional<AnswerFault> login_fault(const Case& c) {
    const std::string_view denied = c.answer.header("x-authentication-denied-reason");
    if (!denied.empty()) {
        const auto reason = "login was denied (" + as_line(std::string(denied)) +
                            "): log in once in a browser, then check the site's secret file";
        return fault(c, ErrorCode::kCredentialsRejected, reason);
    }
    const std::string_view login = c.answer.header("x-seraph-loginreason");
    if (!login.empty() && lower(login) != "ok") {
        const auto reason =
            "login did not work (X-Seraph-LoginReason: " + as_line(std::string(login)) +
            "): check the site's secret file";
        return fault(c, ErrorCode::kCredentialsRejected, reason);
    }
    if (lower(c.answer.header("x-ausername")) == "anonymous") {
        return fault(
            c,
            ErrorCode::kCredentialsRejected,
            "we were served as anonymous: check the site's secret file"
        );
    }
    return std::nullopt;
}

std::optional<AnswerFault> success_fault(const Case& c) {
    if (c.answer.body.empty() || !is_html(c.answer)) return std::nullopt;
    return fault(
        c,
        ErrorCode::kCredentialsRejected,
        "an HTML page came instead of JSON, most likely a login form: check the site's URL and "
        "secret file"
    );
}

AnswerFault redirect_fault(const Case& c) {
    const std::string_view location = c.answer.header("location");
    const auto where = as_line(std::string(location.substr(0, location.find('?'))));
    return fault(
        c,
        ErrorCode::kCredentialsRejected,
        "it redirects to '" + where +
            "', most likely a login form: check the site's URL and secret "
            "file"
    );
}

/// Texts that mean the same whether they come with 400, 409 or 500.
std::optional<AnswerFault> text_fault(const Case& c) {
    // Before the version texts: this one is about a request without a version.
    if (c.says("no version supplied")) return fault(c, ErrorCode::kInvalidInput);
    if (c.says_any(
            {"already exists with the same title",
             "page with this title already exists",
             "exists with the same title"}
        )) {
        return fault(c, ErrorCode::kTitleTaken);
    }
    if (c.says_any({"version must be incremented", "optimisticlock"})) {
        return fault(c, ErrorCode::kConflict);
    }
    // The transaction had no effect; a page that is being edited can be saved some moments later.
    if (c.says_any({"transaction rolled back", "unexpectedrollback", "unreconciled"})) {
        return with_wait(c, fault(c, ErrorCode::kUnavailable));
    }
    if (c.says_any({"error parsing xhtml", "cannot be converted to new editor format"})) {
        return fault(c, ErrorCode::kInvalidInput, "the storage format must be corrected");
    }
    if (c.says_any({"content of type folder", "cannot fetch folders"})) {
        return fault(c, ErrorCode::kInvalidInput, "the parent is a folder: name a page");
    }
    return std::nullopt;
}

AnswerFault forbidden_fault(const Case& c) {
    if (c.says_any(
            {"cannot access confluence",
             "not permitted to use confluence",
             "failed to parse connect session auth token"}
        )) {
        return fault(
            c,
            ErrorCode::kCredentialsRejected,
            "the account may not use the product: check the site's secret file and the licence"
        );
    }
    if (c.says("xsrf check failed")) return fault(c, ErrorCode::kInvalidInput);
    return doubtful(c, ErrorCode::kForbidden, "the account lacks the permission for this");
}

AnswerFault client_fault(const Case& c) {
    switch (c.answer.status) {
        case 401:
            return fault(
                c,
                ErrorCode::kCredentialsRejected,
                c.says("scope") ? "give the token the scopes it lacks"
                                : "the token is wrong or has expired: renew the site's secret file"
            );
        case 403:
            return forbidden_fault(c);
        case 404:
            return doubtful(c, ErrorCode::kNotFound, "it is gone, or hidden from the account");
        case 408:
        case 425:
            return with_wait(c, fault(c, ErrorCode::kUnavailable));
        case 409:
            return fault(c, ErrorCode::kConflict);
        case 410:
            return fault(
                c, ErrorCode::kInvalidInput, "the site has removed this API: another must be used"
            );
        case 413:
            return fault(c, ErrorCode::kTooLarge, "the content must be shortened or split");
        case 429:
            return with_wait(c, fault(c, ErrorCode::kRateLimited));
        default:
            return fault(c, ErrorCode::kInvalidInput);
    }
}

/// A failure behind the gateway: a write may have had its effect before.
AnswerFault server_fault(const Case& c) {
    const bool is_write = c.kind == CallKind::kWrite;
    return with_wait(c, fault(c, is_write ? ErrorCode::kUnknownOutcome : ErrorCode::kUnavailable));
}

}  // namespace

std::string message_of(const HttpAnswer& answer) {
    return as_line(full_text(answer, Words::kForPeople));
}

std::optional<AnswerFault> fault_of(
    const HttpAnswer& answer, CallKind kind, const std::string& what, UnixMillis now
) {
    const int status = answer.status;
    const bool is_success = status >= 200 && status < 300;
    Case c{.answer = answer, .kind = kind, .what = what, .now = now, .text = {}, .folded = {}};
    if (!is_success) {
        c.text = full_text(answer, Words::kForPeople);
        c.folded = lower(full_text(answer, Words::kAsSent));
    }
    if (auto fault = login_fault(c)) return fault;
    if (is_success) return success_fault(c);
    if (status < 400) return redirect_fault(c);
    if (status == 400 || status == 409 || status == 500 || status == 501) {
        if (auto fault = text_fault(c)) return fault;
    }
    return status < 500 ? client_fault(c) : server_fault(c);
}

}  // namespace pagepress::worker
