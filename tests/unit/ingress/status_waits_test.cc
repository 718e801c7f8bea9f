// `?wait=`: who is answered when, and who is not waited with any longer.
#include <string>

#include "common/job/job_status.h"
#include "common/json/json_value.h"
#include "tests/support/catch.h"
#include "tests/support/eventually.h"
#include "tests/support/socket_client.h"
#include "tests/unit/ingress/test_ingress.h"

using namespace pagepress;
using namespace pagepress::ingress;
using namespace pagepress::test;

namespace {

const std::string kId(32, 'a');

std::string get(std::string_view query) {
    return "GET /v1/jobs/" + kId + std::string(query) +
           " HTTP/1.1\r\nHost: a\r\nx-autopage-api-key: " + std::string(kRuleKey) + "\r\n\r\n";
}

class Waiting {
public:
    void set_state(JobState state) {
        Job job;
        job.id = kId;
        job.site = "acme";
        job.rule = "release";
        job.issue = "PROJ-1";
        job.accepted_at = 1;
        JobStatus status;
        status.job = job;
        status.state = state;
        ingress.with_sink([&](FakeSink&) {
            ingress.redis().hashes[job_status_key(kId)] = to_redis_fields(status);
        });
    }

    /// Waits until Redis was asked so often.
    void wait_for_questions(std::size_t count) {
        for (std::size_t asked = 0; asked < count; std::this_thread::yield()) {
            ingress.with_sink([&](FakeSink&) { asked = questions(); });
        }
        settle();
    }

    /// What the service posted has run after this.
    void settle() {
        ingress.with_service([](TriggerService&) {});
    }

    void serve_after(Millis time) {
        ingress.clock().advance(time);
        ingress.with_service([](TriggerService& service) { service.serve_waits(); });
        settle();
    }

    std::size_t questions() {
        return static_cast<std::size_t>(std::ranges::count_if(
            ingress.redis().commands,
            [](const RedisCommand& command) { return command.at(0) == "HGETALL"; }
        ));
    }

    TestIngress ingress;
};

std::string status_of(const RawResponse& response) {
    return string_at(parse_json(response.body, "the reply").value(), "status");
}

}  // namespace

TEST_CASE("Who waits for a job is answered when it is at its end", "[waits]") {
    Waiting waiting;
    waiting.set_state(JobState::kRunning);
    SocketClient client(waiting.ingress.port());
    client.send(get("?wait=30s"));
    waiting.wait_for_questions(1);
    waiting.serve_after(Millis(150));
    CHECK_FALSE(client.has_received_anything());
    waiting.set_state(JobState::kDone);
    waiting.serve_after(Millis(2'000));
    CHECK(status_of(client.receive()) == "done");
}

TEST_CASE("Who waits for a job that nobody has begun yet is waited with", "[waits]") {
    Waiting waiting;
    SocketClient client(waiting.ingress.port());
    client.send(get("?wait=30s"));
    waiting.wait_for_questions(1);
    CHECK_FALSE(client.has_received_anything());
    waiting.set_state(JobState::kSkipped);
    waiting.serve_after(Millis(200));
    CHECK(status_of(client.receive()) == "skipped");
}

TEST_CASE("A wait ends with what is known by then", "[waits]") {
    Waiting waiting;
    waiting.set_state(JobState::kRunning);
    SocketClient client(waiting.ingress.port());
    client.send(get("?wait=1s"));
    waiting.wait_for_questions(1);
    waiting.serve_after(Millis(1'000));
    CHECK(status_of(client.receive()) == "running");
    CHECK(waiting.questions() == 2);
}

TEST_CASE("Who may not see a job that appears while he waits is told so", "[waits]") {
    Waiting waiting;
    SocketClient client(waiting.ingress.port());
    std::string call = get("?wait=30s");
    call.replace(call.find(kRuleKey), kRuleKey.size(), kOtherRuleKey);
    client.send(call);
    waiting.wait_for_questions(1);
    waiting.set_state(JobState::kRunning);
    waiting.serve_after(Millis(200));
    CHECK(client.receive().status == 403);
}

TEST_CASE("Redis is asked less and less often", "[waits]") {
    Waiting waiting;
    waiting.set_state(JobState::kRunning);
    SocketClient client(waiting.ingress.port());
    client.send(get("?wait=60s"));
    waiting.wait_for_questions(1);
    for (int i = 0; i < 590; ++i) waiting.serve_after(Millis(100));
    CHECK(waiting.questions() < 40);
    waiting.serve_after(Millis(1'000));
    CHECK(status_of(client.receive()) == "running");
}

TEST_CASE("A wait that is none is refused, and none means at once", "[waits]") {
    Waiting waiting;
    waiting.set_state(JobState::kRunning);
    SocketClient client(waiting.ingress.port());
    for (const char* query : {"?wait=0s", "?wait=61s", "?wait=30", "?wait="}) {
        CAPTURE(query);
        CHECK(client.exchange(get(query)).status == 400);
    }
    CHECK(status_of(client.exchange(get(""))) == "running");
    CHECK(status_of(client.exchange(get("?other=1"))) == "running");
}

TEST_CASE("A client that left is not asked for any longer", "[waits]") {
    Waiting waiting;
    waiting.set_state(JobState::kRunning);
    {
        SocketClient client(waiting.ingress.port());
        client.send(get("?wait=60s"));
        waiting.wait_for_questions(1);
    }
    const auto is_quiet = [&] {
        const std::size_t before = waiting.questions();
        waiting.serve_after(Millis(3'000));
        return waiting.questions() == before;
    };
    CHECK(eventually(std::chrono::seconds(20), is_quiet));
}

TEST_CASE("At the end of the service whoever waits is told what is known", "[waits]") {
    Waiting waiting;
    waiting.set_state(JobState::kRunning);
    SocketClient client(waiting.ingress.port());
    client.send(get("?wait=60s"));
    waiting.wait_for_questions(1);
    waiting.ingress.with_service([](TriggerService& service) { service.end_waits(); });
    CHECK(status_of(client.receive()) == "running");
}

TEST_CASE("Who comes to wait after the end of waiting is answered at once", "[waits]") {
    Waiting waiting;
    waiting.set_state(JobState::kRunning);
    waiting.ingress.with_service([](TriggerService& service) { service.end_waits(); });
    SocketClient client(waiting.ingress.port());
    const RawResponse refused = client.exchange(get("?wait=60s"));
    CHECK(refused.status == 503);
    CHECK_FALSE(refused.header("Retry-After").empty());
    CHECK(status_of(client.exchange(get(""))) == "running");
}

TEST_CASE("When Redis goes away, who waits is told", "[waits]") {
    Waiting waiting;
    waiting.set_state(JobState::kRunning);
    SocketClient client(waiting.ingress.port());
    client.send(get("?wait=30s"));
    waiting.wait_for_questions(1);
    waiting.ingress.with_sink([&](FakeSink&) { waiting.ingress.redis().is_down = true; });
    waiting.serve_after(Millis(200));
    CHECK(client.receive().status == 503);
}

TEST_CASE("So many may wait, and the next is told to ask again", "[waits]") {
    FakeRedis redis;
    FakeClock clock;
    LoopThread thread;
    std::size_t replies = 0;
    constexpr std::size_t kMax = 20;
    StatusWaits waits(
        redis, clock, [&](std::function<void()> work) { work(); }, kMax
    );
    HttpServer server(thread.loop(), HttpLimits{}, [&](const HttpRequest&, Responder responder) {
        ++replies;
        waits.begin(
            {.command = {"HGETALL", "x"},
             .read =
                 [](const Result<RedisReply>&) {
                     return StatusAnswer{.reply = {.status = 200}, .is_final = false};
                 }},
            Millis(30'000),
            std::move(responder)
        );
    });
    const std::uint16_t port = server.listen("127.0.0.1:0").value();
    thread.start();
    std::vector<std::unique_ptr<SocketClient>> waiting;
    for (std::size_t i = 0; i < kMax; ++i) {
        waiting.push_back(std::make_unique<SocketClient>(port));
        waiting.back()->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    CHECK(eventually(std::chrono::seconds(20), [&] {
        std::size_t count = 0;
        thread.run([&] { count = waits.count(); });
        return count == kMax;
    }));
    SocketClient last(port);
    CHECK(last.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 503);
    thread.run([&] { waits.end_all(); });
    CHECK(waiting.front()->receive().status == 200);
    thread.stop();
    CHECK(replies == kMax + 1);
}
