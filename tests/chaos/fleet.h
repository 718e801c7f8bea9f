// Everything that runs: brokers, Redis, the fake site behind its gate, ingresses and workers, which
// can be killed, stopped and started again at any time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/http_client/http_client.h"
#include "tests/chaos/ledger.h"
#include "tests/chaos/replica.h"
#include "tests/support/fake_atlassian_process.h"
#include "tests/support/kafka_cluster.h"
#include "tests/support/redis_server.h"
#include "tests/support/tcp_gate.h"
#include "tests/support/temp_dir.h"

namespace pagepress::chaos {

struct FleetPlan {
    int brokers = 3;
    int ingresses = 2;
    int workers = 4;
    int issues = 60;
    std::string worker_program = {};  ///< another one than the build's: a broken one, say
};

inline constexpr std::string_view kJobsTopicName = "pagepress.jobs";
inline constexpr std::string_view kDeadTopicName = "pagepress.dead";
inline constexpr std::string_view kWorkerGroup = "pagepress-worker";

/// The lease of a page [s]; a worker that is stopped longer has lost it.
inline constexpr int kLeaseSeconds = 3;

/// Runs from construction to destruction, with short time-outs, so that recovery takes seconds. Two
/// rules, `page` and `sheet`, for every issue, and a snapshot, `open`, of the first ten. Aborts the
/// program if it does not come up. Used by one thread; `doors` is for the callers.
class Fleet {
public:
    explicit Fleet(const FleetPlan& plan);

    /// Starts what is wanted and gone. Returns what ended by itself, a sentence each.
    std::vector<std::string> tend();

    /// Ends every fault: all that was killed, stopped or cut is to work again.
    void mend();

    /// What is not as it was when the fleet had started, a sentence each: a process of the product
    /// that does not listen, a broker or Redis that does not run, records that are not on all
    /// brokers.
    [[nodiscard]] std::vector<std::string> missing();

    [[nodiscard]] bool is_whole() { return missing().empty(); }

    /// A request to the admin API of the first ingress that answers.
    HttpAnswer admin(
        const std::string& method, const std::string& path, const std::string& body = {}
    );

    /// A person's request to the fake site; what it refuses is his bad luck.
    bool ask_site(const std::string& path, const std::string& body = {});

    [[nodiscard]] UnixMillis redis_lost_at() const { return redis_lost_at_; }

    void flush_redis();
    void stop_redis();
    void start_redis();

    test::KafkaCluster kafka;
    test::RedisServer redis;
    test::FakeAtlassianProcess site;
    test::TcpGate gate;
    std::vector<Replica> ingresses;
    std::vector<Replica> workers;
    Doors doors;

private:
    [[nodiscard]] test::ProcessSpec ingress(std::size_t index, const std::string& ports) const;
    [[nodiscard]] test::ProcessSpec worker(std::size_t index, const std::string& ports) const;
    void start_all();
    void load_issues();
    void load_catalog();
    void put(const std::string& path, const std::string& document);
    void make_key(const std::string& scope, const std::string& subject, const std::string& name);

    test::TempDir folder_;
    const std::string worker_program_;
    std::unique_ptr<HttpClient> client_;
    bool is_redis_up_ = true;
    UnixMillis redis_lost_at_ = 0;
};

}  // namespace pagepress::chaos
