// Clients that are slow, leave halfway, send many requests at once, or are too many.
#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

#include "tests/support/catch.h"
#include "tests/support/socket_client.h"
#include "tests/unit/http_server/test_server.h"

using namespace pagepress;
using namespace pagepress::test;
using std::chrono::milliseconds;

namespace {

constexpr std::string_view kGet = "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n";

/// Limits of a test that waits for one of them: the others are never reached.
constexpr milliseconds kShort{40};
constexpr milliseconds kEndless = std::chrono::hours(1);

/// Sends `bytes` again and again until the server has said something, or `times` is over.
void drip(SocketClient& client, std::string_view bytes, int times) {
    for (int i = 0; i < times && !client.has_received_anything(); ++i) client.send(bytes);
}

void wait_until_empty(TestServer& server) {
    while (server.server().connection_count() > 0) std::this_thread::yield();
}

/// Leaves this process no descriptor to open, until it is destroyed.
class NoDescriptors {
public:
    NoDescriptors() {
        REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
        const int lowest_free = ::dup(0);
        REQUIRE(::close(lowest_free) == 0);
        rlimit none = before_;
        none.rlim_cur = static_cast<rlim_t>(lowest_free);
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    }

    ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

    NoDescriptors(const NoDescriptors&) = delete;
    NoDescriptors& operator=(const NoDescriptors&) = delete;

private:
    rlimit before_{};
};

}  // namespace

TEST_CASE("Bytes that trickle in do not prolong the time of a head", "[http_server]") {
    TestServer server({
        .header_bytes_max = 4'000'000,
        .header_timeout = kShort,
        .body_timeout = kEndless,
        .idle_timeout = kEndless,
    });
    SocketClient client(server.port());
    client.send("GET /echo HTTP/1.1\r\nX-A: ");
    drip(client, "x", 3'000'000);
    CHECK(client.receive().status == 408);
    CHECK(server.handled_paths().empty());
}

TEST_CASE("Bytes that trickle in do not prolong the time of a body", "[http_server]") {
    TestServer server({
        .body_bytes_max = 4'000'000,
        .header_timeout = kEndless,
        .body_timeout = kShort,
        .idle_timeout = kEndless,
    });
    SocketClient client(server.port());
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n");
    drip(client, "x", 3'000'000);
    CHECK(client.receive().status == 408);
    CHECK(server.handled_paths().empty());
}

TEST_CASE("One empty line before a request is skipped, a second one is refused", "[http_server]") {
    TestServer server;
    SocketClient client(server.port());
    CHECK(client.exchange("\r\n" + std::string(kGet)).status == 200);
    CHECK(client.exchange("\r\n" + std::string(kGet)).status == 200);
    CHECK(client.exchange("\r\n\r\n" + std::string(kGet)).status == 400);
    CHECK(client.is_closed_by_server());
}

TEST_CASE("A client that does not take its reply is disconnected", "[http_server]") {
    TestServer server({
        .header_timeout = kEndless,
        .body_timeout = kShort,
        .idle_timeout = kEndless,
    });
    SocketClient client(server.port());
    client.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    server.wait_for_kept(1);
    const std::string body(64 * 1024 * 1024, 'y');
    server.answer_first_kept(body);
    wait_until_empty(server);
    CHECK(client.receive_all().size() < body.size());
}

TEST_CASE("A client that leaves in the middle of a request gets no answer", "[http_server]") {
    for (const std::string_view part :
         {"GET /echo HT", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab"}) {
        INFO(part);
        TestServer server;
        SocketClient client(server.port());
        client.send(part);
        client.finish_sending();
        CHECK(client.receive_all().empty());
        CHECK(server.handled_paths().empty());
        wait_until_empty(server);
    }
}

TEST_CASE("All requests that came before a half-close are answered, in order", "[http_server]") {
    TestServer server;
    SocketClient client(server.port());
    std::string requests;
    for (int i = 0; i < 40; ++i) {
        requests += "GET /echo?" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";
    }
    client.send(requests);
    client.finish_sending();
    for (int i = 0; i < 40; ++i) {
        CHECK(client.receive().body == "GET /echo?" + std::to_string(i) + "  ");
    }
    CHECK(client.is_closed_by_server());
}

TEST_CASE("Requests behind one that ends the connection are not served", "[http_server]") {
    TestServer server;
    SocketClient client(server.port());
    client.send(
        "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /behind HTTP/1.1\r\n"
        "Host: a\r\n\r\n"
    );
    CHECK(client.receive().body == "GET /last?  ");
    CHECK(client.receive_all().empty());
    CHECK(server.handled_paths() == std::vector<std::string>{"/last"});
}

TEST_CASE("After 16 requests of one client in a row another one gets its turn", "[http_server]") {
    TestServer server;
    SocketClient greedy(server.port());
    SocketClient modest(server.port());
    REQUIRE(greedy.exchange(kGet).status == 200);
    REQUIRE(modest.exchange(kGet).status == 200);
    std::string requests;
    for (int i = 0; i < 50; ++i) requests += "GET /greedy HTTP/1.1\r\nHost: a\r\n\r\n";
    server.while_blocked([&] {
        greedy.send(requests);
        modest.send("GET /modest HTTP/1.1\r\nHost: a\r\n\r\n");
    });
    CHECK(modest.receive().body == "GET /modest?  ");
    for (int i = 0; i < 50; ++i) REQUIRE(greedy.receive().status == 200);
    const std::vector<std::string> paths = server.handled_paths();
    const auto turn = std::ranges::find(paths, "/modest");
    CHECK(std::count(paths.begin(), turn, "/greedy") <= 16);
    CHECK(std::ranges::count(paths, "/greedy") == 50);
}

TEST_CASE("A place that a client leaves is given to the next one", "[http_server]") {
    TestServer server({.connections_max = 2});
    SocketClient first(server.port());
    CHECK(first.exchange(kGet).status == 200);
    {
        SocketClient second(server.port());
        CHECK(second.exchange(kGet).status == 200);
        for (int i = 0; i < 3; ++i) CHECK(SocketClient(server.port()).receive().status == 503);
        CHECK(server.server().connection_count() == 2);
    }
    while (server.server().connection_count() == 2) std::this_thread::yield();
    SocketClient third(server.port());
    CHECK(third.exchange(kGet).status == 200);
    CHECK(SocketClient(server.port()).receive().status == 503);
    CHECK(first.exchange(kGet).status == 200);
}

TEST_CASE(
    "A client over the cap that has sent already reads its 503 and the end", "[http_server]"
) {
    TestServer server({.connections_max = 1});
    SocketClient first(server.port());
    REQUIRE(first.exchange(kGet).status == 200);
    std::optional<SocketClient> second;
    server.while_blocked([&] {
        second.emplace(server.port());
        second->send(kGet);
    });
    CHECK(second->receive().status == 503);
    CHECK(second->is_closed_by_server());
    CHECK(server.handled_paths().size() == 1);
}

TEST_CASE("Large requests together hold no more memory than they may", "[http_server]") {
    TestServer server({.body_bytes_max = 1'000'000, .buffer_bytes_max = 80'000});
    const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n";
    const std::string body(50'000, 'x');
    // Either needs 46,000 bytes more than a small request; both do not fit.
    SocketClient one(server.port());
    SocketClient other(server.port());
    for (SocketClient* client : {&one, &other}) client->send(head + body.substr(1));
    while (!one.has_received_anything() && !other.has_received_anything()) {
        std::this_thread::yield();
    }
    SocketClient& refused = one.has_received_anything() ? one : other;
    SocketClient& waiting = &refused == &one ? other : one;
    CHECK(refused.receive().status == 503);
    CHECK(refused.is_closed_by_server());
    CHECK(SocketClient(server.port()).exchange(kGet).status == 200);
    CHECK(waiting.exchange("x").body == "POST /echo?  50000");
    // What was taken has been given back, by both.
    for (int i = 0; i < 3; ++i) {
        CHECK(waiting.exchange(head + body).status == 200);
        SocketClient leaving(server.port());
        leaving.send(head + body.substr(1));
        leaving.finish_sending();
        CHECK(leaving.is_closed_by_server());
    }
    CHECK(waiting.exchange(head + body).status == 200);
}

TEST_CASE("Out of descriptors, clients are served on and others wait for their turn") {
    TestServer server;
    SocketClient first(server.port());
    REQUIRE(first.exchange(kGet).status == 200);
    std::optional<SocketClient> second;
    std::optional<NoDescriptors> exhausted;
    // UBSan opens a pipe when it looks at the first object of a type, so that has to be before.
    server.while_blocked([] {});
    server.while_blocked([&] {
        second.emplace(server.port());
        exhausted.emplace();
    });
    for (int i = 0; i < 100; ++i) CHECK(first.exchange(kGet).status == 200);
    CHECK(server.server().connection_count() == 1);
    exhausted.reset();
    CHECK(second->exchange(kGet).status == 200);
    CHECK(server.server().connection_count() == 2);
}
