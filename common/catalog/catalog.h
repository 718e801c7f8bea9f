// The catalog in memory: look-ups for every request and job, kept up to date by the follower.
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/mutex.h"
#include "common/catalog/model.h"

namespace pagepress {

/// The sorts of catalog entries; also the first part of their record keys (`rule/release`).
enum class EntryKind { kSite, kRule, kSnapshot, kApiKey, kSchedule };

[[nodiscard]] std::string_view name_of(EntryKind kind);

/// Word of a kind in paths and lists: `sites`, `rules`, `snapshots`, `keys`, `schedules`.
[[nodiscard]] std::string plural_of(EntryKind kind);

/// Key of an entry's record: `rule/release`.
[[nodiscard]] std::string record_key(EntryKind kind, std::string_view id);

/// An entry as stored: its JSON document and its revision, which is the catalog position right
/// behind its record (offset + 1), so that it is never 0 and grows with every change.
struct StoredEntry {
    std::string document;
    std::int64_t revision = 0;
};

/// A schedule and when this revision of it was written.
struct WrittenSchedule {
    std::shared_ptr<const Schedule> schedule;
    UnixMillis written_at = 0;  ///< 0 if Kafka did not say
};

/// Thread-safe. Returned objects are immutable and stay valid for as long as they are held.
class Catalog {
public:
    [[nodiscard]] std::shared_ptr<const Site> site(std::string_view id) const;

    /// Since when a site has been switched on without a break, as far as the topic still tells: it
    /// may have been for longer, where versions of its entry were compacted away, but never for
    /// less. 0 if it is not on, or Kafka did not say.
    [[nodiscard]] UnixMillis site_enabled_since(std::string_view id) const;

    [[nodiscard]] std::shared_ptr<const Rule> rule(std::string_view id) const;
    [[nodiscard]] std::shared_ptr<const Snapshot> snapshot(std::string_view id) const;

    [[nodiscard]] std::shared_ptr<const Schedule> schedule(std::string_view id) const;

    /// All schedules, ordered by id.
    [[nodiscard]] std::vector<WrittenSchedule> schedules() const;

    /// Key whose secret has this digest, whatever its scope or expiry.
    [[nodiscard]] std::shared_ptr<const ApiKey> api_key(const Sha256& digest) const;

    /// Snapshots of a page, ordered by id.
    [[nodiscard]] std::vector<std::shared_ptr<const Snapshot>> snapshots_of_page(
        std::string_view site, std::string_view page_id
    ) const;

    /// Rules of a site that listen to events, ordered by id; switched off ones included.
    [[nodiscard]] std::vector<std::shared_ptr<const Rule>> listening_rules(std::string_view site
    ) const;

    [[nodiscard]] std::optional<StoredEntry> stored(EntryKind kind, std::string_view id) const;

    /// Ids of all entries of a kind, ordered.
    [[nodiscard]] std::vector<std::string> ids(EntryKind kind) const;

    /// Applies one record of the catalog topic; an empty `value` is a tombstone. A record that
    /// cannot be read is counted, logged and takes its entry away (an entry that was replaced must
    /// not stay in force), and `position` moves on all the same. Members that are not known are
    /// ignored, so that a newer ingress can add some. Records below `position` are
    /// ignored: a follower that starts again cannot bring back what was replaced.
    ///
    /// @param written_at  the record's time; 0 if it has none
    void apply(
        std::string_view key, std::string_view value, std::int64_t offset, UnixMillis written_at = 0
    );

    /// Whether `apply` would take the record: `document` is JSON and has no problems.
    ///
    /// @errors  kCorrupt  names the first problem
    [[nodiscard]] static Result<void> check(
        EntryKind kind, std::string_view id, std::string_view document
    );

    /// Number of records that could not be read.
    [[nodiscard]] std::int64_t unreadable_records() const;

    /// Everything below this offset has been applied.
    [[nodiscard]] std::int64_t position() const;

    /// Moves `position` forward without a record (transaction markers, compacted gaps).
    void advance_to(std::int64_t position);

    /// Waits until `position()` is at least `position`, at most until `deadline` on the machine's
    /// monotonic clock. Returns whether it is.
    [[nodiscard]] bool wait_until_position(std::int64_t position, SteadyTime deadline) const;

    /// Notes that at `when` nothing was missing.
    void confirm(SteadyTime when);

    /// When the catalog was last known to be complete; empty before the first time.
    [[nodiscard]] std::optional<SteadyTime> confirmed_at() const;

private:
    // Every trigger looks three entries up: a tree of ten thousand compares a dozen of them, most
    // of them not in the processor's cache.
    struct IdHash {
        using is_transparent = void;

        std::size_t operator()(std::string_view id) const {
            return std::hash<std::string_view>()(id);
        }
    };

    struct DigestHash {
        /// Any part of a digest is a hash.
        std::size_t operator()(const Sha256& digest) const {
            std::size_t hash = 0;
            std::memcpy(&hash, digest.data(), sizeof hash);
            return hash;
        }
    };

    template <typename T>
    using ById = std::unordered_map<std::string, std::shared_ptr<const T>, IdHash, std::equal_to<>>;

    using Entry = std::variant<
        std::shared_ptr<const Site>,
        std::shared_ptr<const Rule>,
        std::shared_ptr<const Snapshot>,
        std::shared_ptr<const ApiKey>,
        std::shared_ptr<const Schedule>>;

    /// Entry from its record; reads the document without the lock, as that may take milliseconds.
    static Result<Entry> read(EntryKind kind, std::string_view id, std::string_view document);

    void insert(std::string_view id, const Entry& entry, UnixMillis written_at) REQUIRES(mutex_);
    void erase(EntryKind kind, std::string_view id) REQUIRES(mutex_);
    void erase_api_key(std::string_view id) REQUIRES(mutex_);
    void erase_rule(std::string_view id) REQUIRES(mutex_);
    void erase_snapshot(std::string_view id) REQUIRES(mutex_);
    void note_switch(std::string_view site_id, UnixMillis written_at) REQUIRES(mutex_);
    void move_to(std::int64_t position) REQUIRES(mutex_);

    mutable Mutex mutex_;
    mutable CondVar moved_;
    ById<Site> sites_ GUARDED_BY(mutex_);
    /// Of the sites that are switched on.
    std::map<std::string, UnixMillis, std::less<>> enabled_since_ GUARDED_BY(mutex_);
    ById<Rule> rules_ GUARDED_BY(mutex_);
    /// Those of `rules_` that listen to events, by site.
    std::map<std::string, ById<Rule>, std::less<>> listening_ GUARDED_BY(mutex_);
    ById<Snapshot> snapshots_ GUARDED_BY(mutex_);
    /// The same by `<site>/<page>`: every press of a page asks for them.
    std::unordered_map<std::string, ById<Snapshot>> by_page_ GUARDED_BY(mutex_);
    ById<ApiKey> api_keys_ GUARDED_BY(mutex_);
    std::map<std::string, WrittenSchedule, std::less<>> schedules_ GUARDED_BY(mutex_);
    std::unordered_map<Sha256, std::shared_ptr<const ApiKey>, DigestHash> by_digest_
        GUARDED_BY(mutex_);
    std::map<std::string, StoredEntry, std::less<>> stored_ GUARDED_BY(mutex_);
    std::int64_t position_ GUARDED_BY(mutex_) = 0;
    std::int64_t unreadable_records_ GUARDED_BY(mutex_) = 0;
    std::optional<SteadyTime> confirmed_at_ GUARDED_BY(mutex_);
};

}  // namespace pagepress
