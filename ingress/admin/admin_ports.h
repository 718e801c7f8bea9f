// What the admin routes need from outside. Calls may block: admin calls have a thread of their own.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/digest.h"
#include "common/base/metrics.h"
#include "common/base/random.h"
#include "common/catalog/catalog.h"
#include "common/catalog/writer.h"
#include "common/job/job.h"
#include "common/kafka/topic_scan.h"
#include "common/redis/redis.h"
#include "ingress/admin/kafka_findings.h"

namespace pagepress::ingress {

/// `ChangeNote::action` of a key that is removed.
inline constexpr std::string_view kRevoked = "revoked";

/// Who changes an entry, for the audit topic.
struct ChangeNote {
    std::string_view admin;
    std::string_view action = {};  ///< `regenerated`; empty: created, updated or removed, as it is
};

/// CatalogWriter::write, with its audit event in the same transaction.
using WriteEntry = std::function<Result<std::int64_t>(
    EntryKind kind,
    std::string_view id,
    std::optional<std::string> document,
    std::optional<std::int64_t> if_revision,
    const ChangeNote& note,
    const Precondition& precondition
)>;

/// How the topics are to be made.
struct TopicsPlan {
    int partitions = 24;  ///< of the jobs and dead-letter topics
    int replication = 1;
    int min_insync_replicas = 1;
};

/// Creates the topics that are missing; returns the names of those.
using CreateTopics = std::function<Result<std::vector<std::string>>(const TopicsPlan& plan)>;

/// Asks the brokers; may block for seconds. `group` is the workers' consumer group.
using InspectKafka = std::function<KafkaInspection(const std::string& group)>;

/// Puts a job on Kafka with the header `traceparent` and waits for its delivery report.
using PutJob = std::function<Result<void>(const Job& job, std::string traceparent)>;

/// pagepress::scan_topic.
using ScanTopic =
    std::function<Result<ScanEnd>(const ScanRequest& request, const ScanVisitor& visit)>;

/// pagepress::read_records.
using ReadPlaces = std::function<Result<ReadRecords>(
    const std::string& topic, const std::vector<RecordPlace>& places, std::size_t bytes_max
)>;

/// Sends records and waits; of each whether Kafka has acknowledged it.
using SendRecords = std::function<std::vector<bool>(const std::vector<Record>& records)>;

/// Full names.
struct AdminTopics {
    std::string jobs;
    std::string dead;
    std::string audit;
};

/// References outlive the routes.
struct AdminPorts {
    const Catalog& catalog;
    const Clock& clock;
    Random& random;
    Redis& redis;
    Metrics& metrics;
    WriteEntry write_entry;
    CreateTopics create_topics;
    InspectKafka inspect_kafka = {};
    PutJob put_job;
    AdminTopics topics;
    ScanTopic scan_topic;
    ReadPlaces read_records;
    SendRecords send_records;
};

}  // namespace pagepress::ingress
