// The stamp: page key and job id written inside the page write, so that an unknown outcome is
// resolved by reading the page.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/error.h"

namespace pagepress::worker {

struct Stamp {
    std::string page_key;
    std::string job_id;
    /// text_digest of what was sent, in a version message; empty: not known.
    std::string text = {};
    /// In a version that takes all snapshots of a page, those that failed and are not in it: the
    /// first one's id, and `+n` for n more; empty: none.
    std::string failed = {};
    int redrive = 0;  ///< of the job
    /// Page id that the rule named as parent when this version was written, or the page was
    /// created; empty: none.
    std::string parent = {};

    bool operator==(const Stamp&) const = default;
};

/// `pagepress page=<page key> job=<job id>`: the version.message of a press. ` text=…`, `
/// failed=…`, ` redrive=…` and ` parent=…` follow where they are set.
[[nodiscard]] std::string to_version_message(const Stamp& stamp);

/// Stamp of a version message; empty for a person's or another program's message.
[[nodiscard]] std::optional<Stamp> stamp_from_version_message(std::string_view message);

/// The version.message of a press that takes its page out of the trash, before it writes.
[[nodiscard]] std::string to_restore_message(std::string_view page_key);

[[nodiscard]] bool is_restore_message(std::string_view message);

/// How a job ends whose version took some snapshots only, and was written by an execution that did
/// not come to report on it.
///
/// @param failed   of the stamp; not empty
/// @param version  the one that carries the stamp
[[nodiscard]] Error error_of_failed(std::string failed, std::int64_t version);

/// An invisible anchor macro that carries the stamp in the body of a page that is being created,
/// because Confluence takes no version message with a create.
[[nodiscard]] std::string to_anchor(const Stamp& stamp);

/// An invisible anchor macro that makes a body differ from every other version of the page. It is
/// no stamp.
[[nodiscard]] std::string to_write_mark(std::string_view job_id, std::int64_t version);

/// Stamp of the last stamp anchor in a body; tolerant of attributes that Confluence adds.
[[nodiscard]] std::optional<Stamp> stamp_from_body(std::string_view body);

}  // namespace pagepress::worker
