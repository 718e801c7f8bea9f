// Port to Confluence: pages, their versions, properties and labels.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/error.h"

namespace pagepress::worker {

enum class PageStatus { kCurrent, kArchived, kTrashed, kOther };

struct PageVersion {
    std::int64_t number = 0;
    std::string message;
    UnixMillis created_at = 0;
};

struct Page {
    std::string id;
    PageStatus status = PageStatus::kCurrent;
    std::string title;
    std::string space_id;
    std::string parent_id;
    std::int64_t version = 0;
    std::string body;  ///< storage format
    /// Newest first: at least every version created at or after the `since` that was asked for.
    std::vector<PageVersion> versions;
    std::vector<std::string> labels = {};  ///< as listed with the page: the global ones
};

/// What a write gave: what the server says it stored.
struct SavedPage {
    std::string id;
    std::string title;  ///< as stored; empty if the server did not send it
    std::int64_t version = 0;
    std::string message;
    std::string body;  ///< storage format as stored; empty if the server did not send it
};

struct NewPage {
    std::string space_id;
    std::string parent_id;  ///< empty: under the space's home page
    std::string title;
    std::string body;
};

struct PageUpdate {
    std::string id;
    std::string title;
    std::string body;
    std::int64_t version = 0;  ///< the new number: current + 1, or Confluence answers 409
    std::string message;       ///< version.message of the new version
    /// Page to move it under, in the same space and by the same write; empty: it stays.
    std::string parent_id = {};
};

struct PageProperty {
    std::string id;
    std::int64_t version = 0;
    std::string value;  ///< JSON text
};

/// Blocking; used by one executor thread at a time. Every method can also fail with kUnavailable,
/// kRateLimited, kCredentialsRejected, kForbidden, kCorrupt or kCancelled; a method that writes
/// also with kUnknownOutcome.
class Confluence {
public:
    virtual ~Confluence() = default;

    /// The page with body and versions, in whatever status; empty if it is gone or hidden and our
    /// credentials are good.
    virtual Result<std::optional<Page>> page(const std::string& id, UnixMillis since) = 0;

    /// The page as one of its versions shows it, with title and body; empty if that version is
    /// gone.
    virtual Result<std::optional<Page>> page_at(const std::string& id, std::int64_t version) = 0;

    /// Current and archived pages of the space with this title (any case), with bodies.
    virtual Result<std::vector<Page>> find_by_title(
        const std::string& space_id, const std::string& title
    ) = 0;

    /// The newest pages of the space, newest first, with bodies: the database's listing, which
    /// does not lag as CQL does.
    virtual Result<std::vector<Page>> newest_pages(const std::string& space_id) = 0;

    /// Id of a space.
    /// @errors  kNotFound  no such space, or hidden from our account
    virtual Result<std::string> space_id(const std::string& space_key) = 0;

    /// Id of a space's home page, under which pages without a parent are created; empty if it has
    /// none.
    virtual Result<std::string> home_page(const std::string& space_id) = 0;

    /// Those of the pages that are in the space, current or archived.
    /// @param page_ids  numeric
    virtual Result<std::vector<std::string>> pages_in_space(
        const std::string& space_id, const std::vector<std::string>& page_ids
    ) = 0;

    /// @errors  kTitleTaken, kInvalidInput (with row and column of broken storage format),
    ///          kNotFound (space or parent), kTooLarge, kUnknownOutcome
    virtual Result<SavedPage> create(const NewPage& page) = 0;

    /// Accepted only if `version` is current + 1 (compare-and-set). A page in the trash comes back
    /// by it, with the new version, under the home page, and keeps its title and body: the
    /// update's are ignored.
    /// @errors  kConflict, kTitleTaken, kInvalidInput, kNotFound (page or new parent), kTooLarge,
    ///          kUnknownOutcome
    virtual Result<SavedPage> update(const PageUpdate& update) = 0;

    /// Takes a page out of the trash; its content stays as it was.
    /// @errors  kConflict, kTitleTaken, kNotFound, kUnknownOutcome
    virtual Result<SavedPage> restore(const PageUpdate& update) = 0;

    virtual Result<std::optional<PageProperty>> property(
        const std::string& page_id, const std::string& key
    ) = 0;

    /// Creates or replaces a content property; idempotent. `value` is JSON text.
    virtual Result<void> set_property(
        const std::string& page_id, const std::string& key, const std::string& value
    ) = 0;

    /// Adds labels to a page; those that it has already stay, so it is idempotent, and makes no
    /// version.
    /// @param labels  at least one, each of characters that Confluence takes
    /// @errors  kInvalidInput, kUnknownOutcome; kUnavailable where the page is not there (yet)
    virtual Result<void> add_labels(
        const std::string& page_id, const std::vector<std::string>& labels
    ) = 0;

    /// Address of a page for people.
    [[nodiscard]] virtual std::string page_url(const std::string& page_id) const = 0;
};

}  // namespace pagepress::worker
