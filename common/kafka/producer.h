// Producer of records over librdkafka: idempotent, acks=all, delivery reports on the caller's loop.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "common/kafka/kafka_settings.h"
#include "common/kafka/record.h"

namespace pagepress {

struct ProducerLimits {
    /// Longest time between `append` and the delivery report (`message.timeout.ms`).
    std::chrono::milliseconds delivery_timeout{10'000};
    std::int64_t queue_records_max = 200'000;
    std::int64_t queue_kbytes_max = 262'144;
};

using DeliveryHandler = std::function<void(const Delivery&)>;

/// Owned and used by one thread. Every appended record gets exactly one delivery report, from
/// `poll` on that thread. A fatal producer error (reference: librdkafka 2.3.0 changelog #4438)
/// makes it swap in a new producer and send again, once, what has no report yet; for those records
/// the delivery timeout begins again. Tickets of records without a report must differ.
class Producer final : public RecordSink {
public:
    /// @errors  kInvalidInput  a property that librdkafka refuses
    static Result<std::unique_ptr<Producer>> create(
        const KafkaSettings& settings, const ProducerLimits& limits, DeliveryHandler on_delivery
    );

    ~Producer() override;
    Producer(const Producer&) = delete;
    Producer& operator=(const Producer&) = delete;

    Result<void> append(const Record& record, std::uint64_t ticket) override;

    /// A descriptor that becomes readable when `poll` has work (an eventfd; `poll` drains it).
    [[nodiscard]] int wake_fd() const;

    /// Serves delivery reports that are ready, by calling the handler. Never blocks.
    void poll();

    /// Waits until every record has its report, at most `deadline`. Returns what is still open.
    std::size_t flush(std::chrono::milliseconds deadline);

    /// Asks the brokers for the metadata of `topic`, which also opens the connections, so that the
    /// first record does not wait (librdkafka #5032).
    ///
    /// @return  number of partitions
    /// @errors  kUnavailable  no broker answered in time
    ///          kNotFound     the topic does not exist; says how to create it
    Result<int> partitions_of(const std::string& topic, std::chrono::milliseconds timeout);

private:
    class State;
    explicit Producer(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace pagepress
