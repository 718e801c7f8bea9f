// Configuration of librdkafka clients and the mapping of its errors. Log lines arrive on
// librdkafka's threads.
#include "common/kafka/kafka_handles.h"

#include <algorithm>
#include <array>

#include <syslog.h>

#include "common/base/log.h"

namespace pagepress::kafka {
namespace {

// What every client runs with unless the person's properties say otherwise: a broker that comes
// back is found within 0.75 s, jitter included (the defaults wait up to ten), and metadata after a
// change of leader is fresh at once (librdkafka before 2.10.0 waits 500 ms and more).
constexpr std::array<std::pair<const char*, const char*>, 6> kDefaults = {{
    {"client.id", "pagepress"},
    {"reconnect.backoff.ms", "50"},
    {"reconnect.backoff.max.ms", "500"},
    {"topic.metadata.refresh.fast.interval.ms", "100"},
    {"socket.keepalive.enable", "true"},
    {"log.connection.close", "false"},
}};

// The guarantees of the project rest on these, or a client of ours sets them itself. Sorted.
constexpr std::array<std::string_view, 38> kFixed = {
    "acks",
    "allow.auto.create.topics",
    "auto.commit.enable",
    "auto.commit.interval.ms",
    "auto.offset.reset",
    "batch.num.messages",
    "batch.size",
    "bootstrap.servers",
    "delivery.report.only.error",
    "delivery.timeout.ms",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.gapless.guarantee",
    "enable.idempotence",
    "enable.partition.eof",
    "enabled_events",
    "group.id",
    "isolation.level",
    "linger.ms",
    "log.queue",
    "max.in.flight",
    "max.in.flight.requests.per.connection",
    "max.poll.interval.ms",
    "message.send.max.retries",
    "message.timeout.ms",
    "metadata.broker.list",
    "partition.assignment.strategy",
    "partitioner",
    "queue.buffering.max.kbytes",
    "queue.buffering.max.messages",
    "queue.buffering.max.ms",
    "queuing.strategy",
    "request.required.acks",
    "retries",
    "socket.nagle.disable",
    "test.mock.num.brokers",
    "transaction.timeout.ms",
    "transactional.id",
};
static_assert(std::ranges::is_sorted(kFixed));

LogLevel log_level_of(int syslog_level) {
    if (syslog_level <= LOG_CRIT) return LogLevel::kError;
    if (syslog_level <= LOG_WARNING) return LogLevel::kWarn;
    return syslog_level <= LOG_INFO ? LogLevel::kInfo : LogLevel::kDebug;
}

void write_log(const rd_kafka_t* client, int level, const char* facility, const char* text) {
    log(log_level_of(level),
        "librdkafka",
        {{"client", client == nullptr ? "" : rd_kafka_name(client)},
         {"facility", facility},
         {"text", text}});
}

Result<void> set_property(rd_kafka_conf_t* conf, const char* name, const char* value) {
    std::array<char, 512> reason{};
    if (rd_kafka_conf_set(conf, name, value, reason.data(), reason.size()) != RD_KAFKA_CONF_OK) {
        // librdkafka's reason quotes the value, which may be a password.
        return fail(
            ErrorCode::kInvalidInput,
            std::string("librdkafka refuses the Kafka property '") + name +
                "' or its value; see its CONFIGURATION.md"
        );
    }
    return {};
}

}  // namespace

bool is_fixed_property(std::string_view name) {
    return std::ranges::binary_search(kFixed, name);
}

Result<Conf> make_conf(const KafkaSettings& settings, std::initializer_list<Property> fixed) {
    Conf conf(rd_kafka_conf_new());
    rd_kafka_conf_set_log_cb(conf.get(), write_log);
    for (const auto& [name, value] : kDefaults) {
        if (auto set = set_property(conf.get(), name, value); !set)
            return std::unexpected(set.error());
    }
    for (const auto& [name, value] : settings.properties) {
        if (is_fixed_property(name)) {
            return fail(
                ErrorCode::kInvalidInput,
                "the Kafka property '" + name + "' is fixed by pagepress; remove it"
            );
        }
        auto set = set_property(conf.get(), name.c_str(), value.c_str());
        if (!set) return std::unexpected(set.error());
    }
    // Small requests must not wait for Nagle's algorithm (on by default before 2.10.0, #4986).
    const std::array<Property, 2> always = {
        {{"bootstrap.servers", settings.brokers}, {"socket.nagle.disable", "true"}}};
    for (const auto& [name, value] : always) {
        auto set = set_property(conf.get(), std::string(name).c_str(), value.c_str());
        if (!set) return std::unexpected(set.error());
    }
    for (const auto& [name, value] : fixed) {
        auto set = set_property(conf.get(), std::string(name).c_str(), value.c_str());
        if (!set) return std::unexpected(set.error());
    }
    return conf;
}

Result<Client> make_client(rd_kafka_type_t type, Conf conf) {
    std::array<char, 512> reason{};
    rd_kafka_t* client = rd_kafka_new(type, conf.get(), reason.data(), reason.size());
    if (client == nullptr) {
        return fail(
            ErrorCode::kInvalidInput,
            std::string("librdkafka cannot start a client with these properties: ") + reason.data()
        );
    }
    static_cast<void>(conf.release());  // the client owns it now
    return Client(client);
}

ErrorCode code_of(rd_kafka_resp_err_t error) {
    switch (error) {
        case RD_KAFKA_RESP_ERR__QUEUE_FULL:
            return ErrorCode::kOverloaded;
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
            return ErrorCode::kTooLarge;
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
            return ErrorCode::kNotFound;
        case RD_KAFKA_RESP_ERR__INVALID_ARG:
        case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
        case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
        case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
        case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
        case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
            return ErrorCode::kInvalidInput;
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
            return ErrorCode::kForbidden;
        case RD_KAFKA_RESP_ERR__AUTHENTICATION:
        case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
            return ErrorCode::kCredentialsRejected;
        case RD_KAFKA_RESP_ERR__FENCED:
        case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
        case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
        case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
            return ErrorCode::kConflict;
        default:
            return ErrorCode::kUnavailable;
    }
}

std::unexpected<Error> fail_with(rd_kafka_resp_err_t error, std::string_view what) {
    return fail(code_of(error), std::string(what) + ": " + rd_kafka_err2str(error));
}

std::unexpected<Error> fail_with(const rd_kafka_error_t* error, std::string_view what) {
    return fail(
        code_of(rd_kafka_error_code(error)), std::string(what) + ": " + rd_kafka_error_string(error)
    );
}

}  // namespace pagepress::kafka
