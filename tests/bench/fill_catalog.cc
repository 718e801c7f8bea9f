// Fills a catalog topic with rules, snapshots and their keys, straight into Kafka, where the admin
// API would take a transaction for each; and writes the calls that these keys allow, for wrk.
#include <charconv>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>

#include "common/base/digest.h"
#include "common/base/random.h"
#include "common/catalog/documents.h"
#include "common/kafka/producer.h"

using namespace pagepress;

namespace {

constexpr int kKeysPerRule = 10;
constexpr int kSnapshots = 100;
constexpr std::string_view kSite = "bench";
constexpr UnixMillis kLongAgo = 1'700'000'000'000;

struct Plan {
    std::string brokers;
    std::string topic;
    int rules = 0;
    std::string calls;  ///< path of the files, without `.rule` and `.snapshot`
};

/// Keeps going while the producer's queue is full.
class Filler {
public:
    explicit Filler(const Plan& plan) : plan_(plan) {}

    Result<void> run();

private:
    Result<void> put(EntryKind kind, const std::string& id, std::string document);
    Result<std::string> put_key(ApiKey::Scope scope, const std::string& subject, int number);
    Result<void> put_rules();
    Result<void> put_snapshots();

    const Plan plan_;
    SystemRandom random_;
    std::unique_ptr<Producer> producer_;
    std::uint64_t ticket_ = 0;
    std::uint64_t lost_ = 0;
};

Result<void> Filler::run() {
    auto producer = Producer::create(
        {.brokers = plan_.brokers, .topic_prefix = {}},
        {.delivery_timeout = std::chrono::seconds(60)},
        [this](const Delivery& delivery) {
            if (delivery.persistence != Persistence::kPersisted) ++lost_;
        }
    );
    if (!producer) return std::unexpected(producer.error());
    producer_ = *std::move(producer);
    const auto site =
        put(EntryKind::kSite,
            std::string(kSite),
            R"({"jira_url":"https://jira.example.com","confluence_url":"https://wiki.example.com",)"
            R"("auth":"bearer","secret_file":"/nonexistent"})");
    if (!site) return site;
    if (auto rules = put_rules(); !rules) return rules;
    if (auto snapshots = put_snapshots(); !snapshots) return snapshots;
    lost_ += producer_->flush(std::chrono::minutes(1));
    if (lost_ == 0) return {};
    return fail(ErrorCode::kUnavailable, std::to_string(lost_) + " records were not stored");
}

Result<void> Filler::put(EntryKind kind, const std::string& id, std::string document) {
    const Record record{
        .topic = plan_.topic, .key = record_key(kind, id), .value = std::move(document)};
    auto appended = producer_->append(record, ++ticket_);
    while (!appended && appended.error().code == ErrorCode::kOverloaded) {
        producer_->poll();
        std::this_thread::yield();
        appended = producer_->append(record, ticket_);
    }
    if (ticket_ % 1'000 == 0) producer_->poll();
    return appended;
}

Result<std::string> Filler::put_key(ApiKey::Scope scope, const std::string& subject, int number) {
    std::array<unsigned char, 32> bytes{};
    random_.fill(bytes);
    std::string secret = to_base64(bytes);
    const ApiKey key{
        .id = subject + "." + std::to_string(number),
        .name = "bench",
        .scope = scope,
        .site = std::string(kSite),
        .subject = subject,
        .digest = sha256(secret),
        .created_at = kLongAgo,
        .created_by = "bench",
    };
    auto stored = put(EntryKind::kApiKey, key.id, write_api_key(key));
    if (!stored) return std::unexpected(stored.error());
    return secret;
}

Result<void> Filler::put_rules() {
    std::ofstream calls(plan_.calls + ".rule");
    for (int i = 0; i < plan_.rules; ++i) {
        const std::string id = "rule-" + std::to_string(i);
        const auto rule =
            put(EntryKind::kRule,
                id,
                R"({"site":"bench","name":"A rule of the bench","page":{"space":"DOC",)"
                R"("title":"$#Key: $#{Summary}","body":"<p>$#Key: $#{Summary}, ${Status}</p>"}})");
        if (!rule) return rule;
        for (int number = 0; number < kKeysPerRule; ++number) {
            const auto secret = put_key(ApiKey::Scope::kRule, id, number);
            if (!secret) return std::unexpected(secret.error());
            // One of the keys of each rule calls; the others are there.
            if (number == i % kKeysPerRule) {
                // Jira numbers issues from 1: another key is a 400.
                calls << "/v1/trigger?method=triggerRule&ruleId=" << id << "&issueId=BENCH-"
                      << i + 1 << " x-autopage-api-key " << *secret << '\n';
            }
        }
    }
    return {};
}

Result<void> Filler::put_snapshots() {
    std::ofstream calls(plan_.calls + ".snapshot");
    for (int i = 0; i < kSnapshots; ++i) {
        const std::string id = "snapshot-" + std::to_string(i);
        const auto snapshot =
            put(EntryKind::kSnapshot,
                id,
                R"({"site":"bench","page":")" + std::to_string(1'000 + i) +
                    R"(","levels":[{"jql":"project = BENCH","columns":["key"]}]})");
        if (!snapshot) return snapshot;
        const auto secret = put_key(ApiKey::Scope::kSnapshot, id, 0);
        if (!secret) return std::unexpected(secret.error());
        calls << "/v1/snapshots/" << id << " jira-snapshots-api-key " << *secret << '\n';
    }
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view rules = argc == 5 ? argv[3] : "";
    Plan plan;
    const auto [end, error] =
        std::from_chars(rules.data(), rules.data() + rules.size(), plan.rules);
    if (error != std::errc() || end != rules.data() + rules.size() || plan.rules < 1) {
        std::fputs("Usage: fill-catalog BROKERS TOPIC RULES CALLS-FILE\n", stderr);
        return 2;
    }
    plan.brokers = argv[1];
    plan.topic = argv[2];
    plan.calls = argv[4];
    const auto filled = Filler(plan).run();
    if (!filled) std::fprintf(stderr, "fill-catalog: %s\n", filled.error().message.c_str());
    return filled ? 0 : 1;
}
