// Several real Apache Kafka brokers for tests, so that leaders can move.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace pagepress::test {

/// Nodes that are broker and controller each (KRaft), from construction to destruction. Internal
/// topics have as many replicas as there are nodes, and one node may be missing for writes. Topics
/// are not created by themselves. Aborts the test if a node does not start. Used by one thread.
class KafkaCluster {
public:
    /// Returns when all of them answer. @param nodes  1 or, to survive the loss of one, 3
    explicit KafkaCluster(int nodes);
    ~KafkaCluster();
    KafkaCluster(const KafkaCluster&) = delete;
    KafkaCluster& operator=(const KafkaCluster&) = delete;

    /// `bootstrap.servers`: all nodes.
    [[nodiscard]] std::string bootstrap() const;

    [[nodiscard]] std::size_t size() const { return nodes_.size(); }

    /// kill -9.
    void kill(std::size_t node);

    /// Begins an orderly shutdown: its leaders move away first. Does not wait for it.
    void terminate(std::size_t node);

    /// Starts a node that has ended, with its data and on its port. Does not wait until it answers;
    /// one that is still shutting down is killed.
    void start(std::size_t node);

    [[nodiscard]] Process& process(std::size_t node);

    /// The node that leads a partition; -1 if it has no leader or no broker answers.
    [[nodiscard]] int leader_of(const std::string& topic, int partition);

    /// Whether all nodes serve, and every partition of every topic, Kafka's own too, has a leader
    /// and all of its replicas: only then another node can be missed.
    [[nodiscard]] bool is_in_sync();

private:
    struct Node;
    class Watcher;
    [[nodiscard]] bool try_start();
    void write_config(const Node& node, const std::string& voters) const;

    std::vector<std::unique_ptr<Node>> nodes_;
    std::unique_ptr<Watcher> watcher_;
};

}  // namespace pagepress::test
