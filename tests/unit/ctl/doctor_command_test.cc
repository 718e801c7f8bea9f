#include "common/json/finding.h"
#include "common/json/json_value.h"
#include "ingress/ctl/commands.h"
#include "tests/support/catch.h"
#include "tests/unit/ctl/fake_server.h"

using namespace pagepress;
using namespace pagepress::ctl;
using namespace pagepress::test;

namespace {

constexpr const char* kGood =
    R"({"findings":[{"level":"ok","subject":"Kafka","message":"1 broker answers"}]})";

DoctorCommand doctor(std::vector<std::string> worker_urls = {"http://w/"}) {
    return {.worker_urls = std::move(worker_urls), .worker_group = "blue workers"};
}

}  // namespace

TEST_CASE("doctor asks ingress and workers and prints a line for each finding", "[ctl]") {
    Setting setting;
    setting.http.headers["date"] = "Fri, 02 Jan 2026 10:00:00 GMT";
    setting.http.answer(200, kGood);
    setting.http.answer(
        200,
        R"({"findings":[{"level":"warn","subject":"site a: space X","message":"m"},
            {"level":"fail","subject":"site a: Jira","message":"put a token\n into f"}]})"
    );
    CHECK(setting.run(doctor()) == kExitFailed);
    CHECK(
        setting.lines_of_calls() ==
        Lines{"GET http://admin/admin/v1/doctor?group=blue%20workers", "GET http://w/doctor"}
    );
    CHECK(setting.has_header(0, "Authorization: Bearer sesame"));
    // The admin token is none of the workers' business.
    CHECK_FALSE(setting.has_header(1, "Authorization: Bearer sesame"));
    CHECK(
        setting.out.str() ==
        "ok    admin API http://admin: it answers, and the token is valid\n"
        "ok    clock of the ingress: agrees with ours\n"
        "ok    Kafka: 1 broker answers\n"
        "ok    worker http://w: it answers\n"
        "ok    clock of the worker http://w: agrees with ours\n"
        "warn  site a: space X: m\n"
        "FAIL  site a: Jira: put a token  into f\n"
    );
    CHECK(setting.err.str() == "5 ok, 1 warning, 1 failure\n");
}

TEST_CASE("doctor is content with warnings, and says when no worker was asked", "[ctl]") {
    Setting setting;
    setting.http.answer(200, kGood);
    CHECK(setting.run(doctor({})) == kExitOk);
    CHECK(setting.out.str().contains("warn  sites: not checked"));
}

TEST_CASE("doctor says what to do about a server that cannot be asked", "[ctl]") {
    const auto [status, words] = GENERATE(table<int, std::string>(
        {{0, "is --admin-url right"},
         {403, "the token is not valid"},
         {404, "check --admin-url"},
         {500, "HTTP 500"},
         {200, "holds no findings"}}
    ));
    Setting setting;
    if (status == 0) setting.http.fail_with(ErrorCode::kUnavailable, "no answer");
    if (status != 0) setting.http.answer(status, "{}");
    CHECK(setting.run(doctor({})) == kExitFailed);
    CHECK(setting.out.str().contains("FAIL  admin API http://admin: "));
    CHECK(setting.out.str().contains(words));
}

TEST_CASE("doctor goes on without an admin token and without a worker", "[ctl]") {
    Setting setting;
    setting.token_file = "";
    setting.http.fail_with(ErrorCode::kUnavailable, "no answer");
    setting.http.answer(200, R"({"findings":[]})");
    CHECK(setting.run(doctor({"http://a", "http://b"})) == kExitFailed);
    CHECK(setting.out.str().starts_with("FAIL  admin token: "));
    CHECK(setting.out.str().contains("FAIL  worker http://a: no answer; is --worker-url"));
    CHECK(setting.out.str().contains("ok    worker http://b: it answers"));
}

TEST_CASE("Every line of a worker names it where there are several", "[ctl]") {
    Setting setting;
    setting.http.headers["date"] = "Fri, 02 Jan 2026 10:00:00 GMT";
    const std::string findings =
        R"({"findings":[{"level":"ok","subject":"worker","message":"ready"},
            {"level":"fail","subject":"worker: Redis","message":"is gone"},
            {"level":"fail","subject":"site a: Jira","message":"no"}]})";
    setting.http.answer(200, R"({"findings":[]})");
    setting.http.answer(200, findings);
    setting.http.answer(200, findings);
    CHECK(setting.run(doctor({"http://a:1/", "http://b:2"})) == kExitFailed);
    CHECK(
        setting.out.str() ==
        "ok    admin API http://admin: it answers, and the token is valid\n"
        "ok    clock of the ingress: agrees with ours\n"
        "ok    worker http://a:1: it answers\n"
        "ok    clock of the worker http://a:1: agrees with ours\n"
        "ok    worker http://a:1: ready\n"
        "FAIL  worker http://a:1: Redis: is gone\n"
        "FAIL  worker http://a:1: site a: Jira: no\n"
        "ok    worker http://b:2: it answers\n"
        "ok    clock of the worker http://b:2: agrees with ours\n"
        "ok    worker http://b:2: ready\n"
        "FAIL  worker http://b:2: Redis: is gone\n"
        "FAIL  worker http://b:2: site a: Jira: no\n"
    );
}

TEST_CASE("doctor tells how far a clock is off", "[ctl]") {
    const auto [date, line] = GENERATE(table<std::string, std::string>(
        {{"Fri, 02 Jan 2026 10:00:04 GMT", "ok    clock of the ingress: agrees"},
         {"Fri, 02 Jan 2026 10:00:30 GMT", "warn  clock of the ingress: is 30 s ahead of ours"},
         {"Fri, 02 Jan 2026 09:59:29 GMT", "warn  clock of the ingress: is 30 s behind ours"},
         {"Fri, 02 Jan 2026 11:00:00 GMT", "FAIL  clock of the ingress: is 3600 s ahead of ours"},
         {"", "warn  clock of the ingress: cannot be told"}}
    ));
    Setting setting;
    setting.http.headers["date"] = date;
    setting.http.answer(200, kGood);
    (void)setting.run(doctor({}));
    CHECK(setting.out.str().contains(line));
}

TEST_CASE("A slow answer is no wrong clock", "[ctl]") {
    Setting setting;
    setting.http.headers["date"] = "Fri, 02 Jan 2026 10:00:08 GMT";
    setting.http.answer(200, kGood, 9s);
    CHECK(setting.run(doctor({})) == kExitOk);
    CHECK(setting.out.str().contains("ok    clock of the ingress"));
}

TEST_CASE("Findings come back from JSON as they were", "[ctl]") {
    const std::vector<Finding> findings{
        {.level = Finding::Level::kOk, .subject = "a", .message = "b"},
        {.level = Finding::Level::kWarn, .subject = "c", .message = "d"},
        {.level = Finding::Level::kFail, .subject = "e", .message = "f"}};
    CHECK(findings_from(to_json(findings)) == findings);
    CHECK(findings_from(*parse_json(R"([1,{"level":"odd"}])", "x")).size() == 1);
    CHECK(findings_from("text").empty());
}
