// Catalog documents: a digit for the kind, then JSON. What has no problem keeps the promises of the
// model, and the catalog takes it.
#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/serialize.hpp>

#include "common/base/invariant.h"
#include "common/catalog/catalog.h"
#include "common/catalog/documents.h"
#include "common/catalog/site_url.h"
#include "common/job/job.h"
#include "common/json/json_value.h"
#include "tests/fuzz/fuzz_input.h"

using namespace pagepress;

namespace {

constexpr std::string_view kId = "release";

bool is_one_line(std::string_view text) {
    return std::ranges::none_of(text, [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
    });
}

void check_site(const Site& site) {
    INVARIANT(site.id == kId && is_one_line(site.secret_file) && !site.secret_file.empty());
    const bool is_cloud = site.flavour == Site::Flavour::kCloud;
    INVARIANT(is_cloud || site.confluence_api == Site::ConfluenceApi::kV1);
    INVARIANT(is_one_line(site.confluence_secret_file));
    INVARIANT(is_one_line(site.webhook_secret_file) && is_one_line(site.jira_account_id));
    INVARIANT(!site.calls_per_minute || *site.calls_per_minute > 0);
    INVARIANT(!site.limits.requests_per_second || *site.limits.requests_per_second > 0);
    INVARIANT(!site.limits.presses || *site.limits.presses > 0);
    for (const std::string& url : {site.jira_url, site.confluence_url}) {
        INVARIANT(url.starts_with("http") && !url.ends_with('/') && is_one_line(url));
        INVARIANT(url.find_first_of("@?# ") == std::string::npos || url.find('/', 8) < url.size());
        INVARIANT(base_url_from(url) == url);
    }
}

void check_events(const Rule& rule) {
    const std::set<JiraEvent> events(rule.events.begin(), rule.events.end());
    INVARIANT(events.size() == rule.events.size());
    const EventCondition& condition = rule.condition;
    INVARIANT(condition == EventCondition{} || !events.empty());
    INVARIANT(condition.changed_fields.empty() || events.contains(JiraEvent::kIssueUpdated));
    for (const auto* names :
         {&condition.projects, &condition.issue_types, &condition.changed_fields}) {
        for (const std::string& name : *names) INVARIANT(!name.empty() && is_one_line(name));
    }
}

void check_rule(const Rule& rule) {
    check_events(rule);
    INVARIANT(is_entry_id(rule.site) && !rule.space.empty() && !rule.title.empty());
    INVARIANT(rule.body.empty() != rule.template_page.empty());
    INVARIANT(rule.template_page.empty() || is_numeric_id(rule.template_page));
    INVARIANT(rule.parent.empty() || is_numeric_id(rule.parent));
    INVARIANT(is_one_line(rule.name) && is_one_line(rule.space) && is_one_line(rule.title));
}

void check_snapshot(const Snapshot& snapshot) {
    INVARIANT(is_entry_id(snapshot.site) && is_numeric_id(snapshot.page));
    INVARIANT(snapshot.levels.size() == 1 && !snapshot.levels[0].jql.empty());
    const std::vector<std::string>& columns = snapshot.levels[0].columns;
    INVARIANT(!columns.empty() && columns.size() <= 50);
    INVARIANT(std::set<std::string>(columns.begin(), columns.end()).size() == columns.size());
}

void check_api_key(const ApiKey& key) {
    const auto document = parse_json(write_api_key(key), "the key");
    INVARIANT(document.has_value());
    const Checked<ApiKey> again = read_api_key(key.id, *document);
    INVARIANT(again.problems.empty() && again.value.digest == key.digest);
    INVARIANT(again.value.name == key.name && again.value.scope == key.scope);
    INVARIANT(again.value.site == key.site && again.value.subject == key.subject);
    INVARIANT(again.value.created_at == key.created_at);
    INVARIANT(again.value.expires_at == key.expires_at);
}

void check_schedule(const Schedule& schedule) {
    INVARIANT(is_entry_id(schedule.site) && is_one_line(schedule.name));
    INVARIANT(schedule.timetable.next(0).has_value());
    INVARIANT(schedule.catch_up >= Millis(0) && schedule.catch_up <= std::chrono::hours(24));
    INVARIANT(decode_batch(parse_json(encode(schedule.refresh), "the batch").value()));
}

/// Checks what was read if there is nothing wrong with it; says whether a reader of the topic would
/// refuse it, which members that it does not know are no reason for.
template <typename T, typename Check>
bool has_problems(const Checked<T>& checked, Check check) {
    for (const Problem& problem : checked.problems) INVARIANT(!problem.message.empty());
    if (checked.problems.empty()) check(checked.value);
    return !std::ranges::all_of(checked.problems, &Problem::is_unknown_member);
}

bool has_problems(EntryKind kind, const boost::json::value& document) {
    switch (kind) {
        case EntryKind::kSite:
            return has_problems(read_site(kId, document), check_site);
        case EntryKind::kRule:
            return has_problems(read_rule(kId, document), check_rule);
        case EntryKind::kSnapshot:
            return has_problems(read_snapshot(kId, document), check_snapshot);
        case EntryKind::kApiKey:
            return has_problems(read_api_key(kId, document), check_api_key);
        case EntryKind::kSchedule:
            return has_problems(read_schedule(kId, document), check_schedule);
    }
    INVARIANT(false);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    test::FuzzInput input(data, size);
    const auto kind = static_cast<EntryKind>(input.choice(5));
    const auto document = parse_json(input.rest(), "the document");
    if (!document) {
        INVARIANT(!Catalog::check(kind, kId, input.rest()));
        return 0;
    }
    const bool is_wrong = has_problems(kind, *document);
    INVARIANT(Catalog::check(kind, kId, input.rest()).has_value() == !is_wrong);
    const auto again = parse_json(boost::json::serialize(*document), "the document");
    INVARIANT(again.has_value() && *again == *document);
    return 0;
}
