#include "worker/consume/kafka_consumer.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "common/base/log.h"
#include "common/kafka/kafka_handles.h"
#include "common/kafka/kafka_messages.h"
#include "worker/consume/topic_partition.h"

namespace pagepress::worker {

class KafkaConsumer::State {
public:
    State(std::vector<std::string> topics, AssignmentListener& listener)
        : topics_(std::move(topics)), listener_(listener) {}

    /// Without another close: `close` has had its time, and must not be waited for again.
    ~State() {
        if (client_ == nullptr) return;
        if (!has_been_assigned_) {
            // Between joining the group and the first assignment, librdkafka before 2.3.0 aborts
            // the process when the client is destroyed (assertion on the sticky assignor's state,
            // #4381). The process is about to end: the client and its threads are left to that.
            rd_kafka_set_log_level(client_.get(), 0);
            (void)client_.release();
            return;
        }
        rd_kafka_destroy_flags(client_.release(), RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    }

    State(const State&) = delete;
    State& operator=(const State&) = delete;

    static void rebalance(
        rd_kafka_t* client,
        rd_kafka_resp_err_t event,
        rd_kafka_topic_partition_list_t* partitions,
        void* opaque
    ) {
        auto& state = *static_cast<State*>(opaque);
        if (event == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
            state.assign(client, *partitions);
        } else {
            state.revoke(client, *partitions);
        }
    }

    void start(kafka::Client client) { client_ = std::move(client); }

    std::optional<IncomingRecord> poll(Millis wait) {
        const kafka::Message message(
            rd_kafka_consumer_poll(client_.get(), static_cast<int>(wait.count()))
        );
        if (message == nullptr) return std::nullopt;
        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            log_error_once(rd_kafka_message_errstr(message.get()));
            return std::nullopt;
        }
        return record_from(*message);
    }

    Result<void> store(std::int32_t partition, std::int64_t offset) {
        const kafka::Partitions list = one_partition(partition);
        list->elems[0].offset = offset;
        const auto error = rd_kafka_offsets_store(client_.get(), list.get());
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
        // __STATE is what librdkafka says of a partition that is not assigned to this consumer.
        const bool is_gone = error == RD_KAFKA_RESP_ERR__STATE;
        return fail(
            is_gone ? ErrorCode::kNotFound : ErrorCode::kUnavailable,
            "offset of partition " + std::to_string(partition_of(partition)) + " of " +
                topic_of(partition) + " not stored: " + rd_kafka_err2str(error)
        );
    }

    [[nodiscard]] std::optional<std::int64_t> end_of(std::int32_t partition) const {
        std::int64_t low = 0;
        std::int64_t high = RD_KAFKA_OFFSET_INVALID;
        const auto error = rd_kafka_get_watermark_offsets(
            client_.get(), topic_of(partition).c_str(), partition_of(partition), &low, &high
        );
        const bool is_known = error == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0;
        return is_known ? std::optional(high) : std::nullopt;
    }

    void pause(std::int32_t partition) {
        if (!paused_.insert(partition).second) return;
        const kafka::Partitions list = one_partition(partition);
        rd_kafka_pause_partitions(client_.get(), list.get());
    }

    /// Resumes only what was paused: resuming another partition may jump back (librdkafka #4686).
    void resume(std::int32_t partition) {
        if (paused_.erase(partition) == 0) return;
        const kafka::Partitions list = one_partition(partition);
        rd_kafka_resume_partitions(client_.get(), list.get());
    }

    void close(Millis deadline) {
        kafka::Queue queue(rd_kafka_queue_get_consumer(client_.get()));
        const kafka::Failure failure(rd_kafka_consumer_close_queue(client_.get(), queue.get()));
        if (failure != nullptr) return;
        constexpr Millis kStep(50);
        for (Millis waited(0); waited < deadline; waited += kStep) {
            if (rd_kafka_consumer_closed(client_.get()) != 0) return;
            const kafka::Message message(
                rd_kafka_consumer_poll(client_.get(), static_cast<int>(kStep.count()))
            );
        }
        log_warn("consumer not closed in time: its partitions move on when its session ends");
    }

private:
    /// An outage repeats one error many times a second.
    void log_error_once(const std::string& reason) {
        if (reason == last_error_) return;
        last_error_ = reason;
        log_warn("consumer error", {{"reason", reason}});
    }

    void assign(rd_kafka_t* client, const rd_kafka_topic_partition_list_t& partitions) {
        has_been_assigned_ = true;
        const std::vector<std::int32_t> numbers = numbers_of(partitions);
        for (const std::int32_t partition : numbers) old_until_.erase(partition);
        listener_.on_assigned(numbers);
        const kafka::Failure failure(rd_kafka_incremental_assign(client, &partitions));
        log_failure(failure, "partitions not assigned");
    }

    void revoke(rd_kafka_t* client, const rd_kafka_topic_partition_list_t& partitions) {
        const std::vector<std::int32_t> numbers = numbers_of(partitions);
        listener_.on_revoked(numbers, rd_kafka_assignment_lost(client) != 0);
        // librdkafka remembers a pause beyond the assignment: a partition that comes back would
        // never be fetched again (confluent-kafka-go #193).
        for (const std::int32_t partition : numbers) resume(partition);
        // Commits the stored offsets of these partitions as well.
        const kafka::Failure failure(rd_kafka_incremental_unassign(client, &partitions));
        log_failure(failure, "partitions not unassigned");
    }

    static void log_failure(const kafka::Failure& failure, std::string_view message) {
        if (failure == nullptr) return;
        log_warn(message, {{"reason", rd_kafka_error_string(failure.get())}});
    }

    [[nodiscard]] const std::string& topic_of(std::int32_t partition) const {
        return topics_.at(topic_index_of(partition));
    }

    [[nodiscard]] std::int32_t number_of(std::string_view topic, std::int32_t partition) const {
        const auto found = std::ranges::find(topics_, topic);
        return partition_number(static_cast<std::size_t>(found - topics_.begin()), partition);
    }

    [[nodiscard]] std::vector<std::int32_t> numbers_of(
        const rd_kafka_topic_partition_list_t& partitions
    ) const {
        std::vector<std::int32_t> numbers;
        for (int i = 0; i < partitions.cnt; ++i) {
            numbers.push_back(number_of(partitions.elems[i].topic, partitions.elems[i].partition));
        }
        return numbers;
    }

    IncomingRecord record_from(const rd_kafka_message_t& message) {
        const std::int32_t partition =
            topics_.size() == 1 ? message.partition
                                : number_of(rd_kafka_topic_name(message.rkt), message.partition);
        return {
            .partition = partition,
            .offset = message.offset,
            .key = kafka::text_of(message.key, message.key_len),
            .value = kafka::text_of(message.payload, message.len),
            .headers = kafka::headers_of(&message),
            .may_be_redelivered = message.offset < old_until(partition),
        };
    }

    /// End of the partition when its first record after the assignment was fetched: what lies below
    /// it may have been executed by the worker that had the partition before.
    std::int64_t old_until(std::int32_t partition) {
        const auto found = old_until_.find(partition);
        if (found != old_until_.end()) return found->second;
        const std::int64_t until = end_of(partition).value_or(INT64_MAX);
        old_until_.emplace(partition, until);
        return until;
    }

    [[nodiscard]] kafka::Partitions one_partition(std::int32_t partition) const {
        kafka::Partitions list(rd_kafka_topic_partition_list_new(1));
        rd_kafka_topic_partition_list_add(
            list.get(), topic_of(partition).c_str(), partition_of(partition)
        );
        return list;
    }

    const std::vector<std::string> topics_;
    AssignmentListener& listener_;
    bool has_been_assigned_ = false;  ///< with no partition, perhaps
    std::string last_error_;
    std::set<std::int32_t> paused_;
    std::map<std::int32_t, std::int64_t> old_until_;
    kafka::Client client_;
};

Result<std::unique_ptr<KafkaConsumer>> KafkaConsumer::subscribe(
    const KafkaSettings& settings,
    const std::vector<std::string>& topics,
    const std::string& group,
    AssignmentListener& listener
) {
    KafkaSettings own = settings;
    // How soon a killed worker's partitions go to others; librdkafka's own 45 s is long for a page.
    own.properties.try_emplace("session.timeout.ms", "15000");
    auto conf = kafka::make_conf(
        own,
        {
            {"group.id", group},
            {"partition.assignment.strategy", "cooperative-sticky"},
            {"enable.auto.offset.store", "false"},
            {"enable.auto.commit", "true"},
            {"auto.commit.interval.ms", "500"},
            // A first start begins with the oldest record; nothing is ever jumped over.
            {"auto.offset.reset", "earliest"},
            {"isolation.level", "read_committed"},
            {"allow.auto.create.topics", "false"},
            {"fetch.wait.max.ms", "100"},
            {"fetch.error.backoff.ms", "50"},
            {"queued.min.messages", "1000"},
            {"queued.max.messages.kbytes", "8192"},
        }
    );
    if (!conf) return std::unexpected(std::move(conf.error()));
    auto state = std::make_unique<State>(topics, listener);
    rd_kafka_conf_set_rebalance_cb(conf->get(), &State::rebalance);
    rd_kafka_conf_set_opaque(conf->get(), state.get());
    auto client = kafka::make_client(RD_KAFKA_CONSUMER, *std::move(conf));
    if (!client) return std::unexpected(std::move(client.error()));
    rd_kafka_poll_set_consumer(client->get());
    const kafka::Partitions list(rd_kafka_topic_partition_list_new(static_cast<int>(topics.size()))
    );
    for (const std::string& topic : topics) {
        rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
    }
    const auto error = rd_kafka_subscribe(client->get(), list.get());
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        return kafka::fail_with(error, "subscribe to " + topics.front());
    state->start(*std::move(client));
    return std::unique_ptr<KafkaConsumer>(new KafkaConsumer(std::move(state)));
}

KafkaConsumer::KafkaConsumer(std::unique_ptr<State> state) : state_(std::move(state)) {}

KafkaConsumer::~KafkaConsumer() = default;

std::optional<IncomingRecord> KafkaConsumer::poll(Millis wait) {
    return state_->poll(wait);
}

Result<void> KafkaConsumer::store(std::int32_t partition, std::int64_t offset) {
    return state_->store(partition, offset);
}

std::optional<std::int64_t> KafkaConsumer::end_of(std::int32_t partition) const {
    return state_->end_of(partition);
}

void KafkaConsumer::pause(std::int32_t partition) {
    state_->pause(partition);
}

void KafkaConsumer::resume(std::int32_t partition) {
    state_->resume(partition);
}

void KafkaConsumer::close(Millis deadline) {
    state_->close(deadline);
}

}  // namespace pagepress::worker
