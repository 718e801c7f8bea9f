// One thread per follower: polls the consumer and asks about once a second where the topic ends.
#include "common/catalog/follower.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include "common/base/log.h"
#include "common/kafka/end_offset.h"
#include "common/kafka/kafka_handles.h"

namespace pagepress {

namespace {

using namespace std::chrono_literals;

constexpr Millis kPollMax = 100ms;
constexpr Millis kCheckInterval = 1s;
constexpr Millis kQueryMax = 1s;
constexpr std::int32_t kPartition = 0;

std::string_view text_of(const void* bytes, std::size_t size) {
    return bytes == nullptr ? std::string_view()
                            : std::string_view(static_cast<const char*>(bytes), size);
}

Result<kafka::Client> make_consumer(const KafkaSettings& settings) {
    auto conf = kafka::make_conf(
        settings,
        {
            // librdkafka wants a group for its assign call; nothing joins it or commits to it.
            {"group.id", settings.topic(kCatalogTopic)},
            {"enable.auto.commit", "false"},
            {"enable.auto.offset.store", "false"},
            {"isolation.level", "read_committed"},
            {"enable.partition.eof", "true"},
            // Starting over by itself would hide that the topic was created anew.
            {"auto.offset.reset", "error"},
            {"allow.auto.create.topics", "false"},
            // The end of the partition is reported after an empty fetch, which waits this long.
            {"fetch.wait.max.ms", "100"},
            {"fetch.error.backoff.ms", "100"},
            {"queued.max.messages.kbytes", "16384"},
        }
    );
    if (!conf) return std::unexpected(conf.error());
    auto client = kafka::make_client(RD_KAFKA_CONSUMER, *std::move(conf));
    if (client) rd_kafka_poll_set_consumer(client->get());
    return client;
}

}  // namespace

class CatalogFollower::Loop {
public:
    Loop(kafka::Client consumer, std::string topic, Catalog& catalog, const Clock& clock)
        : consumer_(std::move(consumer)),
          topic_(std::move(topic)),
          catalog_(catalog),
          clock_(clock),
          thread_([this] { run(); }) {}

    ~Loop() {
        is_stopping_ = true;
        thread_.join();
    }

    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

private:
    /// The topic's end as it was when it was asked for: reached later, it confirms that time.
    struct Goal {
        std::int64_t end;
        SteadyTime asked_at;
    };

    void run() {
        while (!is_stopping_) {
            if (clock_.steady_now() >= next_check_) check_end();
            const kafka::Message message(
                rd_kafka_consumer_poll(consumer_.get(), static_cast<int>(kPollMax.count()))
            );
            if (message != nullptr) take(*message);
            confirm_if_reached();
        }
    }

    void take(const rd_kafka_message_t& message) {
        switch (message.err) {
            case RD_KAFKA_RESP_ERR_NO_ERROR:
                return catalog_.apply(
                    text_of(message.key, message.key_len),
                    text_of(message.payload, message.len),
                    message.offset,
                    std::max<UnixMillis>(rd_kafka_message_timestamp(&message, nullptr), 0)
                );
            case RD_KAFKA_RESP_ERR__PARTITION_EOF:
                // Carries the next offset to be fetched, behind transaction markers and the
                // records of aborted transactions, which are never delivered.
                return catalog_.advance_to(message.offset);
            case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
                return report_lost_records();
            default:
                report("the catalog cannot be read now", rd_kafka_err2str(message.err));
        }
    }

    void check_end() {
        const SteadyTime asked_at = clock_.steady_now();
        next_check_ = asked_at + kCheckInterval;
        const auto end = kafka::end_offset_of(consumer_.get(), topic_, kPartition, kQueryMax);
        if (!end) return report_unknown_end(end.error());
        if (!is_assigned_ && !assign()) return;
        if (*end < catalog_.position()) return report_lost_records();
        goal_ = Goal{.end = *end, .asked_at = asked_at};
    }

    void report_unknown_end(rd_kafka_resp_err_t error) {
        const bool is_missing = kafka::code_of(error) == ErrorCode::kNotFound;
        report(
            is_missing ? "the catalog topic does not exist; run 'pagepressctl topics create'"
                       : "the catalog's end cannot be asked for now",
            rd_kafka_err2str(error)
        );
    }

    /// Only after the topic is known to exist: a partition that is assigned before would be looked
    /// for again only after minutes (`topic.metadata.refresh.interval.ms`).
    bool assign() {
        const kafka::Partitions partitions(rd_kafka_topic_partition_list_new(1));
        auto* partition =
            rd_kafka_topic_partition_list_add(partitions.get(), topic_.c_str(), kPartition);
        partition->offset = RD_KAFKA_OFFSET_BEGINNING;
        const auto error = rd_kafka_assign(consumer_.get(), partitions.get());
        is_assigned_ = error == RD_KAFKA_RESP_ERR_NO_ERROR;
        if (!is_assigned_) report("the catalog cannot be assigned", rd_kafka_err2str(error));
        return is_assigned_;
    }

    void confirm_if_reached() {
        if (!goal_ || catalog_.position() < goal_->end) return;
        catalog_.confirm(goal_->asked_at);
        goal_.reset();
        if (is_confirmed_) return;
        is_confirmed_ = true;
        last_report_.clear();
        log_info("the catalog is complete", {{"offset", catalog_.position()}});
    }

    void report_lost_records() {
        report(
            "the catalog topic ends before what was read of it; if it was created anew, restart "
            "this process",
            "read up to offset " + std::to_string(catalog_.position())
        );
    }

    /// Logs a state once, not at every try.
    void report(std::string_view message, std::string reason) {
        is_confirmed_ = false;
        std::string report = std::string(message) + reason;
        if (report == last_report_) return;
        last_report_ = std::move(report);
        log_warn(message, {{"topic", topic_}, {"reason", reason}});
    }

    const kafka::Client consumer_;
    const std::string topic_;
    Catalog& catalog_;
    const Clock& clock_;
    SteadyTime next_check_{};
    bool is_assigned_ = false;
    bool is_confirmed_ = false;
    std::optional<Goal> goal_;
    std::string last_report_;
    std::atomic<bool> is_stopping_ = false;
    std::thread thread_;  // last: it uses the other members
};

CatalogFollower::CatalogFollower(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}

CatalogFollower::~CatalogFollower() = default;

Result<std::unique_ptr<CatalogFollower>> CatalogFollower::start(
    const KafkaSettings& settings, Catalog& catalog, const Clock& clock
) {
    auto consumer = make_consumer(settings);
    if (!consumer) return std::unexpected(consumer.error());
    auto loop =
        std::make_unique<Loop>(*std::move(consumer), settings.topic(kCatalogTopic), catalog, clock);
    return std::unique_ptr<CatalogFollower>(new CatalogFollower(std::move(loop)));
}

}  // namespace pagepress
