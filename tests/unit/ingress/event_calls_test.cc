// Jira's webhooks at the public listener: who may send them, what they fire, when they are
// answered.
#include <fstream>

#include "common/json/json_value.h"
#include "tests/support/catch.h"
#include "tests/support/socket_client.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/ingress/test_ingress.h"

using namespace pagepress;
using namespace pagepress::ingress;
using namespace pagepress::test;

namespace {

const std::string kSecret = "webhook-secret";

std::string updated_issue(std::string_view account = "5b10:alice", int issue = 10042) {
    return R"({"webhookEvent":"jira:issue_updated","user":{"accountId":")" + std::string(account) +
           R"("},"issue":{"id":")" + std::to_string(issue) +
           R"(","key":"DEMO-7"},"changelog":{"items":[{"field":"status"}]}})";
}

std::string listening_rule(std::string_view events, std::string_view enabled = "true") {
    return R"({"site":"acme","enabled":)" + std::string(enabled) +
           R"(,"page":{"space":"DOC","title":"$#Key","body":"<p/>"},"events":[)" +
           std::string(events) + "]}";
}

std::string signature(std::string_view secret, std::string_view body) {
    return "X-Hub-Signature: sha256=" + to_hex(hmac_sha256(secret, body)) + "\r\n";
}

/// An ingress whose site `acme` takes events; the rules `release` and `other` hear updates.
class Events {
public:
    explicit Events(PendingLimits pending = {}) : ingress(pending) {
        write_secret(kSecret + "\n");
        put_site("true");
        ingress.fixture().put("rule/release", listening_rule(R"("issue_updated")"));
        ingress.fixture().put(
            "rule/other", listening_rule(R"("issue_created","issue_updated","sprint_closed")")
        );
        ingress.fixture().put("rule/off", listening_rule(R"("issue_updated")", "false"));
    }

    void write_secret(const std::string& text) const {
        std::ofstream(folder_.path() + "/secret") << text;
    }

    void put_site(std::string_view enabled, std::string_view members = {}) {
        ingress.fixture().put(
            "site/acme",
            R"({"jira_url":"https://j.example","confluence_url":"https://c.example/wiki",)"
            R"("auth":"basic","secret_file":"/s","jira_account_id":"5b10:pagepress","enabled":)" +
                std::string(enabled) + R"(,"webhook_secret_file":")" + folder_.path() +
                R"(/secret")" + std::string(members) + "}"
        );
    }

    static std::string call(
        const std::string& body, const std::string& headers, std::string_view site = "acme"
    ) {
        return "POST /v1/events/jira/" + std::string(site) + " HTTP/1.1\r\nHost: a\r\n" + headers +
               "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }

    RawResponse send(const std::string& body, const std::string& headers = {}) {
        SocketClient client(ingress.port());
        return client.exchange(call(body, headers + signature(kSecret, body)));
    }

    /// What happens every second.
    void look_at_secrets() {
        ingress.clock().advance(SecretFile::kLookInterval);
        ingress.fixture().catalog().confirm(ingress.clock().steady_now());
        ingress.with_service([](TriggerService& service) { service.look_at_secrets(); });
    }

    int status_with(const std::string& secret) {
        const std::string body = updated_issue();
        SocketClient client(ingress.port());
        return client.exchange(call(body, signature(secret, body))).status;
    }

    bool is_noted(const Job& batch) {
        bool is_noted = false;
        ingress.with_sink([&](FakeSink&) {
            const auto wanted = note_batch_command(batch.id, batch.site);
            is_noted = std::ranges::count(ingress.redis().commands, wanted) == 1;
        });
        return is_noted;
    }

    std::vector<Job> jobs() {
        std::vector<Job> jobs;
        ingress.with_sink([&](FakeSink& sink) {
            for (const Record& record : sink.records) {
                jobs.push_back(decode_job(record.value).value());
            }
        });
        return jobs;
    }

    TestIngress ingress;

private:
    TempDir folder_;
};

}  // namespace

TEST_CASE("A signed event fires every rule that listens, in one record each", "[events]") {
    Events events;
    events.ingress.answer_all(Persistence::kPersisted);
    const RawResponse response = events.send(updated_issue());
    CHECK(response.status == 202);
    const std::vector<Job> jobs = events.jobs();
    REQUIRE(jobs.size() == 2);
    CHECK(route_key(jobs[0]) == "acme/rule/other/10042");
    CHECK(route_key(jobs[1]) == "acme/rule/release/10042");
    CHECK(jobs[0].accepted_at == events.ingress.clock().unix_now());
    CHECK(jobs[0].catalog_offset == events.ingress.fixture().catalog().position());
    const auto reply = parse_json(response.body, "reply").value();
    CHECK(find(reply, "jobs")->get_array().size() == 2);
    CHECK(string_at(find(reply, "jobs")->get_array()[1], "jobId") == jobs[1].id);
}

TEST_CASE("An event is answered when its last record is acknowledged", "[events]") {
    Events events;
    const std::string body = updated_issue();
    SocketClient client(events.ingress.port());
    client.send(Events::call(body, signature(kSecret, body)));
    events.ingress.wait_for_waiting(2);
    events.ingress.report_first(Persistence::kPersisted);
    SocketClient other(events.ingress.port());
    CHECK(other.exchange("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n").status == 404);
    CHECK_FALSE(client.has_received_anything());
    events.ingress.report_first(Persistence::kPersisted);
    CHECK(client.receive().status == 202);
}

TEST_CASE("An event of which one record is not acknowledged is 503, to be sent again", "[events]") {
    Events events;
    const std::string body = updated_issue();
    SocketClient client(events.ingress.port());
    client.send(Events::call(body, signature(kSecret, body)));
    events.ingress.wait_for_waiting(2);
    events.ingress.report_first(Persistence::kPossiblyPersisted);
    events.ingress.report_first(Persistence::kPersisted);
    const RawResponse response = client.receive();
    CHECK(response.status == 503);
    CHECK_FALSE(response.header("Retry-After").empty());
    events.ingress.answer_all(Persistence::kPersisted);
    CHECK(events.send(body).status == 202);
    const std::vector<Job> jobs = events.jobs();
    REQUIRE(jobs.size() == 4);
    CHECK(jobs[0].id == jobs[2].id);
    CHECK(jobs[1].id == jobs[3].id);
}

TEST_CASE("An event for whose records there is no room is 503, and none is sent", "[events]") {
    Events events(PendingLimits{.count_max = 1});
    CHECK(events.send(updated_issue()).status == 503);
    CHECK(events.jobs().empty());
}

TEST_CASE("An event of which Kafka takes only a part is 503", "[events]") {
    Events events;
    const std::string body = updated_issue();
    events.ingress.with_sink([&](FakeSink& sink) {
        sink.on_append = [&sink] { sink.error = Error{ErrorCode::kOverloaded, "full"}; };
    });
    SocketClient client(events.ingress.port());
    client.send(Events::call(body, signature(kSecret, body)));
    events.ingress.wait_for_waiting(1);
    events.ingress.report_first(Persistence::kPersisted);
    CHECK(client.receive().status == 503);
}

TEST_CASE(
    "The same event delivered again makes the same jobs, another one others", "[events][I3]"
) {
    Events events;
    events.ingress.answer_all(Persistence::kPersisted);
    const std::string id = "X-Atlassian-Webhook-Identifier: w-1\r\n";
    const std::string body = updated_issue();
    CHECK(events.send(body, id).status == 202);
    CHECK(events.send(body, id).status == 202);
    CHECK(events.send(body, "X-Atlassian-Webhook-Identifier: w-2\r\n").status == 202);
    CHECK(events.send(updated_issue("5b10:bob"), id).status == 202);
    const std::vector<Job> jobs = events.jobs();
    REQUIRE(jobs.size() == 8);
    CHECK(jobs[0].id == jobs[2].id);
    CHECK(jobs[0].id != jobs[4].id);
    CHECK(jobs[0].id != jobs[6].id);
    CHECK(jobs[0].id != jobs[1].id);
}

TEST_CASE("Whoever does not sign with the site's secret gets one and the same 403", "[events]") {
    Events events;
    events.ingress.answer_all(Persistence::kPersisted);
    const std::string body = updated_issue();
    const std::string good = signature(kSecret, body);
    SocketClient client(events.ingress.port());
    const RawResponse wrong = client.exchange(Events::call(body, signature("guess", body)));
    CHECK(wrong.status == 403);
    std::string cut = good;
    cut.erase(cut.size() - 3, 1);
    std::string sha1 = good;
    sha1.replace(sha1.find("sha256"), 6, "sha512");
    for (const std::string& refused : {
             Events::call(body, ""),
             Events::call(body, cut),
             Events::call(body, sha1),
             Events::call(body + " ", good),
             Events::call("", good),
             Events::call(body, good, "nonsense"),
             Events::call(body, good, "closed"),
             Events::call(body, signature(std::string(32, ' '), body), "nonsense"),
             Events::call(body, signature(std::string(32, ' '), body), "closed"),
             Events::call(body, "X-Hub-Signature: sha256=" + std::string(64, '0') + "\r\n"),
         }) {
        const RawResponse response = client.exchange(refused);
        CHECK(response.status == 403);
        CHECK(response.body == wrong.body);
    }
    events.put_site("false");
    CHECK(client.exchange(Events::call(body, good)).body == wrong.body);
    CHECK(events.jobs().empty());
    events.put_site("true");
    CHECK(client.exchange(Events::call(body, good)).status == 202);
}

TEST_CASE("A changed secret is known when its file rests, and two may be valid", "[events]") {
    Events events;
    events.ingress.answer_all(Persistence::kPersisted);
    CHECK(events.status_with(kSecret) == 202);
    events.write_secret("next\r\n" + kSecret + "\n");
    CHECK(events.status_with("next") == 403);
    events.look_at_secrets();
    events.look_at_secrets();
    CHECK(events.status_with("next") == 202);
    CHECK(events.status_with(kSecret) == 202);
    events.write_secret("next\n");
    events.look_at_secrets();
    events.look_at_secrets();
    CHECK(events.status_with(kSecret) == 403);
    CHECK(events.status_with("next") == 202);
}

TEST_CASE("While a secret's file cannot be used, the secrets that it held hold on", "[events]") {
    Events events;
    events.ingress.answer_all(Persistence::kPersisted);
    CHECK(events.status_with(kSecret) == 202);
    for (const std::string& unusable :
         {std::string(),
          std::string("\n\n"),
          std::string(5000, 'x'),
          std::string("1\n2\n3\n4\nfifth\n")}) {
        CAPTURE(unusable.size());
        events.write_secret(unusable);
        for (int looks = 0; looks < 3; ++looks) {
            events.look_at_secrets();
            CHECK(events.status_with(kSecret) == 202);
            CHECK(events.status_with("") == 403);
            CHECK(events.status_with(unusable) == 403);
            CHECK(events.status_with("1") == 403);
        }
    }
    events.write_secret("next\n");
    events.look_at_secrets();
    events.look_at_secrets();
    CHECK(events.status_with("next") == 202);
    CHECK(events.status_with(kSecret) == 403);
}

TEST_CASE("A site whose secret has never been readable takes no events", "[events]") {
    Events events;
    events.ingress.answer_all(Persistence::kPersisted);
    events.write_secret(std::string(5000, 'x'));
    CHECK(events.status_with(std::string(5000, 'x')) == 403);
    CHECK(events.status_with("") == 403);
    events.write_secret(kSecret);
    events.look_at_secrets();
    CHECK(events.status_with(kSecret) == 202);
}

TEST_CASE("What our own account caused, and what nobody listens to, is 204 at once", "[events]") {
    Events events;
    CHECK(events.send(updated_issue("5b10:pagepress")).status == 204);
    CHECK(events.send(R"({"webhookEvent":"jira:issue_deleted"})").status == 204);
    CHECK(events.send(R"({"webhookEvent":"sprint_started","sprint":{"id":1}})").status == 204);
    CHECK(events.jobs().empty());
}

TEST_CASE("A closed sprint makes a batch job", "[events]") {
    Events events;
    events.ingress.answer_all(Persistence::kPersisted);
    const RawResponse response =
        events.send(R"({"webhookEvent":"sprint_closed","sprint":{"id":17}})");
    CHECK(response.status == 202);
    const std::vector<Job> jobs = events.jobs();
    REQUIRE(jobs.size() == 1);
    CHECK(jobs[0].kind == JobKind::kBatch);
    CHECK(jobs[0].batch->jql == "sprint = 17");
    CHECK(response.body.find(R"("rule":"other")") != std::string::npos);
    CHECK(events.is_noted(jobs[0]));
}

TEST_CASE("An event's batch is noted as queued if Kafka has it, and not otherwise", "[events]") {
    Events events;
    events.ingress.fixture().put("rule/release", listening_rule(R"("sprint_closed")"));
    const std::string body = R"({"webhookEvent":"sprint_closed","sprint":{"id":17}})";
    SocketClient client(events.ingress.port());
    client.send(Events::call(body, signature(kSecret, body)));
    events.ingress.wait_for_waiting(2);
    events.ingress.report_first(Persistence::kPersisted);
    events.ingress.report_first(Persistence::kPossiblyPersisted);
    CHECK(client.receive().status == 503);
    const std::vector<Job> jobs = events.jobs();
    REQUIRE(jobs.size() == 2);
    CHECK(events.is_noted(jobs[0]));
    CHECK_FALSE(events.is_noted(jobs[1]));
}

TEST_CASE("An authentic event that cannot be read is 400, and other methods are 405", "[events]") {
    Events events;
    CHECK(events.send("{").status == 400);
    CHECK(events.send(R"({"webhookEvent":"jira:issue_created"})").status == 400);
    SocketClient client(events.ingress.port());
    const RawResponse get = client.exchange("GET /v1/events/jira/acme HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(get.status == 405);
    CHECK(get.header("Allow") == "POST");
}

TEST_CASE("Events count towards the site's limit if they fire something", "[events]") {
    Events events;
    events.ingress.answer_all(Persistence::kPersisted);
    events.put_site("true", R"(,"calls_per_minute":1)");
    CHECK(events.send(updated_issue("5b10:pagepress")).status == 204);
    CHECK(events.send(updated_issue()).status == 202);
    const RawResponse over = events.send(updated_issue());
    CHECK(over.status == 429);
    CHECK(over.header("Retry-After") == "60");
    CHECK(events.send(updated_issue("5b10:pagepress")).status == 204);
}
