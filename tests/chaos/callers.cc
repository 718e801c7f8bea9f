#include "tests/chaos/callers.h"

#include <utility>

#include "common/http_client/curl_client.h"
#include "common/job/job.h"
#include "common/json/json_value.h"
#include "tests/chaos/page_version.h"
#include "tests/support/eventually.h"

namespace pagepress::chaos {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kSite = "acme";
constexpr auto kCallTimeout = 3s;
/// How often a caller with an idempotency key calls again until it has its 202.
constexpr int kTriesMax = 15;
constexpr std::uint64_t kBurstEvery = 50;
constexpr int kBurst = 30;

UnixMillis unix_now() {
    return SystemClock().unix_now();
}

}  // namespace

Caller::Caller(
    Doors& doors,
    Ledger& ledger,
    const std::atomic<bool>& is_stopping,
    std::size_t first,
    std::size_t step,
    std::uint64_t seed
)
    : doors_(doors),
      ledger_(ledger),
      is_stopping_(is_stopping),
      first_(first),
      step_(step),
      random_(seed),
      client_(make_curl_client({}, [] { return false; })) {}

std::uint64_t Caller::chance(std::uint64_t below) {
    return random_() % below;
}

void Caller::act() {
    // Now and then many at once, as when a release is closed: then jobs wait for each other.
    const int calls = chance(kBurstEvery) == 0 ? kBurst : 1;
    for (int i = 0; i < calls && !is_stopping_; ++i) act_once();
}

void Caller::act_once() {
    const std::size_t own = (doors_.issues.size() - first_ + step_ - 1) / step_;
    Issue& issue = doors_.issues.at(first_ + step_ * chance(own));
    if (chance(5) > 0) edit(issue);
    const std::uint64_t what = chance(20);
    if (what == 0) {
        trigger_snapshot();
    } else if (what == 1) {
        trigger_page();
    } else {
        // Webhooks carry ids and automations keys: two route keys, perhaps two workers, one page.
        trigger_rule(
            chance(3) == 0 ? "sheet" : "page", issue, chance(2) == 0 ? issue.id : issue.key
        );
    }
}

void Caller::edit(Issue& issue) {
    const std::int64_t next = issue.seq + 1;
    const auto answer = client_->perform({
        .method = "POST",
        .url = doors_.site_url + "/_control/issues/" + issue.key,
        .body = R"({"summary":")" + summary_of(issue.key, next) + R"("})",
        .timeout = kCallTimeout,
    });
    if (answer && answer->status == 200) issue.seq = next;
}

bool Caller::trigger_rule(
    const std::string& rule, const Issue& issue, const std::string& issue_text
) {
    return send(
        {.path = "/v1/trigger?method=triggerRule&ruleId=" + rule + "&issueId=" + issue_text,
         .header = "x-autopage-api-key: " + doors_.keys.at(rule),
         .asked =
             {.job_id = {},
              .page_key = rule_page_key(kSite, rule, issue.id),
              .needs = {{issue.key, issue.seq.load()}}}}
    );
}

Freshness Caller::snapshot_needs() const {
    Freshness needs;
    for (std::size_t i = 0; i < kSnapshotIssues; ++i) {
        needs[doors_.issues[i].key] = doors_.issues[i].seq.load();
    }
    return needs;
}

bool Caller::trigger_snapshot() {
    return send(
        {.path = "/v1/snapshots/open",
         .header = "jira-snapshots-api-key: " + doors_.keys.at("open"),
         .asked =
             {.job_id = {},
              .page_key = site_page_key(kSite, doors_.report_page),
              .needs = snapshot_needs()}}
    );
}

bool Caller::trigger_page() {
    return send(
        {.path = "/take-snapshot/" + doors_.report_page,
         .header = "jira-snapshots-api-key: " + doors_.keys.at("site"),
         .asked =
             {.job_id = {},
              .page_key = site_page_key(kSite, doors_.report_page),
              .needs = snapshot_needs()}}
    );
}

bool Caller::send(const Trigger& trigger) {
    if (chance(2) == 0) return send_once(trigger, {});
    const std::string idempotency_key = "call-" + std::to_string(random_());
    for (int i = 0; i < kTriesMax && !is_stopping_; ++i) {
        if (send_once(trigger, idempotency_key)) return true;
        pause_a_little();
    }
    return false;
}

/// A person who calls again does not do so at once.
void Caller::pause_a_little() const {
    (void)test::eventually(200ms, [this] { return is_stopping_.load(); });
}

bool Caller::send_once(const Trigger& trigger, const std::string& idempotency_key) {
    const int port = doors_.ingress_ports[chance(doors_.ingress_ports.size())];
    HttpCall call{
        .method = "POST",
        .url = "http://127.0.0.1:" + std::to_string(port) + trigger.path,
        .headers = {trigger.header},
        .timeout = kCallTimeout,
    };
    if (!idempotency_key.empty()) call.headers.push_back("Idempotency-Key: " + idempotency_key);
    AcceptedCall accepted = trigger.asked;
    accepted.at = unix_now();
    const auto answer = client_->perform(call);
    if (!answer || answer->status != 202) {
        ledger_.note_answer(answer ? answer->status : 0);
        return false;
    }
    if (const auto reply = parse_json(answer->body, "reply")) {
        accepted.job_id = string_at(*reply, "jobId");
    }
    ledger_.note_accepted(std::move(accepted));
    return true;
}

Callers::Callers(const CallersPlan& plan, Doors& doors, Ledger& ledger) {
    const auto threads = static_cast<std::size_t>(plan.threads);
    const auto interval = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::duration<double>(plan.threads / plan.calls_per_second)
    );
    for (std::size_t i = 0; i < threads; ++i) {
        threads_.emplace_back([this, &doors, &ledger, i, threads, interval, seed = plan.seed] {
            Caller caller(doors, ledger, is_stopping_, i, threads, seed * 1'000 + i);
            auto due = SystemClock().steady_now();
            while (!is_stopping_) {
                caller.act();
                due += interval;
                (void)test::eventually(interval, [&] {
                    return is_stopping_ || SystemClock().steady_now() >= due;
                });
            }
        });
    }
}

Callers::~Callers() {
    stop();
}

void Callers::stop() {
    is_stopping_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
}

}  // namespace pagepress::chaos
