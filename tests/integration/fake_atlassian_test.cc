// The fake site over HTTP: what only shows on a socket.
#include "common/base/digest.h"
#include "common/http_client/curl_client.h"
#include "common/json/json_value.h"
#include "tests/support/catch.h"
#include "tests/support/fake_atlassian_process.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

struct Caller {
    FakeAtlassianProcess fake{3};
    std::unique_ptr<HttpClient> client = make_curl_client({}, [] { return false; });

    Result<HttpAnswer> call(
        const std::string& method,
        const std::string& target,
        const std::string& body = {},
        std::chrono::milliseconds timeout = std::chrono::seconds(30)
    ) {
        const std::string account = FakeAtlassianProcess::account();
        const auto* bytes = reinterpret_cast<const unsigned char*>(account.data());
        return client->perform({
            .method = method,
            .url = fake.url() + target,
            .headers = {"Authorization: Basic " + to_base64({bytes, account.size()})},
            .body = body,
            .timeout = timeout,
        });
    }
};

}  // namespace

TEST_CASE("A write whose answer is lost is done, and its sender does not know", "[fake]") {
    Caller caller;
    const std::string id = caller.fake.weekly_report_page();
    const std::string target = "/wiki/api/v2/pages/" + id;
    const std::string update =
        R"({"id":")" + id +
        R"(","status":"current","title":"Weekly report","version":{"number":2,"message":"stamp"},)"
        R"("body":{"representation":"storage","value":"<p>x</p>"}})";
    caller.fake.add_fault(R"({"kind":"reset_after","method":"PUT"})");
    const auto lost = caller.call("PUT", target, update);
    REQUIRE_FALSE(lost.has_value());
    CHECK(lost.error().code == ErrorCode::kUnknownOutcome);
    const auto versions = caller.fake.versions(id);
    REQUIRE(versions.size() == 2);
    CHECK(versions[1].message == "stamp");
    CHECK(caller.fake.call_count("PUT /wiki/api/v2/pages/*", 0) == 1);
    const auto conflict = caller.call("PUT", target, update);
    REQUIRE(conflict.has_value());
    CHECK(conflict->status == 409);
}

TEST_CASE("Truncated, delayed and refused answers reach the client as such", "[fake]") {
    Caller caller;
    caller.fake.add_fault(R"({"kind":"truncate","path":"/rest/api/3/issue/"})");
    CHECK_FALSE(caller.call("GET", "/rest/api/3/issue/DEMO-1").has_value());
    const auto whole = caller.call("GET", "/rest/api/3/issue/DEMO-1");
    REQUIRE(whole.has_value());
    CHECK(parse_json(whole->body, "issue").has_value());

    caller.fake.add_fault(R"({"kind":"delay","delay_ms":60000,"path":"/rest/"})");
    CHECK_FALSE(
        caller.call("GET", "/rest/api/3/myself", {}, std::chrono::milliseconds(50)).has_value()
    );
    caller.fake.add_fault(R"({"kind":"delay","delay_ms":20,"path":"/rest/"})");
    CHECK(caller.call("GET", "/rest/api/3/myself")->status == 200);
    caller.fake.add_fault(R"({"kind":"rate_limit","retry_after":3})");
    const auto limited = caller.call("GET", "/rest/api/3/myself");
    REQUIRE(limited.has_value());
    CHECK(limited->status == 429);
    CHECK(limited->header("retry-after") == "3");
}

TEST_CASE("A write can arrive after its sender gave up", "[fake]") {
    Caller caller;
    const std::string id = caller.fake.weekly_report_page();
    caller.fake.add_fault(R"({"kind":"delay_effect","delay_ms":200,"method":"DELETE"})");
    const auto lost =
        caller.call("DELETE", "/wiki/api/v2/pages/" + id, {}, std::chrono::milliseconds(20));
    REQUIRE_FALSE(lost.has_value());
    // The page answers "current" until the late delete is done, then "trashed".
    for (int tries = 0; tries < 2'000; ++tries) {
        if (string_at(caller.fake.control("GET", "pages/" + id), "status") == "trashed") break;
    }
    CHECK(caller.fake.call_count("DELETE /wiki/api/v2/pages/*", 204) == 1);
}
