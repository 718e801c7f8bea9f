// Each row of the table that folds answers into errors, on recorded answers.
#include "worker/atlassian/answer_errors.h"

#include "tests/support/catch.h"
#include "tests/unit/atlassian/scripted_http.h"
#include "worker/atlassian/answer_text.h"

using namespace pagepress;
using namespace pagepress::worker;
using namespace pagepress::test;

namespace {

std::optional<AnswerFault> fold(const HttpAnswer& answer, CallKind kind = CallKind::kWrite) {
    return fault_of(answer, kind, "PUT /x", FixedClock().now);
}

Error error_of(const HttpAnswer& answer, CallKind kind = CallKind::kWrite) {
    const auto fault = fold(answer, kind);
    REQUIRE(fault);
    return fault->error;
}

HttpAnswer html(int status) {
    return {
        .status = status,
        .body = "<html><head><title>Oops</title></head></html>",
        .headers = {{"content-type", "text/html; charset=UTF-8"}}};
}

struct Row {
    int status;
    const char* file;
    ErrorCode code;
    bool doubts = false;
};

}  // namespace

TEST_CASE("Recorded error bodies fold into their codes", "[answer_errors]") {
    const auto row = GENERATE(values<Row>({
        {409, "confluence-v2-409-version.json", ErrorCode::kConflict},
        {409, "confluence-v2-live-409-version-string-status.json", ErrorCode::kConflict},
        {409, "confluence-v1-cloud-409-version.json", ErrorCode::kConflict},
        {409, "confluence-v1-dc-409-version.json", ErrorCode::kConflict},
        {409, "confluence-v1-cloud-409-optimistic-lock.json", ErrorCode::kConflict},
        {500, "confluence-v1-cloud-409-optimistic-lock.json", ErrorCode::kConflict},
        {409, "confluence-v2-live-409-property-exists.json", ErrorCode::kConflict},
        {400, "confluence-v2-400-custom-content-version.json", ErrorCode::kConflict},
        {400, "confluence-v1-cloud-400-no-version.json", ErrorCode::kInvalidInput},
        {400, "confluence-v2-400-title-exists.json", ErrorCode::kTitleTaken},
        {400, "confluence-v1-cloud-400-title-exists.json", ErrorCode::kTitleTaken},
        {400, "confluence-v1-dc-400-title-exists.json", ErrorCode::kTitleTaken},
        {400, "confluence-v2-400-folder-exists.json", ErrorCode::kTitleTaken},
        {400, "confluence-v1-cloud-400-xhtml.json", ErrorCode::kInvalidInput},
        {400, "confluence-v1-dc-400-xhtml-bare-ampersand.json", ErrorCode::kInvalidInput},
        {400, "confluence-v1-cloud-400-new-editor.json", ErrorCode::kInvalidInput},
        {400, "confluence-v1-cloud-400-unreconciled.json", ErrorCode::kUnavailable},
        {400, "confluence-v2-400-bad-id.json", ErrorCode::kInvalidInput},
        {400, "jira-400-field-errors.json", ErrorCode::kInvalidInput},
        {401, "gateway-401-scope.json", ErrorCode::kCredentialsRejected},
        {403, "confluence-v1-cloud-403-bad-credentials.json", ErrorCode::kCredentialsRejected},
        {403, "confluence-v1-cloud-403-cannot-use.json", ErrorCode::kCredentialsRejected},
        {404, "confluence-v2-404-page.json", ErrorCode::kNotFound, true},
        {404, "confluence-v2-404-property-page.json", ErrorCode::kNotFound, true},
        {404, "confluence-v2-404-bare-bad-credentials.json", ErrorCode::kNotFound, true},
        {404, "confluence-v1-cloud-404-content.json", ErrorCode::kNotFound, true},
        {410, "confluence-v1-cloud-410-gone.json", ErrorCode::kInvalidInput},
        {413, "confluence-v1-cloud-413-too-large.json", ErrorCode::kTooLarge},
    }));
    CAPTURE(row.file, row.status);
    const auto fault = fold({.status = row.status, .body = recorded(row.file), .headers = {}});
    REQUIRE(fault);
    CHECK(fault->error.code == row.code);
    CHECK(fault->doubts_credentials == row.doubts);
}

TEST_CASE("A 403 without a known text must be probed", "[answer_errors]") {
    const auto fault = fold({.status = 403, .body = "{\"message\":\"No\"}", .headers = {}});
    REQUIRE(fault);
    CHECK(fault->error.code == ErrorCode::kForbidden);
    CHECK(fault->doubts_credentials);
}

TEST_CASE("Row and column of broken storage format are kept", "[answer_errors]") {
    const auto error = error_of(
        {.status = 400, .body = recorded("confluence-v1-cloud-400-xhtml.json"), .headers = {}}
    );
    CHECK(error.message.find("expected </p>") != std::string::npos);
    CHECK(error.message.find("[1,405]") != std::string::npos);
    CHECK(error.message.find('\n') == std::string::npos);
}

TEST_CASE("Rolled back transactions are tried again", "[answer_errors]") {
    const auto* const text =
        GENERATE("Transaction rolled back", "x.UnexpectedRollbackException: y");
    for (const int status : {400, 500}) {
        const auto body = std::string("{\"message\":\"") + text + "\"}";
        CHECK(
            error_of({.status = status, .body = body, .headers = {}}).code ==
            ErrorCode::kUnavailable
        );
    }
}

TEST_CASE("Recorded rate limits carry the wait that they state", "[answer_errors]") {
    struct Limit {
        const char* file;
        std::optional<Millis> wait;
    };

    const auto row = GENERATE(values<Limit>({
        {"confluence-cloud-429-burst.http", Millis(1'000)},
        {"dc-429.http", Millis(1'000)},
        {"dc-429-zero-quota.http", Millis(3'600'000)},
        {"gateway-429-no-retry-after.http", std::nullopt},
        {"jira-cloud-429-burst.http", Millis(1'000)},
        {"jira-cloud-429-quota.http", Millis(1'847'000)},
    }));
    CAPTURE(row.file);
    const auto error = error_of(recorded_answer(row.file));
    CHECK(error.code == ErrorCode::kRateLimited);
    CHECK(error.retry_after == row.wait);
}

TEST_CASE("The limit on the writes of one issue stops that issue alone", "[answer_errors]") {
    const auto error = error_of(recorded_answer("jira-cloud-429-per-issue-write.http"));
    CHECK(error.code == ErrorCode::kNotYet);
    CHECK(error.retry_after == Millis(2'000));
}

TEST_CASE("X-RateLimit-Reset states the wait where Retry-After is missing", "[answer_errors]") {
    auto answer = recorded_answer("jira-cloud-429-quota.http");
    answer.headers.erase("retry-after");
    CHECK(error_of(answer).retry_after == Millis(3'600'000));
    answer.headers["x-ratelimit-reset"] = "2026-09-30T12:00:05Z";
    CHECK(error_of(answer).retry_after == Millis(5'000));
    answer.headers["x-ratelimit-reset"] = "2026-09-30T11:00Z";
    CHECK(error_of(answer).retry_after == Millis(0));
}

TEST_CASE("Answers to lost credentials are recognised, whatever their status", "[answer_errors]") {
    const auto* const file = GENERATE(
        "cloud-401-html.http", "jira-captcha-403.http", "jira-cloud-anonymous-fallback-200.http"
    );
    CAPTURE(file);
    for (const CallKind kind : {CallKind::kRead, CallKind::kWrite}) {
        CHECK(error_of(recorded_answer(file), kind).code == ErrorCode::kCredentialsRejected);
    }
}

TEST_CASE("Marks of a failed login count on every status", "[answer_errors]") {
    const auto header = GENERATE(values<std::pair<std::string, std::string>>({
        {"x-seraph-loginreason", "AUTHENTICATED_FAILED"},
        {"x-seraph-loginreason", "AUTHENTICATION_DENIED"},
        {"x-ausername", "anonymous"},
        {"x-authentication-denied-reason", "CAPTCHA_CHALLENGE; login-url=https://x/login"},
    }));
    for (const int status : {200, 204, 404, 429, 503}) {
        CAPTURE(header.first, status);
        const auto error = error_of({.status = status, .body = "{}", .headers = {header}});
        CHECK(error.code == ErrorCode::kCredentialsRejected);
    }
}

TEST_CASE("Marks of a good login are no fault", "[answer_errors]") {
    CHECK_FALSE(fold(
        {.status = 200,
         .body = "{}",
         .headers = {{"x-seraph-loginreason", "OK"}, {"x-ausername", "bot"}}}
    ));
    CHECK_FALSE(fold({.status = 204, .body = "", .headers = {{"content-type", "text/html"}}}));
    CHECK_FALSE(fold(recorded_answer("confluence-v1-deprecated-200.http")));
}

TEST_CASE("A login form instead of JSON means that the credentials are lost", "[answer_errors]") {
    CHECK(error_of(html(200)).code == ErrorCode::kCredentialsRejected);
    const auto redirect = error_of(
        {.status = 302, .body = "", .headers = {{"location", "https://id.x.com/login?token=t"}}}
    );
    CHECK(redirect.code == ErrorCode::kCredentialsRejected);
    CHECK(redirect.message.find("https://id.x.com/login'") != std::string::npos);
}

TEST_CASE("A gateway failure is unknown for a write and transient for a read", "[answer_errors]") {
    const int status = GENERATE(500, 502, 503, 504);
    CHECK(error_of(html(status), CallKind::kWrite).code == ErrorCode::kUnknownOutcome);
    CHECK(error_of(html(status), CallKind::kRead).code == ErrorCode::kUnavailable);
}

TEST_CASE("A 503 carries the wait that it states", "[answer_errors]") {
    auto answer = html(503);
    answer.headers["retry-after"] = "Wed, 30 Sep 2026 12:00:30 GMT";
    CHECK(error_of(answer, CallKind::kRead).retry_after == Millis(30'000));
    CHECK(error_of(answer, CallKind::kWrite).retry_after == Millis(30'000));
}

TEST_CASE("A failed XSRF check is our own mistake", "[answer_errors]") {
    CHECK(error_of(recorded_answer("xsrf-403.http")).code == ErrorCode::kInvalidInput);
}

TEST_CASE("Words are found in every form of error body", "[answer_errors]") {
    const auto words = [](std::string body) {
        return as_line(
            text_of({.status = 400, .body = std::move(body), .headers = {}}, Words::kForPeople)
        );
    };
    CHECK(
        words("{\"errors\":[{\"title\":\"A\",\"detail\":\"B\"},{\"title\":\"C\"}]}") == "A; B; C"
    );
    CHECK(words("{\"errorMessages\":[\"A\"],\"errors\":{\"f\":\"B\"}}") == "f: B; A");
    CHECK(words("{\"message\":\"com.x.YException: A: b\"}") == "A: b");
    CHECK(words("{\"message\":\"A: b\"}") == "A: b");
    CHECK(words("{\"status\":400,\"error\":\"Bad\",\"path\":\"/x\"}") == "Bad");
    CHECK(words("<html><title>\n Bad </title></html>") == "Bad");
    CHECK(words("plain\nwords") == "plain words");
    CHECK(words("").empty());
    CHECK(words("[1,2]") == "[1,2]");
    CHECK(words("\xFF\xFE").empty());
    CHECK(words("{\"errors\":\"odd\",\"errorMessages\":3,\"message\":[]}").empty());
}

TEST_CASE("Long words are cut between characters", "[answer_errors]") {
    std::string text(499, 'x');
    text += "\xC3\xA4\xC3\xA4";
    CHECK(
        as_line(text_of({.status = 400, .body = text, .headers = {}}, Words::kForPeople)) ==
        std::string(499, 'x') + "…"
    );
}

TEST_CASE("The trace id of a failure is in its message", "[answer_errors]") {
    const auto error =
        error_of({.status = 404, .body = "", .headers = {{"atl-traceid", "4bf92f"}}});
    CHECK(error.message.find("PUT /x answered 404 (trace 4bf92f)") == 0);
}
