#include "tests/integration/stack.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "common/http_client/curl_client.h"
#include "common/json/json_value.h"
#include "tests/support/catch.h"
#include "tests/support/eventually.h"
#include "tests/support/product_process.h"
#include "worker/press/stamp.h"

namespace pagepress::test {

namespace {

constexpr std::chrono::minutes kPatience{2};
const std::string kAdminToken = "integration-admin-token";

void write_file(const std::string& path, const std::string& content) {
    std::ofstream(path) << content << '\n';
}

int port_of(Process& process, const std::string& ports_file, const std::string& name) {
    const auto ports = read_ports_file(process, ports_file, kPatience);
    if (!ports.contains(name)) FAIL("no port " << name << ": " << process.log_text());
    return ports.at(name);
}

}  // namespace

Stack::Stack(int workers, std::map<std::string, std::string> worker_options, const StackSite& kind)
    : redis({"--maxmemory-policy", "noeviction"}),
      site(50, "DEMO", kind.flavour),
      kind_(kind),
      worker_options_(std::move(worker_options)),
      client_(make_curl_client({}, [] { return false; })) {
    write_file(folder_.path() + "/admin-token", kAdminToken);
    const std::string account = FakeAtlassianProcess::account();
    const bool is_cloud = kind_.flavour == "cloud";
    write_file(
        folder_.path() + "/account", is_cloud ? account : account.substr(account.find(':') + 1)
    );
    // The least that Kafka allows by default, so that a killed worker is missed soon.
    write_file(folder_.path() + "/kafka.properties", "session.timeout.ms=6000");
    start_ingress();
    const auto has_topics = [&] {
        const auto created = admin(
            "POST", "/admin/v1/topics", R"({"partitions":6,"replication":1,"minInsyncReplicas":1})"
        );
        return created.status / 100 == 2;
    };
    REQUIRE(eventually(kPatience, has_topics));
    const auto is_ready = [&] {
        const auto ready = client_->perform({.method = "GET", .url = admin_url_ + "/readyz"});
        return ready && ready->status == 200;
    };
    if (!eventually(kPatience, is_ready)) FAIL(ingress_->log_text());
    kafka.await_transactions("pagepress.");
    load_catalog();
    workers_.resize(static_cast<std::size_t>(workers));
    for (std::size_t i = 0; i < workers_.size(); ++i) start_worker(i);
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        const auto has_partitions = [&] {
            return worker_log(i).find("partitions assigned") != std::string::npos;
        };
        if (!eventually(kPatience, has_partitions)) FAIL(worker_log(i));
    }
}

void Stack::write_account(const std::string& content) const {
    write_file(folder_.path() + "/account", content);
}

void Stack::start_ingress() {
    const std::string ports = folder_.path() + "/ingress.ports";
    ingress_ = std::make_unique<Process>(ingress_process(
        {.program = INGRESS_PROGRAM,
         .brokers = kafka.bootstrap(),
         .redis = redis.address(),
         .ports_file = ports,
         .log_file = folder_.path("ingress.log"),
         // On a busy machine Kafka may take seconds to confirm the catalog, and calls get 503.
         .options = {"--catalog-stale-max-ms", "60000"}},
        folder_.path("admin-token")
    ));
    public_url_ = "http://127.0.0.1:" + std::to_string(port_of(*ingress_, ports, "listen"));
    admin_url_ = "http://127.0.0.1:" + std::to_string(port_of(*ingress_, ports, "admin"));
}

void Stack::start_worker(std::size_t index, const std::map<std::string, std::string>& more) {
    const std::string name = folder_.path("worker-" + std::to_string(index));
    std::map<std::string, std::string> options{
        {"--kafka-properties-file", folder_.path("kafka.properties")},
        {"--concurrency", "16"},
        {"--http-timeout-ms", "5000"},
        {"--lease-ms", "10000"},
        {"--create-settle-ms", "6000"},
        {"--backoff-base-ms", "50"},
        {"--backoff-cap-ms", "2000"},
        {"--gate-wait-ms", "500"},
        {"--failing-wait-ms", "200"},
        {"--gate-wait-max-ms", "2000"},
    };
    for (const auto& [option, value] : worker_options_) options[option] = value;
    for (const auto& [option, value] : more) options[option] = value;
    ProductSpec spec{
        .program = WORKER_PROGRAM,
        .brokers = kafka.bootstrap(),
        .redis = redis.address(),
        .ports_file = name + ".ports",
        .log_file = name + ".log"};
    for (const auto& [option, value] : options) {
        spec.options.push_back(option);
        spec.options.push_back(value);
    }
    std::filesystem::remove(name + ".ports");  // of the one before
    workers_.at(index) = std::make_unique<Process>(worker_process(std::move(spec)));
    worker_urls_[index] = "http://127.0.0.1:" +
                          std::to_string(port_of(*workers_.at(index), name + ".ports", "admin"));
}

std::string Stack::ask_worker(std::size_t index, const std::string& path) {
    auto answer = client_->perform({.method = "GET", .url = worker_urls_.at(index) + path});
    return answer ? answer->body : std::string();
}

void Stack::load_catalog() {
    put("sites/acme", site_document());
    put("rules/page",
        R"({"site":"acme","page":{"space":"DOC","title":"$#Key: $#{Summary}",)"
        R"("body":"<p>$#{Summary} ${Status}</p>"}})");
    put("rules/sheet",
        R"({"site":"acme","page":{"space":"DOC","title":"Sheet of $#Key",)"
        R"("body":"<p>$#{Summary}</p>"}})");
    put("snapshots/open",
        R"({"site":"acme","page":")" + site.weekly_report_page() +
            R"(","levels":[{"jql":"project = DEMO ORDER BY key","columns":["key","summary"]}]})");
    make_key("rule", "page", "page");
    make_key("rule", "sheet", "sheet");
    make_key("snapshot", "open", "open");
    make_key("site", "acme", "site");
}

std::string Stack::site_document() const {
    const bool is_cloud = kind_.flavour == "cloud";
    return R"({"jira_url":")" + site.url() + R"(","confluence_url":")" + site.url() +
           (is_cloud ? "/wiki" : "/confluence") + R"(","auth":")" +
           (is_cloud ? "basic" : "bearer") + R"(","flavour":")" + kind_.flavour +
           R"(","confluence_api":")" + kind_.confluence_api + R"(","secret_file":")" +
           folder_.path() + R"(/account"})";
}

void Stack::put(const std::string& path, const std::string& document) {
    const auto answer = admin("PUT", "/admin/v1/" + path, document);
    if (answer.status / 100 != 2) FAIL(path << ": " << answer.body);
}

void Stack::make_key(
    const std::string& scope, const std::string& subject, const std::string& name
) {
    const auto answer = admin(
        "POST",
        "/admin/v1/keys",
        R"({"scope":")" + scope + R"(","subject":")" + subject + R"(","name":"test"})"
    );
    REQUIRE(answer.status == 201);
    keys_[name] = string_at(*parse_json(answer.body, "key"), "key");
}

HttpAnswer Stack::call(HttpCall request) {
    request.url = public_url_ + request.url;
    auto answer = client_->perform(request);
    if (!answer) FAIL(answer.error().message);
    return *std::move(answer);
}

HttpAnswer Stack::trigger_rule(const std::string& rule, const std::string& issue) {
    return call({
        .method = "POST",
        .url = "/v1/trigger?method=triggerRule&ruleId=" + rule + "&issueId=" + issue,
        .headers = {"x-autopage-api-key: " + key(rule)},
    });
}

HttpAnswer Stack::trigger_snapshot(const std::string& snapshot) {
    return call({
        .method = "POST",
        .url = "/v1/snapshots/" + snapshot,
        .headers = {"jira-snapshots-api-key: " + key(snapshot)},
    });
}

HttpAnswer Stack::admin(
    const std::string& method, const std::string& path, const std::string& body
) {
    auto answer = client_->perform({
        .method = method,
        .url = admin_url_ + path,
        .headers = {"Authorization: Bearer " + kAdminToken, "Content-Type: application/json"},
        .body = body,
    });
    if (!answer) FAIL(answer.error().message);
    return *std::move(answer);
}

std::vector<std::optional<int>> Stack::terminate() {
    constexpr std::chrono::minutes kEndMax{1};
    std::vector<std::optional<int>> statuses = {ingress_->stop(kEndMax)};
    for (const auto& worker : workers_) statuses.push_back(worker->stop(kEndMax));
    return statuses;
}

boost::json::value Stack::job(const std::string& id) {
    const auto answer = admin("GET", "/admin/v1/jobs/" + id);
    auto document = parse_json(answer.body, "job");
    if (answer.status != 200 || !document) FAIL(answer.body);
    return *document;
}

std::vector<std::string> Stack::unfinished(const std::vector<std::string>& job_ids) {
    std::vector<std::string> open = job_ids;
    const auto is_finished = [&](const std::string& id) {
        const std::string status = string_at(job(id), "status");
        return status == "done" || status == "coalesced" || status == "skipped" || status == "dead";
    };
    (void)eventually(kPatience, [&] {
        std::erase_if(open, is_finished);
        return open.empty();
    });
    return open;
}

std::vector<std::string> violations(
    FakeAtlassianProcess& site, const std::map<std::string, std::string>& summary_by_issue
) {
    std::vector<std::string> found;
    std::map<std::string, int> versions_by_job;
    std::map<std::string, PublishedVersion> latest_by_page;
    for (const PublishedVersion& version : site.versions()) {
        latest_by_page[version.page] = version;
        // Shows nothing of the job that made it; the content follows in a version of its own.
        if (version.is_restore) continue;
        auto stamp = worker::stamp_from_version_message(version.message);
        if (version.number == 1) stamp = worker::stamp_from_body(version.body);
        if (stamp && ++versions_by_job[stamp->job_id] > 1) {
            found.push_back("job " + stamp->job_id + " made two versions");
        }
    }
    for (const auto& [issue, summary] : summary_by_issue) {
        std::vector<PublishedVersion> shown;
        for (const auto& [page, latest] : latest_by_page) {
            if (latest.title.starts_with(issue + ": ")) shown.push_back(latest);
        }
        if (shown.size() != 1) {
            found.push_back(issue + " has " + std::to_string(shown.size()) + " pages");
        } else if (shown[0].title != issue + ": " + summary || !shown[0].body.contains(summary)) {
            found.push_back("the page of " + issue + " does not show '" + summary + "'");
        }
    }
    return found;
}

std::string job_id_of(const HttpAnswer& answer) {
    const auto document = parse_json(answer.body, "reply");
    return document ? string_at(*document, "jobId") : std::string();
}

}  // namespace pagepress::test
