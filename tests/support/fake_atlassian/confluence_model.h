// Confluence as a passive object: spaces, pages with all their versions, trash, properties.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "common/base/clock.h"
#include "tests/support/fake_atlassian/api.h"

namespace pagepress::test {

using ContentId = std::int64_t;

enum class ContentStatus { kCurrent, kArchived, kTrashed };

[[nodiscard]] std::string name_of(ContentStatus status);

struct StoredVersion {
    std::int64_t number = 0;
    std::string message;
    std::string author = {};  ///< account id
    UnixMillis created_at = 0;
    std::string title;
    std::shared_ptr<const std::string> body;  ///< storage format as rewritten on save
    std::shared_ptr<const std::string> sent;  ///< as it was sent
    bool is_restore = false;  ///< took the page out of the trash; what was sent is ignored
};

struct StoredProperty {
    ContentId id = 0;
    std::string key;
    boost::json::value value;
    std::int64_t version = 1;
    UnixMillis changed_at = 0;
};

struct StoredPage {
    ContentId id = 0;
    ContentId space = 0;
    ContentId parent = 0;  ///< 0: none
    ContentStatus status = ContentStatus::kCurrent;
    std::string author;
    UnixMillis created_at = 0;
    std::vector<StoredVersion> versions = {};  ///< oldest first, never empty
    std::map<std::string, StoredProperty, std::less<>> properties = {};
    std::vector<std::string> labels = {};       ///< global ones, in order of adding
    std::vector<std::string> comments = {};     ///< storage format
    std::vector<std::string> attachments = {};  ///< file names
    int notifications = 0;                      ///< mails to watchers: one per version
    int hidden_reads_left = 0;                  ///< accesses by id that still answer 404

    [[nodiscard]] const StoredVersion& latest() const { return versions.back(); }
};

struct StoredSpace {
    ContentId id = 0;
    std::string key;
    std::string name;
    ContentId homepage = 0;
    UnixMillis created_at = 0;
};

/// Of a page that stands at the top of its space, beside the home page.
inline constexpr ContentId kNoParent = 0;

struct PageDraft {
    ContentId space = 0;
    std::optional<ContentId> parent;  ///< none: under the home page; or kNoParent
    std::string title;
    std::string body;
    std::string message;
    std::string author;
};

struct PageChange {
    ContentId id = 0;
    std::int64_t version = 0;  ///< must be current + 1
    std::string title;
    std::string body;
    std::string message;
    std::string author;
    std::optional<ContentId> parent;  ///< none: stays where it is
};

/// One version that was ever made, in the order of making; stays when its page is purged.
struct JournalEntry {
    ContentId page = 0;
    std::string space_key;
    StoredVersion version;
};

struct ConfluenceSettings {
    int hidden_reads = 0;  ///< reads of a new page by id that answer 404 (eventual consistency)
    std::size_t body_bytes_max = 5'242'880;
};

/// One thread at a time.
class ConfluenceModel {
public:
    explicit ConfluenceModel(const Clock& clock) : clock_(clock) {}

    /// A space with its home page; the key must be new.
    const StoredSpace& add_space(const std::string& key, const std::string& name);

    [[nodiscard]] const StoredSpace* space_by_key(std::string_view key) const;
    [[nodiscard]] const StoredSpace* space_by_id(ContentId id) const;

    [[nodiscard]] const std::map<ContentId, StoredSpace>& spaces() const { return spaces_; }

    /// All pages that are not purged, by id, which is the order of creation.
    [[nodiscard]] const std::map<ContentId, StoredPage>& pages() const { return pages_; }

    /// As the API sees it: a page that was just made may be hidden for some reads.
    ApiResult<const StoredPage*> read(ContentId id);

    ApiResult<const StoredPage*> create(const PageDraft& draft);

    /// Current or archived page: a new version. Trashed page: back from the trash, title and body
    /// stay as they were, the version number moves on.
    ApiResult<const StoredPage*> update(const PageChange& change);

    /// Moves a page to the trash; its children move up one level.
    ApiResult<void> trash(ContentId id);

    /// Puts a page under another of its space, which makes no version.
    ApiResult<void> move(ContentId id, ContentId parent);

    /// Deletes a trashed page for good.
    ApiResult<void> purge(ContentId id);

    /// Archives a page; its title stays reserved.
    ApiResult<void> archive(ContentId id);

    ApiResult<const StoredProperty*> create_property(
        ContentId page, const std::string& key, boost::json::value value
    );
    /// `version` must be current + 1.
    ApiResult<const StoredProperty*> update_property(
        ContentId page, ContentId property, boost::json::value value, std::int64_t version
    );
    ApiResult<void> remove_property(ContentId page, ContentId property);

    /// Adds what the page does not have; makes no version.
    ApiResult<const StoredPage*> add_labels(ContentId page, const std::vector<std::string>& labels);

    /// The number of the new comment on its page, from 1. Comments make no version.
    ApiResult<std::size_t> add_comment(ContentId page, const std::string& body);

    /// The number of the new attachment on its page, from 1; names are unique there.
    ApiResult<std::size_t> add_attachment(ContentId page, const std::string& name);

    [[nodiscard]] const std::vector<JournalEntry>& journal() const { return journal_; }

    ConfluenceSettings settings;

private:
    ApiResult<StoredPage*> find(ContentId id, std::string_view not_found);
    ApiResult<StoredPage*> visible(ContentId id, std::string_view not_found);
    ApiResult<void> check_title(ContentId space, const std::string& title, ContentId except) const;
    ApiResult<void> check_parent(ContentId space, ContentId parent) const;
    [[nodiscard]] ApiResult<void> check_body(const std::string& body) const;
    ApiResult<const StoredPage*> restore(StoredPage& page, const PageChange& change);
    void add_version(StoredPage& page, StoredVersion version);
    StoredVersion make_version(const std::string& title, const std::string& body);
    ContentId next_id();

    const Clock& clock_;
    std::map<ContentId, StoredSpace> spaces_;
    std::map<ContentId, StoredPage> pages_;
    std::vector<JournalEntry> journal_;
    ContentId last_id_ = 98'304;
    std::uint64_t next_generated_ = 1;
};

}  // namespace pagepress::test
