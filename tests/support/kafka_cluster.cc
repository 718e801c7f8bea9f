#include "tests/support/kafka_cluster.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <set>
#include <span>

#include "common/base/invariant.h"
#include "common/kafka/kafka_handles.h"
#include "tests/support/eventually.h"
#include "tests/support/free_port.h"
#include "tests/support/kafka_program.h"

namespace pagepress::test {
namespace {

using namespace std::chrono_literals;

constexpr auto kStartDeadline = 180s;  // JVMs that share a busy machine's processors
constexpr int kHeapMib = 256;

std::string loopback(int port) {
    return "127.0.0.1:" + std::to_string(port);
}

}  // namespace

struct KafkaCluster::Node {
    explicit Node(int number) : id(number) { format_kafka_storage(folder, id); }

    const int id;
    TempDir folder;
    int port = 0;
    int controller_port = 0;
    std::unique_ptr<Process> process;
};

/// Asks the brokers about a topic, with a client that it keeps.
class KafkaCluster::Watcher {
public:
    explicit Watcher(const std::string& brokers) {
        auto conf = kafka::make_conf({.brokers = brokers, .topic_prefix = {}}, {});
        INVARIANT(conf.has_value());
        auto client = kafka::make_client(RD_KAFKA_PRODUCER, *std::move(conf));
        INVARIANT(client.has_value());
        client_ = *std::move(client);
    }

    /// Null if no broker answers.
    kafka::Metadata ask(const std::string& topic) {
        const kafka::Topic handle(rd_kafka_topic_new(client_.get(), topic.c_str(), nullptr));
        return ask(handle.get());
    }

    /// The same of all topics.
    kafka::Metadata ask_all() { return ask(nullptr); }

private:
    kafka::Metadata ask(rd_kafka_topic_t* topic) {
        const rd_kafka_metadata_t* answer = nullptr;
        const int all_topics = topic == nullptr ? 1 : 0;
        const auto error = rd_kafka_metadata(client_.get(), all_topics, topic, &answer, 2'000);
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return nullptr;
        return kafka::Metadata(answer);
    }

    kafka::Client client_;
};

KafkaCluster::KafkaCluster(int nodes) {
    INVARIANT(nodes >= 1);
    for (int id = 1; id <= nodes; ++id) nodes_.push_back(std::make_unique<Node>(id));
    // Another process may have taken a port in between; then others are tried.
    for (int attempt = 0; attempt < 3; ++attempt) {
        if (try_start()) {
            watcher_ = std::make_unique<Watcher>(bootstrap());
            return;
        }
    }
    for (const auto& node : nodes_) std::fprintf(stderr, "%s\n", node->process->log_text().c_str());
    INVARIANT(false && "the Kafka brokers do not start");
}

KafkaCluster::~KafkaCluster() = default;

bool KafkaCluster::try_start() {
    std::set<int> taken;
    const auto fresh_port = [&] {
        int port = free_port();
        while (!taken.insert(port).second) port = free_port();
        return port;
    };
    std::string voters;
    for (const auto& node : nodes_) {
        node->port = fresh_port();
        node->controller_port = fresh_port();
        voters += (voters.empty() ? "" : ",") + std::to_string(node->id) + "@" +
                  loopback(node->controller_port);
    }
    for (const auto& node : nodes_) write_config(*node, voters);
    for (std::size_t i = 0; i < nodes_.size(); ++i) start(i);
    const auto has_started = [&](const auto& node) { return kafka_answers(loopback(node->port)); };
    const auto has_died = [](const auto& node) { return !node->process->is_running(); };
    const bool is_up = eventually(kStartDeadline, [&] {
        return std::ranges::any_of(nodes_, has_died) || std::ranges::all_of(nodes_, has_started);
    });
    if (is_up && std::ranges::none_of(nodes_, has_died)) return true;
    for (const auto& node : nodes_) node->process->kill();
    return false;
}

void KafkaCluster::write_config(const Node& node, const std::string& voters) const {
    const std::string replicas = std::to_string(nodes_.size());
    const std::string replicas_min = std::to_string(nodes_.size() > 2 ? nodes_.size() - 1 : 1);
    std::string text = "process.roles=broker,controller\nnode.id=" + std::to_string(node.id);
    text += "\ncontroller.quorum.voters=" + voters;
    text += "\nlisteners=PLAINTEXT://" + loopback(node.port) + ",CONTROLLER://" +
            loopback(node.controller_port);
    text += "\nadvertised.listeners=PLAINTEXT://" + loopback(node.port);
    text += "\nlog.dirs=" + node.folder.path("data");
    text += "\noffsets.topic.replication.factor=" + replicas;
    text += "\ntransaction.state.log.replication.factor=" + replicas;
    text += "\ntransaction.state.log.min.isr=" + replicas_min;
    // None of the waits that only make sense in production: a lost broker is missed after three
    // seconds, and leads again what it led before soon after it is back.
    text +=
        "\ncontroller.listener.names=CONTROLLER\n"
        "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT\n"
        "auto.create.topics.enable=false\n"
        "offsets.topic.num.partitions=3\n"
        "transaction.state.log.num.partitions=2\n"
        "group.initial.rebalance.delay.ms=0\n"
        "group.min.session.timeout.ms=1000\n"
        "broker.session.timeout.ms=3000\n"
        "broker.heartbeat.interval.ms=500\n"
        "replica.lag.time.max.ms=3000\n"
        "leader.imbalance.check.interval.seconds=5\n"
        "unclean.leader.election.enable=false\n"
        "num.network.threads=2\n"
        "num.io.threads=2\n"
        "num.replica.fetchers=1\n"
        "log.cleaner.dedupe.buffer.size=4194304\n"
        "log.cleaner.backoff.ms=1000\n";
    node.folder.write("server.properties", text);
}

std::string KafkaCluster::bootstrap() const {
    std::string list;
    for (const auto& node : nodes_) list += (list.empty() ? "" : ",") + loopback(node->port);
    return list;
}

void KafkaCluster::kill(std::size_t node) {
    nodes_.at(node)->process->kill();
}

void KafkaCluster::terminate(std::size_t node) {
    nodes_.at(node)->process->send_signal(SIGTERM);
}

void KafkaCluster::start(std::size_t node) {
    Node& started = *nodes_.at(node);
    started.process.reset();
    started.process = std::make_unique<Process>(kafka_program(started.folder, kHeapMib));
}

Process& KafkaCluster::process(std::size_t node) {
    return *nodes_.at(node)->process;
}

int KafkaCluster::leader_of(const std::string& topic, int partition) {
    const kafka::Metadata metadata = watcher_->ask(topic);
    if (metadata == nullptr || partition >= metadata->topics[0].partition_cnt) return -1;
    const int leader = metadata->topics[0].partitions[partition].leader;
    return leader < 1 ? -1 : leader - 1;
}

bool KafkaCluster::is_in_sync() {
    const kafka::Metadata metadata = watcher_->ask_all();
    if (metadata == nullptr || metadata->broker_cnt != static_cast<int>(nodes_.size()))
        return false;
    const auto is_whole = [](const rd_kafka_metadata_partition_t& partition) {
        return partition.leader >= 0 && partition.isr_cnt == partition.replica_cnt;
    };
    const std::span topics(metadata->topics, static_cast<std::size_t>(metadata->topic_cnt));
    return !topics.empty() && std::ranges::all_of(topics, [&](const auto& topic) {
        const std::span partitions(topic.partitions, static_cast<std::size_t>(topic.partition_cnt));
        return !partitions.empty() && std::ranges::all_of(partitions, is_whole);
    });
}

}  // namespace pagepress::test
