// The private listener over real sockets: what waits for Kafka, and what must not.
#include "ingress/admin/admin_server.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/eventually.h"
#include "tests/support/socket_client.h"
#include "tests/unit/ingress/test_admin.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

const char* const kPut =
    "PUT /admin/v1/rules/release HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer the-admins-token\r\n"
    "Content-Length: 72\r\n\r\n"
    R"({"site":"acme","page":{"space":"S","title":"$#Key","body":"<p>new</p>"}})";
const char* const kList =
    "GET /admin/v1/rules HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer the-admins-token\r\n\r\n";
const char* const kListWithoutToken =
    "GET /admin/v1/rules HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer guessed\r\n\r\n";
const char* const kHealth = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";

/// A server whose first write of an entry waits until the test lets it go.
struct BusyServer {
    BusyServer() {
        admin.before_write = [this] {
            if (std::exchange(is_waiting, true)) return;
            writing.set_value();
            kafka_answers.get_future().wait();
        };
    }

    ~BusyServer() { let_go(); }

    BusyServer(const BusyServer&) = delete;
    BusyServer& operator=(const BusyServer&) = delete;

    void let_go() {
        if (!std::exchange(is_let_go, true)) kafka_answers.set_value();
    }

    /// Starts the server and a call that waits.
    void begin() {
        const auto begun = server.start("127.0.0.1:0");
        REQUIRE(begun);
        port = *begun;
        caller.emplace(port);
        caller->send(kPut);
        writing.get_future().wait();
    }

    Admin admin;
    std::promise<void> writing;
    std::promise<void> kafka_answers;
    bool is_waiting = false;  ///< the call thread's
    bool is_let_go = false;
    AdminServer server{admin.service(), admin.redis, admin.clock};
    std::uint16_t port = 0;
    std::optional<SocketClient> caller;
};

bool is_answered(const std::unique_ptr<SocketClient>& client) {
    return client->has_received_anything();
}

}  // namespace

TEST_CASE("A probe is answered while an admin call waits for Kafka", "[ingress]") {
    BusyServer busy;
    busy.begin();
    SocketClient probe(busy.port);
    CHECK(probe.exchange(kHealth).status == 200);
    busy.let_go();
    CHECK(busy.caller->receive().status == 200);
}

TEST_CASE("Admin calls beyond the bound are told to come again", "[ingress]") {
    BusyServer busy;
    busy.begin();
    std::vector<std::unique_ptr<SocketClient>> clients;
    for (std::size_t i = 0; i < AdminServer::kWaitingMax + 1; ++i) {
        clients.push_back(std::make_unique<SocketClient>(busy.port));
        clients.back()->send(kList);
    }
    REQUIRE(eventually(std::chrono::seconds(20), [&] {
        return std::ranges::any_of(clients, is_answered);
    }));
    busy.let_go();
    CHECK(busy.caller->receive().status == 200);
    std::map<int, std::size_t> answers;
    for (const auto& client : clients) ++answers[client->receive().status];
    CHECK(answers == std::map<int, std::size_t>{{200, AdminServer::kWaitingMax}, {503, 1}});
}

TEST_CASE("Whoever has no token is refused at once and takes nobody's place", "[ingress]") {
    BusyServer busy;
    busy.begin();
    std::vector<std::unique_ptr<SocketClient>> strangers;
    for (std::size_t i = 0; i < AdminServer::kWaitingMax + 1; ++i) {
        strangers.push_back(std::make_unique<SocketClient>(busy.port));
        strangers.back()->send(kListWithoutToken);
    }
    CHECK(eventually(std::chrono::seconds(20), [&] {
        return std::ranges::all_of(strangers, is_answered);
    }));
    SocketClient second(busy.port);
    second.send(kList);
    busy.let_go();
    for (const auto& stranger : strangers) CHECK(stranger->receive().status == 403);
    CHECK(second.receive().status == 200);
}

TEST_CASE("A token is revoked although a call is under way", "[ingress]") {
    std::atomic<bool> is_file_changed = false;  // outlives the server's thread
    BusyServer busy;
    busy.server.every(std::chrono::milliseconds(5), [&] {
        if (is_file_changed.exchange(false)) busy.admin.replace_tokens("jane janes-admin-token");
    });
    busy.begin();
    SocketClient waiting(busy.port);  // authorized, and behind the call under way
    waiting.send(kList);
    SocketClient probe(busy.port);
    REQUIRE(probe.exchange(kHealth).status == 200);
    is_file_changed = true;
    CHECK(eventually(std::chrono::seconds(20), [&] { return !is_file_changed; }));
    SocketClient late(busy.port);
    late.send(kList);
    CHECK(eventually(std::chrono::seconds(20), [&] { return late.has_received_anything(); }));
    busy.let_go();
    CHECK(late.receive().status == 403);
    CHECK(waiting.receive().status == 403);
    CHECK(busy.caller->receive().status == 200);
}
