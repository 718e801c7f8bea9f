// Calls to one product of a site.
#include "worker/atlassian/session.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <boost/json/serialize.hpp>

#include "common/json/json_value.h"

namespace pagepress::worker {

namespace {

namespace json = boost::json;

/// Of Cloud; then of Data Center's Confluence and Jira.
constexpr std::array<std::string_view, 4> kUserIds{"accountId", "userKey", "username", "key"};

/// The call in words, without its query, which may hold titles.
std::string words_of(const std::string& method, const std::string& path) {
    return method + " " + path.substr(0, path.find('?'));
}

}  // namespace

bool is_known_user(const json::value& user) {
    if (string_at(user, "type") == "anonymous") return false;
    return std::ranges::any_of(kUserIds, [&](std::string_view name) {
        return !string_at(user, name).empty();
    });
}

Session::Session(SessionTarget target, HttpClient& http, const Clock& clock)
    : target_(std::move(target)), http_(http), clock_(clock) {}

Result<HttpAnswer> Session::perform(const Request& request) {
    HttpCall call{
        .method = request.method,
        .url = target_.base_url + request.path,
        .headers = {"Authorization: " + target_.authorization, "Accept: application/json"},
        .body = request.body,
        .timeout = target_.timeout,
        .read_only = request.kind == CallKind::kRead};
    if (!request.body.empty()) {
        call.headers.emplace_back("Content-Type: application/json");
        call.headers.emplace_back("X-Atlassian-Token: no-check");
    }
    if (target_.watch != nullptr) target_.watch->begin_call(request.kind);
    auto answer = http_.perform(call);
    if (target_.watch != nullptr) {
        target_.watch->end_call(request.kind, answer ? &*answer : nullptr);
    }
    return answer;
}

Result<HttpAnswer> Session::checked(const Request& request) {
    auto answer = perform(request);
    if (!answer) return answer;
    const auto what = words_of(request.method, request.path);
    auto fault = fault_of(*answer, request.kind, what, clock_.unix_now());
    if (!fault) return answer;
    if (!fault->doubts_credentials) return std::unexpected(std::move(fault->error));
    if (auto proof = probe(); !proof) return std::unexpected(std::move(proof.error()));
    if (request.kind == CallKind::kWrite) return std::unexpected(std::move(fault->error));
    return asked_again(request, what);
}

/// The credentials are good, but may not have been when the first answer came: a page that only
/// seems to be gone would get a twin.
Result<HttpAnswer> Session::asked_again(const Request& request, const std::string& what) {
    auto answer = perform(request);
    if (!answer) return answer;
    auto fault = fault_of(*answer, request.kind, what, clock_.unix_now());
    if (!fault) return answer;
    return std::unexpected(std::move(fault->error));
}

Result<json::value> Session::read(const Request& request) {
    const auto answer = checked(request);
    if (!answer) return std::unexpected(answer.error());
    return parse_json(answer->body, "the answer to " + words_of(request.method, request.path));
}

Result<json::value> Session::get(const std::string& path) {
    return read({.method = "GET", .path = path, .kind = CallKind::kRead, .body = {}});
}

Result<json::value> Session::query(const std::string& path, const json::value& body) {
    return read(
        {.method = "POST", .path = path, .kind = CallKind::kRead, .body = json::serialize(body)}
    );
}

Result<json::value> Session::send(
    const std::string& method, const std::string& path, std::string body
) {
    const auto answer =
        checked({.method = method, .path = path, .kind = CallKind::kWrite, .body = std::move(body)}
        );
    if (!answer) return std::unexpected(answer.error());
    if (answer->body.empty()) return json::value(nullptr);
    auto value = parse_json(answer->body, "the answer to " + words_of(method, path));
    if (!value) return fail(ErrorCode::kUnknownOutcome, value.error().message);
    return value;
}

Result<void> Session::probe() {
    const Request request{
        .method = "GET", .path = target_.probe_path, .kind = CallKind::kRead, .body = {}};
    const auto answer = perform(request);
    if (!answer) return std::unexpected(answer.error());
    const auto what = words_of(request.method, request.path);
    auto fault = fault_of(*answer, request.kind, what, clock_.unix_now());
    if (fault) {
        if (fault->doubts_credentials) fault->error.code = ErrorCode::kCredentialsRejected;
        return std::unexpected(std::move(fault->error));
    }
    const auto user = parse_json(answer->body, "the answer to " + what);
    if (!user) return std::unexpected(user.error());
    if (!is_known_user(*user)) {
        return fail(
            ErrorCode::kCredentialsRejected,
            what + " names no account: we are served as anonymous; check the site's secret file"
        );
    }
    return {};
}

}  // namespace pagepress::worker
