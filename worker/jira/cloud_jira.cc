// Jira Cloud over its REST API v3.
#include "worker/jira/cloud_jira.h"

#include <utility>

#include "common/json/json_value.h"
#include "worker/jira/http_jira.h"

namespace pagepress::worker {

namespace {

namespace json = boost::json;

constexpr JiraShape kShape{.root = "/rest/api/3", .issues_per_answer = 100, .ids_per_answer = 5000};

class CloudJira final : public HttpJira {
public:
    using HttpJira::HttpJira;

private:
    Result<void> search_parts(const Search& search, const Taker& taker) override;
};

bool is_last(const json::value& part) {
    const json::value* last = find(part, "isLast");
    return last != nullptr && last->is_bool() && last->as_bool();
}

Result<void> CloudJira::search_parts(const Search& search, const Taker& taker) {
    json::object request{
        {"jql", search.jql}, {"fields", search.fields}, {"maxResults", search.results_max}};
    if (search.names == Search::Names::kWanted) request["expand"] = "names";
    while (true) {
        const auto part = session().query(path_of("/search/jql"), request);
        if (!part) {
            Error error = part.error();
            // The JQL was good for the first part: only the token can have gone bad.
            const bool is_later = request.contains("nextPageToken");
            if (is_later && error.code == ErrorCode::kInvalidInput) {
                error.code = ErrorCode::kUnavailable;
            }
            return std::unexpected(std::move(error));
        }
        const auto added = taker.take(*part);
        if (!added) return std::unexpected(added.error());
        // Sites have been seen to hand out tokens past the end.
        std::string token = string_at(*part, "nextPageToken");
        if (is_last(*part) || token.empty() || *added == 0) return {};
        request["nextPageToken"] = std::move(token);
    }
}

}  // namespace

std::unique_ptr<Jira> make_cloud_jira(
    const SiteAccount& account,
    HttpClient& http,
    const Clock& clock,
    Millis timeout,
    CallWatch* watch
) {
    const SessionTarget target{
        .base_url = account.jira_url,
        .authorization = account.authorization,
        .probe_path = "/rest/api/3/myself",
        .timeout = timeout,
        .watch = watch};
    return std::make_unique<CloudJira>(target, kShape, http, clock);
}

}  // namespace pagepress::worker
