#include "tests/sim/world/people.h"

#include <algorithm>

#include "common/json/json_value.h"
#include "tests/sim/world/setting.h"

namespace pagepress::sim {

namespace {

/// For so long after a create nobody touches pages: a create is kept single by its title, which a
/// person could free while another create is under way.
constexpr Millis kNewPageRest{1100};

}  // namespace

void People::change_issue() {
    const IssueName& issue =
        kIssues.at(static_cast<std::size_t>(engine_.random.draw(0, kIssues.size() - 1)));
    const int text = static_cast<int>(engine_.random.draw(1, 4));
    engine_.trace("person", "changes " + std::string(issue.key) + " to text", text);
    site_.jira.change(std::string(issue.id), text);
}

/// The snapshots' page, and the pages of rules that their issues name already.
std::vector<std::string> People::pages_to_touch() const {
    std::vector<std::string> pages{std::string(kSnapshotPage)};
    if (engine_.now() < site_.create_sent_at + kNewPageRest) return pages;
    for (const IssueName& issue : kIssues) {
        for (const std::string_view rule : kRules) {
            const std::string property = "pagepress." + std::string(rule);
            const auto read = site_.jira.issue(std::string(issue.id), property);
            const auto* value = read->properties.if_contains(property);
            if (value == nullptr) continue;
            std::string page = string_at(*value, "page");
            if (site_.confluence.pages.contains(page)) pages.push_back(std::move(page));
        }
    }
    return pages;
}

void People::act_on_a_page() {
    const std::string id = engine_.random.one_of(pages_to_touch());
    const Page page = site_.confluence.pages.at(id);
    act(page);
}

void People::act_on(const std::string& page_id) {
    const std::vector<std::string> pages = pages_to_touch();
    if (std::ranges::find(pages, page_id) == pages.end()) return;
    const Page page = site_.confluence.pages.at(page_id);
    act(page);
}

bool People::save(const Page& page, const std::string& title, const std::string& body) {
    const auto saved = site_.confluence.update(
        {.id = page.id,
         .title = title,
         .body = body,
         .version = page.version + 1,
         .message = "by hand"}
    );
    if (!saved) return false;
    engine_.trace("person", "saves page " + page.id + " as version", saved->version);
    oracle_.on_person(page.id);
    return true;
}

/// With an edit: a move alone makes no version, and no write can be refused for it.
void People::move(const Page& page) {
    const std::string parent(engine_.random.one_of(std::vector<std::string_view>{
        kParents[0], kParents[1], kPersonsParent}));
    if (!save(page, page.title, page.body)) return;
    engine_.trace("person", "moves page " + page.id + " under " + parent);
    site_.confluence.move(page.id, parent);
    oracle_.on_person_moved(page.id);
}

void People::act(const Page& page) {
    const std::string mark = std::to_string(++acts_);
    if (page.status == PageStatus::kTrashed) {
        if (engine_.random.chance(300)) {
            purge(page.id);
        } else {
            save(page, page.title, page.body);  // takes it out of the trash
        }
        return;
    }
    const bool is_ours = page.id != kSnapshotPage;
    switch (engine_.random.draw(0, 5)) {
        case 0:
            save(page, page.title, page.body + "<p>by hand " + mark + "</p>");
            return;
        case 1:
            save(page, is_ours ? "Renamed " + mark : page.title, page.body);
            return;
        case 2: {
            const auto old =
                site_.confluence.page_at(page.id, engine_.random.draw(1, page.version));
            if (old && *old) save(page, page.title, (*old)->body);
            return;
        }
        case 3:
            if (is_ours) move(page);
            return;
        default:
            break;
    }
    if (!is_ours) return;
    engine_.trace("person", "puts into the trash page " + page.id);
    site_.confluence.trash(page.id);
    oracle_.on_person(page.id);
}

void People::purge(const std::string& page_id) {
    engine_.trace("person", "deletes for good page " + page_id);
    site_.confluence.pages.erase(page_id);
    std::erase_if(site_.confluence.properties, [&](const auto& property) {
        return property.first.starts_with(page_id + "/");
    });
    oracle_.on_purged(page_id);
}

}  // namespace pagepress::sim
