#include "common/kafka/kafka_messages.h"

namespace pagepress::kafka {

std::string text_of(const void* bytes, std::size_t size) {
    return bytes == nullptr ? std::string() : std::string(static_cast<const char*>(bytes), size);
}

std::vector<RecordHeader> headers_of(const rd_kafka_message_t* message) {
    std::vector<RecordHeader> headers;
    rd_kafka_headers_t* list = nullptr;
    if (rd_kafka_message_headers(message, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) return headers;
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0;
         rd_kafka_header_get_all(list, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
        headers.push_back({.name = name, .value = text_of(value, size)});
    }
    return headers;
}

Record record_of(const rd_kafka_message_t* message) {
    return {
        .topic = rd_kafka_topic_name(message->rkt),
        .key = text_of(message->key, message->key_len),
        .value = text_of(message->payload, message->len),
        .headers = headers_of(message),
    };
}

Persistence persistence_of(const rd_kafka_message_t* report) {
    switch (rd_kafka_message_status(report)) {
        case RD_KAFKA_MSG_STATUS_PERSISTED:
            return Persistence::kPersisted;
        case RD_KAFKA_MSG_STATUS_NOT_PERSISTED:
            return Persistence::kNotPersisted;
        default:
            return Persistence::kPossiblyPersisted;
    }
}

}  // namespace pagepress::kafka
