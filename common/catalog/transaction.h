// One change of the catalog topic as a Kafka transaction: a producer of its own that fences every
// other writer. Private to the writer.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/kafka/kafka_handles.h"
#include "common/kafka/kafka_settings.h"
#include "common/kafka/record.h"

namespace pagepress {

/// Used by one thread. Destroying it without a commit leaves nothing in the topic: the transaction
/// is aborted, by us or by whoever opens the next one.
class CatalogTransaction {
public:
    /// Takes over the writers' transactional id: a transaction of another writer that is still
    /// open is aborted, and that writer can never commit again (KIP-98, producer epochs).
    ///
    /// @errors  kUnavailable   no coordinator in time, or fenced already
    ///          kInvalidInput  properties that librdkafka refuses
    static Result<std::unique_ptr<CatalogTransaction>> open(
        const KafkaSettings& settings, Millis timeout
    );

    ~CatalogTransaction();
    CatalogTransaction(const CatalogTransaction&) = delete;
    CatalogTransaction& operator=(const CatalogTransaction&) = delete;

    /// Offset behind the last stable record. After `open` no transaction of a writer is pending.
    ///
    /// @errors  kUnavailable  the topic or its leader cannot be found
    [[nodiscard]] Result<std::int64_t> end_offset(Millis timeout);

    /// Appends an entry's record; an empty `value` makes a tombstone. The first one begins the
    /// transaction.
    ///
    /// @return  the record's offset
    /// @errors  kUnavailable  not appended, or fenced
    ///          kTooLarge     the record is larger than Kafka's limits allow
    [[nodiscard]] Result<std::int64_t> append(
        const std::string& key, const std::optional<std::string>& value, Millis timeout
    );

    /// Appends a record of another topic to the transaction that `append` began: readers get both
    /// or none.
    ///
    /// @errors  as append
    [[nodiscard]] Result<void> append_companion(const Record& record, Millis timeout);

    /// @errors  kUnknownOutcome  no clear answer in time; the topic shows what happened
    [[nodiscard]] Result<void> commit(Millis timeout);

private:
    struct Report {
        rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR__IN_PROGRESS;
        std::int64_t offset = -1;
    };

    CatalogTransaction(kafka::Client producer, std::string topic);
    static void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void*);
    Result<std::int64_t> send(
        const std::string& topic,
        const std::string& key,
        const std::optional<std::string>& value,
        Millis timeout
    );
    Result<void> produce(
        const std::string& topic, const std::string& key, const std::optional<std::string>& value
    );

    // Before the producer, which may still report into it while it is being destroyed.
    Report report_;
    const kafka::Client producer_;
    const std::string topic_;
    bool is_open_ = false;
};

}  // namespace pagepress
