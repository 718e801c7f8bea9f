// The worker put together: which adapter stands behind each port, and in which order they start
// and stop.
#pragma once

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/base/random.h"
#include "common/catalog/catalog.h"
#include "common/catalog/follower.h"
#include "common/kafka/producer.h"
#include "common/redis/redis_connection.h"
#include "worker/atlassian/site_account.h"
#include "worker/audit/audit_trail.h"
#include "worker/batch/kafka_job_writer.h"
#include "worker/consume/dead_letters.h"
#include "worker/consume/kafka_consumer.h"
#include "worker/consume/outbox.h"
#include "worker/consume/poll_loop.h"
#include "worker/delay/delay_loop.h"
#include "worker/delay/delayed_copies.h"
#include "worker/firing/fire_loop.h"
#include "worker/firing/redis_fire_log.h"
#include "worker/health.h"
#include "worker/idempotency/issue_aliases.h"
#include "worker/idempotency/local_leases.h"
#include "worker/idempotency/redis_batch_memory.h"
#include "worker/idempotency/redis_gates.h"
#include "worker/idempotency/redis_page_memory.h"
#include "worker/limits/share_watch.h"
#include "worker/limits/site_gates.h"
#include "worker/press/template_cache.h"
#include "worker/schedule/press_board.h"
#include "worker/schedule/press_pool.h"
#include "worker/worker_options.h"

namespace pagepress::worker {

/// Made, run and destroyed by main's thread. Threads: poll, executors, delay, firing, Redis,
/// catalog, health.
class Service {
public:
    explicit Service(WorkerSettings settings);
    ~Service();
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    /// Starts everything. Kafka, Redis and the sites may be away: it waits for them.
    /// @errors  kInvalidInput  a setting that cannot work (address, Kafka property, Redis policy)
    Result<void> start();

    /// Stops polling, finishes running presses within `drain_max`, stores, leaves the group.
    void stop();

private:
    [[nodiscard]] std::vector<Executor> make_executors();
    [[nodiscard]] GatePorts gate_ports();
    [[nodiscard]] std::optional<int> count_partitions();
    [[nodiscard]] std::string obstacle() const;
    [[nodiscard]] std::vector<Finding> examine_own();
    [[nodiscard]] std::vector<Finding> examine_sites(const std::function<bool()>& is_cancelled);
    Result<void> start_exits();
    Result<void> start_firing();
    Result<void> start_audit();
    [[nodiscard]] std::string report_presses() const;
    Result<void> start_suspects();

    [[nodiscard]] Exits exits() { return {*outbox_, *letters_, *copies_}; }

    void poll();
    void drain();

    const WorkerSettings settings_;
    const SystemClock clock_;
    SystemRandom random_;
    Metrics metrics_;
    std::atomic<bool> is_cancelled_ = false;
    std::atomic<bool> is_polling_ = false;
    Catalog catalog_;
    RedisConnection redis_;
    RedisPageMemory memory_;
    RedisBatchMemory batches_;
    KafkaJobWriter jobs_;
    IssueAliases aliases_;
    LocalLeases leases_;
    PutTurns put_turns_;
    RedisGates shared_gates_;
    SiteGates gates_;
    SiteAccounts accounts_{clock_};
    TemplateCache templates_;
    AuditTrail audit_;
    PressBoard board_{clock_};
    const DelayTiers tiers_;
    std::unique_ptr<DelayLoop> delay_loop_;
    Health health_;  ///< asks what stands above, and ends before it
    std::unique_ptr<CatalogFollower> follower_;
    std::unique_ptr<Suspects> suspects_;
    std::unique_ptr<Producer> exits_producer_;
    std::unique_ptr<Outbox> outbox_;
    std::unique_ptr<DeadLetters> letters_;
    std::unique_ptr<DelayedCopies> copies_;
    std::unique_ptr<Producer> audit_producer_;  ///< of its own, so that nothing waits behind it
    std::unique_ptr<PressPool> pool_;
    std::unique_ptr<PollLoop> loop_;
    RedisFireLog fire_log_;
    std::unique_ptr<FireLoop> fire_loop_;
    std::unique_ptr<OwnerWatch> owner_watch_;
    std::unique_ptr<ShareWatch> share_watch_;
    std::unique_ptr<KafkaConsumer> consumer_;
    std::jthread poll_thread_;
};

}  // namespace pagepress::worker
