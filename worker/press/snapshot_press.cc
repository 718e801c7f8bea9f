#include "worker/press/snapshot_press.h"

#include <algorithm>
#include <utility>

#include "common/base/invariant.h"
#include "common/base/log.h"
#include "worker/jira/proven_search.h"
#include "worker/render/regions.h"
#include "worker/render/snapshot_table.h"
#include "worker/render/storage_format.h"

namespace pagepress::worker {

SnapshotPress::SnapshotPress(
    PressRun& run,
    PressPorts& ports,
    const PressLimits& limits,
    std::shared_ptr<const Site> site,
    SiteClients clients
)
    : run_(run), ports_(ports), limits_(limits), site_(std::move(site)), clients_(clients) {}

Result<void> SnapshotPress::press(const std::string& page_id) {
    if (auto begun = run_.begin(site_page_key(site_->id, page_id), site_->id); !begun) return begun;
    choose_snapshots(page_id);
    if (!run_.has_active()) return {};
    run_.record.page_id = page_id;
    run_.page_url = clients_.confluence.page_url(page_id);
    PageWriter writer(run_, clients_.confluence, *this, limits_);
    constexpr bool kMaySkipRead = false;  // the rest of the page must be known to be kept
    const auto end = writer.write(page_id, kMaySkipRead);
    if (run_.has_stamped()) run_.finish_stamped({});
    if (!end) return std::unexpected(end.error());
    switch (*end) {
        case WriteEnd::kWritten:
        case WriteEnd::kUnchanged:
            settle_partly_failed();
            if (run_.has_active()) run_.complete(writer.version(), writer.note(), {});
            return {};
        case WriteEnd::kStamped:
            return {};
        case WriteEnd::kEdited:
            INVARIANT(false);  // people's edits keep no snapshot away
        case WriteEnd::kGone:
        case WriteEnd::kTrashed:
        case WriteEnd::kArchived:
            break;
    }
    return fail(
        ErrorCode::kNotFound,
        "page " + page_id +
            " is deleted, archived or hidden from our account: restore it, or "
            "correct the snapshot's page"
    );
}

/// A snapshot that was deleted, moved to another page or switched off since is skipped.
void SnapshotPress::choose_snapshots(const std::string& page_id) {
    std::vector<std::shared_ptr<const Snapshot>> on_page =
        ports_.catalog.snapshots_of_page(site_->id, page_id);
    std::erase_if(on_page, [](const auto& snapshot) { return !snapshot->enabled; });
    for (WaitingJob* job : run_.active()) {
        const bool wants_all = job->job.kind == JobKind::kPage;
        const auto is_wanted = [&](const auto& snapshot) {
            return wants_all || snapshot->id == job->job.snapshot;
        };
        if (std::ranges::none_of(on_page, is_wanted)) {
            run_.settle(
                *job,
                Verdict::kSkipped,
                wants_all ? "the page has no enabled snapshot"
                          : "the snapshot was deleted, moved or switched off since the trigger",
                0
            );
            continue;
        }
        for (const auto& snapshot : on_page) {
            if (is_wanted(snapshot) && !is_chosen(snapshot->id)) chosen_.push_back(snapshot);
        }
    }
}

bool SnapshotPress::is_chosen(const std::string& snapshot_id) const {
    return std::ranges::any_of(chosen_, [&](const auto& snapshot) {
        return snapshot->id == snapshot_id;
    });
}

Result<void> SnapshotPress::read() {
    taken_.clear();
    for (const auto& snapshot : chosen_) {
        if (failures_.contains(snapshot->id)) continue;
        auto taken = take(snapshot);
        if (taken) continue;
        if (recovery_of(taken.error().code) != Recovery::kPermanent) return taken;
        log_warn(
            "snapshot not taken", {{"snapshot", snapshot->id}, {"reason", taken.error().message}}
        );
        failures_.emplace(snapshot->id, std::move(taken.error()));
    }
    settle_failed();
    return {};
}

Result<void> SnapshotPress::take(const std::shared_ptr<const Snapshot>& snapshot) {
    INVARIANT(!snapshot->levels.empty());
    const SnapshotLevel& level = snapshot->levels.front();
    const UnixMillis taken_at = ports_.clock.unix_now();
    const std::vector<std::string> fields = fields_of_columns(level);
    auto result = search_proven(
        clients_.jira,
        [&] { return clients_.jira.search(level.jql, fields, limits_.snapshot_issues_max); },
        [](const SearchResult& found) { return found.issues.empty(); }
    );
    if (!result) {
        Error error = std::move(result.error());
        error.message = "snapshot " + snapshot->id + ": " + error.message;
        return std::unexpected(std::move(error));
    }
    taken_.push_back({.snapshot = snapshot, .result = *std::move(result), .taken_at = taken_at});
    return {};
}

Result<Content> SnapshotPress::render(const Page* current, const std::string& mark) {
    INVARIANT(current != nullptr);
    Content content{.title = current->title, .body = current->body, .hash = {}};
    for (const Taken& taken : taken_) {
        const std::string table = render_snapshot_table(
            taken.snapshot->levels.front(), taken.result, site_->jira_url, taken.taken_at
        );
        if (const auto good = check_storage_format(table); !good) {
            return std::unexpected(good.error());
        }
        content.body = with_region(content.body, taken.snapshot->id, table + mark);
    }
    content.has_regions = true;
    content.failed = failed_names();
    return content;
}

/// Of what a job for the whole page lacks.
std::string SnapshotPress::failed_names() const {
    if (failures_.empty()) return {};
    const std::string more =
        failures_.size() > 1 ? "+" + std::to_string(failures_.size() - 1) : std::string();
    return failures_.begin()->first + more;
}

void SnapshotPress::settle_failed() {
    for (WaitingJob* job : run_.active()) {
        if (job->job.kind == JobKind::kPage) {
            if (taken_.empty() && !failures_.empty()) {
                run_.fail_job(*job, failures_.begin()->second);
            }
            continue;
        }
        const auto failure = failures_.find(job->job.snapshot);
        if (failure != failures_.end()) run_.fail_job(*job, failure->second);
    }
}

void SnapshotPress::settle_partly_failed() {
    if (failures_.empty()) return;
    Error error = failures_.begin()->second;
    error.message = std::to_string(failures_.size()) + " of " + std::to_string(chosen_.size()) +
                    " snapshots of the page failed, the others were taken; first: " + error.message;
    for (WaitingJob* job : run_.active()) {
        if (job->job.kind == JobKind::kPage) run_.fail_job(*job, error);
    }
}

}  // namespace pagepress::worker
