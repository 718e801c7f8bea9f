// Requests that servers and proxies are known to frame differently, each followed by a request that
// must not be served: whoever reads the first one otherwise would smuggle it.
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/socket_client.h"
#include "tests/unit/http_server/test_server.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

constexpr std::string_view kBehind = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view kChunks = "3\r\nabc\r\n0\r\n\r\n";

struct Probe {
    std::string name;
    int status;
    std::string fields;
    std::string_view body = kChunks;
    std::string line = "POST /echo HTTP/1.1\r\n";
};

std::vector<Probe> probes_of_length() {
    const std::string host = "Host: a\r\n";
    return {
        {"equal lengths twice", 400, host + "Content-Length: 3\r\nContent-Length: 3\r\n", "abc"},
        {"differing lengths", 400, host + "Content-Length: 3\r\nContent-Length: 0\r\n", "abc"},
        {"length with a plus sign", 400, host + "Content-Length: +3\r\n", "abc"},
        {"length over 64 bits", 400, host + "Content-Length: 18446744073709551619\r\n", "abc"},
        {"space before the colon", 400, host + "Content-Length : 3\r\n", "abc"},
        {"NUL in a value", 400, host + std::string("Content-Length: 3\0\r\n", 20), "abc"},
        {"bare LF line ends",
         400,
         "Host: a\nContent-Length: 3\n\n",
         "abc",
         "POST /echo HTTP/1.1\n"},
        {"folded length", 400, host + "Content-Length: 3\r\n 3\r\n", "abc"},
        {"two hosts", 400, host + "Host: b\r\nContent-Length: 3\r\n", "abc"},
        {"no host", 400, "Content-Length: 3\r\n", "abc"},
    };
}

std::vector<Probe> probes_of_coding() {
    const std::string host = "Host: a\r\n";
    const std::string chunked = "Transfer-Encoding: chunked\r\n";
    const std::string length = "Content-Length: 13\r\n";
    return {
        {"length, then chunked", 411, host + length + chunked},
        {"chunked, then length", 411, host + chunked + length},
        {"gzip and length", 411, host + "Transfer-Encoding: gzip\r\n" + length},
        {"xchunked", 411, host + "Transfer-Encoding: xchunked\r\n" + length},
        {"chunked, identity", 411, host + "Transfer-Encoding: chunked, identity\r\n" + length},
        {"open quote in a chunk extension", 411, host + chunked, "3;a=\"\r\nabc\r\n0\r\n\r\n"},
        {"length in a trailer", 411, host + chunked, "0\r\nContent-Length: 35\r\n\r\n"},
        {"chunked in HTTP/1.0", 411, host + chunked, kChunks, "POST /echo HTTP/1.0\r\n"},
    };
}

void check_refusal(const Probe& probe) {
    TestServer server;
    SocketClient client(server.port());
    const std::string head_end = probe.line.ends_with("\r\n") ? "\r\n" : "";
    client.send(
        probe.line + probe.fields + head_end + std::string(probe.body) + std::string(kBehind)
    );
    const RawResponse refusal = client.receive();
    CHECK(refusal.status == probe.status);
    CHECK(refusal.header("Connection") == "close");
    CHECK(client.receive_all().empty());
    client.send(kBehind);
    CHECK(client.is_closed_by_server());
    CHECK(server.handled_paths().empty());
    CHECK(server.server().replies_by_status() == std::map<int, std::uint64_t>{{probe.status, 1}});
}

}  // namespace

TEST_CASE(
    "A request with an ambiguous length ends the connection, nothing behind it is served",
    "[http_server]"
) {
    for (const Probe& probe : probes_of_length()) {
        INFO(probe.name);
        check_refusal(probe);
    }
}

TEST_CASE(
    "A request with a transfer coding ends the connection, nothing behind it is served",
    "[http_server]"
) {
    for (const Probe& probe : probes_of_coding()) {
        INFO(probe.name);
        check_refusal(probe);
    }
}

TEST_CASE("What Content-Length covers is body, what follows is the next request", "[http_server]") {
    TestServer server;
    SocketClient client(server.port());
    const std::string length = std::to_string(kBehind.size());
    client.send(
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + length + "\r\n\r\n" +
        std::string(kBehind) + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n"
    );
    CHECK(client.receive().body == "POST /echo?  " + std::string(kBehind));
    CHECK(client.receive().body == "GET /next?  ");
    CHECK(server.handled_paths() == std::vector<std::string>{"/echo", "/next"});
}
