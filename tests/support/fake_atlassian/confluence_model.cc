#include "tests/support/fake_atlassian/confluence_model.h"

#include <algorithm>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "common/base/invariant.h"
#include "common/json/json_text.h"
#include "tests/support/fake_atlassian/storage_rewrite.h"
#include "tests/support/fake_atlassian/storage_xml.h"

namespace pagepress::test {

namespace {

constexpr std::string_view kOwner = "712020:0000-0";
constexpr std::string_view kPageNotFound = "Cannot find a page with id [{}]";

std::unexpected<ApiError> refuse(int status, std::string code, std::string title) {
    return std::unexpected(ApiError{status, std::move(code), std::move(title)});
}

/// Characters of UTF-8 text.
std::size_t length_of(std::string_view text) {
    std::size_t length = 0;
    for (const char byte : text) {
        if ((static_cast<unsigned char>(byte) & 0xC0U) != 0x80U) ++length;
    }
    return length;
}

bool has_control_character(std::string_view text) {
    for (const char byte : text) {
        if (static_cast<unsigned char>(byte) < 0x20) return true;
    }
    return false;
}

}  // namespace

std::string name_of(ContentStatus status) {
    switch (status) {
        case ContentStatus::kCurrent:
            return "current";
        case ContentStatus::kArchived:
            return "archived";
        case ContentStatus::kTrashed:
            break;
    }
    return "trashed";
}

ContentId ConfluenceModel::next_id() {
    constexpr ContentId kStep = 7;  // ids grow, but nobody may count on neighbours
    last_id_ += kStep;
    return last_id_;
}

const StoredSpace& ConfluenceModel::add_space(const std::string& key, const std::string& name) {
    INVARIANT(space_by_key(key) == nullptr);
    StoredSpace space{
        .id = next_id(),
        .key = key,
        .name = name,
        .homepage = next_id(),
        .created_at = clock_.unix_now()};
    StoredPage home{
        .id = space.homepage,
        .space = space.id,
        .author = std::string(kOwner),
        .created_at = space.created_at,
    };
    const auto& kept = spaces_.emplace(space.id, space).first->second;
    StoredPage& page = pages_.emplace(home.id, std::move(home)).first->second;
    add_version(page, make_version(name, "<p>Home of " + html_escaped(name) + ".</p>"));
    return kept;
}

const StoredSpace* ConfluenceModel::space_by_key(std::string_view key) const {
    for (const auto& [id, space] : spaces_) {
        if (lower_case(space.key) == lower_case(key)) return &space;
    }
    return nullptr;
}

const StoredSpace* ConfluenceModel::space_by_id(ContentId id) const {
    const auto found = spaces_.find(id);
    return found == spaces_.end() ? nullptr : &found->second;
}

StoredVersion ConfluenceModel::make_version(const std::string& title, const std::string& body) {
    return {
        .message = {},
        .author = std::string(kOwner),
        .created_at = clock_.unix_now(),
        .title = title,
        .body = std::make_shared<const std::string>(rewritten_on_save(body, next_generated_)),
        .sent = std::make_shared<const std::string>(body),
    };
}

void ConfluenceModel::add_version(StoredPage& page, StoredVersion version) {
    version.number = page.versions.empty() ? 1 : page.latest().number + 1;
    page.versions.push_back(version);
    ++page.notifications;
    journal_.push_back(
        {.page = page.id, .space_key = spaces_.at(page.space).key, .version = std::move(version)}
    );
}

ApiResult<StoredPage*> ConfluenceModel::find(ContentId id, std::string_view not_found) {
    const auto found = pages_.find(id);
    if (found == pages_.end()) {
        return refuse(404, "NOT_FOUND", fmt::format(fmt::runtime(not_found), id));
    }
    return &found->second;
}

ApiResult<StoredPage*> ConfluenceModel::visible(ContentId id, std::string_view not_found) {
    const auto page = find(id, not_found);
    if (page.has_value() && (*page)->hidden_reads_left > 0) {
        --(*page)->hidden_reads_left;
        return refuse(404, "NOT_FOUND", fmt::format(fmt::runtime(not_found), id));
    }
    return page;
}

ApiResult<const StoredPage*> ConfluenceModel::read(ContentId id) {
    return visible(id, kPageNotFound);
}

ApiResult<void> ConfluenceModel::check_title(
    ContentId space, const std::string& title, ContentId except
) const {
    constexpr std::size_t kTitleMax = 255;
    if (title.empty()) {
        return refuse(400, "INVALID_REQUEST_PARAMETER", "Title cannot be empty");
    }
    if (length_of(title) > kTitleMax) {
        return refuse(400, "BAD_REQUEST", "Title cannot be longer than 255 characters.");
    }
    if (has_control_character(title)) {
        return refuse(400, "BAD_REQUEST", "Title cannot contain control characters.");
    }
    for (const auto& [id, page] : pages_) {
        if (id == except || page.space != space || page.status == ContentStatus::kTrashed) continue;
        if (lower_case(page.latest().title) != lower_case(title)) continue;
        return refuse(
            400,
            "BAD_REQUEST",
            "A page with this title already exists: A page already exists with the same TITLE in "
            "this space"
        );
    }
    return {};
}

ApiResult<void> ConfluenceModel::check_parent(ContentId space, ContentId parent) const {
    if (parent == kNoParent) return {};
    const auto found = pages_.find(parent);
    if (found == pages_.end() || found->second.space != space ||
        found->second.status != ContentStatus::kCurrent) {
        return refuse(
            404, "NOT_FOUND", fmt::format("Cannot find a parent page with id [{}]", parent)
        );
    }
    return {};
}

ApiResult<void> ConfluenceModel::check_body(const std::string& body) const {
    if (const auto problem = storage_problem(body)) {
        return refuse(400, "BAD_REQUEST", *problem);
    }
    return {};
}

ApiResult<const StoredPage*> ConfluenceModel::create(const PageDraft& draft) {
    const StoredSpace* space = space_by_id(draft.space);
    if (space == nullptr) {
        return refuse(
            404, "NOT_FOUND", fmt::format("Cannot find a space with id [{}]", draft.space)
        );
    }
    const ContentId parent = draft.parent.value_or(space->homepage);
    for (const auto& checked :
         {check_parent(space->id, parent),
          check_title(space->id, draft.title, 0),
          check_body(draft.body)}) {
        if (!checked) return std::unexpected(checked.error());
    }
    StoredPage page{
        .id = next_id(),
        .space = space->id,
        .parent = parent,
        .author = draft.author,
        .created_at = clock_.unix_now(),
        .hidden_reads_left = settings.hidden_reads,
    };
    const ContentId property = next_id();
    page.properties.emplace(
        "page-title-property-published",
        StoredProperty{
            .id = property,
            .key = "page-title-property-published",
            .value = "{}",
            .changed_at = page.created_at}
    );
    StoredVersion version = make_version(draft.title, draft.body);
    version.author = draft.author;
    version.message = draft.message;
    StoredPage& kept = pages_.emplace(page.id, std::move(page)).first->second;
    add_version(kept, std::move(version));
    return &kept;
}

ApiResult<const StoredPage*> ConfluenceModel::update(const PageChange& change) {
    const auto found = visible(change.id, kPageNotFound);
    if (!found) return std::unexpected(found.error());
    StoredPage& page = **found;
    if (change.version != page.latest().number + 1) {
        return refuse(
            409,
            "CONFLICT",
            fmt::format(
                "Version must be incremented when updating a page. Current Version: [{}]. Provided "
                "version: [{}]",
                page.latest().number,
                change.version
            )
        );
    }
    if (page.status == ContentStatus::kTrashed) return restore(page, change);
    if (change.parent) {
        const auto parent = check_parent(page.space, *change.parent);
        if (!parent) return std::unexpected(parent.error());
    }
    for (const auto& checked :
         {check_title(page.space, change.title, page.id), check_body(change.body)}) {
        if (!checked) return std::unexpected(checked.error());
    }
    StoredVersion version = make_version(change.title, change.body);
    version.author = change.author;
    version.message = change.message;
    page.status = ContentStatus::kCurrent;
    page.parent = change.parent.value_or(page.parent);
    add_version(page, std::move(version));
    return &page;
}

ApiResult<const StoredPage*> ConfluenceModel::restore(StoredPage& page, const PageChange& change) {
    const auto free = check_title(page.space, page.latest().title, page.id);
    if (!free) return std::unexpected(free.error());
    StoredVersion version = page.latest();
    version.author = change.author;
    version.message = change.message;
    version.created_at = clock_.unix_now();
    version.is_restore = true;
    page.status = ContentStatus::kCurrent;
    page.parent = spaces_.at(page.space).homepage;
    add_version(page, std::move(version));
    return &page;
}

ApiResult<void> ConfluenceModel::trash(ContentId id) {
    const auto found = find(id, kPageNotFound);
    if (!found) return std::unexpected(found.error());
    StoredPage& page = **found;
    if (page.status == ContentStatus::kTrashed) {
        return refuse(404, "NOT_FOUND", fmt::format(fmt::runtime(kPageNotFound), id));
    }
    for (auto& [child_id, child] : pages_) {
        if (child.parent == id) child.parent = page.parent;
    }
    page.status = ContentStatus::kTrashed;
    page.parent = 0;
    return {};
}

ApiResult<void> ConfluenceModel::move(ContentId id, ContentId parent) {
    const auto found = find(id, kPageNotFound);
    if (!found) return std::unexpected(found.error());
    auto good = check_parent((*found)->space, parent);
    if (good) (*found)->parent = parent;
    return good;
}

ApiResult<void> ConfluenceModel::purge(ContentId id) {
    const auto found = find(id, kPageNotFound);
    if (!found) return std::unexpected(found.error());
    if ((*found)->status != ContentStatus::kTrashed) {
        return refuse(400, "BAD_REQUEST", "Only a page in the trash can be purged");
    }
    pages_.erase(id);
    return {};
}

ApiResult<void> ConfluenceModel::archive(ContentId id) {
    const auto found = find(id, kPageNotFound);
    if (!found) return std::unexpected(found.error());
    (*found)->status = ContentStatus::kArchived;
    return {};
}

}  // namespace pagepress::test
