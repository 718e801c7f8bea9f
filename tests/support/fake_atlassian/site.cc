#include "tests/support/fake_atlassian/site.h"

#include "common/base/invariant.h"
#include "tests/support/fake_atlassian/confluence_api.h"
#include "tests/support/fake_atlassian/jira_api.h"
#include "tests/support/fake_atlassian/jira_data_center.h"
#include "tests/support/fake_atlassian/jira_seed.h"

namespace pagepress::test {

namespace {

constexpr std::string_view kAccount = "712020:0000-pagepress";
constexpr std::string_view kPerson = "712020:0000-person";

constexpr std::string_view kReportBody =
    "<p>What happened this week, written by people, with a table that a machine keeps fresh.</p>"
    "<ac:structured-macro ac:name=\"info\"><ac:rich-text-body>"
    "<p>Deadline: <time datetime=\"2026-12-04\" /> — state "
    "<ac:structured-macro ac:name=\"status\"><ac:parameter ac:name=\"title\">ON TRACK"
    "</ac:parameter><ac:parameter ac:name=\"colour\">Green</ac:parameter></ac:structured-macro></p>"
    "</ac:rich-text-body></ac:structured-macro>"
    "<h2>Notes</h2><ul><li>Tea &amp; coffee are back&nbsp;— enjoy</li><li>Office closed on Friday"
    "</li></ul>";

ApiAnswer unreadable_credentials() {
    return {
        .status = 401,
        .body =
            "<!doctype html><html lang=\"en\"><head><title>HTTP Status 401 – Unauthorized"
            "</title></head><body><h1>HTTP Status 401 – Unauthorized</h1></body></html>",
        .content_type = "text/html;charset=utf-8",
        .headers = {{"WWW-Authenticate", "OAuth realm=\"https%3A%2F%2Fexample.atlassian.net\""}},
        .route = "401 unreadable credentials",
    };
}

constexpr std::string_view kDataCenterContext = "/confluence/";

ApiAnswer wrong_password() {
    return {
        .status = 401,
        .body = R"({"message":"Basic authentication failed.","status-code":401})",
        .headers =
            {{"X-Seraph-LoginReason", "AUTHENTICATED_FAILED"},
             {"WWW-Authenticate", "OAuth realm=\"https%3A%2F%2Fjira.example\""}},
        .route = "401 wrong password",
    };
}

}  // namespace

FakeSite::FakeSite(const Clock& clock, SiteSeed seed, Accounts accounts)
    : clock_(clock), seed_(std::move(seed)), accounts_(std::move(accounts)) {
    reset();
}

void FakeSite::reset() {
    confluence_ = std::make_unique<ConfluenceModel>(clock_);
    jira_ = std::make_unique<JiraModel>(clock_);
    faults.clear();
    calls.clear();
    seed_issues(*jira_, seed_.project, seed_.issues);
    const StoredSpace& space = confluence_->add_space(seed_.space, "Documentation");
    const auto report = confluence_->create({
        .space = space.id,
        .parent = std::nullopt,
        .title = "Weekly report",
        .body = std::string(kReportBody),
        .message = {},
        .author = std::string(kPerson),
    });
    INVARIANT(report.has_value());
    report_page_ = (*report)->id;
}

/// Data Center refuses a wrong password, but serves a wrong token as anonymous, and says so here
/// only.
ApiAnswer FakeSite::perform_on_data_center(const ApiRequest& request, Credentials credentials) {
    const bool is_accepted = credentials == Credentials::kAccepted;
    if (credentials == Credentials::kRefused && !request.authorization.starts_with("Bearer ")) {
        return wrong_password();
    }
    ApiAnswer answer;
    if (request.path.starts_with(kDataCenterContext)) {
        ApiRequest inner = request;
        inner.segments[0] = "wiki";
        inner.path.replace(0, kDataCenterContext.size(), "/wiki/");
        answer = is_accepted ? answer_confluence(
                                   *confluence_, inner, base_url, "pagepress", Flavour::kDataCenter
                               )
                             : answer_confluence_anonymous(inner);
        const auto context = answer.route.find("/wiki/");
        if (context != std::string::npos) answer.route.replace(context, 6, kDataCenterContext);
    } else {
        answer = answer_data_center_jira(
            *jira_, request, is_accepted ? Caller::kAccount : Caller::kAnonymous
        );
    }
    answer.headers.emplace_back("X-AUSERNAME", is_accepted ? "pagepress" : "anonymous");
    return answer;
}

ApiAnswer FakeSite::perform(const ApiRequest& request, Credentials credentials) {
    if (seed_.flavour == Flavour::kDataCenter) return perform_on_data_center(request, credentials);
    if (credentials == Credentials::kUnreadable) return unreadable_credentials();
    const bool accepted = credentials == Credentials::kAccepted;
    if (request.path.starts_with("/wiki/")) {
        return accepted ? answer_confluence(*confluence_, request, base_url, std::string(kAccount))
                        : answer_confluence_unauthorised(request);
    }
    ApiAnswer answer =
        answer_jira(*jira_, request, accepted ? Caller::kAccount : Caller::kAnonymous);
    if (accepted) answer.headers.emplace_back("X-AACCOUNTID", kAccount);
    // A failed login is no error to Jira: it serves the caller as anonymous and says so here only.
    if (credentials != Credentials::kMissing) {
        answer.headers.emplace_back(
            "X-Seraph-LoginReason", accepted ? "OK" : "AUTHENTICATED_FAILED"
        );
    }
    return answer;
}

Handled FakeSite::handle(const ApiRequest& request, const std::optional<FaultRule>& fault) {
    Handled handled;
    Credentials credentials = accounts_.judge(request.authorization);
    const FaultKind kind = fault ? fault->kind : FaultKind::kDelay;
    if (kind == FaultKind::kLostCredentials) credentials = Credentials::kRefused;
    if (kind == FaultKind::kAnswer || kind == FaultKind::kResetBefore) {
        handled.answer = kind == FaultKind::kAnswer ? fault->answer : ApiAnswer{};
        handled.answer.route = request.method + " (fault before the effect)";
    } else {
        handled.answer = perform(request, credentials);
    }
    if (kind == FaultKind::kAnswerDone) {
        const std::string route = handled.answer.route;
        handled.answer = fault->answer;
        handled.answer.route = route;
    }
    if (kind == FaultKind::kResetBefore || kind == FaultKind::kResetAfter) {
        handled.delivery = Delivery::kDropped;
    }
    if (kind == FaultKind::kTruncate) handled.delivery = Delivery::kTruncated;
    if (fault && kind == FaultKind::kDelay) handled.delay = fault->delay;
    calls.add({
        .at = clock_.unix_now(),
        .method = request.method,
        .target = request.target,
        .route = handled.answer.route,
        .status = handled.delivery == Delivery::kDropped ? 0 : handled.answer.status,
        .fault = fault ? fault->kind_name : std::string(),
    });
    return handled;
}

}  // namespace pagepress::test
