// librdkafka's mock cluster.
#include "tests/support/mock_kafka.h"

#include <array>
#include <vector>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "common/base/invariant.h"

namespace pagepress::test {
namespace {

// ApiKeys, Kafka protocol guide
constexpr std::int16_t kProduceRequest = 0;
constexpr std::int16_t kAddPartitionsToTxnRequest = 24;
constexpr std::int16_t kEndTxnRequest = 26;
constexpr std::int32_t kAllBrokers = -1;

}  // namespace

struct MockKafka::Cluster {
    rd_kafka_t* keeper = nullptr;  ///< the client that librdkafka wants for its book-keeping
    rd_kafka_mock_cluster_t* mock = nullptr;

    void fail_requests(std::int16_t request, rd_kafka_resp_err_t error, int count) const {
        const std::vector errors(static_cast<std::size_t>(count), error);
        rd_kafka_mock_push_request_errors_array(mock, request, errors.size(), errors.data());
    }

    void fail_produce(rd_kafka_resp_err_t error, int count) const {
        fail_requests(kProduceRequest, error, count);
    }
};

MockKafka::MockKafka(int brokers) : cluster_(std::make_unique<Cluster>()) {
    std::array<char, 256> reason{};
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "3", nullptr, 0);  // that it has no brokers is meant
    cluster_->keeper = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason.data(), reason.size());
    INVARIANT(cluster_->keeper != nullptr);
    cluster_->mock = rd_kafka_mock_cluster_new(cluster_->keeper, brokers);
    INVARIANT(cluster_->mock != nullptr);
}

MockKafka::~MockKafka() {
    rd_kafka_mock_cluster_destroy(cluster_->mock);
    rd_kafka_destroy(cluster_->keeper);
}

std::string MockKafka::bootstrap() const {
    return rd_kafka_mock_cluster_bootstraps(cluster_->mock);
}

void MockKafka::create_topic(const std::string& name, int partitions) {
    INVARIANT(
        rd_kafka_mock_topic_create(cluster_->mock, name.c_str(), partitions, 1) ==
        RD_KAFKA_RESP_ERR_NO_ERROR
    );
}

void MockKafka::go_down() {
    rd_kafka_mock_broker_set_down(cluster_->mock, kAllBrokers);
}

void MockKafka::come_up() {
    rd_kafka_mock_broker_set_up(cluster_->mock, kAllBrokers);
}

void MockKafka::set_round_trip_ms(int milliseconds) {
    rd_kafka_mock_broker_set_rtt(cluster_->mock, kAllBrokers, milliseconds);
}

void MockKafka::break_sequence(int count) {
    cluster_->fail_produce(RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, count);
}

void MockKafka::forget_errors() {
    rd_kafka_mock_clear_request_errors(cluster_->mock, kProduceRequest);
}

void MockKafka::forbid_produce(int count) {
    cluster_->fail_produce(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, count);
}

void MockKafka::fence_next_transaction() {
    cluster_->fail_requests(kAddPartitionsToTxnRequest, RD_KAFKA_RESP_ERR_PRODUCER_FENCED, 1);
}

void MockKafka::deny_next_commit() {
    cluster_->fail_requests(kEndTxnRequest, RD_KAFKA_RESP_ERR_PRODUCER_FENCED, 1);
}

}  // namespace pagepress::test
