// Rows are tried from top to bottom; the first that fits decides. Texts are matched in lower case,
// since the same condition comes with different codes from different endpoints.
#include "worker/atlassian/answer_errors.h"

#include <algorithm>
#include <string_view>

#include "common/base/ascii.h"
#include "common/base/iso_time.h"
#include "worker/atlassian/answer_text.h"

namespace pagepress::worker {

namespace {

constexpr std::int64_t kResetWaitMsMax = 3'600'000;

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
    std::string words = as_line(c.text);
    while (!advice.empty() && words.ends_with('.')) words.pop_back();  // the sentence goes on
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
    if (!login.empty() && lower_cased(login) != "ok") {
        const auto reason =
            "login did not work (X-Seraph-LoginReason: " + as_line(std::string(login)) +
            "): check the site's secret file";
        return fault(c, ErrorCode::kCredentialsRejected, reason);
    }
    if (lower_cased(c.answer.header("x-ausername")) == "anonymous") {
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

/// Which limit was hit, as Atlassian names it in `RateLimit-Reason`: the writes of one issue, or
/// something that others share.
AnswerFault rate_fault(const Case& c) {
    const std::string reason = lower_cased(c.answer.header("ratelimit-reason"));
    if (reason.contains("per-issue")) {
        return fault(c, ErrorCode::kNotYet, "this issue takes no more writes for a moment");
    }
    return fault(c, ErrorCode::kRateLimited, reason.empty() ? "" : "the limit is " + reason);
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
                c,
                ErrorCode::kInvalidInput,
                c.what.contains("/rest/api/content") && !c.what.ends_with("/label")
                    ? "the site has removed this API: give it confluence_api: v2"
                    : "the site has removed this API: another must be used"
            );
        case 413:
            return fault(c, ErrorCode::kTooLarge, "the content must be shortened or split");
        case 429:
            return with_wait(c, rate_fault(c));
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

std::optional<AnswerFault> fault_of(
    const HttpAnswer& answer, CallKind kind, const std::string& what, UnixMillis now
) {
    const int status = answer.status;
    const bool is_success = status >= 200 && status < 300;
    Case c{.answer = answer, .kind = kind, .what = what, .now = now, .text = {}, .folded = {}};
    if (!is_success) {
        c.text = text_of(answer, Words::kForPeople);
        c.folded = lower_cased(text_of(answer, Words::kAsSent));
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
