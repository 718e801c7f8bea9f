// What the oracle looks up in the world of a schedule.
#include <algorithm>

#include "tests/sim/world/schedule.h"
#include "worker/render/regions.h"

namespace pagepress::sim {

std::string Schedule::page_key_of(const Job& job) const {
    if (job.kind != JobKind::kRule) return site_page_key(job.site, job.page_id);
    return rule_page_key(job.site, job.rule, site_.jira.id_of(job.issue));
}

std::vector<std::string> Schedule::subjects_of(const Job& job) const {
    if (job.kind == JobKind::kRule) return {site_.jira.id_of(job.issue)};
    std::vector<std::string> subjects;
    for (const SnapshotName& snapshot : kSnapshots) {
        if (job.kind == JobKind::kPage || job.snapshot == snapshot.id) {
            subjects.emplace_back(snapshot.jql);
        }
    }
    return subjects;
}

bool Schedule::shows(const std::string& page_id, const std::string& subject, Millis from) const {
    const auto page = site_.confluence.pages.find(page_id);
    if (page == site_.confluence.pages.end()) return false;
    const std::string& body = page->second.body;
    const auto snapshot = std::ranges::find(kSnapshots, subject, &SnapshotName::jql);
    if (snapshot == kSnapshots.end()) return site_.jira.shows(body, subject, from);
    for (const Region& region : find_regions(body)) {
        if (region.snapshot != snapshot->id) continue;
        const std::string text =
            body.substr(region.content_begin, region.content_end - region.content_begin);
        if (std::ranges::all_of(kIssues, [&](const IssueName& issue) {
                return site_.jira.shows(text, std::string(issue.id), from);
            })) {
            return true;
        }
    }
    return false;
}

bool Schedule::is_current(const std::string& page_id) const {
    const auto page = site_.confluence.pages.find(page_id);
    return page != site_.confluence.pages.end() && page->second.status == PageStatus::kCurrent;
}

bool Schedule::has_labels(const std::string& page_id, const Job& job) const {
    if (job.kind != JobKind::kRule || !setting_.policies.has_labels) return true;
    const std::vector<std::string>& labels = site_.confluence.pages.at(page_id).labels;
    return std::ranges::find(labels, kLabel) != labels.end();
}

}  // namespace pagepress::sim
