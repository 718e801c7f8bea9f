#include "ingress/ctl/admin_api.h"

#include <limits>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "common/json/json_value.h"
#include "ingress/ctl/paged.h"

namespace pagepress::ctl {

namespace {

namespace json = boost::json;

constexpr std::size_t kReasonBytesMax = 500;
constexpr std::string_view kAddressHint =
    "is --admin-url (or PAGEPRESS_ADMIN_URL) the ingress' --admin-listen address, and does it run?";

std::string fallback_reason(int status) {
    switch (status) {
        case 401:
        case 403:
            return "the credentials are not accepted; check the token or key file";
        case 404:
            return "there is no such thing";
        case 409:
            return "it was changed by somebody else meanwhile; read it again";
        case 503:
            return "the service is not ready; try again later";
        default:
            return "the service gives no reason";
    }
}

/// Another listener, or no ingress at all: what it says is no help.
ApiAnswer with_hint(ApiAnswer answer, std::string_view address_hint) {
    const std::string detail = string_at(answer.body, "detail");
    const bool knows_no_path = detail.empty() || detail == "There is nothing at this address.";
    if (answer.status == 404 && knows_no_path) answer.hint = address_hint;
    return answer;
}

std::string if_match(std::int64_t revision) {
    return "If-Match: \"" + std::to_string(revision) + "\"";
}

}  // namespace

std::string ApiAnswer::reason() const {
    std::string text;
    for (const Problem& problem : problems()) {
        text.append(text.empty() ? "" : "; ").append(problem.field).append(": ");
        text.append(problem.message);
    }
    if (text.empty()) text = string_at(body, "detail");
    if (text.empty()) text = string_at(body, "title");
    if (text.empty()) text = fallback_reason(status);
    text = text.substr(0, kReasonBytesMax) + " (HTTP " + std::to_string(status) + ")";
    return hint.empty() ? text : text + "; " + hint;
}

std::vector<Problem> ApiAnswer::problems() const {
    std::vector<Problem> problems;
    const json::value* errors = find(body, "errors");
    const json::array* array = errors == nullptr ? nullptr : errors->if_array();
    if (array == nullptr) return problems;
    for (const json::value& error : *array) {
        problems.push_back(
            {.field = string_at(error, "field"), .message = string_at(error, "message")}
        );
    }
    return problems;
}

Result<ApiAnswer> call_json(HttpClient& http, const HttpCall& call, std::string_view address_hint) {
    const auto answer = http.perform(call);
    if (!answer) {
        if (answer.error().code != ErrorCode::kUnavailable) return std::unexpected(answer.error());
        return fail(
            ErrorCode::kUnavailable, answer.error().message + "; " + std::string(address_hint)
        );
    }
    ApiAnswer read{.status = answer->status};
    if (answer->body.empty()) return with_hint(std::move(read), address_hint);
    auto body = parse_json(answer->body, "the answer of " + call.url);
    // A proxy's error page is not JSON; its status still tells.
    if (!body && read.is_success()) return std::unexpected(body.error());
    if (body) read.body = *std::move(body);
    return with_hint(std::move(read), address_hint);
}

std::string path_of(EntryKind kind, std::string_view id) {
    return "/admin/v1/" + plural_of(kind) + "/" + percent_encoded(id);
}

std::string with_query(
    std::string_view path, const std::vector<std::pair<std::string, std::string>>& parameters
) {
    std::string target(path);
    char separator = '?';
    for (const auto& [name, value] : parameters) {
        target.append(1, std::exchange(separator, '&')).append(name).append("=");
        target.append(percent_encoded(value));
    }
    return target;
}

AdminApi::AdminApi(HttpClient& http, std::string base_url, std::string token)
    : http_(http), base_url_(std::move(base_url)), token_(std::move(token)) {}

Result<ApiAnswer> AdminApi::call(HttpCall call, std::string_view path) {
    call.url = base_url_ + std::string(path);
    call.headers.push_back("Authorization: Bearer " + token_);
    if (!call.body.empty()) call.headers.emplace_back("Content-Type: application/json");
    return call_json(http_, call, kAddressHint);
}

Result<ApiAnswer> AdminApi::get(std::string_view path, std::chrono::milliseconds timeout) {
    return call({.method = "GET", .url = {}, .timeout = timeout}, path);
}

Result<ApiAnswer> AdminApi::post(
    std::string_view path, const json::value& body, std::vector<std::string> headers
) {
    return call(
        {.method = "POST", .url = {}, .headers = std::move(headers), .body = json::serialize(body)},
        path
    );
}

Result<ApiAnswer> AdminApi::remove(
    std::string_view path, std::optional<std::int64_t> seen_revision
) {
    HttpCall request{.method = "DELETE", .url = {}};
    if (seen_revision) request.headers.push_back(if_match(*seen_revision));
    return call(std::move(request), path);
}

Result<ApiAnswer> AdminApi::put(
    std::string_view path, const json::value& document, std::int64_t seen_revision
) {
    HttpCall request{.method = "PUT", .url = {}, .body = json::serialize(document)};
    request.headers.push_back(seen_revision == 0 ? "If-None-Match: *" : if_match(seen_revision));
    return call(std::move(request), path);
}

Result<std::vector<ListedEntry>> AdminApi::list(std::string_view word) {
    const auto read = read_paged(
        *this,
        {.path = "/admin/v1/" + std::string(word),
         .member = std::string(word),
         .limit = std::numeric_limits<std::size_t>::max()}
    );
    if (!read) return std::unexpected(read.error());
    std::vector<ListedEntry> listed;
    for (const json::value& entry : read->items) {
        const json::value* document = find(entry, "document");
        listed.push_back({
            .id = string_at(entry, "id"),
            .revision = integer_at(entry, "revision").value_or(0),
            .document = document == nullptr ? entry : *document,
        });
    }
    return listed;
}

}  // namespace pagepress::ctl
