// Records and delivery reports, as the rest of the project sees Kafka.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/error.h"

namespace pagepress {

struct RecordHeader {
    std::string name;
    std::string value;
};

/// A record to be produced. The partition follows from the key (murmur2, as Java clients do).
struct Record {
    std::string topic;
    std::string key;
    std::string value;
    std::vector<RecordHeader> headers = {};
};

/// What is known about a record after its delivery report (librdkafka INTRODUCTION.md
/// "Message persistence status").
enum class Persistence {
    kPersisted,          ///< acknowledged by all in-sync replicas
    kPossiblyPersisted,  ///< sent, not acknowledged: sending it again may double it
    kNotPersisted,       ///< never reached a log
};

/// Kafka's answer about one record.
struct Delivery {
    std::uint64_t ticket = 0;  ///< the caller's own number for the record
    Persistence persistence = Persistence::kNotPersisted;
    std::string reason;  ///< librdkafka's error text; empty if persisted
    std::int32_t partition = -1;
    std::int64_t offset = -1;
};

/// Port: takes records; the delivery report comes later through the adapter's own callback.
class RecordSink {
public:
    virtual ~RecordSink() = default;

    /// Hands over a record. Never blocks.
    ///
    /// @param ticket  returned in the record's delivery report
    /// @errors  kOverloaded  the producer's queue is full: nothing was taken
    ///          kUnavailable the producer cannot take records now: nothing was taken
    virtual Result<void> append(const Record& record, std::uint64_t ticket) = 0;
};

}  // namespace pagepress
