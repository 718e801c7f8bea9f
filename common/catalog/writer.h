// Changes the catalog: one fenced transaction per change, so that two writers never overwrite each
// other.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/catalog/catalog.h"
#include "common/kafka/kafka_settings.h"
#include "common/kafka/record.h"

namespace pagepress {

struct EntryName {
    EntryKind kind = EntryKind::kSite;
    std::string id;
};

/// Makes the record of another topic that tells of a change of `entry`.
///
/// @param before    the entry as it was; empty: there was none
/// @param revision  the entry's new revision
using MakeCompanion = std::function<Record(
    const EntryName& entry, const std::optional<StoredEntry>& before, std::int64_t revision
)>;

/// Decides, with the whole catalog read and while nobody else can change it, whether a change may
/// be made (the error says why not) and which entries must be removed in the same transaction.
using Precondition = std::function<Result<std::vector<EntryName>>()>;

/// Used by one thread (the admin listener's); calls block for the length of a transaction.
class CatalogWriter {
public:
    /// @param catalog  the follower's catalog: the writer waits until it has seen the topic's end
    CatalogWriter(KafkaSettings settings, const Catalog& catalog, const Clock& clock);
    ~CatalogWriter();
    CatalogWriter(const CatalogWriter&) = delete;
    CatalogWriter& operator=(const CatalogWriter&) = delete;

    /// Writes an entry (`document`) or removes it (empty optional), and waits until the catalog
    /// shows it: init_transactions (fences every other writer) → read to the end → check the
    /// revision → produce → commit → read it back.
    ///
    /// @param if_revision  the revision that the caller saw; 0 for "must not exist"; empty for any
    /// @param make_companion  a record that is written in the same transaction: there if and only
    ///                        if the change is; empty: none
    /// @param precondition  what else must be true for the change, and what goes with it; empty:
    ///                      nothing
    /// @return             the entry's new revision
    /// @errors  those of `precondition`, and
    ///          kInvalidInput   `document` is not one that every reader takes
    ///          kConflict       the entry has another revision; the message names it
    ///          kNotFound       the entry to be removed does not exist
    ///          kTooLarge       the entry is larger than the topic takes
    ///          kUnavailable    Kafka does not answer, or another writer fenced this one: nothing
    ///                          was written
    ///          kUnknownOutcome the commit's answer was lost; read the entry to find out
    Result<std::int64_t> write(
        EntryKind kind,
        std::string_view id,
        std::optional<std::string> document,
        std::optional<std::int64_t> if_revision,
        const MakeCompanion& make_companion = {},
        const Precondition& precondition = {}
    );

private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace pagepress
