#include "tests/support/ingress_process.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "common/http_client/curl_client.h"
#include "common/json/json_value.h"
#include "tests/support/eventually.h"
#include "tests/support/product_process.h"

namespace pagepress::test {
namespace {

constexpr std::chrono::minutes kPatience{2};

[[noreturn]] void give_up(const std::string& why) {
    std::fprintf(stderr, "the ingress of a test: %s\n", why.c_str());
    std::abort();
}

void expect_success(const HttpAnswer& answer, const std::string& what) {
    if (answer.status / 100 != 2) give_up(what + ": " + answer.body);
}

}  // namespace

IngressProcess::IngressProcess(const IngressSpec& spec)
    : client_(make_curl_client({}, [] { return false; })) {
    const std::string ports_file = folder_.path("ports");
    process_ = std::make_unique<Process>(ingress_process(
        {.program = INGRESS_PROGRAM,
         .brokers = spec.brokers,
         .redis = spec.redis,
         .ports_file = ports_file,
         .log_file = folder_.path("ingress.log"),
         .options = spec.options},
        folder_.write("admin-token", admin_token_)
    ));
    const auto ports = read_ports_file(*process_, ports_file, kPatience);
    if (!ports.contains("listen") || !ports.contains("admin")) give_up(process_->log_text());
    port_ = ports.at("listen");
    admin_port_ = ports.at("admin");
}

HttpAnswer IngressProcess::perform(HttpCall call, int port) {
    call.url = "http://127.0.0.1:" + std::to_string(port) + call.url;
    auto answer = client_->perform(call);
    if (answer) return *std::move(answer);
    return {.status = 0, .body = answer.error().message, .headers = {}};
}

HttpAnswer IngressProcess::call(HttpCall call) {
    return perform(std::move(call), port_);
}

int IngressProcess::trigger(
    const std::string& rule, const std::string& key, std::chrono::milliseconds patience
) {
    const HttpAnswer answer = call({
        .method = "POST",
        .url = "/v1/trigger?method=triggerRule&issueId=DEMO-1&ruleId=" + rule,
        .headers = {"x-autopage-api-key: " + key},
        .timeout = patience,
    });
    return answer.status;
}

HttpAnswer IngressProcess::admin(
    const std::string& method, const std::string& path, const std::string& body
) {
    return perform(
        {.method = method,
         .url = path,
         .headers = {"Authorization: Bearer " + admin_token_, "Content-Type: application/json"},
         .body = body},
        admin_port_
    );
}

void IngressProcess::create_topics(int partitions) {
    const std::string plan = R"({"replication":1,"minInsyncReplicas":1,"partitions":)" +
                             std::to_string(partitions) + "}";
    const auto has_created = [&] {
        return admin("POST", "/admin/v1/topics", plan).status / 100 == 2;
    };
    if (!eventually(kPatience, has_created)) give_up(process_->log_text());
    wait_ready();
}

void IngressProcess::wait_ready() {
    const auto is_ready = [&] { return admin("GET", "/readyz").status == 200; };
    if (!eventually(kPatience, is_ready)) give_up(process_->log_text());
}

void IngressProcess::add_rule(const std::string& rule) {
    expect_success(
        admin(
            "PUT",
            "/admin/v1/sites/acme",
            R"({"jira_url":"https://acme.example","confluence_url":"https://acme.example/wiki",)"
            R"("auth":"bearer","secret_file":"/run/secrets/acme"})"
        ),
        "site"
    );
    const auto answer = admin(
        "PUT",
        "/admin/v1/rules/" + rule,
        R"({"site":"acme","page":{"space":"DOC","title":"$#Key","body":"<p>x</p>"}})"
    );
    expect_success(answer, "rule");
}

IngressProcess::Key IngressProcess::add_key(const std::string& rule) {
    const auto answer = admin(
        "POST", "/admin/v1/keys", R"({"scope":"rule","name":"test","subject":")" + rule + R"("})"
    );
    expect_success(answer, "key");
    const auto document = parse_json(answer.body, "key");
    if (!document) give_up(document.error().message);
    return {.id = string_at(*document, "id"), .secret = string_at(*document, "key")};
}

void IngressProcess::change_admin_token(const std::string& token) {
    folder_.write("admin-token", token);
    admin_token_ = token;
}

}  // namespace pagepress::test
