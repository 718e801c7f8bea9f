#include "common/http_server/http_server.h"

#include <map>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/socket_client.h"
#include "tests/unit/http_server/test_server.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

constexpr std::string_view kGet = "GET /echo?a=1 HTTP/1.1\r\nHost: a\r\n\r\n";

}  // namespace

TEST_CASE("A request is answered and the connection stays open", "[http_server]") {
    TestServer server;
    SocketClient client(server.port());
    const RawResponse first = client.exchange(
        "POST /echo?q=1 HTTP/1.1\r\nHost: a\r\nx-a: v\r\nContent-Length: 3\r\n\r\nabc"
    );
    CHECK(first.status == 200);
    CHECK(first.body == "POST /echo?q=1 v abc");
    CHECK(first.header("Content-Type") == "application/json");
    CHECK(first.header("Date").ends_with(" GMT"));
    CHECK(first.header("Connection").empty());
    CHECK(client.exchange(kGet).body == "GET /echo?a=1  ");
    CHECK(server.server().replies_by_status() == std::map<int, std::uint64_t>{{200, 2}});
}

TEST_CASE("A request may come in pieces", "[http_server]") {
    TestServer server;
    SocketClient client(server.port());
    const std::string request = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
    for (const char c : request) client.send({&c, 1});
    CHECK(client.receive().body == "POST /echo?  abc");
}

TEST_CASE("A body of the largest size is served, one byte more is refused", "[http_server]") {
    TestServer server({.body_bytes_max = 300'000});
    SocketClient client(server.port());
    const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: ";
    const std::string body(300'000, 'x');
    CHECK(client.exchange(head + "300000\r\n\r\n" + body).body == "POST /echo?  300000");
    CHECK(client.exchange(kGet).status == 200);
    const RawResponse refused = client.exchange(head + "300001\r\n\r\n");
    CHECK(refused.status == 413);
    CHECK(refused.header("Content-Type") == "application/problem+json");
    CHECK(refused.header("Connection") == "close");
    CHECK(client.is_closed_by_server());
}

TEST_CASE("A path may have a bound of its own for its bodies", "[http_server]") {
    TestServer server(
        {.body_bytes_max = 1'000,
         .body_limits =
             {
                 {.path_prefix = "/echo/large/", .bytes_max = 20'000},
                 {.path_prefix = "/echo/", .bytes_max = 10},
             }}
    );
    const auto status_of = [&](const std::string& target, std::size_t bytes) {
        SocketClient client(server.port());
        return client
            .exchange(
                "POST " + target + " HTTP/1.1\r\nHost: a\r\nContent-Length: " +
                std::to_string(bytes) + "\r\n\r\n" + std::string(bytes, 'x')
            )
            .status;
    };
    CHECK(status_of("/echo/large/1?a=/", 20'000) == 200);
    CHECK(status_of("http://a/echo/large/1", 20'000) == 200);
    CHECK(status_of("/echo/large/1", 20'001) == 413);
    CHECK(status_of("/echo/small", 11) == 413);
    CHECK(status_of("/other", 1'000) == 200);
    CHECK(status_of("/other?/echo/large/", 1'001) == 413);
}

TEST_CASE(
    "A client that sends 10 MB reads its 413, and the next client is served", "[http_server]"
) {
    TestServer server;
    SocketClient client(server.port());
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10485760\r\n\r\n");
    client.send(std::string(10 * 1024 * 1024, 'x'));
    CHECK(client.receive().status == 413);
    CHECK(SocketClient(server.port()).exchange(kGet).status == 200);
}

TEST_CASE("A head over the cap is refused, whole or endless", "[http_server]") {
    TestServer server({.header_bytes_max = 1000});
    SocketClient client(server.port());
    const std::string start = "GET /echo HTTP/1.1\r\nHost: a\r\nX-A: ";
    CHECK(client.exchange(start + std::string(1000, 'x') + "\r\n\r\n").status == 431);
    SocketClient endless(server.port());
    CHECK(endless.exchange(start + std::string(5000, 'x')).status == 431);
}

TEST_CASE("Transfer-Encoding is refused before the handler sees it", "[http_server]") {
    TestServer server;
    SocketClient client(server.port());
    const RawResponse refused = client.exchange(
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    );
    CHECK(refused.status == 411);
    CHECK(client.is_closed_by_server());
    CHECK(server.server().replies_by_status() == std::map<int, std::uint64_t>{{411, 1}});
}

TEST_CASE("A client that waits for 100 Continue gets it", "[http_server]") {
    TestServer server;
    SocketClient client(server.port());
    const RawResponse interim = client.exchange(
        "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
    );
    CHECK(interim.status == 100);
    CHECK(client.exchange("abc").body == "POST /echo?  abc");
}

TEST_CASE("Pipelined requests are answered one after another, in order", "[http_server]") {
    TestServer server;
    SocketClient client(server.port());
    std::string requests = "GET /later HTTP/1.1\r\nHost: a\r\n\r\n";
    for (int i = 0; i < 50; ++i) {
        requests += "GET /echo?" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";
    }
    client.send(requests);
    server.wait_for_kept(1);
    CHECK(server.server().replies_by_status().empty());
    server.answer_first_kept("first");
    CHECK(client.receive().body == "first");
    for (int i = 0; i < 50; ++i) {
        CHECK(client.receive().body == "GET /echo?" + std::to_string(i) + "  ");
    }
}

TEST_CASE("A half-closed client still gets its deferred reply", "[http_server]") {
    TestServer server;
    SocketClient client(server.port());
    client.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    client.finish_sending();
    server.wait_for_kept(1);
    server.answer_first_kept("late");
    CHECK(client.receive().body == "late");
    CHECK(client.is_closed_by_server());
}

TEST_CASE("A reply for a client that left is dropped, not given to the next one", "[http_server]") {
    TestServer server;
    SocketClient gone(server.port());
    gone.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    server.wait_for_kept(1);
    gone.reset();
    // The next client gets the same slot once the reset was seen.
    while (server.server().connection_count() > 0) std::this_thread::yield();
    SocketClient next(server.port());
    next.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    server.wait_for_kept(2);
    server.answer_first_kept("for the first");
    server.answer_first_kept("for the second");
    CHECK(next.receive().body == "for the second");
}

TEST_CASE("A responder that dies unused sends 500", "[http_server]") {
    TestServer server;
    SocketClient client(server.port());
    client.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    server.wait_for_kept(1);
    server.drop_kept();
    CHECK(client.receive().status == 500);
}

TEST_CASE("A reply after the server's end is dropped", "[http_server]") {
    TestServer server;
    SocketClient client(server.port());
    client.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    server.wait_for_kept(1);
    server.destroy();
    server.drop_kept();
    CHECK(client.receive_all().empty());
}

TEST_CASE("A formatted response is sent with date and, when it is time, close", "[http_server]") {
    TestServer server({.requests_per_connection_max = 2});
    SocketClient client(server.port());
    const std::string request = "POST /formatted HTTP/1.1\r\nHost: a\r\n\r\n";
    const RawResponse first = client.exchange(request);
    CHECK(first.status == 202);
    CHECK(first.body == "ok");
    CHECK_FALSE(first.header("Date").empty());
    CHECK(first.header("Connection").empty());
    CHECK(client.exchange(request).header("Connection") == "close");
    CHECK(client.is_closed_by_server());
}

TEST_CASE("HEAD gets no body; HTTP/1.0 and Connection: close end the connection", "[http_server]") {
    TestServer server;
    SocketClient head(server.port());
    head.send("HEAD /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const std::string answer = head.receive_all();
    CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(answer.ends_with("\r\n\r\n"));
    SocketClient old(server.port());
    CHECK(old.exchange("GET /echo HTTP/1.0\r\nHost: a\r\n\r\n").header("Connection") == "close");
    CHECK(old.is_closed_by_server());
}

TEST_CASE("Slow heads and bodies end with 408, idle connections silently", "[http_server]") {
    using std::chrono::milliseconds;
    TestServer server({
        .header_timeout = milliseconds(40),
        .body_timeout = milliseconds(40),
        .idle_timeout = milliseconds(40),
    });
    SocketClient slow_head(server.port());
    CHECK(slow_head.exchange("GET /ec").status == 408);
    SocketClient slow_body(server.port());
    CHECK(
        slow_body.exchange("PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx").status == 408
    );
    SocketClient idle(server.port());
    CHECK(idle.exchange(kGet).status == 200);
    CHECK(idle.is_closed_by_server());
    SocketClient silent(server.port());
    CHECK(silent.is_closed_by_server());
}

TEST_CASE("Connections over the cap get 503 at once", "[http_server]") {
    TestServer server({.connections_max = 1});
    SocketClient first(server.port());
    CHECK(first.exchange(kGet).status == 200);
    SocketClient second(server.port());
    const RawResponse refused = second.receive();
    CHECK(refused.status == 503);
    CHECK(refused.header("Retry-After") == "1");
    CHECK(first.exchange(kGet).status == 200);
}

TEST_CASE("A large reply to a slow reader arrives whole", "[http_server]") {
    TestServer server;
    SocketClient client(server.port());
    client.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    server.wait_for_kept(1);
    const std::string body(20 * 1024 * 1024, 'y');
    server.answer_first_kept(body);
    CHECK(client.receive().body == body);
    CHECK(client.exchange(kGet).status == 200);
}

TEST_CASE("After stop_accepting open connections are served and told to close", "[http_server]") {
    TestServer server;
    SocketClient client(server.port());
    client.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    server.wait_for_kept(1);
    server.stop_accepting();
    server.answer_first_kept("last");
    const RawResponse reply = client.receive();
    CHECK(reply.body == "last");
    CHECK(reply.header("Connection") == "close");
    CHECK(client.is_closed_by_server());
}

TEST_CASE("Two servers share a port; a bad address says why", "[http_server]") {
    EventLoop loop;
    HttpServer first(loop, {}, [](const HttpRequest&, Responder) {});
    HttpServer second(loop, {}, [](const HttpRequest&, Responder) {});
    const auto port = first.listen("127.0.0.1:0");
    REQUIRE(port.has_value());
    CHECK(second.listen("127.0.0.1:" + std::to_string(*port)) == *port);
    HttpServer third(loop, {}, [](const HttpRequest&, Responder) {});
    const auto bad = third.listen("192.0.2.1:0");
    REQUIRE_FALSE(bad.has_value());
    CHECK(bad.error().message.starts_with("cannot listen on '192.0.2.1:0': "));
}

TEST_CASE(
    "Problem replies are problem+json and formatted values cannot forge headers", "[http_server]"
) {
    HttpReply reply = problem_reply(400, "say \"what\"");
    CHECK(reply.content_type == "application/problem+json");
    CHECK(
        reply.body ==
        "{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,"
        "\"detail\":\"say \\\"what\\\"\"}\n"
    );
    reply.headers.push_back({.name = "Location", .value = "/a\r\nSet-Cookie: x"});
    CHECK(format_reply(reply).find("Location: /a  Set-Cookie: x\r\n") != std::string::npos);
}
