#include "tests/unit/worker/fake_confluence.h"

#include <algorithm>
#include <utility>

#include "common/base/ascii.h"
#include "worker/press/stamp.h"

namespace pagepress::test {

namespace {

const std::string kSpaceId = "9000";

std::unexpected<Error> error_of(WriteFault fault) {
    switch (fault) {
        case WriteFault::kLostBefore:
        case WriteFault::kLostAfter:
            return fail(ErrorCode::kUnknownOutcome, "the answer was lost");
        case WriteFault::kConflict:
            return fail(ErrorCode::kConflict, "stale version");
        case WriteFault::kRateLimited:
            return std::unexpected(Error{
                .code = ErrorCode::kRateLimited,
                .message = "slow down",
                .retry_after = Millis(7000)});
        case WriteFault::kCredentials:
            return fail(ErrorCode::kCredentialsRejected, "who are you");
    }
    return fail(ErrorCode::kCorrupt, "");
}

}  // namespace

void FakeConfluence::count_call() {
    ++calls;
    if (calls == dies_at_call) throw WorkerDied();
}

Result<std::optional<Page>> FakeConfluence::page(const std::string& id, UnixMillis since) {
    count_call();
    asked_since.push_back(since);
    const auto found = pages.find(id);
    if (found == pages.end() || hidden.contains(id)) return std::nullopt;
    Page page = found->second;
    std::erase_if(page.versions, [&](const PageVersion& v) { return v.created_at < since; });
    if (after_read) std::exchange(after_read, nullptr)();
    return page;
}

Result<std::optional<Page>> FakeConfluence::page_at(const std::string& id, std::int64_t version) {
    count_call();
    if (lags) return std::nullopt;
    const auto& versions = history_[id];
    const auto found = versions.find(version);
    return found == versions.end() ? std::nullopt : std::optional(found->second);
}

Result<std::vector<Page>> FakeConfluence::find_by_title(
    const std::string&, const std::string& title
) {
    count_call();
    return titled(title);
}

std::vector<Page> FakeConfluence::titled(const std::string& title) const {
    std::vector<Page> found;
    for (const auto& [id, page] : pages) {
        const bool is_live = page.status != PageStatus::kTrashed;
        if (is_live && lower_cased(page.title) == lower_cased(title)) found.push_back(page);
    }
    return found;
}

bool FakeConfluence::is_title_taken(const std::string& title, const std::string& by_other_than)
    const {
    const std::vector<Page> found = titled(title);
    return std::ranges::any_of(found, [&](const Page& page) { return page.id != by_other_than; });
}

Result<std::vector<Page>> FakeConfluence::newest_pages(const std::string&) {
    count_call();
    std::vector<Page> newest;
    for (const auto& [id, page] : pages) newest.insert(newest.begin(), page);
    return newest;
}

Result<std::string> FakeConfluence::space_id(const std::string&) {
    return kSpaceId;
}

Result<std::string> FakeConfluence::home_page(const std::string&) {
    count_call();
    return kHomePage;
}

Result<void> FakeConfluence::check_parent(const std::string& parent_id) const {
    if (!gone_parents.contains(parent_id)) return {};
    return fail(ErrorCode::kNotFound, "no such parent");
}

Result<std::vector<std::string>> FakeConfluence::pages_in_space(
    const std::string& space_id, const std::vector<std::string>& page_ids
) {
    std::vector<std::string> found;
    for (const std::string& id : page_ids) {
        const auto page = pages.find(id);
        if (page != pages.end() && page->second.space_id == space_id) found.push_back(id);
    }
    return found;
}

Result<SavedPage> FakeConfluence::create(const NewPage& page) {
    count_call();
    if (before_write) std::exchange(before_write, nullptr)();
    const auto fault = write_faults.empty() ? std::nullopt : std::optional(write_faults.front());
    if (fault) write_faults.pop_front();
    if (fault && *fault != WriteFault::kLostAfter) return error_of(*fault);
    if (is_title_taken(page.title, "")) {
        return fail(ErrorCode::kTitleTaken, "A page with this title already exists");
    }
    if (auto good = check_parent(page.parent_id); !good) return std::unexpected(good.error());
    const std::string id = add_page(page.title, page.body);
    if (!page.parent_id.empty()) pages.at(id).parent_id = page.parent_id;
    if (fault) return error_of(*fault);
    return SavedPage{.id = id, .title = page.title, .version = 1, .message = {}, .body = page.body};
}

Result<SavedPage> FakeConfluence::update(const PageUpdate& update) {
    count_call();
    if (before_write) std::exchange(before_write, nullptr)();
    const auto fault = write_faults.empty() ? std::nullopt : std::optional(write_faults.front());
    if (fault) write_faults.pop_front();
    if (fault && *fault != WriteFault::kLostAfter) return error_of(*fault);
    auto saved = write(update);
    if (fault && saved) return error_of(*fault);
    return saved;
}

Result<SavedPage> FakeConfluence::write(const PageUpdate& update) {
    const auto found = pages.find(update.id);
    if (found == pages.end()) return fail(ErrorCode::kNotFound, "no such page");
    Page& page = found->second;
    if (update.version != page.version + 1) return fail(ErrorCode::kConflict, "stale version");
    if (is_title_taken(update.title, page.id)) return fail(ErrorCode::kTitleTaken, "title exists");
    if (auto good = check_parent(update.parent_id); !good) return std::unexpected(good.error());
    page.version = update.version;
    page.versions.insert(
        page.versions.begin(),
        {.number = update.version, .message = update.message, .created_at = clock_.unix_now()}
    );
    // A write to a trashed page restores it and ignores the body.
    if (page.status == PageStatus::kTrashed) {
        page.status = PageStatus::kCurrent;
        page.parent_id = kHomePage;
        restores_[page.id].insert(page.version);
    } else {
        page.title = update.title;
        page.body = update.body + rewrite;
        if (!update.parent_id.empty()) page.parent_id = update.parent_id;
    }
    history_[page.id][page.version] = page;
    return SavedPage{
        .id = page.id,
        .title = tells_body ? page.title : std::string(),
        .version = page.version,
        .message = update.message,
        .body = tells_body ? page.body : std::string()};
}

Result<SavedPage> FakeConfluence::restore(const PageUpdate& update) {
    return write(update);
}

Result<std::optional<PageProperty>> FakeConfluence::property(
    const std::string& page_id, const std::string& key
) {
    count_call();
    if (auto error = std::exchange(next_property_error, {})) return std::unexpected(*error);
    const auto found = properties.find(page_id + "/" + key);
    if (found == properties.end()) return std::nullopt;
    return PageProperty{.id = "1", .version = 1, .value = found->second};
}

Result<void> FakeConfluence::set_property(
    const std::string& page_id, const std::string& key, const std::string& value
) {
    count_call();
    if (auto error = std::exchange(next_property_error, {})) return std::unexpected(*error);
    properties[page_id + "/" + key] = value;
    return {};
}

Result<void> FakeConfluence::add_labels(
    const std::string& page_id, const std::vector<std::string>& labels
) {
    count_call();
    if (auto error = std::exchange(next_label_error, {})) return std::unexpected(*error);
    const auto found = pages.find(page_id);
    if (found == pages.end()) return fail(ErrorCode::kUnavailable, "no such page");
    std::vector<std::string>& has = found->second.labels;
    for (const std::string& label : labels) {
        if (std::ranges::find(has, label) == has.end()) has.push_back(label);
    }
    return {};
}

std::string FakeConfluence::add_page(const std::string& title, const std::string& body) {
    const std::string id = std::to_string(next_id_++);
    pages[id] = {
        .id = id,
        .status = PageStatus::kCurrent,
        .title = title,
        .space_id = kSpaceId,
        .parent_id = kHomePage,
        .version = 1,
        .body = body,
        .versions = {{.number = 1, .message = "", .created_at = clock_.unix_now()}},
    };
    history_[id][1] = pages[id];
    return id;
}

void FakeConfluence::edit(const std::string& page_id, const std::string& body) {
    const Page& page = pages.at(page_id);
    const auto edited = write({
        .id = page_id,
        .title = page.title,
        .body = body,
        .version = page.version + 1,
        .message = "by hand",
    });
    if (!edited) std::abort();
}

int FakeConfluence::versions_of(const std::string& job_id) const {
    int count = 0;
    for (const auto& [id, page] : pages) {
        for (const PageVersion& version : page.versions) {
            const auto stamp = stamp_from_version_message(version.message);
            const auto restores = restores_.find(id);
            const bool is_restore =
                restores != restores_.end() && restores->second.contains(version.number);
            if (stamp && stamp->job_id == job_id && !is_restore) ++count;
        }
        const auto property = properties.find(id + "/pagepress");
        const bool made_by_property =
            property != properties.end() && property->second.contains(job_id);
        const auto anchor = stamp_from_body(page.body);
        if (made_by_property || (anchor && anchor->job_id == job_id)) ++count;
    }
    return count;
}

}  // namespace pagepress::test
