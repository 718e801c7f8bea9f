// Jira Data Center over its REST API v2.
#include "worker/jira/data_center_jira.h"

#include <optional>
#include <utility>

#include "common/base/ascii.h"
#include "common/json/json_value.h"
#include "worker/jira/http_jira.h"

namespace pagepress::worker {

namespace {

namespace json = boost::json;

/// Jira caps what it sends in one answer, at 1000 unless its administrator says otherwise.
constexpr JiraShape kShape{.root = "/rest/api/2", .issues_per_answer = 100, .ids_per_answer = 1000};
/// How often a search is begun whose issues changed while it was read.
constexpr int kTries = 3;

class DataCenterJira final : public HttpJira {
public:
    using HttpJira::HttpJira;

private:
    enum class Steadiness { kSteady, kShifted };

    Result<void> search_parts(const Search& search, const Taker& taker) override;
    Result<Steadiness> read_once(const Search& search, const Taker& taker);
};

/// An issue that came or went while the parts were read moves those behind it, and one of them may
/// be in no part: then the search is read again.
Result<void> DataCenterJira::search_parts(const Search& search, const Taker& taker) {
    for (int i = 0; i < kTries; ++i) {
        if (i > 0) taker.forget();
        const auto steadiness = read_once(search, taker);
        if (!steadiness) return std::unexpected(steadiness.error());
        if (*steadiness == Steadiness::kSteady) return {};
    }
    return fail(
        ErrorCode::kUnavailable, "the issues that the search finds changed each time it was read"
    );
}

Result<DataCenterJira::Steadiness> DataCenterJira::read_once(
    const Search& search, const Taker& taker
) {
    json::object request{
        {"jql", with_stable_order(search.jql)},
        {"fields", search.fields},
        {"maxResults", search.results_max},
        {"startAt", 0}};
    if (search.names == Search::Names::kWanted) request["expand"] = json::array{"names"};
    std::int64_t start = 0;
    std::optional<std::int64_t> first_total;
    while (true) {
        const auto part = session().query(path_of("/search"), request);
        if (!part) return std::unexpected(part.error());
        const std::int64_t total = integer_at(*part, "total").value_or(0);
        if (std::cmp_greater(total, search.issues_max)) return too_many_issues(search.issues_max);
        const auto added = taker.take(*part);
        if (!added) return std::unexpected(added.error());
        const auto count = static_cast<std::int64_t>(issues_of(*part)->size());
        const bool is_steady =
            total == first_total.value_or(total) && std::cmp_equal(*added, count);
        if (!is_steady) return Steadiness::kShifted;
        first_total = total;
        start += count;
        // What the index still counts and the database has no more is sent by no part.
        if (count == 0 || start >= total) return Steadiness::kSteady;
        request["startAt"] = start;
    }
}

bool is_word_letter(char c) {
    return is_letter(c) || is_digit(c) || c == '_';
}

/// Begin of the clause `ORDER BY`; npos if there is none. What stands in quotes is no clause.
std::size_t order_of(const std::string& jql) {
    const std::string folded = lower_cased(jql);
    char quote = 0;
    for (std::size_t i = 0; i < folded.size(); ++i) {
        const char c = folded[i];
        if (quote != 0) {
            if (c == '\\') ++i;
            if (c == quote) quote = 0;
            continue;
        }
        if (c == '"' || c == '\'') quote = c;
        const bool begins_word = i == 0 || !is_word_letter(folded[i - 1]);
        if (!begins_word || folded.compare(i, 5, "order") != 0) continue;
        const auto by = folded.find_first_not_of(" \t", i + 5);
        if (by == std::string::npos || by == i + 5 || folded.compare(by, 2, "by") != 0) continue;
        if (by + 2 == folded.size() || !is_word_letter(folded[by + 2])) return i;
    }
    return std::string::npos;
}

}  // namespace

std::string with_stable_order(const std::string& jql) {
    const auto end = jql.find_last_not_of(" \t");
    const std::string trimmed = end == std::string::npos ? std::string() : jql.substr(0, end + 1);
    const auto order = order_of(trimmed);
    if (order == std::string::npos) {
        return trimmed.empty() ? "ORDER BY key DESC" : trimmed + " ORDER BY key DESC";
    }
    const std::string clause = lower_cased(trimmed.substr(order));
    for (auto at = clause.find("key"); at != std::string::npos; at = clause.find("key", at + 1)) {
        const bool ends = at + 3 == clause.size() || !is_word_letter(clause[at + 3]);
        if (ends && !is_word_letter(clause[at - 1])) return trimmed;
    }
    return trimmed + ", key ASC";
}

std::unique_ptr<Jira> make_data_center_jira(
    const SiteAccount& account,
    HttpClient& http,
    const Clock& clock,
    Millis timeout,
    CallWatch* watch
) {
    const SessionTarget target{
        .base_url = account.jira_url,
        .authorization = account.authorization,
        .probe_path = "/rest/api/2/myself",
        .timeout = timeout,
        .watch = watch};
    return std::make_unique<DataCenterJira>(target, kShape, http, clock);
}

}  // namespace pagepress::worker
