#include "ingress/admin/admin_service.h"

#include <boost/json/object.hpp>

#include "common/job/job_status.h"
#include "common/json/json_value.h"
#include "ingress/auth/authenticator.h"
#include "tests/support/catch.h"
#include "tests/unit/ingress/fakes.h"

using namespace pagepress;
using namespace pagepress::ingress;
using namespace pagepress::test;

namespace {

/// The service over a catalog that shows every write at once, as the real one does after a while.
class Admin {
public:
    HttpReply call(
        std::string_view method,
        std::string_view path,
        std::string_view body = "",
        std::string_view headers = "",
        std::string_view token = "secret"
    ) {
        return service_.handle(RawRequest(
            std::string(method) + " " + std::string(path) +
            " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + std::string(token) + "\r\n" +
            std::string(headers) + "\r\n" + std::string(body)
        ));
    }

    CatalogFixture fixture;
    FakeClock clock;
    FakeRedis redis;
    Readiness readiness{fixture.catalog(), clock, Millis(5000)};
    std::optional<TopicsPlan> plan;

private:
    Result<std::int64_t> write(
        EntryKind kind,
        std::string_view id,
        const std::optional<std::string>& document,
        std::optional<std::int64_t> if_revision
    ) {
        const auto stored = fixture.catalog().stored(kind, id);
        if (if_revision && *if_revision != (stored ? stored->revision : 0)) {
            return fail(ErrorCode::kConflict, "it has another revision");
        }
        return fixture.put(record_key(kind, id), document.value_or(""));
    }

    CountingRandom random_;
    Metrics metrics_;
    AdminService service_{
        AdminPorts{
            .catalog = fixture.catalog(),
            .clock = clock,
            .random = random_,
            .redis = redis,
            .write_entry = [this](
                               EntryKind kind,
                               std::string_view id,
                               const std::optional<std::string>& document,
                               std::optional<std::int64_t> if_revision
                           ) { return write(kind, id, document, if_revision); },
            .create_topics = [this](const TopicsPlan& asked) -> Result<std::vector<std::string>> {
                plan = asked;
                return std::vector<std::string>{"pagepress.jobs"};
            },
        },
        sha256("secret"),
        readiness,
        metrics_,
        [this] { metrics_.gauge("pagepress_test", "Set when asked for.").set(7); },
    };
};

constexpr std::string_view kRule =
    R"({"site":"acme","page":{"space":"DOC","title":"t","body":"b"}})";

}  // namespace

TEST_CASE("The admin API wants the admin token", "[ingress]") {
    Admin admin;
    CHECK(admin.call("GET", "/admin/v1/rules", "", "", "wrong").status == 403);
    CHECK(admin.call("GET", "/admin/v1/nonsense", "", "", "wrong").status == 403);
    CHECK(admin.call("GET", "/admin/v1/rules").status == 200);
    CHECK(admin.call("GET", "/admin/v1/nonsense").status == 404);
    CHECK(admin.call("GET", "/healthz", "", "", "wrong").status == 200);
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
    const HttpReply changed =
        admin.call("PUT", "/admin/v1/rules/new", kRule, "If-Match: " + etag + "\r\n");
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

TEST_CASE("A new key is shown once, stored as its digest and opens its rule", "[ingress]") {
    Admin admin;
    const HttpReply reply =
        admin.call("POST", "/admin/v1/keys", R"({"scope":"rule","subject":"release","name":"ci"})");
    CHECK(reply.status == 201);
    const auto body = parse_json(reply.body, "the reply");
    REQUIRE(body.has_value());
    const std::string key = string_at(*body, "key");
    CHECK(key.size() == 44);
    CHECK(
        Authenticator(admin.fixture.catalog(), admin.clock).permit_rule(key, "release").has_value()
    );
    const HttpReply list = admin.call("GET", "/admin/v1/keys");
    CHECK(list.body.find(string_at(*body, "id")) != std::string::npos);
    CHECK(list.body.find(to_hex(sha256(key))) == std::string::npos);
    CHECK(list.body.find(key) == std::string::npos);
    CHECK(admin.call("DELETE", "/admin/v1/keys/" + string_at(*body, "id")).status == 204);
    CHECK_FALSE(
        Authenticator(admin.fixture.catalog(), admin.clock).permit_rule(key, "release").has_value()
    );
}

TEST_CASE("A site's key expires after 90 days", "[ingress]") {
    Admin admin;
    const HttpReply reply =
        admin.call("POST", "/admin/v1/keys", R"({"scope":"site","subject":"acme"})");
    REQUIRE(reply.status == 201);
    const std::string key = string_at(*parse_json(reply.body, "the reply"), "key");
    const Authenticator authenticator(admin.fixture.catalog(), admin.clock);
    CHECK(authenticator.permit_site(key).has_value());
    admin.clock.advance(std::chrono::days(90));
    CHECK(authenticator.permit_site(key).error() == Denial::kExpiredKey);
}

TEST_CASE("What is wrong with a key's request is named", "[ingress]") {
    Admin admin;
    const auto errors = [&](std::string_view body) {
        const HttpReply reply = admin.call("POST", "/admin/v1/keys", body);
        CHECK(reply.status == 422);
        return reply.body;
    };
    CHECK(
        errors(R"({"scope":"all","subject":"x"})").find("rule, snapshot or site") !=
        std::string::npos
    );
    CHECK(
        errors(R"({"scope":"rule","subject":"x"})").find("there is no rule 'x'") !=
        std::string::npos
    );
    CHECK(
        errors(R"({"scope":"rule","subject":"release","names":"x"})").find("\"names\"") !=
        std::string::npos
    );
    CHECK(errors("[]").find("must be a JSON object") != std::string::npos);
}

TEST_CASE("Removing a rule removes its keys, so that they never open a later one", "[ingress]") {
    Admin admin;
    CHECK(admin.call("DELETE", "/admin/v1/rules/release").status == 204);
    CHECK(admin.call("PUT", "/admin/v1/rules/release", kRule).status == 201);
    const Authenticator authenticator(admin.fixture.catalog(), admin.clock);
    CHECK(authenticator.permit_rule(kRuleKey, "release").error() == Denial::kUnknownKey);
    CHECK(authenticator.permit_rule(kOtherRuleKey, "other").has_value());
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
