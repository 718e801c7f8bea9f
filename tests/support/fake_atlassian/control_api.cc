#include "tests/support/fake_atlassian/control_api.h"

#include <ranges>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "common/base/digest.h"
#include "common/json/json_value.h"
#include "tests/support/fake_atlassian/confluence_json.h"
#include "tests/support/fake_atlassian/jira_seed.h"

namespace pagepress::test {

namespace {

namespace json = boost::json;

ApiAnswer refuse(int status, std::string_view why) {
    return json_answer(status, json::object{{"error", why}});
}

ApiAnswer refuse(const ApiError& error) {
    return refuse(error.status, error.title);
}

ApiAnswer done() {
    return json_answer(200, json::object{{"ok", true}});
}

/// A control request with its JSON body (an empty object if there is none).
struct Order {
    FakeSite& site;
    const ApiRequest& request;
    const json::value& body;
};

ApiAnswer post_faults(const Order& order) {
    json::array rules;
    if (order.body.is_array()) {
        rules = order.body.get_array();
    } else {
        rules.push_back(order.body);
    }
    json::array ids;
    for (const json::value& rule : rules) {
        auto fault = parse_fault(rule);
        if (!fault) return refuse(400, fault.error());
        ids.emplace_back(order.site.faults.add(std::move(*fault)));
    }
    return json_answer(200, json::object{{"ids", std::move(ids)}});
}

ApiAnswer get_faults(const Order& order) {
    json::array rules;
    for (const FaultRule& rule : order.site.faults.rules()) {
        rules.push_back(json::object{
            {"id", rule.id},
            {"kind", rule.kind_name},
            {"method", rule.method},
            {"path", rule.path_prefix},
            {"skip", rule.skip},
            {"count", rule.count},
            {"hits", rule.hits}});
    }
    return json_answer(200, json::object{{"faults", std::move(rules)}});
}

ApiAnswer delete_faults(const Order& order) {
    order.site.faults.clear();
    return done();
}

json::object issue_line(const StoredIssue& issue) {
    const json::value* summary = issue.fields.if_contains("summary");
    return {
        {"id", std::to_string(issue.id)},
        {"key", issue.key},
        {"updated", jira_time(issue.updated_at)},
        {"summary", summary == nullptr ? json::value() : *summary}};
}

ApiAnswer post_issue(const Order& order) {
    if (!order.body.is_object()) return refuse(400, "The body must be an object of fields.");
    const auto issue = order.site.jira().edit(order.request.segments[2], order.body.get_object());
    return issue ? json_answer(200, issue_line(**issue)) : refuse(issue.error());
}

ApiAnswer move_issue(const Order& order) {
    const auto issue =
        order.site.jira().move(order.request.segments[2], string_at(order.body, "project"));
    return issue ? json_answer(200, issue_line(**issue)) : refuse(issue.error());
}

/// `{"project","count"}` makes varied issues, `{"project","issues":[{fields}…]}` makes these.
ApiAnswer post_issues(const Order& order) {
    constexpr std::int64_t kCountMax = 100'000;
    JiraModel& jira = order.site.jira();
    std::string project = string_at(order.body, "project");
    if (project.empty()) project = order.site.seed().project;
    json::array keys;
    const json::value* issues = find(order.body, "issues");
    if (issues != nullptr && issues->is_array()) {
        for (const json::value& fields : issues->get_array()) {
            if (!fields.is_object()) return refuse(400, "'issues' must hold objects of fields.");
            keys.emplace_back(jira.add_issue(project, fields.get_object()).key);
        }
        return json_answer(200, json::object{{"keys", std::move(keys)}});
    }
    const std::int64_t count = integer_at(order.body, "count").value_or(1);
    if (count < 1 || count > kCountMax) return refuse(400, "'count' must be 1 to 100000.");
    for (std::int64_t i = 0; i < count; ++i) {
        const int number = static_cast<int>(jira.issues().size()) + 1;
        keys.emplace_back(jira.add_issue(project, seed_fields(project, number)).key);
    }
    return json_answer(200, json::object{{"keys", std::move(keys)}});
}

ApiAnswer get_issues(const Order& order) {
    json::array issues;
    for (const StoredIssue& issue : order.site.jira().issues() | std::views::values) {
        issues.push_back(issue_line(issue));
    }
    return json_answer(200, json::object{{"issues", std::move(issues)}});
}

json::object page_line(FakeSite& site, const StoredPage& page) {
    json::array properties;
    for (const StoredProperty& property : page.properties | std::views::values) {
        properties.push_back(property_json(property));
    }
    json::array labels;
    for (const std::string& label : page.labels) labels.push_back(json::string(label));
    return {
        {"id", std::to_string(page.id)},
        {"space", site.confluence().space_by_id(page.space)->key},
        {"status", name_of(page.status)},
        {"parent", std::to_string(page.parent)},
        {"title", page.latest().title},
        {"version", page.latest().number},
        {"message", page.latest().message},
        {"body", json::string(*page.latest().body)},
        {"notifications", page.notifications},
        {"properties", std::move(properties)},
        {"labels", std::move(labels)}};
}

ApiAnswer get_pages(const Order& order) {
    json::array pages;
    for (const StoredPage& page : order.site.confluence().pages() | std::views::values) {
        pages.push_back(page_line(order.site, page));
    }
    return json_answer(200, json::object{{"pages", std::move(pages)}});
}

const StoredPage* page_of(const Order& order) {
    const auto& pages = order.site.confluence().pages();
    const auto found = pages.find(whole_number(order.request.segments[2]).value_or(0));
    return found == pages.end() ? nullptr : &found->second;
}

ApiAnswer get_page(const Order& order) {
    const StoredPage* page = page_of(order);
    return page == nullptr ? refuse(404, "There is no such page.")
                           : json_answer(200, page_line(order.site, *page));
}

ApiAnswer post_page(const Order& order) {
    const StoredSpace* space = order.site.confluence().space_by_key(string_at(order.body, "space"));
    if (space == nullptr) return refuse(404, "There is no such space.");
    const auto page = order.site.confluence().create({
        .space = space->id,
        .parent = std::nullopt,
        .title = string_at(order.body, "title"),
        .body = string_at(order.body, "body"),
        .message = string_at(order.body, "message"),
        .author = "712020:0000-person",
    });
    return page ? json_answer(200, page_line(order.site, **page)) : refuse(page.error());
}

/// A person's edit: `title`, `body` or `append`, and perhaps a `message`.
ApiAnswer edit_page(const Order& order) {
    const StoredPage* page = page_of(order);
    if (page == nullptr) return refuse(404, "There is no such page.");
    const StoredVersion& latest = page->latest();
    const bool has_title = find(order.body, "title") != nullptr;
    const bool has_body = find(order.body, "body") != nullptr;
    const auto changed = order.site.confluence().update({
        .id = page->id,
        .version = latest.number + 1,
        .title = has_title ? string_at(order.body, "title") : latest.title,
        .body = (has_body ? string_at(order.body, "body") : *latest.body) +
                string_at(order.body, "append"),
        .message = string_at(order.body, "message"),
        .author = "712020:0000-person",
        .parent = std::nullopt,
    });
    return changed ? json_answer(200, page_line(order.site, **changed)) : refuse(changed.error());
}

ApiAnswer trash_page(const Order& order) {
    const auto result =
        order.site.confluence().trash(whole_number(order.request.segments[2]).value_or(0));
    return result ? done() : refuse(result.error());
}

ApiAnswer purge_page(const Order& order) {
    const auto result =
        order.site.confluence().purge(whole_number(order.request.segments[2]).value_or(0));
    return result ? done() : refuse(result.error());
}

ApiAnswer move_page(const Order& order) {
    const auto result = order.site.confluence().move(
        whole_number(order.request.segments[2]).value_or(0),
        whole_number(string_at(order.body, "parent")).value_or(0)
    );
    return result ? done() : refuse(result.error());
}

ApiAnswer archive_page(const Order& order) {
    const auto result =
        order.site.confluence().archive(whole_number(order.request.segments[2]).value_or(0));
    return result ? done() : refuse(result.error());
}

/// The oracle: `?page=ID` of one page only, `?bodies=1` with bodies, `?after=N` from entry N on,
/// `?limit=N` at most so many.
ApiAnswer get_versions(const Order& order) {
    const auto page = whole_number(query_value(order.request, "page"));
    const auto after = whole_number(query_value(order.request, "after")).value_or(0);
    const auto limit = whole_number(query_value(order.request, "limit"));
    const bool with_bodies = query_value(order.request, "bodies") == "1";
    json::array versions;
    std::int64_t entry_number = 0;
    for (const JournalEntry& entry : order.site.confluence().journal()) {
        if (++entry_number <= after || (page && *page != entry.page)) continue;
        if (limit && std::cmp_greater_equal(versions.size(), *limit)) break;
        const StoredVersion& version = entry.version;
        json::object line{
            {"entry", entry_number},
            {"page", std::to_string(entry.page)},
            {"space", entry.space_key},
            {"number", version.number},
            {"message", version.message},
            {"author", version.author},
            {"title", version.title},
            {"isRestore", version.is_restore},
            {"createdAt", confluence_time(version.created_at)},
            {"createdAtMillis", version.created_at},
            {"sha256", to_hex(sha256(*version.sent))}};
        if (with_bodies) line["body"] = json::string(*version.body);
        versions.push_back(std::move(line));
    }
    return json_answer(200, json::object{{"versions", std::move(versions)}});
}

/// Counts by route and status; with `?log=1` every request as well (`?after=N`: newer ones).
ApiAnswer get_calls(const Order& order) {
    json::object counts;
    for (const auto& [route, by_status] : order.site.calls.counts()) {
        json::object statuses;
        for (const auto& [status, count] : by_status) {
            statuses[status == 0 ? "dropped" : std::to_string(status)] = count;
        }
        counts[route] = std::move(statuses);
    }
    json::object out{{"total", order.site.calls.total()}, {"counts", std::move(counts)}};
    if (query_value(order.request, "log") != "1") return json_answer(200, out);
    const auto after = whole_number(query_value(order.request, "after")).value_or(0);
    json::array log;
    for (const Call& call : order.site.calls.calls()) {
        if (call.number <= after) continue;
        log.push_back(json::object{
            {"number", call.number},
            {"at", confluence_time(call.at)},
            {"method", call.method},
            {"target", call.target},
            {"status", call.status},
            {"fault", call.fault}});
    }
    out["log"] = std::move(log);
    return json_answer(200, out);
}

ApiAnswer delete_calls(const Order& order) {
    order.site.calls.clear();
    return done();
}

ApiAnswer get_state(const Order& order) {
    json::array spaces;
    for (const StoredSpace& space : order.site.confluence().spaces() | std::views::values) {
        spaces.push_back(space_json(space));
    }
    std::int64_t notifications = 0;
    for (const StoredPage& page : order.site.confluence().pages() | std::views::values) {
        notifications += page.notifications;
    }
    return json_answer(
        200,
        json::object{
            {"spaces", std::move(spaces)},
            {"pages", order.site.confluence().pages().size()},
            {"versions", order.site.confluence().journal().size()},
            {"notifications", notifications},
            {"project", order.site.seed().project},
            {"issues", order.site.jira().issues().size()},
            {"weeklyReportPageId", std::to_string(order.site.report_page())},
            {"apiRequests", order.site.calls.total()}}
    );
}

ApiAnswer post_settings(const Order& order) {
    const auto hidden = integer_at(order.body, "hiddenReads");
    const auto page_size = integer_at(order.body, "searchPageMax");
    if ((hidden && *hidden < 0) || (page_size && *page_size < 1)) {
        return refuse(400, "'hiddenReads' must be 0 or more, 'searchPageMax' 1 or more.");
    }
    if (hidden) order.site.confluence().settings.hidden_reads = static_cast<int>(*hidden);
    if (page_size) {
        order.site.jira().settings.page_size_max = static_cast<std::size_t>(*page_size);
    }
    return done();
}

ApiAnswer post_spaces(const Order& order) {
    const std::string key = string_at(order.body, "key");
    const std::string name = string_at(order.body, "name");
    if (key.empty() || order.site.confluence().space_by_key(key) != nullptr) {
        return refuse(400, "'key' must be the key of a new space.");
    }
    return json_answer(
        200, space_json(order.site.confluence().add_space(key, name.empty() ? key : name))
    );
}

ApiAnswer post_reset(const Order& order) {
    order.site.reset();
    return done();
}

struct Route {
    std::string_view method;
    std::string_view shape;
    ApiAnswer (*answer)(const Order&);
};

constexpr Route kRoutes[] = {
    {"POST", "/_control/faults", post_faults},
    {"GET", "/_control/faults", get_faults},
    {"DELETE", "/_control/faults", delete_faults},
    {"POST", "/_control/issues", post_issues},
    {"GET", "/_control/issues", get_issues},
    {"POST", "/_control/issues/*", post_issue},
    {"POST", "/_control/issues/*/move", move_issue},
    {"GET", "/_control/pages", get_pages},
    {"POST", "/_control/pages", post_page},
    {"GET", "/_control/pages/*", get_page},
    {"POST", "/_control/pages/*/edit", edit_page},
    {"POST", "/_control/pages/*/trash", trash_page},
    {"POST", "/_control/pages/*/move", move_page},
    {"POST", "/_control/pages/*/purge", purge_page},
    {"POST", "/_control/pages/*/archive", archive_page},
    {"GET", "/_control/versions", get_versions},
    {"GET", "/_control/calls", get_calls},
    {"DELETE", "/_control/calls", delete_calls},
    {"GET", "/_control/state", get_state},
    {"POST", "/_control/settings", post_settings},
    {"POST", "/_control/spaces", post_spaces},
    {"POST", "/_control/reset", post_reset},
};

}  // namespace

ApiAnswer answer_control(FakeSite& site, const ApiRequest& request) {
    json::value body = json::object();
    if (!request.body.empty()) {
        auto parsed = parse_json(request.body, "the request body");
        if (!parsed) return refuse(400, parsed.error().message);
        body = std::move(*parsed);
    }
    for (const Route& route : kRoutes) {
        if (matches(request, route.method, route.shape)) return route.answer({site, request, body});
    }
    return refuse(
        404, "There is no such control route; tests/support/fake_atlassian/README.md lists them."
    );
}

}  // namespace pagepress::test
