// Reads the members of one JSON object by name and gathers everything that is wrong with them.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "common/catalog/documents.h"

namespace pagepress {

enum class Presence { kRequired, kOptional };

/// What a text member may hold.
struct TextLimits {
    Presence presence = Presence::kRequired;
    std::size_t bytes_max = 0;
    enum class Lines { kOne, kMany } lines = Lines::kOne;
};

/// One object of a document. Every member that is asked for becomes a known one; `finish` reports
/// the others. Problems go to a list that the readers of nested objects share.
class DocumentReader {
public:
    /// @param path      JSON path of `value`; empty for the document itself
    /// @param value     anything; what is not an object is a problem
    /// @param problems  outlives the reader, as `value` does
    DocumentReader(
        std::string path, const boost::json::value& value, std::vector<Problem>& problems
    );

    /// Text of 1..bytes_max bytes; empty if it is missing or wrong. One-line texts hold no control
    /// characters.
    std::string text(std::string_view name, const TextLimits& limits);

    /// Id of an entry (`is_entry_id`).
    std::string entry_id(std::string_view name);

    /// Numeric id of a page, as text or as a number: YAML files write both.
    std::string page_id(std::string_view name, Presence presence);

    bool boolean(std::string_view name, bool fallback);

    /// Time in ms since the epoch, 0 or later; empty if missing or wrong.
    std::optional<std::int64_t> time_ms(std::string_view name, Presence presence);

    /// Optional whole number of `low`..`high`; empty if missing or wrong.
    std::optional<std::int64_t> integer(std::string_view name, std::int64_t low, std::int64_t high);

    /// Index into `words`; empty if missing or none of them.
    std::optional<std::size_t> choice(
        std::string_view name, Presence presence, std::initializer_list<std::string_view> words
    );

    /// Member of any type; null if missing.
    const boost::json::value* member(std::string_view name, Presence presence);

    /// Array of `low`..`high` items; null if missing or wrong.
    const boost::json::array* array(std::string_view name, std::size_t low, std::size_t high);

    /// Checks the optional member `id`, which may only repeat the entry's own id.
    void own_id(std::string_view id);

    /// Path of a member, as problems name it.
    [[nodiscard]] std::string path_of(std::string_view name) const;

    /// Adds a problem with the member `name`.
    void report(std::string_view name, std::string message);

    /// Reports every member that nobody asked for, with the nearest known name.
    void finish();

private:
    const boost::json::object* object_ = nullptr;
    std::string path_;
    std::vector<Problem>& problems_;
    std::vector<std::string> known_;
};

inline constexpr TextLimits kOptionalName{.presence = Presence::kOptional, .bytes_max = 255};

/// Reads what rules, snapshots and schedules begin with: id, site, switch and name.
template <typename Entry>
void read_head(Entry& entry, std::string_view id, DocumentReader& reader) {
    entry.id = id;
    reader.own_id(id);
    entry.site = reader.entry_id("site");
    entry.enabled = reader.boolean("enabled", true);
    entry.name = reader.text("name", kOptionalName);
}

/// Checks the text of one value, wherever it stands; the value of `DocumentReader::text`.
[[nodiscard]] std::string read_text(
    const std::string& path,
    const boost::json::value& value,
    const TextLimits& limits,
    std::vector<Problem>& problems
);

}  // namespace pagepress
