#include "worker/service.h"

#include <algorithm>
#include <utility>

#include "common/base/log.h"
#include "common/base/ports_file.h"
#include "common/http_client/curl_client.h"
#include "worker/atlassian/site_checks.h"
#include "worker/debug_report.h"
#include "worker/own_findings.h"
#include "worker/press/presser.h"
#include "worker/press/site_client_cache.h"

namespace pagepress::worker {

namespace {

/// A catalog not confirmed for this long is said to be old; jobs wait for what they need of it.
constexpr Millis kCatalogStaleMax{30'000};
/// Longest call to a site while it is examined.
constexpr Millis kCheckTimeout{10'000};

/// Executor of one thread, with clients of its own.
class OwnPresser {
public:
    OwnPresser(
        std::unique_ptr<SiteClientCache> clients, PressPorts ports, const PressLimits& limits
    )
        : clients_(std::move(clients)), presser_(ports, limits) {}

    PressResult operator()(Press press) { return presser_.execute(std::move(press)); }

private:
    std::unique_ptr<SiteClientCache> clients_;
    Presser presser_;
};

}  // namespace

Service::Service(WorkerSettings settings)
    : settings_(std::move(settings)),
      redis_(settings_.redis),
      memory_(redis_),
      batches_(redis_),
      jobs_(settings_.kafka, settings_.kafka.topic(kJobsTopic)),
      shared_gates_(redis_),
      gates_(gate_ports(), settings_.gates),
      templates_(clock_, settings_.template_page_max_age),
      audit_(settings_.kafka.topic(kAuditTopic), clock_, metrics_),
      tiers_(settings_.kafka, settings_.delay),
      health_(
          metrics_,
          clock_,
          [this] { return obstacle(); },
          [this] { return report_presses(); },
          {.own = [this] { return examine_own(); },
           .sites = [this](const std::function<bool()>& is_cancelled
                    ) { return examine_sites(is_cancelled); }}
      ),
      fire_log_(redis_) {}

Service::~Service() {
    stop();
}

Result<void> Service::start() {
    if (auto suspects = start_suspects(); !suspects) return suspects;
    const auto policy = check_redis_policy(redis_);
    if (!policy && policy.error().code == ErrorCode::kInvalidInput) return policy;
    if (!policy)
        log_warn("Redis is not there: going on without", {{"reason", policy.error().message}});
    auto follower = CatalogFollower::start(settings_.kafka, catalog_, clock_);
    if (!follower) return std::unexpected(std::move(follower.error()));
    follower_ = *std::move(follower);
    if (auto exits = start_exits(); !exits) return exits;
    if (auto audit = start_audit(); !audit) return audit;
    pool_ = std::make_unique<PressPool>(make_executors(), clock_, &gates_);
    loop_ = std::make_unique<PollLoop>(*pool_, aliases_, clock_, metrics_, settings_.poll);
    if (auto firing = start_firing(); !firing) return firing;
    auto delays = DelayLoop::start(settings_.kafka, settings_.group, tiers_, clock_, metrics_);
    if (!delays) return std::unexpected(std::move(delays.error()));
    delay_loop_ = *std::move(delays);
    auto consumer = KafkaConsumer::subscribe(
        settings_.kafka, {settings_.kafka.topic(kJobsTopic)}, settings_.group, *share_watch_
    );
    if (!consumer) return std::unexpected(std::move(consumer.error()));
    consumer_ = *std::move(consumer);
    const auto port = health_.start(settings_.admin_listen);
    if (!port) return std::unexpected(port.error());
    if (auto written = write_ports_file(settings_.ports_file, {{"admin", *port}}); !written) {
        return written;
    }
    poll_thread_ = std::jthread([this] { poll(); });
    log_info("worker started", {{"admin_port", *port}, {"concurrency", settings_.concurrency}});
    return {};
}

Result<void> Service::start_firing() {
    auto firing = FireLoop::start(
        settings_.kafka,
        {.catalog = catalog_,
         .clock = clock_,
         .log = fire_log_,
         .batches = batches_,
         .metrics = metrics_}
    );
    if (!firing) return std::unexpected(std::move(firing.error()));
    fire_loop_ = *std::move(firing);
    owner_watch_ = std::make_unique<OwnerWatch>(*loop_, *fire_loop_);
    share_watch_ =
        std::make_unique<ShareWatch>(*owner_watch_, gates_, [this] { return count_partitions(); });
    return {};
}

Result<void> Service::start_suspects() {
    if (settings_.state_dir.empty()) return {};
    auto suspects = Suspects::open(settings_.state_dir);
    if (!suspects) return std::unexpected(std::move(suspects.error()));
    suspects_ = *std::move(suspects);
    return {};
}

Result<void> Service::start_exits() {
    auto producer =
        Producer::create(settings_.kafka, ProducerLimits{}, [this](const Delivery& delivery) {
            outbox_->on_delivery(delivery);
        });
    if (!producer) return std::unexpected(std::move(producer.error()));
    exits_producer_ = *std::move(producer);
    outbox_ = std::make_unique<Outbox>(*exits_producer_, clock_);
    letters_ = std::make_unique<DeadLetters>(
        *outbox_,
        settings_.kafka.topic(kDeadTopic),
        clock_,
        [this](const RecordPosition& position, const JobStatus* status) {
            if (status != nullptr) memory_.record(*status);
            loop_->finish(position);
        }
    );
    copies_ = std::make_unique<DelayedCopies>(
        *outbox_,
        tiers_,
        clock_,
        metrics_,
        [this](const RecordPosition& position) { loop_->finish(position); }
    );
    return {};
}

Result<void> Service::start_audit() {
    // Bounded: while Kafka is away the work goes on, and what does not fit is dropped.
    const ProducerLimits limits{
        .delivery_timeout = Millis(60'000),
        .queue_records_max = AuditTrail::kWaitingMax,
        .queue_kbytes_max = 16'384,
    };
    auto producer = Producer::create(settings_.kafka, limits, [this](const Delivery& delivery) {
        audit_.on_delivery(delivery);
    });
    if (!producer) return std::unexpected(std::move(producer.error()));
    audit_producer_ = *std::move(producer);
    return {};
}

std::vector<Executor> Service::make_executors() {
    const HttpClientFactory make_http = [this] {
        CurlLimits limits;
        limits.ca_file = settings_.ca_file;
        return make_curl_client(limits, [this] { return is_cancelled_.load(); });
    };
    std::vector<Executor> executors;
    for (std::size_t i = 0; i < settings_.concurrency; ++i) {
        auto clients = std::make_unique<SiteClientCache>(
            make_http, accounts_, gates_, gate_ports(), settings_.press.http_timeout
        );
        const PressPorts ports{
            .catalog = catalog_,
            .memory = memory_,
            .batches = batches_,
            .jobs = jobs_,
            .aliases = aliases_,
            .leases = leases_,
            .put_turns = put_turns_,
            .gates = gates_,
            .templates = templates_,
            .clients = *clients,
            .clock = clock_,
            .random = random_,
            .metrics = metrics_,
            .suspects = suspects_.get(),
        };
        auto presser = std::make_shared<OwnPresser>(std::move(clients), ports, settings_.press);
        executors.emplace_back([presser, this](Press press) {
            board_.begin(press);
            PressResult result = (*presser)(std::move(press));
            board_.end(result);
            audit_.note(result);
            return result;
        });
    }
    return executors;
}

GatePorts Service::gate_ports() {
    return {
        .clock = clock_,
        .random = random_,
        .metrics = metrics_,
        .catalog = catalog_,
        .shared = &shared_gates_};
}

/// The poll thread; asked when partitions were assigned, so Kafka is there.
std::optional<int> Service::count_partitions() {
    constexpr Millis kWaitMax(1'000);
    const auto count = exits_producer_->partitions_of(settings_.kafka.topic(kJobsTopic), kWaitMax);
    return count ? std::optional(*count) : std::nullopt;
}

std::string Service::obstacle() const {
    const auto confirmed_at = catalog_.confirmed_at();
    if (!confirmed_at) return "the catalog has not been read yet: is Kafka there, with its topics?";
    if (clock_.steady_now() - *confirmed_at > kCatalogStaleMax) {
        return "the catalog has not been confirmed for 30 s: is Kafka there?";
    }
    if (auto problem = delay_loop_->problem(); !problem.empty()) return problem;
    if (!is_polling_) return "the worker does not poll: it is starting or stopping";
    return {};
}

/// The health thread, which outlives the pool.
std::string Service::report_presses() const {
    return debug_report(board_, gates_, clock_);
}

/// The doctor's thread.
std::vector<Finding> Service::examine_own() {
    OwnState state{.redis = check_redis_policy(redis_)};
    state.obstacle = obstacle();
    if (const auto confirmed_at = catalog_.confirmed_at()) {
        state.catalog_age = std::chrono::duration_cast<Millis>(clock_.steady_now() - *confirmed_at);
    }
    return own_findings(state);
}

/// The doctor's thread.
std::vector<Finding> Service::examine_sites(const std::function<bool()>& is_cancelled) {
    CurlLimits limits;
    limits.ca_file = settings_.ca_file;
    const auto http = make_curl_client(limits, is_cancelled);
    return check_sites(
        {.catalog = catalog_,
         .http = *http,
         .clock = clock_,
         .call_timeout = std::min(settings_.press.http_timeout, kCheckTimeout),
         .is_cancelled = is_cancelled,
         .trial_spaces = settings_.trial_spaces}
    );
}

void Service::poll() {
    is_polling_ = true;
    loop_->run(*consumer_, exits(), [this] {
        exits_producer_->poll();
        audit_.send_waiting(*audit_producer_);
        audit_producer_->poll();
        memory_.send_again();
    });
    is_polling_ = false;
    drain();
    constexpr Millis kCloseMax(10'000);
    consumer_->close(kCloseMax);
}

/// Abandoned presses are safe: their records are not stored, so they are delivered again, and the
/// stamps tell what they had written.
void Service::drain() {
    constexpr Millis kCancelMax(10'000);
    constexpr Millis kFlushMax(5'000);
    constexpr Millis kAuditFlushMax(2'000);
    pool_->stop_taking();
    if (!pool_->wait_idle(clock_.steady_now() + settings_.drain_max)) {
        log_warn("presses abandoned", {{"running", pool_->load().running}});
        is_cancelled_ = true;
        (void)pool_->wait_idle(clock_.steady_now() + kCancelMax);
    }
    loop_->store_finished(*consumer_, exits());
    exits_producer_->flush(kFlushMax);
    loop_->store_finished(*consumer_, exits());
    audit_.send_waiting(*audit_producer_);
    audit_producer_->flush(kAuditFlushMax);
}

void Service::stop() {
    if (!poll_thread_.joinable()) return;
    fire_loop_->hand_over();
    delay_loop_->stop();
    loop_->stop();
    poll_thread_.join();
    log_info("worker stopped");
}

}  // namespace pagepress::worker
