// Schedules in the admin API. The clock stands at 2023-11-14T22:13:20Z.
#include "common/json/json_value.h"
#include "tests/support/catch.h"
#include "tests/unit/ingress/test_admin.h"

using namespace pagepress;
using namespace pagepress::ingress;
using namespace pagepress::test;

namespace {

constexpr std::string_view kSchedule =
    R"({"site":"acme","cron":"0 9 * * *","time_zone":"Europe/Berlin","refresh":{"page":"12"}})";

std::string refreshing(std::string_view refresh, std::string_view more = {}) {
    return R"({"site":"acme","every":"6h","refresh":)" + std::string(refresh) + std::string(more) +
           "}";
}

}  // namespace

TEST_CASE("A schedule is written, listed, read and removed", "[ingress]") {
    Admin admin;
    CHECK(admin.call("PUT", "/admin/v1/schedules/daily", kSchedule).status == 201);
    CHECK(
        admin.call("GET", "/admin/v1/schedules").body.find(R"("schedules":[{"id":"daily")") !=
        std::string::npos
    );
    CHECK(admin.call("GET", "/admin/v1/schedules/daily").status == 200);
    CHECK(admin.call("DELETE", "/admin/v1/schedules/daily").status == 204);
    CHECK(admin.call("GET", "/admin/v1/schedules/daily").status == 404);
}

TEST_CASE("A schedule names what its site has, unless it is switched off", "[ingress]") {
    Admin admin;
    const auto put = [&](const std::string& document) {
        return admin.call("PUT", "/admin/v1/schedules/daily", document);
    };
    CHECK(put(R"({"site":"nowhere","every":"6h","refresh":{"page":"1"}})").status == 422);
    CHECK(put(R"({"site":"acme","cron":"0 0 31 2 *","refresh":{"page":"1"}})").status == 422);
    const HttpReply refused = put(refreshing(R"({"rule":"shut","issues":["A-1"]})"));
    CHECK(refused.status == 422);
    CHECK(refused.body.find("refresh.rule") != std::string::npos);
    CHECK(put(refreshing(R"({"snapshots":["weekly","gone"]})")).status == 422);
    CHECK(put(refreshing(R"({"snapshots":["weekly"]})")).status == 201);
    CHECK(put(refreshing(R"({"rule":"gone","jql":"a"})", R"(,"enabled":false)")).status == 200);
}

TEST_CASE("A site is not removed while a schedule uses it; a rule is", "[ingress]") {
    Admin admin;
    CHECK(admin.call("DELETE", "/admin/v1/rules/shut").status == 204);
    const std::string schedule = R"({"site":"closed","every":"6h","refresh":{"space":"S"}})";
    CHECK(admin.call("PUT", "/admin/v1/schedules/nightly", schedule).status == 201);
    const HttpReply refused = admin.call("DELETE", "/admin/v1/sites/closed");
    CHECK(refused.status == 409);
    CHECK(refused.body.find("schedule 'nightly'") != std::string::npos);
    CHECK(admin.call("DELETE", "/admin/v1/schedules/nightly").status == 204);
    CHECK(admin.call("DELETE", "/admin/v1/sites/closed").status == 204);
    const std::string naming = refreshing(R"({"rule":"release","jql":"a"})");
    CHECK(admin.call("PUT", "/admin/v1/schedules/daily", naming).status == 201);
    CHECK(admin.call("DELETE", "/admin/v1/rules/release").status == 204);
}

TEST_CASE("The next times of a schedule are told in UTC and in its zone", "[ingress]") {
    Admin admin;
    REQUIRE(admin.call("PUT", "/admin/v1/schedules/daily", kSchedule).status == 201);
    const HttpReply reply = admin.call("GET", "/admin/v1/schedules/daily/next?count=2");
    CHECK(reply.status == 200);
    CHECK(
        reply.body == R"({"times":["2023-11-15T08:00:00Z","2023-11-16T08:00:00Z"],)"
                      R"("local":["2023-11-15T09:00:00+01:00","2023-11-16T09:00:00+01:00"]})"
                      "\n"
    );
    const auto ten = parse_json(admin.call("GET", "/admin/v1/schedules/daily/next").body, "reply");
    CHECK(find(*ten, "times")->as_array().size() == 10);
    for (const char* const count : {"0", "101", "", "1x", "-1"}) {
        CHECK(
            admin.call("GET", "/admin/v1/schedules/daily/next?count=" + std::string(count))
                .status == 400
        );
    }
    CHECK(admin.call("GET", "/admin/v1/schedules/daily/next?count=100").status == 200);
    CHECK(admin.call("GET", "/admin/v1/schedules/gone/next").status == 404);
    CHECK(admin.call("POST", "/admin/v1/schedules/daily/next").status == 405);
    CHECK(admin.call("GET", "/admin/v1/schedules/next").status == 404);
    CHECK(admin.call("GET", "/admin/v1/rules/release/next").status == 404);
    CHECK(admin.call("GET", "/admin/v1/schedules/daily/next", "", "", "wrong").status == 403);
}
