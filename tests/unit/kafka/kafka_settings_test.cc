// Options and properties file of Kafka clients.
#include "common/kafka/kafka_settings.h"

#include "common/kafka/kafka_handles.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace pagepress {
namespace {

Result<KafkaSettings> read(const std::string& properties_file) {
    return kafka_settings_from(OptionValues({
        {"kafka-brokers", "a:9092,b:9092"},
        {"kafka-properties-file", properties_file},
        {"topic-prefix", "pp."},
    }));
}

TEST_CASE("Kafka settings come from the options and the properties file") {
    const test::TempDir folder;
    const auto settings = read(folder.write(
        "kafka.properties",
        "# comment\n\n security.protocol = SASL_SSL \r\nsasl.password=a=b\nsasl.mechanism=PLAIN"
    ));
    REQUIRE(settings.has_value());
    CHECK(settings->brokers == "a:9092,b:9092");
    CHECK(settings->topic(kJobsTopic) == "pp.jobs");
    CHECK(settings->properties.at("security.protocol") == "SASL_SSL");
    CHECK(settings->properties.at("sasl.password") == "a=b");
    CHECK(settings->properties.size() == 3);
    CHECK(read("")->properties.empty());
}

TEST_CASE("Problems of the Kafka properties file are told with file and line") {
    const test::TempDir folder;
    const auto problem = [&](const std::string& content) {
        const auto settings = read(folder.write("p", content));
        REQUIRE_FALSE(settings.has_value());
        CHECK(settings.error().code == ErrorCode::kInvalidInput);
        return settings.error().message;
    };
    CHECK(
        problem("client.id=x\nacks=1\n").find("p:2: the property 'acks' is fixed") !=
        std::string::npos
    );
    CHECK(problem("nonsense\n").find("p:1: expected name=value") != std::string::npos);
    CHECK(problem("=x\n").find("p:1: expected name=value") != std::string::npos);
    CHECK(problem("client.id=x\nclient.id=y").find("twice") != std::string::npos);
    CHECK(problem("no.such.thing=x").find("no.such.thing") != std::string::npos);
    CHECK(read(folder.path("absent")).error().message.find("cannot be read") != std::string::npos);
}

TEST_CASE("Properties that the guarantees rest on are refused", "[I4][W11]") {
    for (const char* name :
         {"enable.idempotence",
          "acks",
          "request.required.acks",
          "linger.ms",
          "transactional.id",
          "enable.auto.offset.store",
          "group.id",
          "isolation.level",
          "max.poll.interval.ms",
          "bootstrap.servers",
          "message.timeout.ms",
          "delivery.timeout.ms",
          "socket.nagle.disable",
          "partitioner"}) {
        INFO(name);
        CHECK(kafka::is_fixed_property(name));
        CHECK_FALSE(kafka::make_conf(
                        {.brokers = "a:1", .topic_prefix = {}, .properties = {{name, "1"}}}, {}
        )
                        .has_value());
    }
    CHECK_FALSE(kafka::is_fixed_property("sasl.password"));
}

TEST_CASE("What a client fixes wins over the defaults") {
    const auto conf =
        kafka::make_conf({.brokers = "a:1", .topic_prefix = {}}, {{"client.id", "mine"}});
    REQUIRE(conf.has_value());
    char value[64];
    std::size_t size = sizeof(value);
    REQUIRE(rd_kafka_conf_get(conf->get(), "client.id", value, &size) == RD_KAFKA_CONF_OK);
    CHECK(std::string(value) == "mine");
    size = sizeof(value);
    REQUIRE(
        rd_kafka_conf_get(conf->get(), "socket.nagle.disable", value, &size) == RD_KAFKA_CONF_OK
    );
    CHECK(std::string(value) == "true");
}

TEST_CASE("Errors of Kafka fold into the project's codes") {
    CHECK(kafka::code_of(RD_KAFKA_RESP_ERR__QUEUE_FULL) == ErrorCode::kOverloaded);
    CHECK(kafka::code_of(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) == ErrorCode::kNotFound);
    CHECK(kafka::code_of(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) == ErrorCode::kTooLarge);
    CHECK(kafka::code_of(RD_KAFKA_RESP_ERR_PRODUCER_FENCED) == ErrorCode::kConflict);
    CHECK(kafka::code_of(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) == ErrorCode::kUnavailable);
    CHECK(
        kafka::code_of(RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED) ==
        ErrorCode::kCredentialsRejected
    );
}

}  // namespace
}  // namespace pagepress
