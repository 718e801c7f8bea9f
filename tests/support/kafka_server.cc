// A real Apache Kafka broker for tests.
#include "tests/support/kafka_server.h"

#include <cstdio>

#include "common/base/invariant.h"
#include "common/catalog/transaction.h"
#include "tests/support/eventually.h"
#include "tests/support/free_port.h"
#include "tests/support/kafka_program.h"

namespace pagepress::test {
namespace {

using namespace std::chrono_literals;

constexpr auto kStartDeadline = 120s;  // a JVM on a busy machine under a sanitizer's tests

}  // namespace

KafkaServer::KafkaServer() {
    format_kafka_storage(folder_, 1);
    // Another process may have taken a port in between; then others are tried.
    for (int attempt = 0; attempt < 3; ++attempt) {
        port_ = free_port();
        do controller_port_ = free_port();
        while (controller_port_ == port_);
        do gated_port_ = free_port();
        while (gated_port_ == port_ || gated_port_ == controller_port_);
        gate_ = std::make_unique<TcpGate>(gated_port_);
        write_config();
        if (try_start()) return;
    }
    std::fprintf(stderr, "%s\n", process_->log_text().c_str());
    INVARIANT(false && "the Kafka broker does not start");
}

void KafkaServer::await_transactions(const std::string& topic_prefix) const {
    const KafkaSettings settings{.brokers = bootstrap(), .topic_prefix = topic_prefix};
    INVARIANT(CatalogTransaction::open(settings, kStartDeadline).has_value());
}

void KafkaServer::write_config() {
    const std::string broker = "127.0.0.1:" + std::to_string(port_);
    const std::string controller = "127.0.0.1:" + std::to_string(controller_port_);
    folder_.write(
        "server.properties",
        "process.roles=broker,controller\n"
        "node.id=1\n"
        "controller.quorum.voters=1@" +
            controller +
            "\n"
            "listeners=PLAINTEXT://" +
            broker + ",CONTROLLER://" + controller +
            ",GATED://127.0.0.1:" + std::to_string(gated_port_) +
            "\n"
            "advertised.listeners=PLAINTEXT://" +
            broker + ",GATED://" + gated_bootstrap() +
            "\n"
            "controller.listener.names=CONTROLLER\n"
            "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,GATED:"
            "PLAINTEXT\n"
            "log.dirs=" +
            folder_.path("data") +
            "\n"
            "auto.create.topics.enable=false\n"
            // One node, and none of the waits that only make sense in production.
            "offsets.topic.replication.factor=1\n"
            "offsets.topic.num.partitions=2\n"
            "transaction.state.log.replication.factor=1\n"
            "transaction.state.log.min.isr=1\n"
            "transaction.state.log.num.partitions=2\n"
            "group.initial.rebalance.delay.ms=0\n"
            "group.min.session.timeout.ms=1000\n"
            "num.network.threads=2\n"
            "num.io.threads=2\n"
            "log.cleaner.dedupe.buffer.size=4194304\n"
            "log.cleaner.backoff.ms=100\n"
            // What a limit of producers is the mean of, in seconds, and one.
            "quota.window.num=2\n"
    );
}

bool KafkaServer::try_start() {
    process_ = std::make_unique<Process>(kafka_program(folder_));
    return eventually(
               kStartDeadline,
               [this] { return !process_->is_running() || kafka_answers(bootstrap()); }
           ) &&
           process_->is_running();
}

void KafkaServer::start() {
    INVARIANT(try_start());
}

void KafkaServer::stop() {
    INVARIANT(process_->stop(kStartDeadline).has_value());
}

void KafkaServer::kill() {
    process_->kill();
}

void KafkaServer::limit_producers(std::int64_t bytes_per_second) {
    const std::string name = "producer_byte_rate";
    const bool is_limit = bytes_per_second > 0;
    Process tool(kafka_tool(
        folder_,
        "kafka.admin.ConfigCommand",
        {"--bootstrap-server",
         bootstrap(),
         "--alter",
         "--entity-type",
         "clients",
         "--entity-default",
         is_limit ? "--add-config" : "--delete-config",
         is_limit ? name + "=" + std::to_string(bytes_per_second) : name}
    ));
    INVARIANT(tool.wait_exit(kStartDeadline) == 0);
}

}  // namespace pagepress::test
