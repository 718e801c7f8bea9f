// The libcurl client against a socket server that answers, hangs up or keeps silent on request.
#include "common/http_client/curl_client.h"

#include <string>

#include "tests/support/catch.h"
#include "tests/support/socket_server.h"

using namespace pagepress;
using namespace pagepress::test;
using namespace std::chrono_literals;

namespace {

std::unique_ptr<HttpClient> make_client(CurlLimits limits = {}) {
    return make_curl_client(limits, [] { return false; });
}

std::string ok(const std::string& body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

HttpCall post(const SocketServer& server) {
    return {.method = "POST", .url = server.url(), .body = "{}"};
}

}  // namespace

TEST_CASE("A call carries method, path, headers and body, and nothing a browser says", "[curl]") {
    std::string request;
    SocketServer server({[&](Connection& peer) {
        request = peer.read_request();
        peer.write(ok("done"));
        peer.wait_for_end();
    }});
    auto client = make_client();
    const auto answer = client->perform(
        {.method = "PUT",
         .url = server.url("/a/b?c=d"),
         .headers = {"Content-Type: application/json", "Authorization: Bearer t"},
         .body = "{\"a\":1}"}
    );
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->body == "done");
    CHECK(request.starts_with("PUT /a/b?c=d HTTP/1.1\r\n"));
    CHECK(request.find("\r\nAuthorization: Bearer t\r\n") != std::string::npos);
    CHECK(request.find("\r\nUser-Agent: pagepress/") != std::string::npos);
    CHECK(request.find("\r\nContent-Length: 7\r\n") != std::string::npos);
    CHECK(request.ends_with("\r\n\r\n{\"a\":1}"));
    CHECK(request.find("Expect") == std::string::npos);
    CHECK(request.find("Accept-Encoding") == std::string::npos);
    CHECK(request.find("x-www-form-urlencoded") == std::string::npos);
    client.reset();
}

TEST_CASE("A body is not called a form when the caller names no type", "[curl]") {
    std::string request;
    SocketServer server({[&](Connection& peer) {
        request = peer.read_request();
        peer.write(ok(""));
        peer.wait_for_end();
    }});
    auto client = make_client();
    REQUIRE(client->perform(post(server)));
    CHECK(request.find("Content-Type") == std::string::npos);
    client.reset();
}

TEST_CASE("Answer headers have lower-case names, and those of a 1xx answer are dropped", "[curl]") {
    SocketServer server({[](Connection& peer) {
        peer.read_request();
        peer.write("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n");
        peer.write(
            "HTTP/1.1 429 Too Many Requests\r\nRetry-AFTER:  7 \r\nX-Twice: a\r\n"
            "X-Twice: b\r\nContent-Length: 0\r\n\r\n"
        );
        peer.wait_for_end();
    }});
    auto client = make_client();
    const auto answer = client->perform({.method = "GET", .url = server.url()});
    REQUIRE(answer);
    CHECK(answer->status == 429);
    CHECK(answer->header("retry-after") == "7");
    CHECK(answer->header("x-twice") == "b");
    CHECK(answer->header("x-early").empty());
    client.reset();
}

TEST_CASE("Calls share one connection", "[curl]") {
    SocketServer server({[](Connection& peer) {
        while (!peer.read_request().empty()) peer.write(ok("again"));
    }});
    auto client = make_client();
    for (int call = 0; call < 3; ++call) {
        REQUIRE(client->perform({.method = "GET", .url = server.url()}));
        REQUIRE(client->perform(post(server)));
    }
    CHECK(server.connections() == 1);
    client.reset();
}

TEST_CASE("A redirect is an answer", "[curl]") {
    SocketServer server({[](Connection& peer) {
        peer.read_request();
        peer.write("HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n");
        peer.wait_for_end();
    }});
    auto client = make_client();
    const auto answer = client->perform({.method = "GET", .url = server.url()});
    REQUIRE(answer);
    CHECK(answer->status == 302);
    CHECK(answer->header("location") == "/login");
    client.reset();
}

TEST_CASE("A write to a port where nobody listens was not sent", "[curl]") {
    std::string url;
    {
        const SocketServer closed({});
        url = closed.url();
    }
    const auto answer = make_client()->perform({.method = "POST", .url = url, .body = "{}"});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::kUnavailable);
}

TEST_CASE("A connection that ends after the request leaves a write's outcome unknown", "[curl]") {
    SocketServer server({
        [](Connection& peer) {
            peer.read_request();
            peer.reset_on_close();
        },
        [](Connection& peer) { peer.read_request(); },
        [](Connection& peer) {
            peer.read_request();
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        },
    });
    for (int turn = 0; turn < 3; ++turn) {
        const auto answer = make_client()->perform(post(server));
        REQUIRE_FALSE(answer);
        CHECK(answer.error().code == ErrorCode::kUnknownOutcome);
    }
}

TEST_CASE("A read whose connection ends had no effect", "[curl]") {
    SocketServer server(
        {[](Connection& peer) { peer.read_request(); },
         [](Connection& peer) { peer.read_request(); }}
    );
    const auto got = make_client()->perform({.method = "GET", .url = server.url()});
    REQUIRE_FALSE(got);
    CHECK(got.error().code == ErrorCode::kUnavailable);
    HttpCall search = post(server);
    search.read_only = true;
    const auto found = make_client()->perform(search);
    REQUIRE_FALSE(found);
    CHECK(found.error().code == ErrorCode::kUnavailable);
}

TEST_CASE("A write that a kept connection swallows is never sent a second time", "[curl]") {
    const bool has_body = GENERATE(true, false);
    std::atomic<int> writes{0};
    const auto answer_reads_only = [&](Connection& peer) {
        for (auto request = peer.read_request(); !request.empty(); request = peer.read_request()) {
            if (request.starts_with("POST")) {
                ++writes;
                return;
            }
            peer.write(ok("read"));
        }
    };
    {
        SocketServer server({answer_reads_only, answer_reads_only, answer_reads_only});
        auto client = make_client();
        REQUIRE(client->perform({.method = "GET", .url = server.url()}));
        HttpCall write = post(server);
        if (!has_body) write.body.clear();
        const auto answer = client->perform(write);
        REQUIRE_FALSE(answer);
        CHECK(answer.error().code == ErrorCode::kUnknownOutcome);
        client.reset();
    }
    CHECK(writes == 1);
}

TEST_CASE("A silent server times out: a write's outcome is unknown, a read failed", "[curl]") {
    const auto keep_silent = [](Connection& peer) {
        peer.read_request();
        peer.wait_for_end();
    };
    SocketServer server({keep_silent, keep_silent});
    HttpCall write = post(server);
    write.timeout = 100ms;
    const auto wrote = make_client()->perform(write);
    REQUIRE_FALSE(wrote);
    CHECK(wrote.error().code == ErrorCode::kUnknownOutcome);
    const auto got =
        make_client()->perform({.method = "GET", .url = server.url(), .timeout = 100ms});
    REQUIRE_FALSE(got);
    CHECK(got.error().code == ErrorCode::kUnavailable);
}

TEST_CASE("An answer over the cap is too large for a read and lost for a write", "[curl]") {
    const auto send_much = [](Connection& peer) {
        peer.read_request();
        peer.write(ok(std::string(1001, 'x')));
    };
    SocketServer server({send_much, send_much});
    const CurlLimits limits{.answer_bytes_max = 1000};
    const auto got = make_client(limits)->perform({.method = "GET", .url = server.url()});
    REQUIRE_FALSE(got);
    CHECK(got.error().code == ErrorCode::kTooLarge);
    const auto wrote = make_client(limits)->perform(post(server));
    REQUIRE_FALSE(wrote);
    CHECK(wrote.error().code == ErrorCode::kUnknownOutcome);
}

TEST_CASE("An answer of exactly the cap is taken", "[curl]") {
    SocketServer server({[](Connection& peer) {
        peer.read_request();
        peer.write(ok(std::string(1000, 'x')));
        peer.wait_for_end();
    }});
    auto client = make_client({.answer_bytes_max = 1000});
    const auto answer = client->perform({.method = "GET", .url = server.url()});
    REQUIRE(answer);
    CHECK(answer->body.size() == 1000);
    client.reset();
}

TEST_CASE("Cancellation ends a read as cancelled and a sent write as unknown", "[curl]") {
    std::atomic<bool> is_cancelled{false};
    const auto cancel_when_read = [&](Connection& peer) {
        peer.read_request();
        is_cancelled = true;
        peer.wait_for_end();
    };
    SocketServer server({cancel_when_read, cancel_when_read});
    const auto asks = [&] { return is_cancelled.load(); };
    const auto got = make_curl_client({}, asks)->perform({.method = "GET", .url = server.url()});
    REQUIRE_FALSE(got);
    CHECK(got.error().code == ErrorCode::kCancelled);
    is_cancelled = false;
    const auto wrote = make_curl_client({}, asks)->perform(post(server));
    REQUIRE_FALSE(wrote);
    CHECK(wrote.error().code == ErrorCode::kUnknownOutcome);
}

TEST_CASE("A write that is cancelled before it was sent is cancelled", "[curl]") {
    const SocketServer server({});
    const auto answer = make_curl_client({}, [] { return true; })->perform(post(server));
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::kCancelled);
}

TEST_CASE("Only http and https are called, and http only where it is allowed", "[curl]") {
    auto client = make_client({.allow_http = false});
    for (const char* url : {"file:///etc/hostname", "gopher://127.0.0.1/", "http://127.0.0.1:9/"}) {
        CAPTURE(url);
        const auto answer = client->perform({.method = "GET", .url = url});
        REQUIRE_FALSE(answer);
        CHECK(answer.error().code == ErrorCode::kInvalidInput);
    }
}

TEST_CASE("A header with a line break is refused before anything is sent", "[curl]") {
    const SocketServer server({});
    const auto answer =
        make_client()->perform({.method = "GET", .url = server.url(), .headers = {"A: b\r\nC: d"}});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::kInvalidInput);
    CHECK(server.connections() == 0);
}

TEST_CASE("Errors name the call without its query", "[curl]") {
    std::string url;
    {
        const SocketServer closed({});
        url = closed.url("/page");
    }
    const auto answer = make_client()->perform({.method = "GET", .url = url + "?title=secret"});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().message.find("GET " + url) != std::string::npos);
    CHECK(answer.error().message.find("secret") == std::string::npos);
}
