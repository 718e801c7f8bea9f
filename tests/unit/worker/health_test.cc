// The worker's private listener, over real sockets.
#include "worker/health.h"

#include <atomic>
#include <future>
#include <optional>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/socket_client.h"

using namespace pagepress;
using namespace pagepress::worker;
using namespace pagepress::test;

namespace {

/// Told the time by the test, asked by the loop.
class ToldClock final : public Clock {
public:
    [[nodiscard]] SteadyTime steady_now() const override { return SteadyTime(now.load()); }

    [[nodiscard]] UnixMillis unix_now() const override { return now.load().count(); }

    std::atomic<Millis> now = Millis(1'000'000);
};

std::string get(const std::string& path) {
    return "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

const std::vector<Finding> kFindings{
    {.level = Finding::Level::kFail, .subject = "site acme", .message = "mend it"}};

/// Says `worker: <n>` the n-th time it is asked.
std::function<std::vector<Finding>()> own_of(std::atomic<int>& asked) {
    return [&asked] {
        return std::vector<Finding>{
            {.level = Finding::Level::kOk,
             .subject = "worker",
             .message = std::to_string(++asked)}};
    };
}

std::string no_presses() {
    return "{}\n";
}

std::string body_with(const std::string& own, const std::string& of_site) {
    return R"({"findings":[{"level":"ok","subject":"worker","message":")" + own +
           R"("},{"level":"fail","subject":"site acme","message":")" + of_site + "\"}]}\n";
}

/// A listener whose doctor is asked twice at the same time, and examines until the test lets it
/// end.
class LongExamination {
public:
    explicit LongExamination(const std::string& obstacle)
        : health_(
              metrics_,
              clock,
              [obstacle] { return obstacle; },
              no_presses,
              {.own = own_of(own_),
               .sites =
                   [this](const std::function<bool()>&) {
                       if (++examinations == 1) begun_.set_value();
                       may_end.get_future().wait();
                       return kFindings;
                   }}
          ) {
        const auto started = health_.start("127.0.0.1:0");
        REQUIRE(started);
        port = *started;
        first.emplace(port);
        second.emplace(port);
        first->send(get("/doctor"));
        begun_.get_future().wait();
    }

    void ask_again() { second->send(get("/doctor")); }

    ToldClock clock;
    std::atomic<int> examinations = 0;
    std::promise<void> may_end;
    std::uint16_t port = 0;
    std::optional<SocketClient> first;
    std::optional<SocketClient> second;

private:
    const Metrics metrics_;
    std::promise<void> begun_;
    std::atomic<int> own_ = 0;
    Health health_;
};

}  // namespace

TEST_CASE("Health and readiness are answered while the doctor examines", "[health]") {
    LongExamination now("not yet");
    now.ask_again();
    SocketClient prober(now.port);
    CHECK(prober.exchange(get("/healthz")).status == 200);
    CHECK(prober.exchange(get("/readyz")).status == 503);
    CHECK_FALSE(now.first->has_received_anything());
    now.may_end.set_value();
    const RawResponse answer = now.first->receive();
    CHECK(answer.status == 200);
    CHECK(answer.body == body_with("1", "mend it"));
    CHECK(now.second->receive().body == answer.body);
    CHECK(now.examinations == 1);
}

TEST_CASE("Who asks during an examination is told how long ago it began", "[health]") {
    LongExamination now("");
    now.clock.now = now.clock.now.load() + Millis(30'000);
    now.ask_again();
    SocketClient prober(now.port);
    CHECK(prober.exchange(get("/healthz")).status == 200);
    now.clock.now = now.clock.now.load() + Millis(10'900);
    now.may_end.set_value();
    CHECK(now.first->receive().body == body_with("1", "mend it"));
    CHECK(now.second->receive().body == body_with("1", "mend it (as of 40 s ago)"));
}

TEST_CASE("The sites are examined anew only some seconds after the last time", "[health]") {
    const Metrics metrics;
    ToldClock clock;
    std::atomic<int> examinations = 0;
    std::atomic<int> own = 0;
    Health health(
        metrics,
        clock,
        [] { return std::string(); },
        no_presses,
        {.own = own_of(own),
         .sites =
             [&](const std::function<bool()>&) {
                 ++examinations;
                 return kFindings;
             }}
    );
    const auto port = health.start("127.0.0.1:0");
    REQUIRE(port);
    SocketClient client(*port);
    CHECK(client.exchange(get("/doctor")).body == body_with("1", "mend it"));
    clock.now = clock.now.load() + Millis(4'200);
    // The worker's own state is told as it is now, that of the sites with its age.
    CHECK(client.exchange(get("/doctor")).body == body_with("2", "mend it (as of 4 s ago)"));
    CHECK(examinations == 1);
    clock.now = clock.now.load() + Millis(800);
    CHECK(client.exchange(get("/doctor")).body == body_with("3", "mend it"));
    CHECK(examinations == 2);
}

TEST_CASE("A worker that stops does not wait for its doctor's sites", "[health]") {
    const Metrics metrics;
    const ToldClock clock;
    std::promise<void> begun;
    bool was_cancelled = false;
    {
        Health health(
            metrics,
            clock,
            [] { return std::string(); },
            no_presses,
            {.own = [] { return std::vector<Finding>(); },
             .sites =
                 [&](const std::function<bool()>& is_cancelled) {
                     begun.set_value();
                     while (!is_cancelled()) std::this_thread::yield();
                     was_cancelled = true;
                     return kFindings;
                 }}
        );
        const auto port = health.start("127.0.0.1:0");
        REQUIRE(port);
        SocketClient client(*port);
        client.send(get("/doctor"));
        begun.get_future().wait();
    }
    CHECK(was_cancelled);
}

TEST_CASE("What runs and waits is told on request", "[health]") {
    const Metrics metrics;
    const ToldClock clock;
    Health health(
        metrics,
        clock,
        [] { return std::string(); },
        [] { return std::string(R"({"running":[]})"); },
        {.own = [] { return std::vector<Finding>(); },
         .sites = [](const std::function<bool()>&) { return std::vector<Finding>(); }}
    );
    const auto port = health.start("127.0.0.1:0");
    REQUIRE(port);
    SocketClient client(*port);
    const auto reply = client.exchange(get("/debug/presses"));
    CHECK(reply.status == 200);
    CHECK(reply.body == R"({"running":[]})");
    CHECK(client.exchange(get("/debug")).status == 404);
}
