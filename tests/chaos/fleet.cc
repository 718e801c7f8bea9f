#include "tests/chaos/fleet.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <boost/json/array.hpp>

#include "common/base/invariant.h"
#include "common/http_client/curl_client.h"
#include "common/json/json_value.h"
#include "tests/chaos/page_version.h"
#include "tests/support/eventually.h"
#include "tests/support/product_process.h"

namespace pagepress::chaos {
namespace {

using namespace std::chrono_literals;
using test::eventually;

constexpr auto kPatience = 3min;
constexpr auto kReadTimeout = 3s;
/// The first write of a catalog waits until the brokers have a coordinator for its transaction.
constexpr auto kWriteTimeout = 60s;
const std::string kAdminToken = "chaos-admin-token-of-the-tests";

[[noreturn]] void give_up(const std::string& why) {
    std::fprintf(stderr, "chaos: %s\n", why.c_str());
    std::abort();
}

int port_in(const std::string& url) {
    return std::atoi(url.substr(url.rfind(':') + 1).c_str());
}

}  // namespace

Fleet::Fleet(const FleetPlan& plan)
    : kafka(plan.brokers),
      redis({"--maxmemory-policy", "noeviction"}),
      site(plan.issues),
      gate(port_in(site.url())),
      worker_program_(plan.worker_program.empty() ? WORKER_PROGRAM : plan.worker_program),
      client_(make_curl_client({}, [] { return false; })) {
    folder_.write("admin-token", kAdminToken + "\n");
    folder_.write("account", test::FakeAtlassianProcess::account() + "\n");
    // A worker that is killed is missed soon.
    folder_.write("kafka.properties", "session.timeout.ms=4000\nheartbeat.interval.ms=1000\n");
    doors.site_url = site.url();
    doors.report_page = site.weekly_report_page();
    for (std::size_t i = 0; i < static_cast<std::size_t>(plan.ingresses); ++i) {
        ingresses.emplace_back("ingress " + std::to_string(i), [this, i](const std::string& ports) {
            return ingress(i, ports);
        });
        doors.ingress_ports.emplace_back(0);
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(plan.workers); ++i) {
        workers.emplace_back("worker " + std::to_string(i), [this, i](const std::string& ports) {
            return worker(i, ports);
        });
    }
    load_issues();
    start_all();
}

test::ProcessSpec Fleet::ingress(std::size_t index, const std::string& ports) const {
    return test::ingress_process(
        {.program = INGRESS_PROGRAM,
         .brokers = kafka.bootstrap(),
         .redis = redis.address(),
         .ports_file = folder_.path(ports),
         .log_file = folder_.path("ingress-" + std::to_string(index) + ".log")},
        folder_.path("admin-token")
    );
}

/// Whatever is late is late by less than `--create-settle-ms`: what the fake and the gate delay,
/// and how long a worker is stopped.
test::ProcessSpec Fleet::worker(std::size_t index, const std::string& ports) const {
    return test::worker_process(
        {.program = worker_program_,
         .brokers = kafka.bootstrap(),
         .redis = redis.address(),
         .ports_file = folder_.path(ports),
         .log_file = folder_.path("worker-" + std::to_string(index) + ".log"),
         .options =
             {"--kafka-properties-file",
              folder_.path("kafka.properties"),
              "--concurrency",
              "8",
              "--attempts-max",
              "200",
              "--http-timeout-ms",
              "1500",
              "--lease-ms",
              std::to_string(kLeaseSeconds * 1'000),
              "--create-settle-ms",
              "20000",
              "--backoff-base-ms",
              "50",
              "--backoff-cap-ms",
              "2000",
              "--gate-wait-ms",
              "500",
              "--drain-max-ms",
              "5000",
              "--revoke-wait-ms",
              "5000"}}
    );
}

void Fleet::start_all() {
    for (Replica& replica : ingresses) (void)replica.tend();
    const auto is_up = [](Replica& replica) { return replica.is_up(); };
    if (!eventually(kPatience, [&] { return std::ranges::all_of(ingresses, is_up); })) {
        give_up("the ingresses do not listen");
    }
    const std::string replicas = std::to_string(kafka.size());
    const std::string plan = R"({"partitions":6,"replication":)" + replicas +
                             R"(,"minInsyncReplicas":)" + (kafka.size() > 2 ? "2" : "1") + "}";
    const auto has_topics = [&] {
        return admin("POST", "/admin/v1/topics", plan).status / 100 == 2;
    };
    if (!eventually(kPatience, has_topics)) give_up("the topics are not created");
    if (!eventually(kPatience, [&] { return admin("GET", "/readyz").status == 200; })) {
        give_up("the ingresses are not ready");
    }
    load_catalog();
    if (!eventually(kPatience, [&] { return tend().empty() && is_whole(); })) {
        give_up("the workers do not listen");
    }
}

void Fleet::load_issues() {
    const auto issues = site.control("GET", "issues");
    for (const auto& issue : issues.at("issues").as_array()) {
        Issue& known = doors.issues.emplace_back();
        known.key = string_at(issue, "key");
        known.id = string_at(issue, "id");
        site.edit_issue(known.key, R"({"summary":")" + summary_of(known.key, 0) + R"("})");
    }
    INVARIANT(doors.issues.size() >= kSnapshotIssues);
}

void Fleet::load_catalog() {
    const std::string site_url = "http://127.0.0.1:" + std::to_string(gate.port());
    std::string keys;
    for (std::size_t i = 0; i < kSnapshotIssues; ++i) {
        keys += (keys.empty() ? "" : ", ") + doors.issues[i].key;
    }
    put("sites/acme",
        R"({"jira_url":")" + site_url + R"(","confluence_url":")" + site_url +
            R"(/wiki","auth":"basic","secret_file":")" + folder_.path("account") + R"("})");
    put("rules/page",
        R"({"site":"acme","page":{"space":"DOC","title":"$#Key: $#{Summary}",)"
        R"("body":"<p>$#{Summary}</p>"}})");
    put("rules/sheet",
        R"({"site":"acme","page":{"space":"DOC","title":"Sheet of $#Key",)"
        R"("body":"<p>$#{Summary} is ${Status}</p>"}})");
    put("snapshots/open",
        R"({"site":"acme","page":")" + doors.report_page + R"(","levels":[{"jql":"key in ()" +
            keys + R"() ORDER BY key","columns":["key","summary"]}]})");
    make_key("rule", "page", "page");
    make_key("rule", "sheet", "sheet");
    make_key("snapshot", "open", "open");
    make_key("site", "acme", "site");
}

void Fleet::put(const std::string& path, const std::string& document) {
    HttpAnswer answer;
    const auto is_written = [&] {
        answer = admin("PUT", "/admin/v1/" + path, document);
        return answer.status / 100 == 2;
    };
    if (!eventually(kPatience, is_written)) give_up(path + ": " + answer.body);
}

void Fleet::make_key(
    const std::string& scope, const std::string& subject, const std::string& name
) {
    const auto answer = admin(
        "POST",
        "/admin/v1/keys",
        R"({"scope":")" + scope + R"(","subject":")" + subject + R"(","name":"chaos"})"
    );
    if (answer.status != 201) give_up("key: " + answer.body);
    doors.keys[name] = string_at(*parse_json(answer.body, "key"), "key");
}

std::vector<std::string> Fleet::tend() {
    std::vector<std::string> deaths;
    for (auto* replicas : {&ingresses, &workers}) {
        for (Replica& replica : *replicas) {
            std::string death = replica.tend();
            if (!death.empty()) deaths.push_back(std::move(death));
        }
    }
    for (std::size_t i = 0; i < ingresses.size(); ++i) {
        if (ingresses[i].is_up()) doors.ingress_ports[i] = ingresses[i].port("listen");
    }
    return deaths;
}

void Fleet::mend() {
    for (std::size_t i = 0; i < kafka.size(); ++i) {
        kafka.process(i).resume();
        if (!kafka.process(i).is_running()) kafka.start(i);
    }
    redis.process().resume();
    start_redis();
    for (auto* replicas : {&ingresses, &workers}) {
        for (Replica& replica : *replicas) {
            replica.resume();
            replica.want();
        }
    }
    gate.set_delay(0ms);
    gate.open();
    site.clear_faults();
}

std::vector<std::string> Fleet::missing() {
    std::vector<std::string> missing;
    for (auto* replicas : {&ingresses, &workers}) {
        for (Replica& replica : *replicas) {
            if (!replica.is_up()) missing.push_back(replica.name() + " does not listen");
        }
    }
    for (std::size_t i = 0; i < kafka.size(); ++i) {
        if (kafka.process(i).is_running()) continue;
        missing.push_back("broker " + std::to_string(i) + " does not run");
    }
    if (!redis.process().is_running()) missing.emplace_back("Redis does not run");
    if (!kafka.is_in_sync()) missing.emplace_back("a partition lacks its leader or a replica");
    return missing;
}

HttpAnswer Fleet::admin(
    const std::string& method, const std::string& path, const std::string& body
) {
    HttpAnswer last;
    for (Replica& replica : ingresses) {
        if (!replica.is_up()) continue;
        auto answer = client_->perform({
            .method = method,
            .url = "http://127.0.0.1:" + std::to_string(replica.port("admin")) + path,
            .headers = {"Authorization: Bearer " + kAdminToken, "Content-Type: application/json"},
            .body = body,
            .timeout = method == "GET" ? kReadTimeout : kWriteTimeout,
        });
        if (answer && answer->status < 500) return *std::move(answer);
        last = answer ? *std::move(answer) : HttpAnswer{.status = 0, .body = {}, .headers = {}};
    }
    return last;
}

bool Fleet::ask_site(const std::string& path, const std::string& body) {
    const auto answer = client_->perform(
        {.method = "POST", .url = doors.site_url + "/_control/" + path, .body = body, .timeout = 5s}
    );
    return answer && answer->status == 200;
}

void Fleet::flush_redis() {
    redis.flush_all();
    redis_lost_at_ = SystemClock().unix_now();
}

void Fleet::stop_redis() {
    redis.stop();
    is_redis_up_ = false;
}

void Fleet::start_redis() {
    if (is_redis_up_) return;
    redis_lost_at_ = SystemClock().unix_now();
    redis.start();
    is_redis_up_ = true;
}

}  // namespace pagepress::chaos
