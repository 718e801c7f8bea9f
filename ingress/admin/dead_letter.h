// A dead letter as the admin API knows it, and the mark that says it was sent again.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "common/job/job.h"
#include "common/kafka/topic_scan.h"

namespace pagepress::ingress {

struct DeadLetter {
    RecordPlace place;       ///< on the dead-letter topic
    std::optional<Job> job;  ///< empty: a record that is no job, buried as it came
    std::string page_id;     ///< the job's page, as far as it is known
    std::string reason;
    std::string code;
    int attempts = 0;
    UnixMillis first_failed_at =
        0;  ///< of its attempts, those that had to wait included; 0: not known
    UnixMillis failed_at = 0;
    std::string source;       ///< where its record is on the jobs topic: `<partition>-<offset>`
    std::string traceparent;  ///< of the call that made it; empty: none
    std::size_t record_bytes = 0;
};

/// `<partition>-<offset>`.
[[nodiscard]] std::string id_of(const RecordPlace& place);

/// Place from such a text; empty if it is none.
[[nodiscard]] std::optional<RecordPlace> place_from(std::string_view id);

/// Whether a record of the dead-letter topic is a mark, and of which letter.
[[nodiscard]] std::optional<RecordPlace> marked_letter(const ScannedRecord& record);

/// Letter of a record that is no mark.
[[nodiscard]] DeadLetter letter_from(const ScannedRecord& record);

/// The mark of a letter that was sent again. Its headers tell which letter and job it was, which
/// redrive, by whom and when.
///
/// @param job  as it was sent again
[[nodiscard]] Record redriven_mark(
    std::string topic,
    const RecordPlace& letter,
    const Job& job,
    std::string_view admin,
    UnixMillis now
);

/// Members of a letter; what is not known is left out.
[[nodiscard]] boost::json::object shown_letter(const DeadLetter& letter, bool is_redriven);

}  // namespace pagepress::ingress
