// The catalog in memory: look-ups for every request and job, kept up to date by the follower.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/mutex.h"
#include "common/catalog/model.h"

namespace pagepress {

/// The four sorts of catalog entries; also the first part of their record keys (`rule/release`).
enum class EntryKind { kSite, kRule, kSnapshot, kApiKey };

[[nodiscard]] std::string_view name_of(EntryKind kind);

/// An entry as stored: its JSON document and the offset of its record, which is its revision.
struct StoredEntry {
    std::string document;
    std::int64_t revision = 0;
};

/// Thread-safe. Returned objects are immutable and stay valid for as long as they are held.
class Catalog {
public:
    [[nodiscard]] std::shared_ptr<const Site> site(std::string_view id) const;
    [[nodiscard]] std::shared_ptr<const Rule> rule(std::string_view id) const;
    [[nodiscard]] std::shared_ptr<const Snapshot> snapshot(std::string_view id) const;

    /// Key whose secret has this digest, whatever its scope or expiry.
    [[nodiscard]] std::shared_ptr<const ApiKey> api_key(const Sha256& digest) const;

    /// Snapshots of a page, ordered by id.
    [[nodiscard]] std::vector<std::shared_ptr<const Snapshot>> snapshots_of_page(
        std::string_view site, std::string_view page_id
    ) const;

    [[nodiscard]] std::optional<StoredEntry> stored(EntryKind kind, std::string_view id) const;

    /// Ids of all entries of a kind, ordered.
    [[nodiscard]] std::vector<std::string> ids(EntryKind kind) const;

    /// Applies one record of the catalog topic; an empty `value` is a tombstone. A record that
    /// cannot be read is counted, logged and left out, and `position` moves on all the same.
    void apply(std::string_view key, std::string_view value, std::int64_t offset);

    /// Everything below this offset has been applied.
    [[nodiscard]] std::int64_t position() const;

    /// Moves `position` forward without a record (transaction markers, compacted gaps).
    void advance_to(std::int64_t position);

    /// Notes that at `when` nothing was missing.
    void confirm(SteadyTime when);

    /// When the catalog was last known to be complete; empty before the first time.
    [[nodiscard]] std::optional<SteadyTime> confirmed_at() const;

private:
    template <typename T>
    using ById = std::map<std::string, std::shared_ptr<const T>, std::less<>>;

    void erase(EntryKind kind, std::string_view id) REQUIRES(mutex_);
    Result<void> insert(EntryKind kind, std::string_view id, std::string_view document)
        REQUIRES(mutex_);

    mutable Mutex mutex_;
    ById<Site> sites_ GUARDED_BY(mutex_);
    ById<Rule> rules_ GUARDED_BY(mutex_);
    ById<Snapshot> snapshots_ GUARDED_BY(mutex_);
    ById<ApiKey> api_keys_ GUARDED_BY(mutex_);
    std::map<Sha256, std::shared_ptr<const ApiKey>> by_digest_ GUARDED_BY(mutex_);
    std::map<std::string, StoredEntry, std::less<>> stored_ GUARDED_BY(mutex_);
    std::int64_t position_ GUARDED_BY(mutex_) = 0;
    std::optional<SteadyTime> confirmed_at_ GUARDED_BY(mutex_);
};

}  // namespace pagepress
