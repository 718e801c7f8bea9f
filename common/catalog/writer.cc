// Runs on the caller's thread; librdkafka's threads live as long as one call.
#include "common/catalog/writer.h"

#include <algorithm>
#include <utility>

#include "common/base/log.h"
#include "common/catalog/transaction.h"

namespace pagepress {

namespace {

using namespace std::chrono_literals;

constexpr Millis kOpenMax = 5s;    // brokers away: say so soon
constexpr Millis kWriteMax = 15s;  // of all steps up to the commit
constexpr Millis kCommitMax = 5s;
constexpr Millis kSettleMax = 5s;
constexpr std::int64_t kNoRevision = 0;  // of an entry that does not exist

struct Change {
    EntryKind kind;
    std::string_view id;
    std::optional<std::string> document;
    std::optional<std::int64_t> if_revision;
    const MakeCompanion& make_companion;
    const Precondition& precondition;
};

std::string title_of(const Change& change) {
    return std::string(name_of(change.kind)).append(" '").append(change.id).append("'");
}

std::unexpected<Error> conflict(const Change& change, const std::optional<StoredEntry>& stored) {
    const std::string title = title_of(change);
    if (!stored) return fail(ErrorCode::kConflict, title + " does not exist any more");
    const std::string revision = std::to_string(stored->revision);
    if (change.if_revision == kNoRevision) {
        return fail(ErrorCode::kConflict, title + " exists already; it has revision " + revision);
    }
    return fail(
        ErrorCode::kConflict,
        title + " has revision " + revision + ", not " + std::to_string(*change.if_revision) +
            "; read it again"
    );
}

Result<void> check_revision(const Change& change, const std::optional<StoredEntry>& stored) {
    const std::int64_t revision = stored ? stored->revision : kNoRevision;
    if (change.if_revision && *change.if_revision != revision) return conflict(change, stored);
    if (!change.document && !stored) {
        return fail(ErrorCode::kNotFound, "there is no " + title_of(change));
    }
    return {};
}

/// What no reader can read must not get on the topic: it would take the entry out of force.
Result<void> check_document(const Change& change) {
    if (!change.document) return {};
    const auto checked = Catalog::check(change.kind, change.id, *change.document);
    if (checked) return {};
    return fail(ErrorCode::kInvalidInput, title_of(change) + ": " + checked.error().message);
}

}  // namespace

class CatalogWriter::State {
public:
    State(KafkaSettings settings, const Catalog& catalog, const Clock& clock)
        : settings_(std::move(settings)), catalog_(catalog), clock_(clock) {}

    Result<std::int64_t> write(const Change& change) const {
        if (auto checked = check_document(change); !checked) {
            return std::unexpected(checked.error());
        }
        const SteadyTime deadline = clock_.steady_now() + kWriteMax;
        auto transaction = CatalogTransaction::open(settings_, kOpenMax);
        if (!transaction) return std::unexpected(transaction.error());
        if (auto read = read_to_end(**transaction, deadline); !read) {
            return std::unexpected(read.error());
        }
        const auto before = catalog_.stored(change.kind, change.id);
        if (auto checked = check_revision(change, before); !checked) {
            return std::unexpected(checked.error());
        }
        if (auto removed = remove_with(change, **transaction, deadline); !removed) {
            return std::unexpected(removed.error());
        }
        const EntryName name{.kind = change.kind, .id = std::string(change.id)};
        const auto offset = append(change, name, change.document, **transaction, deadline);
        if (!offset) return std::unexpected(offset.error());
        const auto committed = (*transaction)->commit(kCommitMax);
        return settle(change, *offset, committed);
    }

private:
    [[nodiscard]] Millis remaining(SteadyTime deadline) const {
        const auto left = std::chrono::duration_cast<Millis>(deadline - clock_.steady_now());
        return std::max(left, 1ms);
    }

    /// What has to go together with the change: first, so that the change's offset is the last one.
    Result<void> remove_with(
        const Change& change, CatalogTransaction& transaction, SteadyTime deadline
    ) const {
        if (!change.precondition) return {};
        const auto names = change.precondition();
        if (!names) return std::unexpected(names.error());
        for (const EntryName& name : *names) {
            const auto offset = append(change, name, std::nullopt, transaction, deadline);
            if (!offset) return std::unexpected(offset.error());
        }
        return {};
    }

    /// Appends an entry's record and its companion.
    Result<std::int64_t> append(
        const Change& change,
        const EntryName& name,
        const std::optional<std::string>& document,
        CatalogTransaction& transaction,
        SteadyTime deadline
    ) const {
        auto offset =
            transaction.append(record_key(name.kind, name.id), document, remaining(deadline));
        if (!offset || !change.make_companion) return offset;
        const Record companion =
            change.make_companion(name, catalog_.stored(name.kind, name.id), *offset + 1);
        const auto sent = transaction.append_companion(companion, remaining(deadline));
        if (!sent) return std::unexpected(sent.error());
        return offset;
    }

    Result<void> read_to_end(CatalogTransaction& transaction, SteadyTime deadline) const {
        const auto end = transaction.end_offset(std::min(remaining(deadline), kOpenMax));
        if (!end) return std::unexpected(end.error());
        if (catalog_.wait_until_position(*end, deadline)) return {};
        return fail(
            ErrorCode::kUnavailable,
            "this process has not read the whole catalog yet; try again, or see its log"
        );
    }

    /// What became of the record at `offset`, as far as it can be known. A commit without a clear
    /// answer is decided by the topic: readers get beyond the offset only when the transaction is
    /// over, and then they have the record or they never will.
    Result<std::int64_t> settle(
        const Change& change, std::int64_t offset, const Result<void>& committed
    ) const {
        const bool is_over =
            catalog_.wait_until_position(offset + 1, clock_.steady_now() + kSettleMax);
        if (committed) {
            if (!is_over) log_warn("a committed change of the catalog is not read yet");
            return offset + 1;
        }
        const auto stored = catalog_.stored(change.kind, change.id);
        const std::int64_t revision = stored ? stored->revision : kNoRevision;
        const std::int64_t own_revision = offset + 1;
        if (!is_over || revision > own_revision) {
            return fail(
                ErrorCode::kUnknownOutcome,
                committed.error().message + "; read " + title_of(change) + " to see its state"
            );
        }
        const bool is_written = change.document ? revision == own_revision : !stored;
        if (is_written) return own_revision;
        return fail(
            ErrorCode::kUnavailable,
            title_of(change) +
                " was not changed, as another admin is changing the catalog; try "
                "again"
        );
    }

    const KafkaSettings settings_;
    const Catalog& catalog_;
    const Clock& clock_;
};

CatalogWriter::CatalogWriter(KafkaSettings settings, const Catalog& catalog, const Clock& clock)
    : state_(std::make_unique<State>(std::move(settings), catalog, clock)) {}

CatalogWriter::~CatalogWriter() = default;

Result<std::int64_t> CatalogWriter::write(
    EntryKind kind,
    std::string_view id,
    std::optional<std::string> document,
    std::optional<std::int64_t> if_revision,
    const MakeCompanion& make_companion,
    const Precondition& precondition
) {
    return state_->write(
        {.kind = kind,
         .id = id,
         .document = std::move(document),
         .if_revision = if_revision,
         .make_companion = make_companion,
         .precondition = precondition}
    );
}

}  // namespace pagepress
