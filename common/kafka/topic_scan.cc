// A scan has a consumer of its own for as long as it takes. Every partition keeps its own queue, so
// that the oldest record of all is known while no more than one of each is held.
#include "common/kafka/topic_scan.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "common/kafka/kafka_handles.h"
#include "common/kafka/kafka_messages.h"

namespace pagepress {

namespace {

using namespace std::chrono_literals;

constexpr Millis kAskMax = 5s;
constexpr Millis kTurn = 100ms;
/// A partition with no more records than this is read whole instead of asked for a time: as quick,
/// and right with brokers that do not know times.
constexpr std::int64_t kFewRecords = 5'000;
/// A record may get on the topic so much later than the time that it tells of.
constexpr Millis kLateMax = 10min;

Result<kafka::Client> make_consumer(const KafkaSettings& settings, const std::string& topic) {
    auto conf = kafka::make_conf(
        settings,
        {
            // librdkafka wants a group for its assign call; nothing joins it or commits to it.
            {"group.id", topic},
            {"enable.auto.commit", "false"},
            {"enable.auto.offset.store", "false"},
            {"isolation.level", "read_committed"},
            {"enable.partition.eof", "true"},
            // What retention has taken since the partition was asked for its beginning.
            {"auto.offset.reset", "earliest"},
            {"allow.auto.create.topics", "false"},
            // The end of the partition is reported after an empty fetch, which waits this long.
            {"fetch.wait.max.ms", "20"},
            {"fetch.error.backoff.ms", "50"},
            // Per partition. Over the number of messages librdkafka before 2.2.0 looks again only
            // after up to a second, so the bytes are the bound.
            {"queued.min.messages", "100000"},
            {"queued.max.messages.kbytes", "2048"},
            {"fetch.message.max.bytes", "262144"},
            // A client for one scan has nothing to say that its errors do not.
            {"log_level", "3"},
        }
    );
    if (!conf) return std::unexpected(conf.error());
    auto client = kafka::make_client(RD_KAFKA_CONSUMER, *std::move(conf));
    if (client) rd_kafka_poll_set_consumer(client->get());
    return client;
}

std::string what_failed(const std::string& topic) {
    return "the topic '" + topic + "' cannot be read now";
}

Result<int> partition_count(rd_kafka_t* client, const std::string& topic) {
    const kafka::Topic handle(rd_kafka_topic_new(client, topic.c_str(), nullptr));
    const rd_kafka_metadata_t* answer = nullptr;
    auto error =
        rd_kafka_metadata(client, 0, handle.get(), &answer, static_cast<int>(kAskMax.count()));
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka::fail_with(error, what_failed(topic));
    const kafka::Metadata metadata(answer);
    error = metadata->topic_cnt == 1 ? metadata->topics[0].err : RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
    if (kafka::code_of(error) == ErrorCode::kNotFound) {
        return fail(
            ErrorCode::kNotFound,
            "the topic '" + topic +
                "' does not exist; create the topics with `pagepressctl topics create`"
        );
    }
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka::fail_with(error, what_failed(topic));
    return metadata->topics[0].partition_cnt;
}

/// Asks for the offset of a time in every partition; librdkafka's special offsets stand for the
/// ends of the log (Kafka protocol guide, ListOffsets).
Result<ScanPosition> offsets_of(
    rd_kafka_t* client, const std::string& topic, int partitions, std::int64_t time
) {
    const kafka::Partitions asked(rd_kafka_topic_partition_list_new(partitions));
    for (int i = 0; i < partitions; ++i) {
        rd_kafka_topic_partition_list_add(asked.get(), topic.c_str(), i)->offset = time;
    }
    const auto error =
        rd_kafka_offsets_for_times(client, asked.get(), static_cast<int>(kAskMax.count()));
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka::fail_with(error, what_failed(topic));
    ScanPosition offsets;
    for (int i = 0; i < partitions; ++i) {
        const auto& answer = asked->elems[i];
        if (answer.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return kafka::fail_with(answer.err, what_failed(topic));
        }
        offsets.push_back(answer.offset);
    }
    return offsets;
}

ScannedRecord scanned(const rd_kafka_message_t& message) {
    rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    const std::int64_t time = rd_kafka_message_timestamp(&message, &type);
    return {
        .record = kafka::record_of(&message),
        .place = {.partition = message.partition, .offset = message.offset},
        .written_at = std::max<std::int64_t>(time, 0),
    };
}

/// One scan; lives as long as it takes.
class TopicScan {
public:
    TopicScan(kafka::Client consumer, const Clock& clock, const ScanRequest& request)
        : consumer_(std::move(consumer)),
          clock_(clock),
          request_(request),
          deadline_(clock.steady_now() + request.time_max) {}

    Result<ScanEnd> run(const ScanVisitor& visit) {
        if (auto found = find_range(); !found) return std::unexpected(found.error());
        if (auto assigned = assign(); !assigned) return std::unexpected(assigned.error());
        const ScanPosition began = position();
        while (!is_stopped_) {
            Lane* const lane = next_lane();
            if (failure_) return kafka::fail_with(*failure_, what_failed(request_.topic));
            if (lane == nullptr) break;
            const auto record = *std::exchange(lane->head, std::nullopt);
            lane->next = record.place.offset + 1;
            is_stopped_ = visit(record) == ScanStep::kStop || clock_.steady_now() >= deadline_;
        }
        ScanEnd end{.next = position(), .is_complete = std::ranges::all_of(lanes_, &Lane::is_over)};
        if (!end.is_complete && end.next == began) {
            return fail(
                ErrorCode::kUnavailable,
                what_failed(request_.topic) + ": Kafka delivered nothing in time"
            );
        }
        return end;
    }

private:
    /// A partition under way.
    struct Lane {
        std::int64_t next = 0;
        std::int64_t end = 0;
        kafka::Queue queue{};
        std::optional<ScannedRecord> head{};

        [[nodiscard]] bool is_over() const { return !head && next >= end; }
    };

    Result<void> find_range() {
        const auto count = partition_count(consumer_.get(), request_.topic);
        if (!count) return std::unexpected(count.error());
        const auto ask = [&](std::int64_t time) {
            return offsets_of(consumer_.get(), request_.topic, *count, time);
        };
        const auto begins = ask(RD_KAFKA_OFFSET_BEGINNING);
        if (!begins) return std::unexpected(begins.error());
        const auto ends = ask(RD_KAFKA_OFFSET_END);
        if (!ends) return std::unexpected(ends.error());
        for (std::size_t i = 0; i < begins->size(); ++i) {
            const bool goes_on = i < request_.from.size();
            const std::int64_t begin =
                goes_on ? std::max((*begins)[i], request_.from[i]) : (*begins)[i];
            lanes_.push_back({.next = begin, .end = std::max((*ends)[i], begin)});
        }
        return narrow(ask);
    }

    /// Leaves out what is before `since`, where that saves something.
    template <typename Ask>
    Result<void> narrow(const Ask& ask) {
        if (!request_.since) return {};
        const auto is_long = [](const Lane& lane) { return lane.end - lane.next > kFewRecords; };
        if (std::ranges::none_of(lanes_, is_long)) return {};
        const auto since = ask(*request_.since);
        if (!since) return std::unexpected(since.error());
        for (std::size_t i = request_.from.size(); i < lanes_.size(); ++i) {
            // No record so late is answered with a negative offset, which stands for the end.
            const std::int64_t first = (*since)[i] < 0 ? lanes_[i].end : (*since)[i];
            if (is_long(lanes_[i])) lanes_[i].next = std::max(lanes_[i].next, first);
        }
        return {};
    }

    Result<void> assign() {
        const kafka::Partitions partitions(
            rd_kafka_topic_partition_list_new(static_cast<int>(lanes_.size()))
        );
        const char* const topic = request_.topic.c_str();
        for (std::size_t i = 0; i < lanes_.size(); ++i) {
            if (lanes_[i].is_over()) continue;
            const auto partition = static_cast<std::int32_t>(i);
            rd_kafka_topic_partition_list_add(partitions.get(), topic, partition)->offset =
                lanes_[i].next;
            lanes_[i].queue.reset(rd_kafka_queue_get_partition(consumer_.get(), topic, partition));
            if (lanes_[i].queue) rd_kafka_queue_forward(lanes_[i].queue.get(), nullptr);
        }
        const auto error = rd_kafka_assign(consumer_.get(), partitions.get());
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
        return kafka::fail_with(error, what_failed(request_.topic));
    }

    /// The partition whose next record is the oldest; null at the end, or when the time is over.
    Lane* next_lane() {
        Lane* oldest = nullptr;
        for (Lane& lane : lanes_) {
            if (!lane.head && !lane.is_over() && !fetch(lane)) return nullptr;
            if (!lane.head) continue;
            if (oldest == nullptr || lane.head->written_at < oldest->head->written_at) {
                oldest = &lane;
            }
        }
        return oldest;
    }

    /// Gets the lane's next record, or to its end. Returns false if the time is over before.
    bool fetch(Lane& lane) {
        while (!lane.head && !lane.is_over()) {
            const auto left = std::chrono::ceil<Millis>(deadline_ - clock_.steady_now());
            if (left.count() <= 0 || !lane.queue) return false;
            const kafka::Message message(rd_kafka_consume_queue(
                lane.queue.get(), static_cast<int>(std::min(left, kTurn).count())
            ));
            if (message != nullptr) take(lane, *message);
            if (failure_) return false;
        }
        return true;
    }

    void take(Lane& lane, const rd_kafka_message_t& message) {
        switch (message.err) {
            case RD_KAFKA_RESP_ERR_NO_ERROR:
                return take_record(lane, message);
            case RD_KAFKA_RESP_ERR__PARTITION_EOF:
                // Carries the next offset to be fetched, behind transaction markers.
                lane.next = std::max(lane.next, message.offset);
                return;
            default:
                failure_ = message.err;
        }
    }

    void take_record(Lane& lane, const rd_kafka_message_t& message) const {
        if (message.offset < lane.next) return;
        if (message.offset >= lane.end) {
            lane.next = lane.end;
            return;
        }
        ScannedRecord record = scanned(message);
        if (request_.until && record.written_at > *request_.until + kLateMax.count()) {
            lane.end = lane.next;  // the rest is later still
            return;
        }
        lane.head = std::move(record);
    }

    /// A record that is held is read again.
    [[nodiscard]] ScanPosition position() const {
        ScanPosition next;
        for (const Lane& lane : lanes_) next.push_back(lane.next);
        return next;
    }

    const kafka::Client consumer_;
    const Clock& clock_;
    const ScanRequest& request_;
    const SteadyTime deadline_;
    std::vector<Lane> lanes_;  ///< by partition; their queues go before the consumer
    std::optional<rd_kafka_resp_err_t> failure_;
    bool is_stopped_ = false;
};

/// The record at `place`, if it is still there.
std::optional<ScannedRecord> read_record(
    rd_kafka_t* client, const Clock& clock, SteadyTime deadline, const RecordPlace& place
) {
    while (clock.steady_now() < deadline) {
        const kafka::Message message(rd_kafka_consumer_poll(client, static_cast<int>(kTurn.count()))
        );
        if (message == nullptr || message->partition != place.partition) continue;
        const bool is_record = message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
        if (is_record && message->offset == place.offset) return scanned(*message);
        const bool is_behind = is_record || message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
        if (is_behind && message->offset >= place.offset) return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace

Result<ScanEnd> scan_topic(
    const KafkaSettings& settings,
    const Clock& clock,
    const ScanRequest& request,
    const ScanVisitor& visit
) {
    auto consumer = make_consumer(settings, request.topic);
    if (!consumer) return std::unexpected(consumer.error());
    return TopicScan(*std::move(consumer), clock, request).run(visit);
}

Result<ReadRecords> read_records(
    const KafkaSettings& settings,
    const Clock& clock,
    const std::string& topic,
    const std::vector<RecordPlace>& places,
    const ReadBounds& bounds
) {
    const auto consumer = make_consumer(settings, topic);
    if (!consumer) return std::unexpected(consumer.error());
    const auto count = partition_count(consumer->get(), topic);
    if (!count) return std::unexpected(count.error());
    const auto begins = offsets_of(consumer->get(), topic, *count, RD_KAFKA_OFFSET_BEGINNING);
    if (!begins) return std::unexpected(begins.error());
    const auto ends = offsets_of(consumer->get(), topic, *count, RD_KAFKA_OFFSET_END);
    if (!ends) return std::unexpected(ends.error());
    const SteadyTime deadline = clock.steady_now() + bounds.time_max;
    ReadRecords read;
    std::size_t bytes = 0;
    for (const RecordPlace& place : places) {
        if (read.places_read > 0 && bytes >= bounds.bytes_max) break;
        ++read.places_read;
        const auto partition = static_cast<std::size_t>(place.partition);
        if (place.partition < 0 || place.partition >= *count) continue;
        if (place.offset < (*begins)[partition] || place.offset >= (*ends)[partition]) continue;
        const kafka::Partitions partitions(rd_kafka_topic_partition_list_new(1));
        rd_kafka_topic_partition_list_add(partitions.get(), topic.c_str(), place.partition)
            ->offset = place.offset;
        const auto error = rd_kafka_assign(consumer->get(), partitions.get());
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka::fail_with(error, what_failed(topic));
        auto record = read_record(consumer->get(), clock, deadline, place);
        const bool is_late = clock.steady_now() >= deadline;
        if (record) {
            bytes += record->record.value.size();
            read.records.push_back(*std::move(record));
        } else if (is_late) {
            --read.places_read;  // it may be there
        }
        if (is_late) break;
    }
    if (read.places_read > 0 || places.empty()) return read;
    return fail(ErrorCode::kUnavailable, what_failed(topic) + ": Kafka delivered nothing in time");
}

}  // namespace pagepress
