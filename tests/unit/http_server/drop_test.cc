#include <optional>
#include <string>

#include "common/http_server/http_server.h"
#include "tests/support/catch.h"
#include "tests/support/loop_thread.h"
#include "tests/support/socket_client.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

std::string get(const std::string& path) {
    return "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

/// `/drop` is dropped in its handler, `/partial` after a few bytes, `/later` after its handler;
/// everything else is answered.
class DroppingServer {
public:
    DroppingServer()
        : server_(thread_.loop(), {}, [this](const HttpRequest& request, Responder responder) {
              handle(request, std::move(responder));
          }) {
        const auto port = server_.listen("127.0.0.1:0");
        REQUIRE(port.has_value());
        port_ = *port;
        thread_.start();
    }

    ~DroppingServer() { thread_.stop(); }

    [[nodiscard]] std::uint16_t port() const { return port_; }

    [[nodiscard]] std::size_t connection_count() const { return server_.connection_count(); }

private:
    void handle(const HttpRequest& request, Responder responder) {
        if (request.path == "/drop") {
            responder.drop();
        } else if (request.path == "/partial") {
            responder.drop("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
        } else if (request.path == "/later") {
            kept_.emplace(std::move(responder));
            thread_.loop().post([this] {
                kept_->drop();
                kept_.reset();
            });
        } else {
            responder.send({.status = 200, .body = "{}"});
        }
    }

    LoopThread thread_;
    std::optional<Responder> kept_;
    HttpServer server_;
    std::uint16_t port_ = 0;
};

}  // namespace

TEST_CASE("A dropped request gets no answer, and the server goes on", "[http_server]") {
    DroppingServer server;
    for (const char* path : {"/drop", "/later"}) {
        INFO(path);
        SocketClient client(server.port());
        client.send(get(path) + get("/pipelined"));
        CHECK(client.receive_all().empty());
    }
    SocketClient partial(server.port());
    partial.send(get("/partial"));
    CHECK(partial.receive_all().ends_with("\r\n\r\nabc"));
    SocketClient other(server.port());
    CHECK(other.exchange(get("/")).status == 200);
    CHECK(server.connection_count() == 1);
}
