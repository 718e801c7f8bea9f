// librdkafka's mock cluster: a Kafka-protocol broker in the test's own process, without a JVM. It
// keeps at most 5 MiB per partition, knows no CreateTopics, and ignores `acks`.
#pragma once

#include <memory>
#include <string>

namespace pagepress::test {

class MockKafka {
public:
    explicit MockKafka(int brokers = 1);
    ~MockKafka();
    MockKafka(const MockKafka&) = delete;
    MockKafka& operator=(const MockKafka&) = delete;

    /// `bootstrap.servers` of the cluster.
    [[nodiscard]] std::string bootstrap() const;

    void create_topic(const std::string& name, int partitions);

    /// All brokers: connections are cut and refused, or accepted again. What they hold stays.
    void go_down();
    void come_up();

    /// Every answer waits so long.
    void set_round_trip_ms(int milliseconds);

    /// The next `count` Produce requests fail with OUT_OF_ORDER_SEQUENCE_NUMBER, which is fatal for
    /// an idempotent producer.
    void break_sequence(int count);

    /// What was to fail and has not yet is served after all.
    void forget_errors();

    /// The next `count` Produce requests fail with TOPIC_AUTHORIZATION_FAILED.
    void forbid_produce(int count);

    /// The next transaction is told at its first record that a newer producer fenced it.
    void fence_next_transaction();

    /// The next commit takes place, but its answer says that a newer producer fenced it. (The mock
    /// shows records before they are committed.)
    void deny_next_commit();

private:
    struct Cluster;
    std::unique_ptr<Cluster> cluster_;
};

}  // namespace pagepress::test
