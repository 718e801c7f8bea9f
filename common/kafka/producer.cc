// Producer over librdkafka. Everything here runs on the owner's thread, except the destruction of
// a retired client, which joins librdkafka's threads and therefore has a thread of its own.
//
// A record costs no memory of ours: its ticket is the message's opaque, and librdkafka hands the
// whole message back with its report, so that it can be sent again after a fatal error.
#include "common/kafka/producer.h"

#include <algorithm>
#include <future>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include <poll.h>

#include "common/base/clock.h"
#include "common/base/invariant.h"
#include "common/base/log.h"
#include "common/base/wake_fd.h"
#include "common/kafka/kafka_messages.h"
#include "common/kafka/producer_line.h"

namespace pagepress {
namespace {

// A turn of `poll` serves so many reports before the loop gets to do other things: each may be an
// answer to a caller, at some 10 us, and an event of librdkafka may hold thousands.
constexpr std::size_t kReportsPerTurn = 128;
// A client that turns fatal sooner than this after the previous one did is not replaced at once:
// the cause is not the rare one that a new producer id cures.
constexpr std::chrono::milliseconds kReplacePause{1'000};

/// Whether a new client may deliver what failed with `error` under a client that turned fatal. The
/// others are about the record itself, or have used up their time.
bool is_worth_another_client(rd_kafka_resp_err_t error) {
    switch (error) {
        case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
        case RD_KAFKA_RESP_ERR_INVALID_MSG:
        case RD_KAFKA_RESP_ERR_INVALID_RECORD:
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
            return false;
        default:
            return true;
    }
}

}  // namespace

class Producer::State {
public:
    State(KafkaSettings settings, const ProducerLimits& limits, DeliveryHandler on_delivery)
        : settings_(std::move(settings)), limits_(limits), on_delivery_(std::move(on_delivery)) {}

    Result<void> start();
    Result<void> append(const Record& record, std::uint64_t ticket);
    void poll();
    std::size_t flush(std::chrono::milliseconds deadline);
    Result<int> partitions_of(const std::string& topic, std::chrono::milliseconds timeout);

    [[nodiscard]] int wake_fd() const { return wake_fd_.get(); }

private:
    struct Orphan {
        Record record;
        std::uint64_t ticket;
        Persistence persistence;
        rd_kafka_resp_err_t error;
    };

    rd_kafka_resp_err_t send(const Record& record, std::uint64_t ticket);
    std::size_t serve_queue(kafka::ProducerLine& line, std::size_t reports_max);
    void serve_report(const kafka::ProducerLine& line, const rd_kafka_message_t* message);
    void serve_error(const kafka::ProducerLine& line);
    void report_or_keep(const rd_kafka_message_t* message, const kafka::ProducerLine& line);
    void report(std::uint64_t ticket, Delivery delivery);
    void retire_line();
    void resend_orphans();
    void bury_empty_lines();

    const KafkaSettings settings_;
    const ProducerLimits limits_;
    const DeliveryHandler on_delivery_;
    const SystemClock clock_{};
    const WakeFd wake_fd_{};  // first of these, so that it outlives the clients that write to it

    kafka::ProducerLine line_{};  ///< takes records; has no client while a replacement must wait
    std::vector<kafka::ProducerLine> retired_{};  ///< turned fatal; still have reports to give
    std::vector<std::future<void>> burials_{};
    std::optional<SteadyTime> replaced_at_{};
    bool is_fatal_ = false;          ///< `line_` has turned fatal
    bool is_serving_ = false;        ///< queues are being served: the lines must stay in place
    std::vector<Orphan> orphans_{};  ///< failed with their line; to be sent again
    /// Records that were sent again, and what is known of their first try. Empty in normal times.
    std::unordered_map<std::uint64_t, Persistence> resent_{};
    std::size_t open_ = 0;  ///< records without a report
};

Result<void> Producer::State::start() {
    auto line = kafka::ProducerLine::open(settings_, limits_, wake_fd());
    if (!line) return std::unexpected(line.error());
    line_ = *std::move(line);
    is_fatal_ = false;
    return {};
}

rd_kafka_resp_err_t Producer::State::send(const Record& record, std::uint64_t ticket) {
    if (is_fatal_ && is_serving_) return RD_KAFKA_RESP_ERR__STATE;
    if (is_fatal_) retire_line();
    if (!line_.is_open()) return RD_KAFKA_RESP_ERR__STATE;
    return line_.produce(record, ticket);
}

Result<void> Producer::State::append(const Record& record, std::uint64_t ticket) {
    rd_kafka_resp_err_t error = send(record, ticket);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR && !is_fatal_ && line_.has_turned_fatal()) {
        is_fatal_ = true;
        error = send(record, ticket);
    }
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
        ++open_;
        return {};
    }
    return kafka::fail_with(error, "Kafka's producer does not take a record for " + record.topic);
}

void Producer::State::poll() {
    wake_fd_.reset();  // before the queues are read: what comes after this wakes again
    std::size_t budget = kReportsPerTurn;
    is_serving_ = true;
    for (kafka::ProducerLine& line : retired_) budget -= serve_queue(line, budget);
    if (line_.is_open()) budget -= serve_queue(line_, budget);
    is_serving_ = false;
    if (is_fatal_) retire_line();
    resend_orphans();
    bury_empty_lines();
    if (budget == 0) wake_fd_.wake();
}

/// Serves reports until there are no more or `reports_max` is reached. Returns how many.
std::size_t Producer::State::serve_queue(kafka::ProducerLine& line, std::size_t reports_max) {
    std::size_t served = 0;
    while (served < reports_max) {
        if (const rd_kafka_message_t* message = line.next_report()) {
            serve_report(line, message);
            ++served;
        } else if (!line.take_event()) {
            break;
        } else if (rd_kafka_event_type(line.event()) == RD_KAFKA_EVENT_ERROR) {
            serve_error(line);
        }
    }
    return served;
}

void Producer::State::serve_report(
    const kafka::ProducerLine& line, const rd_kafka_message_t* message
) {
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        report_or_keep(message, line);
        return;
    }
    report(
        kafka::ticket_of(message),
        {.persistence = Persistence::kPersisted,
         .reason = {},
         .partition = message->partition,
         .offset = message->offset}
    );
}

/// A record that failed because its client turned fatal is kept to be sent again, once: a second
/// fatal error is reported, so that every record gets its report.
void Producer::State::report_or_keep(
    const rd_kafka_message_t* message, const kafka::ProducerLine& line
) {
    const std::uint64_t ticket = kafka::ticket_of(message);
    if (line.has_turned_fatal() && is_worth_another_client(message->err) &&
        !resent_.contains(ticket)) {
        orphans_.push_back(
            {kafka::record_of(message), ticket, kafka::persistence_of(message), message->err}
        );
        return;
    }
    report(
        ticket,
        {.persistence = kafka::persistence_of(message), .reason = rd_kafka_err2str(message->err)}
    );
}

void Producer::State::report(std::uint64_t ticket, Delivery delivery) {
    delivery.ticket = ticket;
    if (!resent_.empty()) {
        if (const auto resent = resent_.extract(ticket);
            resent && resent.mapped() == Persistence::kPossiblyPersisted &&
            delivery.persistence == Persistence::kNotPersisted) {
            delivery.persistence = Persistence::kPossiblyPersisted;
        }
    }
    INVARIANT(open_ > 0);
    --open_;
    on_delivery_(delivery);
}

void Producer::State::serve_error(const kafka::ProducerLine& line) {
    rd_kafka_event_t* const event = line.event();
    const bool is_fatal = rd_kafka_event_error_is_fatal(event) != 0;
    // What is not fatal, librdkafka has logged itself.
    log(is_fatal ? LogLevel::kError : LogLevel::kDebug,
        is_fatal ? "kafka producer turned fatal, replacing it" : "kafka producer error",
        {{"error", rd_kafka_err2name(rd_kafka_event_error(event))},
         {"text", rd_kafka_event_error_string(event)}});
    if (is_fatal && &line == &line_) is_fatal_ = true;
}

/// Puts the fatal line aside and starts another, unless that was done a moment ago. What the old
/// line still holds is purged, comes back through its queue, and is then sent again.
void Producer::State::retire_line() {
    const SteadyTime now = clock_.steady_now();
    if (line_.is_open()) {
        line_.purge();
        retired_.push_back(std::exchange(line_, {}));
        wake_fd_.wake();
    }
    if (replaced_at_ && now - *replaced_at_ < kReplacePause) return;
    replaced_at_ = now;
    if (auto started = start(); !started) {
        log_error("kafka producer cannot be replaced", {{"error", started.error().message}});
    }
}

void Producer::State::resend_orphans() {
    for (Orphan& orphan : std::exchange(orphans_, {})) {
        resent_.emplace(orphan.ticket, orphan.persistence);
        const rd_kafka_resp_err_t error = send(orphan.record, orphan.ticket);
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
        report(
            orphan.ticket,
            {.persistence = orphan.persistence, .reason = rd_kafka_err2str(orphan.error)}
        );
    }
}

void Producer::State::bury_empty_lines() {
    if (retired_.empty()) return;
    std::erase_if(burials_, [](const std::future<void>& burial) {
        return burial.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    });
    std::erase_if(retired_, [this](kafka::ProducerLine& line) {
        if (!line.is_drained()) return false;
        line.stop_waking();
        burials_.push_back(std::async(std::launch::async, [buried = std::move(line)]() mutable {
            const kafka::ProducerLine gone = std::move(buried);  // ends here, on this thread
        }));
        return true;
    });
}

std::size_t Producer::State::flush(std::chrono::milliseconds deadline) {
    const SteadyTime end = clock_.steady_now() + deadline;
    for (poll(); open_ > 0; poll()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - clock_.steady_now());
        if (left.count() <= 0) break;
        pollfd waiting{.fd = wake_fd(), .events = POLLIN, .revents = 0};
        ::poll(&waiting, 1, static_cast<int>(left.count()));
    }
    return open_;
}

Result<int> Producer::State::partitions_of(
    const std::string& topic, std::chrono::milliseconds timeout
) {
    if (is_fatal_) retire_line();
    const std::string what =
        "the brokers at " + settings_.brokers + " do not tell about '" + topic + "'";
    if (!line_.is_open()) return kafka::fail_with(RD_KAFKA_RESP_ERR__STATE, what);
    const int timeout_ms = static_cast<int>(timeout.count());
    // All topics first: to ask for one by name may create it.
    const rd_kafka_metadata_t* answer = nullptr;
    auto error = rd_kafka_metadata(line_.client(), 1, nullptr, &answer, timeout_ms);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka::fail_with(error, what);
    const kafka::Metadata all(answer);
    const std::span listed(all->topics, static_cast<std::size_t>(all->topic_cnt));
    const auto found = std::ranges::find(listed, topic, &rd_kafka_metadata_topic_t::topic);
    if (found == listed.end()) {
        return fail(
            ErrorCode::kNotFound,
            "the topic '" + topic +
                "' does not exist; create the topics with `pagepressctl topics create`"
        );
    }
    if (found->err != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka::fail_with(found->err, what);
    // Now by name, so that the topic's leaders are known to the client before the first record.
    rd_kafka_topic_t* handle = line_.topic(topic);
    if (handle == nullptr) return kafka::fail_with(rd_kafka_last_error(), what);
    error = rd_kafka_metadata(line_.client(), 0, handle, &answer, timeout_ms);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka::fail_with(error, what);
    const kafka::Metadata one(answer);
    return found->partition_cnt;
}

Result<std::unique_ptr<Producer>> Producer::create(
    const KafkaSettings& settings, const ProducerLimits& limits, DeliveryHandler on_delivery
) {
    auto state = std::make_unique<State>(settings, limits, std::move(on_delivery));
    if (auto started = state->start(); !started) return std::unexpected(started.error());
    return std::unique_ptr<Producer>(new Producer(std::move(state)));
}

Producer::Producer(std::unique_ptr<State> state) : state_(std::move(state)) {}

Producer::~Producer() = default;

Result<void> Producer::append(const Record& record, std::uint64_t ticket) {
    return state_->append(record, ticket);
}

int Producer::wake_fd() const {
    return state_->wake_fd();
}

void Producer::poll() {
    state_->poll();
}

std::size_t Producer::flush(std::chrono::milliseconds deadline) {
    return state_->flush(deadline);
}

Result<int> Producer::partitions_of(const std::string& topic, std::chrono::milliseconds timeout) {
    return state_->partitions_of(topic, timeout);
}

}  // namespace pagepress
