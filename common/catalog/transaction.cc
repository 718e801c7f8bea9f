#include "common/catalog/transaction.h"

#include <array>
#include <chrono>

#include "common/kafka/end_offset.h"

namespace pagepress {

namespace {

constexpr Millis kAbortMax = std::chrono::seconds(2);

int to_ms(Millis timeout) {
    return static_cast<int>(timeout.count());
}

/// Error of a step before the commit: nothing was written.
std::unexpected<Error> fail_before_commit(
    rd_kafka_resp_err_t code, std::string_view reason, const std::string& topic
) {
    switch (kafka::code_of(code)) {
        case ErrorCode::kConflict:
            return fail(
                ErrorCode::kUnavailable, "another admin is changing the catalog; try again"
            );
        case ErrorCode::kTooLarge:
            return fail(
                ErrorCode::kTooLarge,
                "the entry is larger than Kafka accepts; shorten it or raise max.message.bytes of "
                "the topic '" +
                    topic + "'"
            );
        case ErrorCode::kNotFound:
            return fail(
                ErrorCode::kUnavailable,
                "the topic '" + topic + "' does not exist; run 'pagepressctl topics create'"
            );
        default:
            return fail(
                ErrorCode::kUnavailable,
                "the catalog cannot be changed now, Kafka says: " + std::string(reason)
            );
    }
}

std::unexpected<Error> fail_before_commit(rd_kafka_resp_err_t code, const std::string& topic) {
    return fail_before_commit(code, rd_kafka_err2str(code), topic);
}

std::unexpected<Error> fail_before_commit(const kafka::Failure& failure, const std::string& topic) {
    return fail_before_commit(
        rd_kafka_error_code(failure.get()), rd_kafka_error_string(failure.get()), topic
    );
}

}  // namespace

CatalogTransaction::CatalogTransaction(kafka::Client producer, std::string topic)
    : producer_(std::move(producer)), topic_(std::move(topic)) {}

CatalogTransaction::~CatalogTransaction() {
    if (!is_open_) return;
    // Best effort: an open transaction holds up the topic's readers until the next writer comes
    // or its time is over.
    const kafka::Failure ignored(rd_kafka_abort_transaction(producer_.get(), to_ms(kAbortMax)));
}

Result<std::unique_ptr<CatalogTransaction>> CatalogTransaction::open(
    const KafkaSettings& settings, Millis timeout
) {
    auto conf = kafka::make_conf(
        settings,
        {
            {"transactional.id", settings.topic("catalog-writer")},
            {"transaction.timeout.ms", "10000"},
            {"enable.idempotence", "true"},
            {"acks", "all"},
            {"linger.ms", "0"},
            // A body of 1 MiB and its JSON escapes; brokers measure after compression.
            {"message.max.bytes", "4194304"},
            {"compression.type", "lz4"},
        }
    );
    if (!conf) return std::unexpected(conf.error());
    rd_kafka_conf_set_dr_msg_cb(conf->get(), &CatalogTransaction::on_delivery);
    auto producer = kafka::make_client(RD_KAFKA_PRODUCER, *std::move(conf));
    if (!producer) return std::unexpected(producer.error());
    std::unique_ptr<CatalogTransaction> transaction(
        new CatalogTransaction(*std::move(producer), settings.topic(kCatalogTopic))
    );
    const kafka::Failure failure(
        rd_kafka_init_transactions(transaction->producer_.get(), to_ms(timeout))
    );
    if (failure != nullptr) return fail_before_commit(failure, transaction->topic_);
    return transaction;
}

Result<std::int64_t> CatalogTransaction::end_offset(Millis timeout) {
    const auto end = kafka::end_offset_of(producer_.get(), topic_, 0, timeout);
    if (!end) return fail_before_commit(end.error(), topic_);
    return *end;
}

void CatalogTransaction::on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
    auto* report = static_cast<Report*>(message->_private);
    report->error = message->err;
    report->offset = message->offset;
}

Result<void> CatalogTransaction::produce(
    const std::string& topic, const std::string& key, const std::optional<std::string>& value
) {
    // COPY does not write to the bytes; the C signature is not const. The partition is left to the
    // partitioner.
    void* const bytes = value ? const_cast<char*>(value->data()) : nullptr;
    const std::size_t size = value ? value->size() : 0;
    void* const key_bytes = const_cast<char*>(key.data());
    const std::array<rd_kafka_vu_t, 5> arguments = {{
        {.vtype = RD_KAFKA_VTYPE_TOPIC, .u = {.cstr = topic.c_str()}},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u = {.mem = {.ptr = key_bytes, .size = key.size()}}},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u = {.mem = {.ptr = bytes, .size = size}}},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u = {.i = RD_KAFKA_MSG_F_COPY}},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u = {.ptr = &report_}},
    }};
    const kafka::Failure failure(
        rd_kafka_produceva(producer_.get(), arguments.data(), arguments.size())
    );
    if (failure != nullptr) return fail_before_commit(failure, topic);
    return {};
}

Result<std::int64_t> CatalogTransaction::send(
    const std::string& topic,
    const std::string& key,
    const std::optional<std::string>& value,
    Millis timeout
) {
    report_ = {};
    if (auto produced = produce(topic, key, value); !produced) {
        return std::unexpected(produced.error());
    }
    rd_kafka_flush(producer_.get(), to_ms(timeout));
    if (report_.error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        // A fenced producer purges its queue: the fatal error is the reason, not the report.
        const auto fatal = rd_kafka_fatal_error(producer_.get(), nullptr, 0);
        const bool is_fatal = fatal != RD_KAFKA_RESP_ERR_NO_ERROR;
        return fail_before_commit(is_fatal ? fatal : report_.error, topic);
    }
    return report_.offset;
}

Result<std::int64_t> CatalogTransaction::append(
    const std::string& key, const std::optional<std::string>& value, Millis timeout
) {
    if (!is_open_) {
        const kafka::Failure failure(rd_kafka_begin_transaction(producer_.get()));
        if (failure != nullptr) return fail_before_commit(failure, topic_);
        is_open_ = true;
    }
    return send(topic_, key, value, timeout);
}

Result<void> CatalogTransaction::append_companion(const Record& record, Millis timeout) {
    // A topic that is missing is said at once; a record for it would wait for half a minute.
    const auto end = kafka::end_offset_of(producer_.get(), record.topic, 0, timeout);
    if (!end) return fail_before_commit(end.error(), record.topic);
    const auto sent = send(record.topic, record.key, record.value, timeout);
    if (!sent) return std::unexpected(sent.error());
    return {};
}

Result<void> CatalogTransaction::commit(Millis timeout) {
    is_open_ = false;  // from here on an abort could undo nothing that a reader may have seen
    const kafka::Failure failure(rd_kafka_commit_transaction(producer_.get(), to_ms(timeout)));
    if (failure == nullptr) return {};
    return fail(
        ErrorCode::kUnknownOutcome,
        std::string("Kafka did not confirm the change of the catalog: ") +
            rd_kafka_error_string(failure.get())
    );
}

}  // namespace pagepress
