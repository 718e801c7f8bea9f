#include "ingress/ingress.h"

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/secret_file.h"
#include "common/base/trace_context.h"
#include "common/catalog/follower.h"
#include "common/catalog/writer.h"
#include "common/kafka/cluster_facts.h"
#include "common/kafka/record_writer.h"
#include "common/kafka/topics.h"
#include "ingress/admin/admin_server.h"
#include "ingress/admin/admin_service.h"
#include "ingress/admin/change_event.h"
#include "ingress/health/kafka_probe.h"
#include "ingress/metrics.h"
#include "ingress/trigger_thread.h"

namespace pagepress::ingress {

namespace {

constexpr std::chrono::milliseconds kCreateTopicsTimeout{15'000};
constexpr std::chrono::milliseconds kInspectTimeout{5'000};
/// On the probe's thread, which must go on soon.
constexpr std::chrono::milliseconds kFirstLookTimeout{1'000};
constexpr std::chrono::days kJobsKept{14};  ///< worked on, or looked into, long before
constexpr std::chrono::days kDeadKept{30};  ///< wait for a person
constexpr std::chrono::days kAuditKept{30};
/// Longest scan for one request; other admin calls wait meanwhile.
constexpr std::chrono::milliseconds kScanMax{3'000};
/// How long an ingress that lost touch with Kafka may be away and still learn of a revoked key.
constexpr std::chrono::days kTombstonesKept{30};
/// The catalog writer's limit of 4 MiB, and room for what Kafka puts around a record.
constexpr std::int64_t kCatalogRecordBytesMax = 5 * 1024 * 1024;

std::string millis_text(std::chrono::milliseconds duration) {
    return std::to_string(duration.count());
}

std::vector<TopicSpec> topic_specs(const KafkaSettings& kafka, const TopicsPlan& plan) {
    const std::string min_insync = std::to_string(plan.min_insync_replicas);
    // Records are kept for a time, however many they are.
    const auto kept_for = [&](std::chrono::milliseconds duration, std::string_view name) {
        return TopicSpec{
            .name = kafka.topic(name),
            .partitions = plan.partitions,
            .replication = plan.replication,
            .config = {
                {"cleanup.policy", "delete"},
                {"retention.ms", millis_text(duration)},
                {"retention.bytes", "-1"},
                {"min.insync.replicas", min_insync},
            }};
    };
    std::vector<TopicSpec> specs{
        {.name = kafka.topic(kCatalogTopic),
         .partitions = 1,
         .replication = plan.replication,
         .config =
             {{"cleanup.policy", "compact"},
              {"delete.retention.ms", millis_text(kTombstonesKept)},
              {"max.message.bytes", std::to_string(kCatalogRecordBytesMax)},
              {"min.insync.replicas", min_insync}}},
        kept_for(kJobsKept, kJobsTopic),
    };
    for (const std::string_view name : kDelayedTopics) specs.push_back(kept_for(kJobsKept, name));
    specs.push_back(kept_for(kDeadKept, kDeadTopic));
    specs.push_back(kept_for(kAuditKept, kAuditTopic));
    return specs;
}

/// Address with the port that was really taken, for further listeners of the same address.
std::string with_port(const std::string& address, std::uint16_t port) {
    return address.substr(0, address.rfind(':') + 1) + std::to_string(port);
}

}  // namespace

class Ingress::Parts {
public:
    explicit Parts(const IngressSettings& settings);
    ~Parts();

    Result<void> start();
    std::size_t stop();

    [[nodiscard]] std::uint16_t port() const { return trigger_threads_.front()->port(); }

    [[nodiscard]] std::uint16_t admin_port() const { return admin_port_; }

private:
    Result<void> start_trigger_threads();
    Result<void> start_admin();
    void follow_admin_tokens();
    [[nodiscard]] AdminPorts admin_ports();
    [[nodiscard]] KafkaInspection inspect_kafka(const std::string& group, Millis timeout) const;
    Result<std::int64_t> write_entry(
        EntryKind kind,
        std::string_view id,
        std::optional<std::string> document,
        std::optional<std::int64_t> if_revision,
        const ChangeNote& note,
        const Precondition& precondition
    );
    void renew_metrics();

    const IngressSettings settings_;
    const SystemClock clock_;
    SystemRandom random_;
    Metrics metrics_;
    IngressMetrics ingress_metrics_{metrics_};
    Catalog catalog_;
    Readiness readiness_{catalog_, clock_, settings_.catalog_stale_max};
    std::unique_ptr<CatalogFollower> follower_;
    std::unique_ptr<KafkaProbe> probe_;
    SiteLimits site_limits_;
    std::vector<std::unique_ptr<TriggerThread>> trigger_threads_;

    std::unique_ptr<CatalogWriter> writer_;  ///< the thread's that executes admin calls
    RecordWriter records_;                   ///< the same
    std::unique_ptr<AdminService> admin_;
    /// Empty: the admin API is closed. With the next one the private listener's loop's.
    std::optional<SecretFile> admin_secret_;
    std::uint64_t admin_secret_shown_ = 0;
    std::unique_ptr<AdminServer> admin_server_;
    std::uint16_t admin_port_ = 0;
    std::map<int, std::uint64_t> replies_shown_;

    // Last, so that it is stopped first: its callbacks post to the loops above.
    RedisConnection redis_;
};

Ingress::Parts::Parts(const IngressSettings& settings)
    : settings_(settings), records_(settings.kafka, settings.producer), redis_(settings.redis) {}

Ingress::Parts::~Parts() {
    for (const auto& thread : trigger_threads_) thread->stop_now();
    // Its threads ask Redis, which goes first.
    if (admin_server_ != nullptr) admin_server_->stop();
}

Result<void> Ingress::Parts::start() {
    auto follower = CatalogFollower::start(settings_.kafka, catalog_, clock_);
    if (!follower) return std::unexpected(follower.error());
    follower_ = *std::move(follower);
    auto probe = KafkaProbe::start(
        settings_.kafka,
        {settings_.kafka.topic(kJobsTopic), settings_.kafka.topic(kCatalogTopic)},
        readiness_,
        [this] { return log_topic_problems(inspect_kafka({}, kFirstLookTimeout)); }
    );
    if (!probe) return std::unexpected(probe.error());
    probe_ = *std::move(probe);
    if (auto started = start_trigger_threads(); !started) return started;
    return start_admin();
}

Result<void> Ingress::Parts::start_trigger_threads() {
    TriggerThreadSettings thread_settings{
        .address = settings_.listen,
        .http = settings_.http,
        .kafka = settings_.kafka,
        .producer = settings_.producer,
        .trigger =
            {
                .jobs_topic = settings_.kafka.topic(kJobsTopic),
                .public_url = settings_.public_url,
                .pending = settings_.pending,
            },
    };
    const SharedParts shared{
        .catalog = catalog_,
        .clock = clock_,
        .random = random_,
        .redis = redis_,
        .readiness = readiness_,
        .limits = site_limits_,
        .metrics = ingress_metrics_,
    };
    for (int i = 0; i < settings_.threads; ++i) {
        auto thread = TriggerThread::create(thread_settings, shared);
        if (!thread) return std::unexpected(thread.error());
        thread_settings.address = with_port(settings_.listen, (*thread)->port());
        trigger_threads_.push_back(*std::move(thread));
    }
    for (const auto& thread : trigger_threads_) thread->start();
    return {};
}

/// The change and its audit event are one transaction: both are there, or none is.
Result<std::int64_t> Ingress::Parts::write_entry(
    EntryKind kind,
    std::string_view id,
    std::optional<std::string> document,
    std::optional<std::int64_t> if_revision,
    const ChangeNote& note,
    const Precondition& precondition
) {
    const std::string text = document.value_or("");
    const auto make_event = [&](const EntryName& entry,
                                const std::optional<StoredEntry>& before,
                                std::int64_t revision) {
        const bool is_asked_for = entry.kind == kind && entry.id == id;
        const CatalogChange change{
            .kind = entry.kind,
            .id = entry.id,
            .document = is_asked_for ? text : std::string_view(),
            .admin = note.admin,
            .action = is_asked_for ? note.action : kRevoked,  // only keys go with something else
        };
        return audit_record(
            settings_.kafka.topic(kAuditTopic),
            record_key(entry.kind, entry.id),
            change_event(change, before, revision, clock_.unix_now())
        );
    };
    return writer_->write(kind, id, std::move(document), if_revision, make_event, precondition);
}

AdminPorts Ingress::Parts::admin_ports() {
    return {
        .catalog = catalog_,
        .clock = clock_,
        .random = random_,
        .redis = redis_,
        .metrics = metrics_,
        .write_entry =
            [this](
                EntryKind kind,
                std::string_view id,
                std::optional<std::string> document,
                std::optional<std::int64_t> if_revision,
                const ChangeNote& note,
                const Precondition& precondition
            ) {
                return write_entry(kind, id, std::move(document), if_revision, note, precondition);
            },
        .create_topics =
            [this](const TopicsPlan& plan) {
                return create_topics(
                    settings_.kafka, topic_specs(settings_.kafka, plan), kCreateTopicsTimeout
                );
            },
        .inspect_kafka = [this](const std::string& group
                         ) { return inspect_kafka(group, kInspectTimeout); },
        .put_job =
            [this](const Job& job, std::string traceparent) {
                return records_.write({
                    {.topic = settings_.kafka.topic(kJobsTopic),
                     .key = route_key(job),
                     .value = encode(job),
                     .headers =
                         {{.name = std::string(kTraceHeader), .value = std::move(traceparent)}}},
                });
            },
        .topics =
            {.jobs = settings_.kafka.topic(kJobsTopic),
             .dead = settings_.kafka.topic(kDeadTopic),
             .audit = settings_.kafka.topic(kAuditTopic)},
        .scan_topic =
            [this](ScanRequest request, const ScanVisitor& visit) {
                request.time_max = kScanMax;
                return pagepress::scan_topic(settings_.kafka, clock_, request, visit);
            },
        .read_records =
            [this](
                const std::string& topic,
                const std::vector<RecordPlace>& places,
                std::size_t bytes_max
            ) {
                return pagepress::read_records(
                    settings_.kafka,
                    clock_,
                    topic,
                    places,
                    {.time_max = kScanMax, .bytes_max = bytes_max}
                );
            },
        .send_records = [this](const std::vector<Record>& records
                        ) { return records_.write_each(records); },
    };
}

KafkaInspection Ingress::Parts::inspect_kafka(const std::string& group, Millis timeout) const {
    KafkaInspection inspection{.specs = topic_specs(settings_.kafka, {}), .facts = {}};
    std::vector<std::string> names;
    for (const TopicSpec& spec : inspection.specs) names.push_back(spec.name);
    inspection.facts = read_cluster_facts(settings_.kafka, names, group, timeout);
    return inspection;
}

Result<void> Ingress::Parts::start_admin() {
    writer_ = std::make_unique<CatalogWriter>(settings_.kafka, catalog_, clock_);
    admin_ = std::make_unique<AdminService>(
        admin_ports(), settings_.admin_tokens, readiness_, metrics_, [this] { renew_metrics(); }
    );
    admin_server_ = std::make_unique<AdminServer>(*admin_, redis_, clock_);
    follow_admin_tokens();
    const auto port = admin_server_->start(settings_.admin_listen);
    if (!port) return std::unexpected(port.error());
    admin_port_ = *port;
    return {};
}

/// On the private listener's loop, so that no call under way holds up a revocation.
void Ingress::Parts::follow_admin_tokens() {
    if (settings_.admin_token_file.empty()) return;
    const auto check = [](std::string_view text) -> Result<void> {
        const auto tokens = AdminTokens::parse(text);
        if (!tokens) return std::unexpected(tokens.error());
        return {};
    };
    admin_secret_.emplace(settings_.admin_token_file, check, clock_);
    admin_server_->every(SecretFile::kLookInterval, [this] {
        const auto& text = admin_secret_->secret();
        if (!text || admin_secret_->revision() == admin_secret_shown_) return;
        admin_secret_shown_ = admin_secret_->revision();
        if (auto tokens = AdminTokens::parse(*text)) admin_->replace_tokens(*std::move(tokens));
    });
}

/// The private listener's loop. The server counts by itself; Prometheus' counters are told the
/// difference.
void Ingress::Parts::renew_metrics() {
    std::size_t connections = 0;
    std::size_t pending = 0;
    std::map<int, std::uint64_t> replies;
    for (const auto& thread : trigger_threads_) {
        connections += thread->connection_count();
        pending += thread->pending_count();
        for (const auto& [status, count] : thread->replies_by_status()) replies[status] += count;
    }
    for (const auto& [status, count] : replies) {
        metrics_
            .counter(
                "pagepress_ingress_http_replies_total",
                "Replies of the public listener, by status.",
                {{"status", std::to_string(status)}}
            )
            .add(static_cast<double>(count - std::exchange(replies_shown_[status], count)));
    }
    const auto set = [this](const std::string& name, const std::string& help, double value) {
        metrics_.gauge(name, help).set(value);
    };
    set("pagepress_ingress_connections",
        "Open connections of the public listener.",
        static_cast<double>(connections));
    set("pagepress_ingress_pending_replies",
        "Triggers that wait for Kafka's acknowledgement.",
        static_cast<double>(pending));
    set("pagepress_ingress_ready",
        "1 while triggers are accepted, else 0.",
        readiness_.is_ready() ? 1 : 0);
    set("pagepress_ingress_catalog_position",
        "Offset up to which the catalog topic has been read.",
        static_cast<double>(catalog_.position()));
    set("pagepress_ingress_catalog_unreadable_records",
        "Catalog records that could not be read.",
        static_cast<double>(catalog_.unreadable_records()));
}

std::size_t Ingress::Parts::stop() {
    readiness_.begin_shutdown();
    const SteadyTime deadline = clock_.steady_now() + settings_.drain_max;
    for (const auto& thread : trigger_threads_) thread->begin_drain(deadline);
    std::size_t unanswered = 0;
    for (const auto& thread : trigger_threads_) unanswered += thread->join();
    return unanswered;
}

Result<std::unique_ptr<Ingress>> Ingress::start(const IngressSettings& settings) {
    auto parts = std::make_unique<Parts>(settings);
    if (auto started = parts->start(); !started) return std::unexpected(started.error());
    return std::unique_ptr<Ingress>(new Ingress(std::move(parts)));
}

Ingress::Ingress(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Ingress::~Ingress() = default;

std::size_t Ingress::stop() {
    return parts_->stop();
}

std::uint16_t Ingress::port() const {
    return parts_->port();
}

std::uint16_t Ingress::admin_port() const {
    return parts_->admin_port();
}

}  // namespace pagepress::ingress
