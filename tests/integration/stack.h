// The whole product as processes: real Kafka, real Redis, the fake site, one ingress and workers.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "common/http_client/http_client.h"
#include "tests/support/fake_atlassian_process.h"
#include "tests/support/kafka_server.h"
#include "tests/support/process.h"
#include "tests/support/redis_server.h"
#include "tests/support/temp_dir.h"

namespace pagepress::test {

/// What kind of site the catalog names.
struct StackSite {
    std::string flavour = "cloud";      ///< or `datacenter`, which is logged in to with a token
    std::string confluence_api = "v2";  ///< or `v1`
};

/// Everything runs from construction to destruction, with short time-outs, so that recovery after a
/// kill takes seconds. Two rules, `page` and `sheet`, and a snapshot, `open`, of the page
/// `Weekly report`; a key for each, and a global key. Used by one thread.
class Stack {
public:
    /// @param worker_options  values by option (`--name`) of every worker, over the usual ones
    explicit Stack(
        int workers,
        std::map<std::string, std::string> worker_options = {},
        const StackSite& kind = {}
    );

    HttpAnswer trigger_rule(const std::string& rule, const std::string& issue);
    HttpAnswer trigger_snapshot(const std::string& snapshot);

    /// Any request to the public listener.
    HttpAnswer call(HttpCall call);

    /// Address of the public listener.
    [[nodiscard]] const std::string& public_url() const { return public_url_; }

    /// A request to the admin API; the body is JSON.
    HttpAnswer admin(
        const std::string& method, const std::string& path, const std::string& body = {}
    );

    /// Key of a rule or snapshot, or `site` for the global one.
    [[nodiscard]] const std::string& key(const std::string& subject) const {
        return keys_.at(subject);
    }

    /// Status document of a job.
    boost::json::value job(const std::string& id);

    /// Waits until every job is at its end, at most two minutes. Returns those that are not.
    std::vector<std::string> unfinished(const std::vector<std::string>& job_ids);

    /// Starts a worker in the place of one that ended.
    /// @param options  values by option over those of every worker
    void restart_worker(std::size_t index, const std::map<std::string, std::string>& options = {}) {
        start_worker(index, options);
    }

    void kill_worker(std::size_t index) { workers_.at(index)->kill(); }

    /// SIGTERM; the exit status, or nothing if it does not end within a minute.
    std::optional<int> stop_worker(std::size_t index) {
        return workers_.at(index)->stop(std::chrono::minutes(1));
    }

    /// SIGTERM to the ingress and every worker. Returns their exit statuses; empty for one that did
    /// not end within a minute.
    std::vector<std::optional<int>> terminate();

    [[nodiscard]] std::string account_file() const { return folder_.path() + "/account"; }

    /// Writes the site's secret file over.
    void write_account(const std::string& content) const;

    /// Body of an answer of a worker's private listener; empty if it does not answer.
    std::string ask_worker(std::size_t index, const std::string& path);

    /// Text of all logs, for a failing test.
    [[nodiscard]] std::string worker_log(std::size_t index) const {
        return workers_.at(index)->log_text();
    }

    [[nodiscard]] std::string ingress_log() const { return ingress_->log_text(); }

    KafkaServer kafka;
    RedisServer redis;
    FakeAtlassianProcess site;

private:
    void start_ingress();
    void start_worker(std::size_t index, const std::map<std::string, std::string>& more = {});
    void load_catalog();
    [[nodiscard]] std::string site_document() const;
    void make_key(const std::string& scope, const std::string& subject, const std::string& name);
    void put(const std::string& path, const std::string& document);

    const StackSite kind_;
    const std::map<std::string, std::string> worker_options_;
    TempDir folder_;
    std::unique_ptr<HttpClient> client_;
    std::unique_ptr<Process> ingress_;
    std::vector<std::unique_ptr<Process>> workers_;
    std::string public_url_;
    std::string admin_url_;
    std::map<std::size_t, std::string> worker_urls_;
    std::map<std::string, std::string> keys_;
};

/// What the version log of the site must show whatever happened: no job made two versions, those
/// that only took a page out of the trash left out, and every page shows its issue as it is now.
/// Returns one sentence per violation.
[[nodiscard]] std::vector<std::string> violations(
    FakeAtlassianProcess& site, const std::map<std::string, std::string>& summary_by_issue
);

/// Id of the job in a 202 reply.
[[nodiscard]] std::string job_id_of(const HttpAnswer& answer);

}  // namespace pagepress::test
