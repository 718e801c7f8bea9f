#include "common/kafka/producer_line.h"

#include <algorithm>
#include <array>

namespace pagepress::kafka {
namespace {

static_assert(sizeof(void*) == sizeof(std::uint64_t), "a ticket travels in a pointer");

// The casts are the point: the opaque is a number that librdkafka carries for us.
void* to_opaque(std::uint64_t ticket) {
    return reinterpret_cast<void*>(ticket);  // NOLINT(performance-no-int-to-ptr)
}

Headers headers_from(const Record& record) {
    if (record.headers.empty()) return nullptr;
    Headers headers(rd_kafka_headers_new(record.headers.size()));
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

Result<Conf> make_producer_conf(const KafkaSettings& settings, const ProducerLimits& limits) {
    auto conf = make_conf(
        settings,
        {{"enable.idempotence", "true"},
         {"acks", "all"},
         // A broker serves one request of a connection at a time. With one more on its way it
         // never waits, and what gathers meanwhile travels as one batch: a batch costs about as
         // much as a record, the broker and us. A lone record does not wait at all.
         {"linger.ms", "0"},
         {"max.in.flight.requests.per.connection", "2"},
         {"message.timeout.ms", std::to_string(limits.delivery_timeout.count())},
         {"queue.buffering.max.messages", std::to_string(limits.queue_records_max)},
         {"queue.buffering.max.kbytes", std::to_string(limits.queue_kbytes_max)},
         // As Java clients do it, so that any tool finds the partition of a key.
         {"partitioner", "murmur2_random"},
         {"delivery.report.only.error", "false"}}
    );
    if (conf) {
        rd_kafka_conf_set_events(conf->get(), RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
    }
    return conf;
}

}  // namespace

Result<ProducerLine> ProducerLine::open(
    const KafkaSettings& settings, const ProducerLimits& limits, int wake_fd
) {
    auto conf = make_producer_conf(settings, limits);
    if (!conf) return std::unexpected(conf.error());
    auto client = make_client(RD_KAFKA_PRODUCER, *std::move(conf));
    if (!client) return std::unexpected(client.error());
    Queue queue(rd_kafka_queue_get_main(client->get()));
    constexpr std::uint64_t kOne = 1;
    rd_kafka_queue_io_event_enable(queue.get(), wake_fd, &kOne, sizeof(kOne));
    return ProducerLine(*std::move(client), std::move(queue));
}

rd_kafka_resp_err_t ProducerLine::produce(const Record& record, std::uint64_t ticket) {
    rd_kafka_topic_t* const handle = topic(record.topic);
    if (handle == nullptr) return rd_kafka_last_error();
    // Headers are ours until the call succeeds: librdkafka before 2.12.0 frees twice those that it
    // builds itself when the call fails (#4628). The partition is never given for the same reason.
    Headers headers = headers_from(record);
    std::array<rd_kafka_vu_t, 6> parts{};
    std::size_t count = 0;
    parts[count].vtype = RD_KAFKA_VTYPE_RKT;
    parts[count++].u.rkt = handle;
    parts[count].vtype = RD_KAFKA_VTYPE_VALUE;
    parts[count].u.mem.ptr = const_cast<char*>(record.value.data());
    parts[count++].u.mem.size = record.value.size();
    parts[count].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    parts[count++].u.i = RD_KAFKA_MSG_F_COPY;
    parts[count].vtype = RD_KAFKA_VTYPE_OPAQUE;
    parts[count++].u.ptr = to_opaque(ticket);
    if (!record.key.empty()) {
        parts[count].vtype = RD_KAFKA_VTYPE_KEY;
        parts[count].u.mem.ptr = const_cast<char*>(record.key.data());
        parts[count++].u.mem.size = record.key.size();
    }
    if (headers) {
        parts[count].vtype = RD_KAFKA_VTYPE_HEADERS;
        parts[count++].u.headers = headers.get();
    }
    const Failure failure(rd_kafka_produceva(client_.get(), parts.data(), count));
    if (failure) return rd_kafka_error_code(failure.get());
    static_cast<void>(headers.release());
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_topic_t* ProducerLine::topic(const std::string& name) {
    // Two or three topics: a scan costs less than librdkafka's look-up under its lock.
    const auto found = std::ranges::find(topics_, name, &decltype(topics_)::value_type::first);
    if (found != topics_.end()) return found->second.get();
    Topic made(rd_kafka_topic_new(client_.get(), name.c_str(), nullptr));
    if (!made) return nullptr;
    return topics_.emplace_back(name, std::move(made)).second.get();
}

bool ProducerLine::has_turned_fatal() const {
    return is_open() &&
           rd_kafka_fatal_error(client_.get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR;
}

void ProducerLine::purge() const {
    rd_kafka_purge(
        client_.get(),
        RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING
    );
}

std::uint64_t ticket_of(const rd_kafka_message_t* report) {
    return reinterpret_cast<std::uint64_t>(report->_private);
}

}  // namespace pagepress::kafka
