#include "worker/batch/expand.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "common/base/invariant.h"
#include "worker/jira/proven_search.h"

namespace pagepress::worker {

namespace {

using Snapshots = std::vector<std::shared_ptr<const Snapshot>>;

Job rule_job(const Job& batch, std::string issue) {
    Job job;
    job.kind = JobKind::kRule;
    job.site = batch.site;
    job.rule = batch.batch->rule;
    job.issue = std::move(issue);
    return job;
}

std::vector<Job> rule_jobs(const Job& batch, const std::vector<std::string>& issues) {
    std::vector<Job> jobs;
    jobs.reserve(issues.size());
    for (const std::string& issue : issues) jobs.push_back(rule_job(batch, issue));
    return jobs;
}

std::vector<Job> snapshot_jobs(const Job& batch, const Snapshots& snapshots) {
    std::vector<Job> jobs;
    for (const auto& snapshot : snapshots) {
        Job job;
        job.kind = JobKind::kSnapshot;
        job.site = batch.site;
        job.snapshot = snapshot->id;
        job.page_id = snapshot->page;
        jobs.push_back(std::move(job));
    }
    return jobs;
}

/// All snapshots of the batch's page in one version.
std::vector<Job> page_job(const Job& batch) {
    Job job;
    job.kind = JobKind::kPage;
    job.site = batch.site;
    job.page_id = batch.batch->page_id;
    return {std::move(job)};
}

Snapshots listed(const Job& batch, const Catalog& catalog) {
    Snapshots snapshots;
    for (const std::string& id : batch.batch->snapshots) {
        auto snapshot = catalog.snapshot(id);
        const bool is_ours = snapshot != nullptr && snapshot->site == batch.site;
        if (is_ours) snapshots.push_back(std::move(snapshot));
    }
    return snapshots;
}

Snapshots enabled_of_site(const std::string& site, const Catalog& catalog) {
    Snapshots snapshots;
    for (const std::string& id : catalog.ids(EntryKind::kSnapshot)) {
        auto snapshot = catalog.snapshot(id);
        const bool is_wanted = snapshot != nullptr && snapshot->enabled && snapshot->site == site;
        if (is_wanted) snapshots.push_back(std::move(snapshot));
    }
    return snapshots;
}

Result<std::vector<Job>> jobs_of_search(const Job& batch, const BatchSources& sources) {
    const auto ids = search_proven(
        sources.jira,
        [&] { return sources.jira.search_ids(batch.batch->jql, sources.issues_max); },
        [](const std::vector<std::string>& found) { return found.empty(); }
    );
    if (!ids) return std::unexpected(ids.error());
    return rule_jobs(batch, *ids);
}

Result<std::vector<Job>> jobs_of_space(const Job& batch, const BatchSources& sources) {
    const auto space = sources.confluence.space_id(batch.batch->space);
    if (!space) return std::unexpected(space.error());
    Snapshots snapshots = enabled_of_site(batch.site, sources.catalog);
    std::set<std::string> pages;
    for (const auto& snapshot : snapshots) pages.insert(snapshot->page);
    const auto found = sources.confluence.pages_in_space(*space, {pages.begin(), pages.end()});
    if (!found) return std::unexpected(found.error());
    const std::set<std::string> inside(found->begin(), found->end());
    std::erase_if(snapshots, [&](const auto& snapshot) {
        return !inside.contains(snapshot->page);
    });
    return snapshot_jobs(batch, snapshots);
}

/// What a job of a batch is about: nothing that changes when the batch is expanded again.
std::string subject_of(const Job& job) {
    return job.kind == JobKind::kSnapshot ? "snapshot/" + job.snapshot : route_key(job);
}

}  // namespace

Result<std::vector<Job>> select_jobs(const Job& batch, const BatchSources& sources) {
    INVARIANT(batch.batch.has_value());
    switch (batch.batch->select) {
        case Batch::Select::kIssues:
            return rule_jobs(batch, batch.batch->issues);
        case Batch::Select::kJql:
            return jobs_of_search(batch, sources);
        case Batch::Select::kSnapshots:
            return snapshot_jobs(batch, listed(batch, sources.catalog));
        case Batch::Select::kPage:
            return page_job(batch);
        case Batch::Select::kSpace:
            return jobs_of_space(batch, sources);
        case Batch::Select::kSite:
            return snapshot_jobs(batch, enabled_of_site(batch.site, sources.catalog));
    }
    INVARIANT(false);
}

std::vector<Job> as_children(
    const Job& batch, std::vector<Job> jobs, std::int64_t catalog_position
) {
    // By the page's place in the order, then by the job's own id.
    std::map<std::string, std::map<std::string, Job>> by_page;
    for (Job& job : jobs) {
        job.id = child_job_id(batch.id, subject_of(job));
        job.parent = batch.id;
        job.accepted_at = batch.accepted_at;
        job.catalog_offset = catalog_position;
        auto& page = by_page[child_job_id(batch.id, "page/" + route_key(job))];
        std::string id = job.id;
        page.emplace(std::move(id), std::move(job));
    }
    const UnixMillis begin = std::max(batch.accepted_at, batch.not_before);
    const auto page_count = static_cast<std::int64_t>(by_page.size());
    std::vector<Job> children;
    std::int64_t index = 0;
    for (auto& [place, page] : by_page) {
        const std::int64_t offset = batch.batch->spread.count() * index++ / page_count;
        for (auto& [id, job] : page) {
            if (offset > 0) job.not_before = begin + offset;
            children.push_back(std::move(job));
        }
    }
    return children;
}

}  // namespace pagepress::worker
