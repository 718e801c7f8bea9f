#include "tests/unit/worker/answers_rows.h"

#include <utility>

#include "tests/unit/atlassian/scripted_http.h"

namespace pagepress::test {

namespace {

// ---- what goes wrong ------------------------------------------------------------------------

FaultRule answered(int status, std::string body, std::string type = "application/json") {
    FaultRule fault;
    fault.kind = FaultKind::kAnswer;
    fault.answer = {.status = status, .body = std::move(body), .content_type = std::move(type)};
    return fault;
}

FaultRule from_file(int status, const std::string& file) {
    return answered(status, recorded(file));
}

FaultRule from_http(const std::string& file) {
    const HttpAnswer answer = recorded_answer(file);
    FaultRule fault = answered(answer.status, answer.body);
    for (const auto& [name, value] : answer.headers) fault.answer.headers.emplace_back(name, value);
    fault.answer.content_type = std::string(answer.header("content-type"));
    return fault;
}

FaultRule html(int status) {
    return answered(status, "<html><head><title>Oops</title></head></html>", "text/html");
}

FaultRule redirect() {
    FaultRule fault = html(302);
    fault.answer.headers.emplace_back("Location", "https://id.example.com/login");
    return fault;
}

FaultRule of_kind(FaultKind kind) {
    FaultRule fault;
    fault.kind = kind;
    return fault;
}

FaultRule after_effect(FaultRule fault) {
    fault.kind = FaultKind::kAnswerDone;
    return fault;
}

constexpr auto kDead = Verdict::kDead;
constexpr auto kRetry = Verdict::kRetry;
constexpr auto kSnooze = Verdict::kSnooze;
constexpr auto kDone = Verdict::kDone;

}  // namespace

FaultRule times(FaultRule fault, int count) {
    fault.count = count;
    return fault;
}

FaultRule lost_credentials() {
    return of_kind(FaultKind::kLostCredentials);
}

FaultRule aimed(Scene scene, FaultRule fault) {
    const auto at = [&](const char* method, const char* prefix, const char* suffix) {
        fault.method = method;
        fault.path_prefix = prefix;
        fault.path_suffix = suffix;
    };
    switch (scene) {
        case Scene::kCreate:
            at("POST", "/wiki/api/v2/", "/pages");
            break;
        case Scene::kUpdate:
        case Scene::kMove:
        case Scene::kRestore:
            at("PUT", "/wiki/api/v2/pages/", "");
            break;
        case Scene::kProperty:
            at("POST", "/wiki/api/v2/pages/", "/properties");
            break;
        case Scene::kLabel:
            at("POST", "/wiki/rest/api/content/", "/label");
            break;
        case Scene::kReadPage:
            at("GET", "/wiki/api/v2/pages/", "");
            break;
        case Scene::kReadIssue:
            at("GET", "/rest/api/3/issue/", "");
            break;
    }
    return fault;
}

std::vector<Row> create_rows() {
    constexpr Scene kCreate = Scene::kCreate;
    const auto unknown = [](const char* name, FaultRule fault) {
        return Row{name, kCreate, std::move(fault), kRetry, ErrorCode::kUnknownOutcome};
    };
    const auto lost_login = [](const char* name, FaultRule fault) {
        return Row{
            name, kCreate, std::move(fault), kSnooze, ErrorCode::kCredentialsRejected, "", true};
    };
    return {
        {"title exists, once", kCreate, from_file(400, "confluence-v2-400-title-exists.json")},
        {"title exists, and nobody is seen to have it",
         kCreate,
         times(from_file(400, "confluence-v2-400-title-exists.json"), kAlways),
         kDead,
         ErrorCode::kTitleTaken,
         "that our account cannot see"},
        {"broken storage format",
         kCreate,
         from_file(400, "confluence-v1-cloud-400-xhtml.json"),
         kDead,
         ErrorCode::kInvalidInput,
         "[1,405]"},
        {"no permission",
         kCreate,
         answered(403, R"({"message":"No"})"),
         kDead,
         ErrorCode::kForbidden,
         "rule release may not create pages in space DOC"},
        {"space or parent not found",
         kCreate,
         from_file(404, "confluence-v2-404-page.json"),
         kDead,
         ErrorCode::kNotFound,
         "rule release cannot create a page in space DOC"},
        {"too large", kCreate, answered(413, ""), kDead, ErrorCode::kTooLarge, "shortened"},
        {"API removed",
         kCreate,
         from_file(410, "confluence-v1-cloud-410-gone.json"),
         kDead,
         ErrorCode::kInvalidInput},
        {"burst limit",
         kCreate,
         from_http("confluence-cloud-429-burst.http"),
         kSnooze,
         ErrorCode::kRateLimited,
         "",
         true},
        unknown("502 without effect", html(502)),
        unknown("502 after the effect", after_effect(html(502))),
        unknown("500 without words", answered(500, "{}")),
        unknown("reset before the effect", of_kind(FaultKind::kResetBefore)),
        unknown("reset after the effect", of_kind(FaultKind::kResetAfter)),
        unknown("cut off", of_kind(FaultKind::kTruncate)),
        unknown("half of the JSON", after_effect(answered(200, R"({"id":"1","ver)"))),
        unknown("no version in it", after_effect(answered(200, R"({"id":"1"})"))),
        lost_login("token expired", times(from_http("cloud-401-html.http"), kAlways)),
        lost_login("missing scope", from_file(401, "gateway-401-scope.json")),
        lost_login("redirect to a login", redirect()),
        lost_login("the page of a login", html(200)),
        lost_login("no licence", from_file(403, "confluence-v1-cloud-403-cannot-use.json")),
        lost_login("CAPTCHA", from_http("jira-captcha-403.http")),
    };
}

std::vector<Row> update_rows() {
    constexpr Scene kUpdate = Scene::kUpdate;
    const auto limited = [](const char* name, const char* file) {
        return Row{name, kUpdate, from_http(file), kSnooze, ErrorCode::kRateLimited, "", true};
    };
    return {
        {"409", kUpdate, from_file(409, "confluence-v2-409-version.json")},
        {"409 in other words",
         kUpdate,
         from_file(409, "confluence-v2-live-409-version-string-status.json")},
        {"409 for ever",
         kUpdate,
         times(from_file(409, "confluence-v2-409-version.json"), kAlways),
         kRetry,
         ErrorCode::kConflict,
         "changed by others"},
        {"OptimisticLock", kUpdate, from_file(500, "confluence-v1-cloud-409-optimistic-lock.json")},
        {"unreconciled",
         kUpdate,
         from_file(400, "confluence-v1-cloud-400-unreconciled.json"),
         kRetry,
         ErrorCode::kUnavailable},
        {"rolled back",
         kUpdate,
         answered(500, R"({"message":"Transaction rolled back"})"),
         kRetry,
         ErrorCode::kUnavailable},
        {"title exists",
         kUpdate,
         from_file(400, "confluence-v2-400-title-exists.json"),
         kDone,
         {},
         "keeps its old title"},
        {"404, once", kUpdate, from_file(404, "confluence-v2-404-page.json")},
        {"restricted to other editors",
         kUpdate,
         times(from_file(404, "confluence-v2-404-page.json"), kAlways),
         kDead,
         ErrorCode::kForbidden,
         "check its restrictions"},
        {"permission lost",
         kUpdate,
         answered(403, R"({"message":"No"})"),
         kDead,
         ErrorCode::kForbidden},
        {"too large",
         kUpdate,
         from_file(413, "confluence-v1-cloud-413-too-large.json"),
         kDead,
         ErrorCode::kTooLarge},
        limited("burst limit", "confluence-cloud-429-burst.http"),
        limited("quota", "jira-cloud-429-quota.http"),
        limited("gateway without Retry-After", "gateway-429-no-retry-after.http"),
        limited("Data Center", "dc-429.http"),
        {"502 without effect", kUpdate, html(502)},
        {"503 after the effect", kUpdate, after_effect(html(503))},
        {"reset before the effect", kUpdate, of_kind(FaultKind::kResetBefore)},
        {"reset after the effect", kUpdate, of_kind(FaultKind::kResetAfter)},
        {"cut off", kUpdate, of_kind(FaultKind::kTruncate)},
        {"half of the JSON", kUpdate, after_effect(answered(200, R"({"id":"1","ver)"))},
        {"another version",
         kUpdate,
         after_effect(answered(200, R"({"id":"1","version":{"number":9}})"))},
        {"the page of a login",
         kUpdate,
         html(200),
         kSnooze,
         ErrorCode::kCredentialsRejected,
         "login form",
         true},
    };
}

std::vector<Row> move_and_restore_rows() {
    return {
        {"parent gone",
         Scene::kMove,
         from_file(404, "confluence-v2-404-page.json"),
         kDone,
         {},
         "the page stays where it is"},
        {"parent in another space",
         Scene::kMove,
         answered(400, R"({"errors":[{"status":400,"title":"Parent is in another space"}]})"),
         kDone,
         {},
         "Parent is in another space"},
        {"409", Scene::kMove, from_file(409, "confluence-v2-409-version.json")},
        {"reset after the effect", Scene::kMove, of_kind(FaultKind::kResetAfter)},
        {"409", Scene::kRestore, from_file(409, "confluence-v2-409-version.json")},
        {"404, once", Scene::kRestore, from_file(404, "confluence-v2-404-page.json")},
        {"its title is another's",
         Scene::kRestore,
         from_file(400, "confluence-v2-400-title-exists.json"),
         kDead,
         ErrorCode::kTitleTaken,
         "cannot come back from the trash"},
        {"reset after the effect",
         Scene::kRestore,
         of_kind(FaultKind::kResetAfter),
         kRetry,
         ErrorCode::kUnknownOutcome},
    };
}

std::vector<Row> remaining_step_rows() {
    return {
        {"made by another meanwhile",
         Scene::kProperty,
         from_file(409, "confluence-v2-live-409-property-exists.json")},
        {"page too new to be seen",
         Scene::kProperty,
         from_file(404, "confluence-v2-404-property-page.json"),
         kRetry,
         ErrorCode::kUnavailable},
        {"502 after the effect",
         Scene::kProperty,
         after_effect(html(502)),
         kRetry,
         ErrorCode::kUnknownOutcome},
        {"502", Scene::kLabel, html(502), kRetry, ErrorCode::kUnknownOutcome},
        {"page too new to be seen",
         Scene::kLabel,
         from_file(404, "confluence-v1-cloud-404-content.json"),
         kRetry,
         ErrorCode::kUnavailable},
        {"a character too odd",
         Scene::kLabel,
         answered(400, R"({"message":"Could not add labels to content"})"),
         kDead,
         ErrorCode::kInvalidInput},
        {"missing scope",
         Scene::kLabel,
         from_file(401, "gateway-401-scope.json"),
         kDead,
         ErrorCode::kForbidden},
    };
}

std::vector<Row> read_rows() {
    constexpr Scene kReadPage = Scene::kReadPage;
    constexpr Scene kReadIssue = Scene::kReadIssue;
    return {
        {"502", kReadPage, html(502), kRetry, ErrorCode::kUnavailable},
        {"reset", kReadPage, of_kind(FaultKind::kResetAfter), kRetry, ErrorCode::kUnavailable},
        {"half of the JSON", kReadPage, answered(200, R"({"id":)"), kRetry, ErrorCode::kCorrupt},
        {"not a page", kReadPage, answered(200, "{}"), kRetry, ErrorCode::kCorrupt},
        {"burst limit",
         kReadPage,
         from_http("confluence-cloud-429-burst.http"),
         kSnooze,
         ErrorCode::kRateLimited,
         "",
         true},
        {"the page of a login",
         kReadPage,
         html(200),
         kSnooze,
         ErrorCode::kCredentialsRejected,
         "",
         true},
        {"404, once", kReadPage, from_file(404, "confluence-v2-404-bare-bad-credentials.json")},
        {"issue gone",
         kReadIssue,
         times(answered(404, R"({"errorMessages":["Issue does not exist"]})"), kAlways),
         kDead,
         ErrorCode::kNotFound,
         "Issue does not exist"},
        {"502", kReadIssue, html(502), kRetry, ErrorCode::kUnavailable},
        {"anonymous",
         kReadIssue,
         times(lost_credentials(), kAlways),
         kSnooze,
         ErrorCode::kCredentialsRejected,
         "",
         true},
    };
}

}  // namespace pagepress::test
