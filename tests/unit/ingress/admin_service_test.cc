#include "ingress/admin/admin_service.h"

#include <algorithm>
#include <set>

#include <boost/json/object.hpp>

#include "common/job/job_status.h"
#include "common/json/json_value.h"
#include "ingress/http/routes.h"
#include "tests/support/catch.h"
#include "tests/unit/ingress/test_admin.h"

using namespace pagepress;
using namespace pagepress::ingress;
using namespace pagepress::test;

namespace {

constexpr std::string_view kRule =
    R"({"site":"acme","page":{"space":"DOC","title":"t","body":"b"}})";

}  // namespace

TEST_CASE("Tokens that were replaced shut out whoever has an old one", "[ingress]") {
    Admin admin;
    CHECK(admin.call("GET", "/admin/v1/rules").status == 200);
    admin.replace_tokens("joe joes-admin-token");
    CHECK(admin.call("GET", "/admin/v1/rules").status == 403);
    CHECK(admin.call("GET", "/admin/v1/rules", {}, {}, "joes-admin-token").status == 200);
}

TEST_CASE("The admin API wants the admin token", "[ingress]") {
    Admin admin;
    CHECK(admin.call("GET", "/admin/v1/rules", "", "", "wrong").status == 403);
    CHECK(admin.call("GET", "/admin/v1/nonsense", "", "", "wrong").status == 403);
    CHECK(admin.call("GET", "/admin/v1/rules").status == 200);
    CHECK(admin.call("GET", "/admin/v1/nonsense").status == 404);
    CHECK(admin.call("GET", "/admin/v1/rules", "", "", "janes-admin-token").status == 200);
    CHECK(admin.call("GET", "/admin/v1/rules", "", "", "jane janes-admin-token").status == 403);
    CHECK(admin.call("GET", "/admin/v1/rules", "", "", "").status == 403);
    CHECK(admin.call("GET", "/healthz", "", "", "wrong").status == 200);
}

TEST_CASE("The API's description is open and has exactly what is served", "[ingress]") {
    Admin admin;
    const HttpReply reply = admin.call("GET", "/openapi.json", "", "", "wrong");
    REQUIRE(reply.status == 200);
    const auto document = parse_json(reply.body, "the description");
    REQUIRE(document);
    CHECK(string_at(*document, "openapi") == "3.0.3");
    // HEAD follows from GET; a route of any method is described by some of them.
    std::set<std::string> served;
    const auto add = [&](std::string_view pattern, std::string_view methods) {
        for (const char* const method : {"GET", "POST", "PUT", "DELETE"}) {
            if (takes_method(methods, method)) served.insert(method + (" " + std::string(pattern)));
        }
    };
    for (const PublicRoute& route : public_routes()) {
        add(route.pattern, route.methods.empty() ? "GET, POST, PUT" : route.methods);
    }
    for (const AdminRoute& route : admin_routes()) add(route.pattern, route.methods);
    std::set<std::string> described;
    for (const auto& [path, operations] : find(*document, "paths")->as_object()) {
        for (const auto& operation : operations.as_object()) {
            std::string method(operation.key());
            std::ranges::transform(method, method.begin(), [](char c) {
                return static_cast<char>(c - 'a' + 'A');
            });
            described.insert(method + " " + std::string(path));
        }
    }
    CHECK(described == served);
}

TEST_CASE("Every route of the table is served, by its methods alone", "[ingress]") {
    Admin admin;
    for (const AdminRoute& route : admin_routes()) {
        INFO(route.pattern);
        std::string path(route.pattern);
        const std::size_t begin = path.find('{');
        if (begin != std::string::npos) path.replace(begin, path.find('}') + 1 - begin, "x");
        CHECK(match_admin_path(path).route == &route);
        const HttpReply refused = admin.call("PATCH", path);
        CHECK(refused.status == 405);
        REQUIRE_FALSE(refused.headers.empty());
        CHECK(refused.headers[0].name == "Allow");
        CHECK(refused.headers[0].value == route.methods);
    }
    for (const char* const path :
         {"/", "/admin", "/admin/v1/", "/admin/v1/rules/", "/admin/v1/rules/a/b", "/v1/trigger"}) {
        INFO(path);
        CHECK(admin.call("GET", path).status == 404);
    }
}

TEST_CASE("An empty If-Match is a mistake, not a missing one", "[ingress]") {
    Admin admin;
    for (const char* const method : {"PUT", "DELETE"}) {
        const HttpReply reply =
            admin.call(method, "/admin/v1/rules/release", kRule, "If-Match:\r\n");
        CHECK(reply.status == 400);
        CHECK(reply.body.find("'If-Match' must be a revision") != std::string::npos);
        CHECK(
            admin.call(method, "/admin/v1/rules/release", kRule, "If-None-Match: \r\n").status ==
            400
        );
    }
    CHECK(admin.call("PUT", "/admin/v1/rules/release", kRule).status == 200);
    CHECK(admin.call("PUT", "/admin/v1/rules/release", kRule, "If-Match: \"\"\r\n").status == 400);
}

TEST_CASE("Entries are created, read, changed under their revision and removed", "[ingress]") {
    Admin admin;
    const HttpReply created = admin.call("PUT", "/admin/v1/rules/new", kRule);
    CHECK(created.status == 201);
    const std::string etag = created.headers.at(0).value;
    const HttpReply read = admin.call("GET", "/admin/v1/rules/new");
    CHECK(read.status == 200);
    CHECK(read.headers.at(0).value == etag);
    CHECK(read.body.find(R"("title":"t")") != std::string::npos);
    CHECK(admin.call("PUT", "/admin/v1/rules/new", kRule, "If-None-Match: *\r\n").status == 409);
    const std::string other = R"({"site":"acme","page":{"space":"D","title":"u","body":"b"}})";
    const HttpReply changed =
        admin.call("PUT", "/admin/v1/rules/new", other, "If-Match: " + etag + "\r\n");
    CHECK(changed.status == 200);
    CHECK(
        admin.call("PUT", "/admin/v1/rules/new", kRule, "If-Match: " + etag + "\r\n").status == 409
    );
    CHECK(
        admin.call("DELETE", "/admin/v1/rules/new", "", "If-Match: " + etag + "\r\n").status == 409
    );
    CHECK(admin.call("DELETE", "/admin/v1/rules/new").status == 204);
    CHECK(admin.call("DELETE", "/admin/v1/rules/new").status == 404);
    CHECK(admin.call("GET", "/admin/v1/rules/new").status == 404);
    CHECK(admin.call("PUT", "/admin/v1/rules/new", kRule, "If-Match: 3\r\n").status == 400);
    CHECK(admin.call("POST", "/admin/v1/rules/new", kRule).status == 405);
}

TEST_CASE("A document that is stored already changes nothing", "[ingress]") {
    Admin admin;

    struct Row {
        const char* path;
        const char* document;
        const char* same;
        const char* other;
    };

    const Row row = GENERATE(values<Row>({
        {"/admin/v1/sites/new",
         R"({"jira_url":"https://a.example","confluence_url":"https://a.example/wiki",)"
         R"("auth":"basic","secret_file":"/s"})",
         R"({"secret_file":"/s","auth":"basic","confluence_url":"https://a.example/wiki",)"
         R"("jira_url":"https://a.example"})",
         R"({"jira_url":"https://a.example","confluence_url":"https://a.example/wiki",)"
         R"("auth":"basic","secret_file":"/t"})"},
        {"/admin/v1/rules/new",
         R"({"site":"acme","page":{"space":"D","title":"t","body":"b"}})",
         R"({ "page": {"body":"b", "title":"t","space":"D"},
              "site": "acme" })",
         R"({"site":"acme","page":{"space":"D","title":"t","body":"c"}})"},
        {"/admin/v1/snapshots/new",
         R"({"site":"acme","page":"12","levels":[{"jql":"a = b","columns":["key","summary"]}]})",
         R"({"page":"12","levels":[{"columns":["key","summary"],"jql":"a = b"}],"site":"acme"})",
         R"({"site":"acme","page":"12","levels":[{"jql":"a = b","columns":["summary","key"]}]})"},
        {"/admin/v1/schedules/new",
         R"({"site":"acme","every":"6h","refresh":{"page":"12"}})",
         R"({"refresh":{"page":"12"},"every":"6h","site":"acme"})",
         R"({"site":"acme","every":"6h","refresh":{"page":"13"}})"},
    }));
    INFO(row.path);
    const HttpReply created = admin.call("PUT", row.path, row.document);
    REQUIRE(created.status == 201);
    const auto etag_of = [](const HttpReply& reply) { return reply.headers.at(0).value; };
    const std::string seen = "If-Match: " + etag_of(created) + "\r\n";
    admin.changes.clear();
    for (const std::string& headers : {std::string(), seen}) {
        const HttpReply again = admin.call("PUT", row.path, row.same, headers);
        CHECK(again.status == 200);
        CHECK(again.body == created.body);
        CHECK(etag_of(again) == etag_of(created));
    }
    CHECK(admin.changes.empty());
    CHECK(admin.call("PUT", row.path, row.same, "If-Match: \"1\"\r\n").status == 409);
    CHECK(admin.call("PUT", row.path, row.same, "If-None-Match: *\r\n").status == 409);
    CHECK(etag_of(admin.call("GET", row.path)) == etag_of(created));
    const HttpReply changed = admin.call("PUT", row.path, row.other);
    CHECK(changed.status == 200);
    CHECK(etag_of(changed) != etag_of(created));
    CHECK(admin.changes.size() == 1);
    // Gone and back is new.
    CHECK(admin.call("DELETE", row.path).status == 204);
    CHECK(admin.call("PUT", row.path, row.other).status == 201);
}

TEST_CASE("Problems of a document are all reported", "[ingress]") {
    Admin admin;
    const HttpReply reply = admin.call(
        "PUT", "/admin/v1/rules/new", R"({"site":"nowhere","pages":{},"enabled":"yes"})"
    );
    CHECK(reply.status == 422);
    const auto body = parse_json(reply.body, "the reply");
    REQUIRE(body.has_value());
    CHECK(find(*body, "errors")->as_array().size() >= 4);
    CHECK(reply.body.find("there is no site 'nowhere'") != std::string::npos);
    CHECK(admin.call("PUT", "/admin/v1/rules/new", "{").status == 400);
    CHECK(admin.call("PUT", "/admin/v1/rules/-x", kRule).status == 400);
    CHECK(admin.call("PUT", "/admin/v1/rules/new", kRule).status == 201);
}

TEST_CASE("A site that is used is not removed", "[ingress]") {
    Admin admin;
    const HttpReply refused = admin.call("DELETE", "/admin/v1/sites/closed");
    CHECK(refused.status == 409);
    CHECK(refused.body.find("rule 'shut'") != std::string::npos);
    CHECK(admin.call("DELETE", "/admin/v1/rules/shut").status == 204);
    CHECK(admin.call("DELETE", "/admin/v1/sites/closed").status == 204);
}

TEST_CASE("Topics are created as asked for", "[ingress]") {
    Admin admin;
    CHECK(
        admin.call("POST", "/admin/v1/topics", R"({"partitions":6,"replication":3})").status == 201
    );
    CHECK(admin.plan->partitions == 6);
    CHECK(admin.plan->replication == 3);
    CHECK(admin.plan->min_insync_replicas == 1);
    CHECK(admin.call("POST", "/admin/v1/topics", R"({"partitions":0})").status == 422);
    CHECK(admin.call("POST", "/admin/v1/topics", R"({"minInsyncReplicas":2})").status == 422);
    CHECK(admin.call("GET", "/admin/v1/topics").status == 405);
}

TEST_CASE("Readiness says what is missing", "[ingress]") {
    Admin admin;
    CHECK(admin.call("GET", "/readyz").status == 503);
    admin.readiness.set_kafka_problem("");
    CHECK(admin.call("GET", "/readyz").body.find("catalog") != std::string::npos);
    admin.fixture.catalog().confirm(admin.clock.steady_now());
    CHECK(admin.call("GET", "/readyz").status == 200);
    CHECK(admin.readiness.is_ready());
    admin.clock.advance(Millis(5001));
    CHECK_FALSE(admin.readiness.is_ready());
    admin.fixture.catalog().confirm(admin.clock.steady_now());
    admin.readiness.set_kafka_problem("Kafka: nobody answers.");
    CHECK(admin.call("GET", "/readyz").body == "Kafka: nobody answers.\n");
    admin.readiness.set_kafka_problem("");
    admin.readiness.begin_shutdown();
    CHECK(admin.call("GET", "/readyz").body == "The ingress is shutting down.\n");
}

TEST_CASE("Metrics are brought up to date when they are asked for", "[ingress]") {
    Admin admin;
    CHECK(admin.call("GET", "/metrics").body.find("pagepress_test 7") != std::string::npos);
}

TEST_CASE("An admin sees every job", "[ingress]") {
    Admin admin;
    JobStatus status;
    status.job.id = std::string(32, 'a');
    status.job.site = "elsewhere";
    status.job.rule = "r";
    status.job.issue = "A-1";
    status.state = JobState::kDone;
    admin.redis.hashes[job_status_key(status.job.id)] = to_redis_fields(status);
    const HttpReply reply = admin.call("GET", "/admin/v1/jobs/" + status.job.id);
    CHECK(reply.status == 200);
    CHECK(reply.body.find(R"("status":"done")") != std::string::npos);
    CHECK(admin.call("GET", "/admin/v1/jobs/xyz").status == 400);
    admin.redis.is_down = true;
    CHECK(admin.call("GET", "/admin/v1/jobs/" + status.job.id).status == 503);
}
