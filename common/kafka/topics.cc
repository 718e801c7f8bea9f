// Creation of topics with librdkafka's admin client, which is any client.
#include "common/kafka/topics.h"

#include <array>

#include "common/kafka/kafka_handles.h"

namespace pagepress {
namespace {

Result<kafka::NewTopic> new_topic(const TopicSpec& spec) {
    std::array<char, 256> reason{};
    kafka::NewTopic topic(rd_kafka_NewTopic_new(
        spec.name.c_str(), spec.partitions, spec.replication, reason.data(), reason.size()
    ));
    if (!topic) {
        return fail(ErrorCode::kInvalidInput, "topic '" + spec.name + "': " + reason.data());
    }
    for (const auto& [name, value] : spec.config) {
        const auto error = rd_kafka_NewTopic_set_config(topic.get(), name.c_str(), value.c_str());
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return kafka::fail_with(error, "topic '" + spec.name + "', property '" + name + "'");
        }
    }
    return topic;
}

Result<kafka::AdminOptions> admin_options(rd_kafka_t* client, std::chrono::milliseconds timeout) {
    kafka::AdminOptions options(rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS));
    const int timeout_ms = static_cast<int>(timeout.count());
    std::array<char, 256> reason{};
    // The request timeout bounds the whole call; the operation timeout bounds the brokers' work.
    const bool set = rd_kafka_AdminOptions_set_request_timeout(
                         options.get(), timeout_ms, reason.data(), reason.size()
                     ) == RD_KAFKA_RESP_ERR_NO_ERROR &&
                     rd_kafka_AdminOptions_set_operation_timeout(
                         options.get(), timeout_ms, reason.data(), reason.size()
                     ) == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (!set) {
        return fail(
            ErrorCode::kInvalidInput, std::string("timeout for creating topics: ") + reason.data()
        );
    }
    return options;
}

Result<std::vector<std::string>> created_topics(const rd_kafka_CreateTopics_result_t* result) {
    std::size_t count = 0;
    const rd_kafka_topic_result_t** topics = rd_kafka_CreateTopics_result_topics(result, &count);
    std::vector<std::string> created;
    for (std::size_t i = 0; i < count; ++i) {
        const auto error = rd_kafka_topic_result_error(topics[i]);
        if (error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
        const std::string name = rd_kafka_topic_result_name(topics[i]);
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
            const char* reason = rd_kafka_topic_result_error_string(topics[i]);
            return fail(
                kafka::code_of(error),
                "the brokers do not create the topic '" + name +
                    "': " + (reason == nullptr ? rd_kafka_err2str(error) : reason)
            );
        }
        created.push_back(name);
    }
    return created;
}

}  // namespace

Result<std::vector<std::string>> create_topics(
    const KafkaSettings& settings,
    const std::vector<TopicSpec>& specs,
    std::chrono::milliseconds timeout
) {
    auto conf = kafka::make_conf(settings, {});
    if (!conf) return std::unexpected(conf.error());
    auto client = kafka::make_client(RD_KAFKA_PRODUCER, std::move(*conf));
    if (!client) return std::unexpected(client.error());
    auto options = admin_options(client->get(), timeout);
    if (!options) return std::unexpected(options.error());

    std::vector<kafka::NewTopic> topics;
    std::vector<rd_kafka_NewTopic_t*> pointers;
    for (const TopicSpec& spec : specs) {
        auto topic = new_topic(spec);
        if (!topic) return std::unexpected(topic.error());
        pointers.push_back(topic->get());
        topics.push_back(std::move(*topic));
    }
    const kafka::Queue queue(rd_kafka_queue_new(client->get()));
    rd_kafka_CreateTopics(
        client->get(), pointers.data(), pointers.size(), options->get(), queue.get()
    );
    // librdkafka answers itself when the request timeout is over, so this wait is bounded by it.
    const kafka::Event event(rd_kafka_queue_poll(queue.get(), -1));
    const auto error = rd_kafka_event_error(event.get());
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return fail(
            kafka::code_of(error),
            "the brokers at " + settings.brokers +
                " did not create the topics: " + rd_kafka_event_error_string(event.get())
        );
    }
    return created_topics(rd_kafka_event_CreateTopics_result(event.get()));
}

}  // namespace pagepress
