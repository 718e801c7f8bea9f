#include "common/catalog/references.h"

#include <string>
#include <utility>

#include "common/base/invariant.h"
#include "common/catalog/batch_document.h"

namespace pagepress {

namespace json = boost::json;

std::vector<Problem> problems_of_entry(
    EntryKind kind, std::string_view id, const json::value& document, const Catalog& catalog
) {
    INVARIANT(kind != EntryKind::kApiKey);
    std::vector<Problem> problems;
    std::string site;
    if (kind == EntryKind::kSite) {
        problems = read_site(id, document).problems;
    } else if (kind == EntryKind::kRule) {
        auto checked = read_rule(id, document);
        problems = std::move(checked.problems);
        site = checked.value.site;
    } else if (kind == EntryKind::kSchedule) {
        auto checked = read_schedule(id, document);
        problems = std::move(checked.problems);
        site = checked.value.site;
        // What is switched off need not work: it is how one stops a schedule whose rule is gone.
        if (problems.empty() && checked.value.enabled && catalog.site(site) != nullptr) {
            problems = problems_in_catalog("refresh", checked.value.refresh, site, catalog);
        }
    } else {
        auto checked = read_snapshot(id, document);
        problems = std::move(checked.problems);
        site = checked.value.site;
    }
    if (!site.empty() && catalog.site(site) == nullptr) {
        problems.push_back(
            {.field = "site", .message = "there is no site '" + site + "'; create it first"}
        );
    }
    return problems;
}

}  // namespace pagepress
