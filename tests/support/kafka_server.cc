// A real Apache Kafka broker for tests.
#include "tests/support/kafka_server.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "common/base/invariant.h"
#include "common/kafka/producer.h"
#include "tests/support/eventually.h"
#include "tests/support/free_port.h"

namespace pagepress::test {
namespace {

using namespace std::chrono_literals;

constexpr auto kStartDeadline = 120s;  // a JVM on a busy machine under a sanitizer's tests

std::string libs_folder() {
    const char* named = std::getenv("PAGEPRESS_TEST_KAFKA_LIBS");
    const std::string folder =
        named != nullptr ? named : std::string(PAGEPRESS_SOURCE_DIR "/build/kafka/libs");
    if (!std::filesystem::exists(folder)) {
        std::fprintf(
            stderr, "Kafka's jars are not in %s: run tests/support/kafka/fetch\n", folder.c_str()
        );
        std::abort();
    }
    return folder;
}

/// The words of the command that runs the broker of `folder`.
ProcessSpec java(const TempDir& folder) {
    const std::string libs = libs_folder();
    return {
        .program = "java",
        .arguments =
            {"-Xmx512m",
             "-Xms128m",
             // Starts sooner and keeps off the other cores; the broker's speed is not what is
             // tested.
             "-XX:+UseSerialGC",
             "-XX:TieredStopAtLevel=1",
             "-XX:SharedArchiveFile=" + libs + "/kafka.jsa",
             "-Dlog4j.configuration=file:" PAGEPRESS_SOURCE_DIR
             "/tests/support/kafka/log4j.properties",
             "-cp",
             libs + "/*",
             "kafka.Kafka",
             folder.path("server.properties")},
        .log_file = folder.path("kafka.log")};
}

/// Whether a broker at `bootstrap` answers within about a second.
bool answers(const std::string& bootstrap) {
    const auto producer =
        Producer::create({.brokers = bootstrap, .topic_prefix = {}}, {}, [](const Delivery&) {});
    INVARIANT(producer.has_value());
    const auto partitions = (*producer)->partitions_of("no-such-topic", 1s);
    return !partitions && partitions.error().code == ErrorCode::kNotFound;
}

}  // namespace

KafkaServer::KafkaServer() {
    std::filesystem::copy(
        libs_folder() + "/formatted", folder_.path("data"), std::filesystem::copy_options::recursive
    );
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
    );
}

bool KafkaServer::try_start() {
    process_ = std::make_unique<Process>(java(folder_));
    return eventually(
               kStartDeadline, [this] { return !process_->is_running() || answers(bootstrap()); }
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

}  // namespace pagepress::test
