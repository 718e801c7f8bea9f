// One client of a producer: what a fatal error ends, and another one replaces. Private to the
// producer.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/kafka/kafka_handles.h"
#include "common/kafka/producer.h"

namespace pagepress::kafka {

/// The client, its main queue, and the topics used so far. Used by the producer's thread; its
/// destruction joins librdkafka's threads.
class ProducerLine {
public:
    /// @param wake_fd  an eventfd that counts up when the queue gets its first event
    /// @errors  kInvalidInput  a property that librdkafka refuses
    static Result<ProducerLine> open(
        const KafkaSettings& settings, const ProducerLimits& limits, int wake_fd
    );

    /// Closed: takes nothing.
    ProducerLine() = default;

    [[nodiscard]] bool is_open() const { return client_ != nullptr; }

    /// Hands over a copy of `record`; its ticket comes back with the delivery report.
    rd_kafka_resp_err_t produce(const Record& record, std::uint64_t ticket);

    /// Takes the next event, which holds one or many reports, or an error, in place of the last
    /// one. False: there is none now.
    [[nodiscard]] bool take_event() {
        event_.reset(rd_kafka_queue_poll(queue_.get(), 0));
        return event_ != nullptr;
    }

    /// What `take_event` took.
    [[nodiscard]] rd_kafka_event_t* event() const { return event_.get(); }

    /// Next report of the event that was taken, valid as long as that; null when there is none.
    [[nodiscard]] const rd_kafka_message_t* next_report() {
        return event_ == nullptr ? nullptr : rd_kafka_event_message_next(event_.get());
    }

    /// Null, and rd_kafka_last_error() says why, if librdkafka has no handle for the topic.
    [[nodiscard]] rd_kafka_topic_t* topic(const std::string& name);

    [[nodiscard]] rd_kafka_t* client() const { return client_.get(); }

    [[nodiscard]] bool has_turned_fatal() const;

    /// Lets every record that has no report yet fail, soon, through the queue.
    void purge() const;

    /// Whether every record has had its report.
    [[nodiscard]] bool is_drained() const {
        return event_ == nullptr && rd_kafka_outq_len(client_.get()) == 0;
    }

    /// From now on the queue does not touch `wake_fd`.
    void stop_waking() const { rd_kafka_queue_io_event_enable(queue_.get(), -1, nullptr, 0); }

private:
    ProducerLine(Client client, Queue queue)
        : client_(std::move(client)), queue_(std::move(queue)) {}

    // Destroyed from the last to the first, as librdkafka asks.
    Client client_{};
    Queue queue_{};
    Event event_{};
    std::vector<std::pair<std::string, Topic>> topics_{};
};

/// Ticket of a delivery report.
[[nodiscard]] std::uint64_t ticket_of(const rd_kafka_message_t* report);

}  // namespace pagepress::kafka
