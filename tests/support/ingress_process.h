// A pagepress-ingress as a process, and its admin API.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "common/http_client/http_client.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace pagepress::test {

struct IngressSpec {
    std::string brokers;
    std::string redis;
    std::vector<std::string> options = {};  ///< further `--name value` words
};

/// Runs from construction to destruction on free ports. Aborts the test if it does not start. Used
/// by one thread.
class IngressProcess {
public:
    explicit IngressProcess(const IngressSpec& spec);

    /// A request to the public listener; `url` is the path. Status 0: no answer.
    HttpAnswer call(HttpCall call);

    /// `rule` with `key`, for the issue DEMO-1. Returns the status; 0: no answer within `patience`.
    int trigger(
        const std::string& rule,
        const std::string& key,
        std::chrono::milliseconds patience = std::chrono::seconds(30)
    );

    /// A request to the admin API with the token in force; the body is JSON. Status 0: no answer.
    HttpAnswer admin(
        const std::string& method, const std::string& path, const std::string& body = {}
    );

    /// Creates the topics as soon as Kafka answers, and waits until the ingress is ready.
    void create_topics(int partitions);

    /// Waits until triggers can be taken.
    void wait_ready();

    /// Writes the site `acme` and one of its rules.
    void add_rule(const std::string& rule);

    struct Key {
        std::string id;
        std::string secret;
    };

    /// A new key of a rule.
    Key add_key(const std::string& rule);

    /// Writes the admin token file over: from now on `admin` uses this token.
    void change_admin_token(const std::string& token);

    /// The token that `admin` uses, without the file.
    void use_admin_token(std::string token) { admin_token_ = std::move(token); }

    [[nodiscard]] int port() const { return port_; }

    [[nodiscard]] Process& process() { return *process_; }

private:
    HttpAnswer perform(HttpCall call, int port);

    TempDir folder_;
    std::string admin_token_ = "first-admin-token";
    std::unique_ptr<HttpClient> client_;
    std::unique_ptr<Process> process_;
    int port_ = 0;
    int admin_port_ = 0;
};

}  // namespace pagepress::test
