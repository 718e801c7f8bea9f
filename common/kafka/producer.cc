// Producer over librdkafka. Everything here runs on the owner's thread, except the destruction of
// a retired client, which joins librdkafka's threads and therefore has a thread of its own.
//
// A record costs no memory of ours: its ticket is the message's opaque, and librdkafka hands the
// whole message back with its report, so that it can be sent again after a fatal error.
#include "common/kafka/producer.h"

#include <algorithm>
#include <array>
#include <future>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/invariant.h"
#include "common/base/log.h"
#include "common/kafka/kafka_handles.h"

namespace pagepress {
namespace {

// A turn of `poll` serves about so many reports before the loop gets to do other things.
constexpr std::size_t kReportsPerTurn = 4096;
// A client that turns fatal sooner than this after the previous one did is not replaced at once:
// the cause is not the rare one that a new producer id cures.
constexpr std::chrono::milliseconds kReplacePause{1'000};

static_assert(sizeof(void*) == sizeof(std::uint64_t), "a ticket travels in a pointer");

// The casts are the point: the opaque is a number that librdkafka carries for us.
void* to_opaque(std::uint64_t ticket) {
    return reinterpret_cast<void*>(ticket);  // NOLINT(performance-no-int-to-ptr)
}

std::uint64_t to_ticket(const void* opaque) {
    return reinterpret_cast<std::uint64_t>(opaque);
}

/// Counts up to wake the owner's loop; readable while it is not zero.
class WakeFd {
public:
    WakeFd() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) { INVARIANT(fd_ >= 0); }

    ~WakeFd() { ::close(fd_); }

    WakeFd(const WakeFd&) = delete;
    WakeFd& operator=(const WakeFd&) = delete;

    [[nodiscard]] int get() const { return fd_; }

    void wake() const {
        constexpr std::uint64_t kOne = 1;
        // Fails only if the counter is at its end, and then the descriptor is readable anyway.
        [[maybe_unused]] const ssize_t written = ::write(fd_, &kOne, sizeof(kOne));
    }

    void reset() const {
        std::uint64_t count = 0;
        [[maybe_unused]] const ssize_t got = ::read(fd_, &count, sizeof(count));
    }

private:
    const int fd_;
};

/// One client: the handle, its main queue, and the topics used so far. Destroyed from the last
/// member to the first, as librdkafka asks.
struct Line {
    kafka::Client client;
    kafka::Queue queue;
    std::vector<std::pair<std::string, kafka::Topic>> topics;
};

bool has_turned_fatal(const Line& line) {
    return line.client &&
           rd_kafka_fatal_error(line.client.get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR;
}

Persistence persistence_of(const rd_kafka_message_t* message) {
    switch (rd_kafka_message_status(message)) {
        case RD_KAFKA_MSG_STATUS_PERSISTED:
            return Persistence::kPersisted;
        case RD_KAFKA_MSG_STATUS_NOT_PERSISTED:
            return Persistence::kNotPersisted;
        default:
            return Persistence::kPossiblyPersisted;
    }
}

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

Record record_of(const rd_kafka_message_t* message) {
    Record record{
        .topic = rd_kafka_topic_name(message->rkt),
        .key = std::string(static_cast<const char*>(message->key), message->key_len),
        .value = std::string(static_cast<const char*>(message->payload), message->len)};
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return record;
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0;
         rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
        record.headers.push_back({name, std::string(static_cast<const char*>(value), size)});
    }
    return record;
}

kafka::Headers headers_of(const Record& record) {
    if (record.headers.empty()) return nullptr;
    kafka::Headers headers(rd_kafka_headers_new(record.headers.size()));
    for (const RecordHeader& header : record.headers) {
        rd_kafka_header_add(
            headers.get(),
            header.name.data(),
            static_cast<ssize_t>(header.name.size()),
            header.value.data(),
            static_cast<ssize_t>(header.value.size())
        );
    }
    return headers;
}

/// Hands a copy of `record` to the client.
rd_kafka_resp_err_t produce(
    Line& line, rd_kafka_topic_t* topic, const Record& record, void* opaque
) {
    // Headers are ours until the call succeeds: librdkafka before 2.12.0 frees twice those that it
    // builds itself when the call fails (#4628). The partition is never given for the same reason.
    kafka::Headers headers = headers_of(record);
    std::array<rd_kafka_vu_t, 6> parts{};
    std::size_t count = 0;
    parts[count].vtype = RD_KAFKA_VTYPE_RKT;
    parts[count++].u.rkt = topic;
    parts[count].vtype = RD_KAFKA_VTYPE_VALUE;
    parts[count].u.mem.ptr = const_cast<char*>(record.value.data());
    parts[count++].u.mem.size = record.value.size();
    parts[count].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    parts[count++].u.i = RD_KAFKA_MSG_F_COPY;
    parts[count].vtype = RD_KAFKA_VTYPE_OPAQUE;
    parts[count++].u.ptr = opaque;
    if (!record.key.empty()) {
        parts[count].vtype = RD_KAFKA_VTYPE_KEY;
        parts[count].u.mem.ptr = const_cast<char*>(record.key.data());
        parts[count++].u.mem.size = record.key.size();
    }
    if (headers) {
        parts[count].vtype = RD_KAFKA_VTYPE_HEADERS;
        parts[count++].u.headers = headers.get();
    }
    const kafka::Failure failure(rd_kafka_produceva(line.client.get(), parts.data(), count));
    if (failure) return rd_kafka_error_code(failure.get());
    static_cast<void>(headers.release());
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_topic_t* topic_of(Line& line, const std::string& name) {
    // Two or three topics: a scan costs less than librdkafka's look-up under its lock.
    const auto found =
        std::ranges::find(line.topics, name, &decltype(line.topics)::value_type::first);
    if (found != line.topics.end()) return found->second.get();
    kafka::Topic topic(rd_kafka_topic_new(line.client.get(), name.c_str(), nullptr));
    if (!topic) return nullptr;
    return line.topics.emplace_back(name, std::move(topic)).second.get();
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

    [[nodiscard]] Result<kafka::Conf> make_conf() const;
    rd_kafka_resp_err_t send(const Record& record, std::uint64_t ticket);
    std::size_t serve_queue(Line& line, std::size_t reports_max);
    void serve_reports(const Line& line, rd_kafka_event_t* event);
    void serve_error(const Line& line, rd_kafka_event_t* event);
    void report_or_keep(const rd_kafka_message_t* message, const Line& line);
    void report(std::uint64_t ticket, Delivery delivery);
    void retire_line();
    void resend_orphans();
    void bury_empty_lines();

    const KafkaSettings settings_;
    const ProducerLimits limits_;
    const DeliveryHandler on_delivery_;
    const SystemClock clock_{};
    const WakeFd wake_fd_{};  // first of these, so that it outlives the clients that write to it

    Line line_{};                  ///< takes records; has no client while a replacement must wait
    std::vector<Line> retired_{};  ///< turned fatal; still have reports to give
    std::vector<std::future<void>> burials_{};
    std::optional<SteadyTime> replaced_at_{};
    bool is_fatal_ = false;          ///< `line_` has turned fatal
    bool is_serving_ = false;        ///< queues are being served: the lines must stay in place
    std::vector<Orphan> orphans_{};  ///< failed with their line; to be sent again
    /// Records that were sent again, and what is known of their first try. Empty in normal times.
    std::unordered_map<std::uint64_t, Persistence> resent_{};
    std::size_t open_ = 0;  ///< records without a report
};

Result<kafka::Conf> Producer::State::make_conf() const {
    auto conf = kafka::make_conf(
        settings_,
        {{"enable.idempotence", "true"},
         {"acks", "all"},
         // Records of one loop turn travel together: fewer, larger batches for the brokers, whose
         // cost is per batch, at a price of 1 ms for a lone record.
         {"linger.ms", "1"},
         {"max.in.flight.requests.per.connection", "5"},
         {"message.timeout.ms", std::to_string(limits_.delivery_timeout.count())},
         {"queue.buffering.max.messages", std::to_string(limits_.queue_records_max)},
         {"queue.buffering.max.kbytes", std::to_string(limits_.queue_kbytes_max)},
         // As Java clients do it, so that any tool finds the partition of a key.
         {"partitioner", "murmur2_random"},
         {"delivery.report.only.error", "false"}}
    );
    if (conf) {
        rd_kafka_conf_set_events(conf->get(), RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
    }
    return conf;
}

Result<void> Producer::State::start() {
    auto conf = make_conf();
    if (!conf) return std::unexpected(conf.error());
    auto client = kafka::make_client(RD_KAFKA_PRODUCER, std::move(*conf));
    if (!client) return std::unexpected(client.error());
    line_.client = std::move(*client);
    line_.queue = kafka::Queue(rd_kafka_queue_get_main(line_.client.get()));
    constexpr std::uint64_t kOne = 1;
    rd_kafka_queue_io_event_enable(line_.queue.get(), wake_fd(), &kOne, sizeof(kOne));
    is_fatal_ = false;
    return {};
}

rd_kafka_resp_err_t Producer::State::send(const Record& record, std::uint64_t ticket) {
    if (is_fatal_ && is_serving_) return RD_KAFKA_RESP_ERR__STATE;
    if (is_fatal_) retire_line();
    if (!line_.client) return RD_KAFKA_RESP_ERR__STATE;
    rd_kafka_topic_t* topic = topic_of(line_, record.topic);
    if (topic == nullptr) return rd_kafka_last_error();
    return produce(line_, topic, record, to_opaque(ticket));
}

Result<void> Producer::State::append(const Record& record, std::uint64_t ticket) {
    rd_kafka_resp_err_t error = send(record, ticket);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR && !is_fatal_ && has_turned_fatal(line_)) {
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
    if (line_.client) budget -= serve_queue(line_, budget);
    for (Line& line : retired_) budget -= serve_queue(line, budget);
    is_serving_ = false;
    if (is_fatal_) retire_line();
    resend_orphans();
    bury_empty_lines();
    if (budget == 0) wake_fd_.wake();
}

/// Serves whole events until the queue is empty or `reports_max` is reached. Returns the number of
/// reports, at most `reports_max`.
std::size_t Producer::State::serve_queue(Line& line, std::size_t reports_max) {
    std::size_t served = 0;
    while (served < reports_max) {
        const kafka::Event event(rd_kafka_queue_poll(line.queue.get(), 0));
        if (!event) break;
        if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_DR) {
            served += rd_kafka_event_message_count(event.get());
            serve_reports(line, event.get());
        } else if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_ERROR) {
            serve_error(line, event.get());
        }
    }
    return std::min(served, reports_max);
}

void Producer::State::serve_reports(const Line& line, rd_kafka_event_t* event) {
    while (const rd_kafka_message_t* message = rd_kafka_event_message_next(event)) {
        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            report_or_keep(message, line);
            continue;
        }
        report(
            to_ticket(message->_private),
            {.persistence = Persistence::kPersisted,
             .reason = {},
             .partition = message->partition,
             .offset = message->offset}
        );
    }
}

/// A record that failed because its client turned fatal is kept to be sent again, once: a second
/// fatal error is reported, so that every record gets its report.
void Producer::State::report_or_keep(const rd_kafka_message_t* message, const Line& line) {
    const std::uint64_t ticket = to_ticket(message->_private);
    if (has_turned_fatal(line) && is_worth_another_client(message->err) &&
        !resent_.contains(ticket)) {
        orphans_.push_back({record_of(message), ticket, persistence_of(message), message->err});
        return;
    }
    report(
        ticket, {.persistence = persistence_of(message), .reason = rd_kafka_err2str(message->err)}
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

void Producer::State::serve_error(const Line& line, rd_kafka_event_t* event) {
    const bool is_fatal = rd_kafka_event_error_is_fatal(event) != 0;
    // What is not fatal, librdkafka has logged itself.
    log(is_fatal ? LogLevel::kError : LogLevel::kDebug,
        is_fatal ? "kafka producer turned fatal, replacing it" : "kafka producer error",
        {{"error", rd_kafka_err2name(rd_kafka_event_error(event))},
         {"text", rd_kafka_event_error_string(event)}});
    if (is_fatal && line.client == line_.client) is_fatal_ = true;
}

/// Puts the fatal line aside and starts another, unless that was done a moment ago. What the old
/// line still holds is purged, comes back through its queue, and is then sent again.
void Producer::State::retire_line() {
    const SteadyTime now = clock_.steady_now();
    if (line_.client) {
        rd_kafka_purge(
            line_.client.get(),
            RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING
        );
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
    std::erase_if(retired_, [this](Line& line) {
        if (rd_kafka_outq_len(line.client.get()) > 0) return false;
        rd_kafka_queue_io_event_enable(line.queue.get(), -1, nullptr, 0);
        burials_.push_back(std::async(std::launch::async, [buried = std::move(line)]() mutable {
            buried.topics.clear();
            buried.queue.reset();
            buried.client.reset();
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
    if (!line_.client) return kafka::fail_with(RD_KAFKA_RESP_ERR__STATE, what);
    const int timeout_ms = static_cast<int>(timeout.count());
    // All topics first: to ask for one by name may create it.
    const rd_kafka_metadata_t* answer = nullptr;
    auto error = rd_kafka_metadata(line_.client.get(), 1, nullptr, &answer, timeout_ms);
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
    rd_kafka_topic_t* handle = topic_of(line_, topic);
    if (handle == nullptr) return kafka::fail_with(rd_kafka_last_error(), what);
    error = rd_kafka_metadata(line_.client.get(), 0, handle, &answer, timeout_ms);
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
