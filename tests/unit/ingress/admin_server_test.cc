// The private listener over real sockets: what waits for Kafka, and what must not.
#include "ingress/admin/admin_server.h"

#include <algorithm>
#include <future>
#include <map>
#include <memory>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/eventually.h"
#include "tests/support/socket_client.h"
#include "tests/unit/ingress/test_admin.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

const char* const kPut =
    "PUT /admin/v1/rules/release HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer secret\r\n"
    "Content-Length: 72\r\n\r\n"
    R"({"site":"acme","page":{"space":"S","title":"$#Key","body":"<p>new</p>"}})";
const char* const kList =
    "GET /admin/v1/rules HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer secret\r\n\r\n";
const char* const kHealth = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";

}  // namespace

TEST_CASE("A probe is answered while an admin call waits for Kafka", "[ingress]") {
    Admin admin;
    std::promise<void> writing;
    std::promise<void> kafka_answers;
    admin.before_write = [&] {
        writing.set_value();
        kafka_answers.get_future().wait();
    };
    AdminServer server(admin.service(), admin.redis, admin.clock);
    const auto port = server.start("127.0.0.1:0");
    REQUIRE(port);
    SocketClient caller(*port);
    caller.send(kPut);
    writing.get_future().wait();
    SocketClient probe(*port);
    CHECK(probe.exchange(kHealth).status == 200);
    kafka_answers.set_value();
    CHECK(caller.receive().status == 200);
}

TEST_CASE("Admin calls beyond the bound are told to come again", "[ingress]") {
    Admin admin;
    std::promise<void> writing;
    std::promise<void> kafka_answers;
    admin.before_write = [&] {
        writing.set_value();
        kafka_answers.get_future().wait();
        admin.before_write = [] {};
    };
    AdminServer server(admin.service(), admin.redis, admin.clock);
    const auto port = server.start("127.0.0.1:0");
    REQUIRE(port);
    SocketClient first(*port);
    first.send(kPut);
    writing.get_future().wait();
    std::vector<std::unique_ptr<SocketClient>> clients;
    for (std::size_t i = 0; i < AdminServer::kWaitingMax + 1; ++i) {
        clients.push_back(std::make_unique<SocketClient>(*port));
        clients.back()->send(kList);
    }
    const auto is_answered = [](const auto& client) { return client->has_received_anything(); };
    REQUIRE(eventually(std::chrono::seconds(20), [&] {
        return std::ranges::any_of(clients, is_answered);
    }));
    kafka_answers.set_value();
    CHECK(first.receive().status == 200);
    std::map<int, std::size_t> answers;
    for (const auto& client : clients) ++answers[client->receive().status];
    CHECK(answers == std::map<int, std::size_t>{{200, AdminServer::kWaitingMax}, {503, 1}});
}
