#include "tests/support/topic_settings.h"

#include <memory>
#include <span>

#include "common/base/invariant.h"
#include "common/kafka/kafka_handles.h"

namespace pagepress::test {

namespace {

using ConfigResource =
    std::unique_ptr<rd_kafka_ConfigResource_t, kafka::Destroyer<rd_kafka_ConfigResource_destroy>>;

std::map<std::string, std::string> set_entries(const rd_kafka_ConfigResource_t* resource) {
    INVARIANT(rd_kafka_ConfigResource_error(resource) == RD_KAFKA_RESP_ERR_NO_ERROR);
    std::size_t count = 0;
    const rd_kafka_ConfigEntry_t** entries = rd_kafka_ConfigResource_configs(resource, &count);
    std::map<std::string, std::string> settings;
    for (const rd_kafka_ConfigEntry_t* entry : std::span(entries, count)) {
        if (rd_kafka_ConfigEntry_source(entry) != RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG) {
            continue;
        }
        settings.emplace(rd_kafka_ConfigEntry_name(entry), rd_kafka_ConfigEntry_value(entry));
    }
    return settings;
}

}  // namespace

std::map<std::string, std::string> settings_of_topic(
    const std::string& brokers, const std::string& topic
) {
    auto conf = kafka::make_conf({.brokers = brokers, .topic_prefix = {}}, {});
    INVARIANT(conf.has_value());
    const auto client = kafka::make_client(RD_KAFKA_PRODUCER, *std::move(conf));
    INVARIANT(client.has_value());
    const ConfigResource asked(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
    rd_kafka_ConfigResource_t* resource = asked.get();
    const kafka::Queue queue(rd_kafka_queue_new(client->get()));
    rd_kafka_DescribeConfigs(client->get(), &resource, 1, nullptr, queue.get());
    const kafka::Event event(rd_kafka_queue_poll(queue.get(), -1));
    INVARIANT(rd_kafka_event_error(event.get()) == RD_KAFKA_RESP_ERR_NO_ERROR);
    std::size_t count = 0;
    const auto* result = rd_kafka_event_DescribeConfigs_result(event.get());
    const rd_kafka_ConfigResource_t** resources =
        rd_kafka_DescribeConfigs_result_resources(result, &count);
    INVARIANT(count == 1);
    return set_entries(resources[0]);
}

}  // namespace pagepress::test
