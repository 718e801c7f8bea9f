// Reads a part of a topic for a person's question: bounded in records, time and memory, without a
// consumer group.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/kafka/kafka_settings.h"
#include "common/kafka/record.h"
#include "common/kafka/scan_cursor.h"

namespace pagepress {

/// Where a record is.
struct RecordPlace {
    std::int32_t partition = 0;
    std::int64_t offset = 0;

    auto operator<=>(const RecordPlace&) const = default;
};

struct ScannedRecord {
    Record record;
    RecordPlace place;
    UnixMillis written_at = 0;  ///< the record's timestamp
};

struct ScanRequest {
    std::string topic;  ///< full name, with the prefix
    /// Records of other times may be left out, and may not: who cares compares.
    std::optional<UnixMillis> since = {};
    std::optional<UnixMillis> until = {};
    /// Goes on there; `since` then does not count. Empty: begins anew.
    ScanPosition from = {};
    Millis time_max{3'000};
};

enum class ScanStep { kGoOn, kStop };

/// Called for every record in order; kStop ends the scan behind the record.
using ScanVisitor = std::function<ScanStep(const ScannedRecord&)>;

struct ScanEnd {
    ScanPosition next;         ///< where another scan goes on
    bool is_complete = false;  ///< every partition was read to the end that it had at the beginning
};

/// Reads the committed records of all partitions in the order of their timestamps, oldest first, as
/// far as the partitions themselves are in that order. Holds a record per partition at a time, and
/// what librdkafka has fetched ahead (about 2 MiB per partition). Blocks its thread at most about
/// `time_max` and the time of three calls to the brokers.
///
/// @errors  kNotFound     the topic does not exist; says how to create it
///          kUnavailable  the brokers do not answer, or delivered nothing in time
[[nodiscard]] Result<ScanEnd> scan_topic(
    const KafkaSettings& settings,
    const Clock& clock,
    const ScanRequest& request,
    const ScanVisitor& visit
);

/// Where `read_records` ends before all its places are read.
struct ReadBounds {
    Millis time_max{3'000};
    std::size_t bytes_max = 0;  ///< behind the record that takes their values together over this
};

struct ReadRecords {
    std::vector<ScannedRecord> records;  ///< those that are there
    std::size_t places_read = 0;         ///< the first so many places; at least one
};

/// Reads single records, in the order of their places. Those that are not there (any more) are left
/// out.
///
/// @errors  as scan_topic
[[nodiscard]] Result<ReadRecords> read_records(
    const KafkaSettings& settings,
    const Clock& clock,
    const std::string& topic,
    const std::vector<RecordPlace>& places,
    const ReadBounds& bounds
);

}  // namespace pagepress
