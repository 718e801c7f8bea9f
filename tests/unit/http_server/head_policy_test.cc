#include "common/http_server/head_policy.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"

using namespace pagepress;

namespace {

HeadVerdict judge(const std::string& head) {
    RequestHead parsed;
    const HeadError error = parse_head(head, parsed);
    return judge_head(error, head, parsed, 1000);
}

HeadVerdict judge_fields(const std::string& fields) {
    return judge("POST /v1/trigger HTTP/1.1\r\n" + fields + "\r\n");
}

}  // namespace

TEST_CASE("Requests that proxies may frame differently are refused", "[http_server]") {
    struct Case {
        std::string name;
        std::string fields;
        int status;
    };

    const std::string host = "Host: a\r\n";
    const std::vector<Case> cases{
        {"length then chunked", host + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 411},
        {"chunked then length", host + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 411},
        {"chunked alone", host + "Transfer-Encoding: chunked\r\n", 411},
        {"gzip and length", host + "Transfer-Encoding: gzip\r\nContent-Length: 5\r\n", 411},
        {"xchunked", host + "Transfer-Encoding: xchunked\r\n", 411},
        {"chunked, identity", host + "Transfer-Encoding: chunked, identity\r\n", 411},
        {"identity", host + "transfer-encoding: identity\r\n", 411},
        {"empty coding", host + "Transfer-Encoding:\r\n", 411},
        {"two codings", host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n", 411},
        {"equal lengths twice", host + "Content-Length: 5\r\nContent-Length: 5\r\n", 400},
        {"two lengths", host + "Content-Length: 5\r\nContent-Length: 6\r\n", 400},
        {"length list", host + "Content-Length: 5, 5\r\n", 400},
        {"plus sign", host + "Content-Length: +5\r\n", 400},
        {"minus sign", host + "Content-Length: -5\r\n", 400},
        {"hex length", host + "Content-Length: 0x5\r\n", 400},
        {"empty length", host + "Content-Length:\r\n", 400},
        {"length over the cap", host + "Content-Length: 1001\r\n", 413},
        {"length over 64 bits", host + "Content-Length: 99999999999999999999\r\n", 400},
        {"space before the colon", host + "Content-Length : 5\r\n", 400},
        {"NUL in a value", host + std::string("X-A: a\0b\r\n", 10), 400},
        {"bare LF", host + "X-A: a\nContent-Length: 5\r\n", 400},
        {"bare CR", host + "X-A: a\rb\r\n", 400},
        {"folded value", host + "X-A: a\r\n b\r\n", 400},
        {"folded length", host + "Content-Length:\r\n 5\r\n", 400},
        {"no host", "X-A: a\r\n", 400},
        {"two hosts", host + "Host: b\r\n", 400},
        {"host with a path", "Host: a/b\r\n", 400},
        {"host list", "Host: a, b\r\n", 400},
        {"unknown expectation", host + "Expect: 200-ok\r\n", 417},
    };
    for (const Case& smuggled : cases) {
        INFO(smuggled.name);
        CHECK(judge_fields(smuggled.fields).refusal == smuggled.status);
    }
}

TEST_CASE("Malformed request lines are refused", "[http_server]") {
    const std::vector<std::string> lines{
        "POST /a HTTP/2.0",
        "POST /a HTTP/1.1 ",
        "POST  /a HTTP/1.1",
        "POST /a b HTTP/1.1",
        "P(ST /a HTTP/1.1",
        "POST /a",
        "POST a HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "CONNECT a:80 HTTP/1.1",
        " POST /a HTTP/1.1",
        "POST /a http/1.1",
    };
    for (const std::string& line : lines) {
        INFO(line);
        CHECK(judge(line + "\r\nHost: a\r\n\r\n").refusal == 400);
    }
}

TEST_CASE("A request without Content-Length has an empty body", "[http_server]") {
    const HeadVerdict verdict = judge_fields("Host: a\r\n");
    CHECK(verdict.refusal == 0);
    CHECK(verdict.body_bytes == 0);
    CHECK(verdict.keep_alive);
}

TEST_CASE("Length, expectation and persistence of a request are read", "[http_server]") {
    const HeadVerdict verdict =
        judge_fields("host: a\r\ncontent-length: 1000\r\nExpect: 100-Continue\r\n");
    CHECK(verdict.refusal == 0);
    CHECK(verdict.body_bytes == 1000);
    CHECK(verdict.expects_continue);
    CHECK_FALSE(judge_fields("Host: a\r\nConnection: close\r\n").keep_alive);
    CHECK_FALSE(judge("GET / HTTP/1.0\r\nHost: a\r\n\r\n").keep_alive);
    CHECK(judge("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n").keep_alive);
}

TEST_CASE("More fields than the cap are refused", "[http_server]") {
    std::string fields = "Host: a\r\n";
    for (std::size_t i = 1; i < kHeadFieldsMax; ++i) fields += "A: b\r\n";
    CHECK(judge_fields(fields).refusal == 0);
    CHECK(judge_fields(fields + "A: b\r\n").refusal == 431);
}
