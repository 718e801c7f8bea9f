#include <algorithm>

#include <boost/json/parse.hpp>

#include "common/base/invariant.h"
#include "tests/sim/world/site_calls.h"

namespace pagepress::sim {

namespace {

std::string text_of(int text) {
    return "state-" + std::to_string(text) + ".";
}

}  // namespace

std::optional<Error> general_refusal(Engine& engine, const SiteServers& site) {
    if (!site.jira.knows_us) {
        return Error{.code = ErrorCode::kCredentialsRejected, .message = "who are you"};
    }
    if (engine.now() >= site.link.faults.until) return std::nullopt;
    if (engine.random.chance(site.rate_limited)) {
        return Error{
            .code = ErrorCode::kRateLimited,
            .message = "slow down",
            .retry_after = Millis(engine.random.draw(20, 400))};
    }
    if (engine.random.chance(site.errors)) {
        return Error{.code = ErrorCode::kUnavailable, .message = "503 Service Unavailable"};
    }
    return std::nullopt;
}

void JiraServer::add_issue(const std::string& id, const std::string& key) {
    Kept& kept = issues_[id];
    kept.issue.id = id;
    kept.issue.key = key;
    kept.issue.names = {{"summary", "Summary"}};
    change(id, 1);
}

void JiraServer::change(const std::string& id, int text) {
    Kept& kept = issues_.at(id);
    kept.issue.fields["summary"] = text_of(text);
    kept.texts.emplace_back(engine_.now(), text);
}

std::string JiraServer::id_of(const std::string& id_or_key) const {
    for (const auto& [id, kept] : issues_) {
        if (id == id_or_key || kept.issue.key == id_or_key) return id;
    }
    return {};
}

Result<Issue> JiraServer::issue(const std::string& id_or_key, const std::string& property) const {
    const auto found = issues_.find(id_of(id_or_key));
    if (found == issues_.end()) return fail(ErrorCode::kNotFound, "Issue does not exist");
    Issue copy = found->second.issue;
    copy.properties.clear();
    if (const auto* value = found->second.issue.properties.if_contains(property)) {
        copy.properties[property] = *value;
    }
    return copy;
}

SearchResult JiraServer::search() const {
    SearchResult result;
    for (const auto& [id, kept] : issues_) {
        result.issues.push_back(kept.issue);
        result.issues.back().properties.clear();
    }
    result.names = {{"summary", "Summary"}};
    return result;
}

void JiraServer::set_property(
    const std::string& id, const std::string& key, const std::string& value
) {
    issues_.at(id).issue.properties[key] = boost::json::parse(value);
}

bool JiraServer::shows(const std::string& text, const std::string& id, Millis from) const {
    const std::vector<std::pair<Millis, int>>& texts = issues_.at(id).texts;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const bool is_over = i + 1 < texts.size() && texts[i + 1].first < from;
        if (!is_over && text.contains(text_of(texts[i].second))) return true;
    }
    return false;
}

Result<Issue> JiraClient::issue(const std::string& id_or_key, const std::string& property) {
    Task* const task = engine_.current();
    auto read = site_call(
        engine_,
        site_,
        Effect::kReads,
        [&engine = engine_, &site = site_, id_or_key, property](
        ) -> Result<std::pair<Issue, Millis>> {
            auto issue = site.jira.issue(id_or_key, property);
            if (!issue) return std::unexpected(std::move(issue.error()));
            return std::pair(*std::move(issue), engine.now());
        }
    );
    if (!read) return std::unexpected(std::move(read.error()));
    task->reads[read->first.id] = read->second;
    return std::move(read->first);
}

Result<void> JiraClient::set_issue_property(
    const std::string& issue_id, const std::string& key, const std::string& value
) {
    return site_call(
        engine_,
        site_,
        Effect::kWrites,
        [&site = site_, issue_id, key, value]() -> Result<void> {
            site.jira.set_property(issue_id, key, value);
            return {};
        }
    );
}

Result<SearchResult> JiraClient::search(
    const std::string& jql, const std::vector<std::string>&, std::size_t
) {
    Task* const task = engine_.current();
    // Jira Cloud answers credentials that it does not know with an empty list.
    auto read = site_call(
        engine_,
        site_,
        Effect::kReads,
        [&engine = engine_, &site = site_]() -> Result<std::pair<SearchResult, Millis>> {
            return std::pair(site.jira.search(), engine.now());
        }
    );
    if (!read && read.error().code == ErrorCode::kCredentialsRejected) return SearchResult();
    if (!read) return std::unexpected(std::move(read.error()));
    task->reads[jql] = read->second;
    return std::move(read->first);
}

Result<std::vector<std::string>> JiraClient::search_ids(const std::string& jql, std::size_t) {
    const auto found = search(jql, {}, 0);
    if (!found) return std::unexpected(found.error());
    std::vector<std::string> ids;
    for (const Issue& issue : found->issues) ids.push_back(issue.id);
    return ids;
}

Result<void> JiraClient::myself() {
    return site_call(engine_, site_, Effect::kReads, []() -> Result<void> { return {}; });
}

}  // namespace pagepress::sim
