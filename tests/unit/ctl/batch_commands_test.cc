#include "common/json/json_value.h"
#include "ingress/ctl/commands.h"
#include "ingress/ctl/progress.h"
#include "tests/support/catch.h"
#include "tests/unit/ctl/fake_server.h"

using namespace pagepress;
using namespace pagepress::ctl;
using namespace pagepress::test;

namespace {

using Select = CreateBatchCommand::Select;

std::string status_of(const std::string& status, int done, int dead) {
    return R"({"batchId":"b1","status":")" + status + R"(","total":100,"counts":{"queued":)" +
           std::to_string(100 - done - dead) + R"(,"running":0,"done":)" + std::to_string(done) +
           R"(,"coalesced":0,"skipped":0,"dead":)" + std::to_string(dead) + "}}";
}

}  // namespace

TEST_CASE("batch create asks for the site of the rule and prints the batch's id", "[ctl]") {
    Setting setting;
    setting.http.answer(200, R"({"id":"release","revision":3,"document":{"site":"acme"}})");
    setting.http.answer(202, R"({"jobId":"b1","status":"queued"})");
    CreateBatchCommand command;
    command.rule = "release";
    command.issues = {"A-1", "A-2"};
    command.spread = "30m";
    command.idempotency_key = "friday";
    CHECK(setting.run(command) == kExitOk);
    CHECK(
        setting.lines_of_calls() ==
        Lines{"GET http://admin/admin/v1/rules/release", "POST http://admin/admin/v1/batches"}
    );
    CHECK(
        setting.http.calls[1].body ==
        R"({"rule":"release","issues":["A-1","A-2"],"spread":"30m","site":"acme"})"
    );
    CHECK(setting.has_header(1, "Idempotency-Key: friday"));
    CHECK(setting.out.str() == "b1\n");
}

TEST_CASE("batch create sends each selection under its name", "[ctl]") {
    CreateBatchCommand command;
    command.site = "acme";
    command.rule = "r";
    command.jql = "project = A";
    command.snapshots = {"s1", "s2"};
    command.page_id = "12";
    command.space = "DOC";
    const auto [select, body] = GENERATE(table<Select, std::string>({
        {Select::kIssues, R"({"rule":"r","jql":"project = A","site":"acme"})"},
        {Select::kSnapshots, R"({"snapshots":["s1","s2"],"site":"acme"})"},
        {Select::kPage, R"({"page":"12","site":"acme"})"},
        {Select::kSpace, R"({"space":"DOC","site":"acme"})"},
        {Select::kAll, R"({"all_snapshots":true,"site":"acme"})"},
    }));
    command.select = select;
    Setting setting;
    setting.http.answer(202, R"({"jobId":"b1"})");
    CHECK(setting.run(command) == kExitOk);
    CHECK(setting.http.calls.at(0).body == body);
}

TEST_CASE("batch create reads issues from a file, without comments and empty lines", "[ctl]") {
    Setting setting;
    CreateBatchCommand command;
    command.site = "acme";
    command.rule = "r";
    command.issues_file = setting.folder.write("issues", "# mine\nA-1\n\n  A-2 \r\n");
    setting.http.answer(202, R"({"jobId":"b1"})");
    CHECK(setting.run(command) == kExitOk);
    CHECK(setting.http.calls.at(0).body == R"({"rule":"r","issues":["A-1","A-2"],"site":"acme"})");
    for (const std::string& file : {setting.folder.write("none", "#\n"), std::string("/no/such")}) {
        command.issues_file = file;
        CHECK(setting.run(command) == kExitBadInput);
    }
    CHECK(setting.http.calls.size() == 1);
}

TEST_CASE("batch watch writes a line for each change and ends with the batch", "[ctl]") {
    Setting setting;
    setting.http.answer(200, R"({"batchId":"b1","status":"queued","total":0})", 5s);
    setting.http.answer(200, status_of("running", 40, 0), 5s);
    setting.http.answer(200, status_of("running", 40, 0), 5s);
    setting.http.answer(200, status_of("done", 100, 0), 1s);
    CHECK(setting.run(WatchBatchCommand{.id = "b1"}) == kExitOk);
    CHECK(setting.lines_of_calls().at(0) == "GET http://admin/admin/v1/batches/b1?wait=5s");
    CHECK(
        setting.err.str() ==
        "looking for what there is to do\n40 of 100: done 40\n100 of 100: done 100\n"
    );
    CHECK(setting.out.str().starts_with("batchId: b1\nstatus: done\n"));
    CHECK(setting.waited == 0s);
}

TEST_CASE("batch watch looks again and again at a server that knows no long poll", "[ctl]") {
    Setting setting;
    for (int i = 0; i < 5; ++i) setting.http.answer(200, status_of("running", i, 0));
    setting.http.answer(200, status_of("done", 100, 0));
    CHECK(setting.run(WatchBatchCommand{.id = "b1"}) == kExitOk);
    CHECK(setting.waited > 1s);
}

TEST_CASE("A batch with dead jobs, cancelled, or not over in time has its exit code", "[ctl]") {
    const auto [status, dead, exit_code, words] =
        GENERATE(table<std::string, int, int, std::string>({
            {"done", 1, kExitFailed, "1 job of the batch is dead"},
            {"done", 2, kExitFailed, "2 jobs of the batch are dead"},
            {"cancelled", 0, kExitFailed, "the batch is cancelled"},
            {"dead", 0, kExitFailed, "the batch is dead"},
            {"running", 0, kExitTimeUp, "it goes on"},
        }));
    Setting setting;
    for (int i = 0; i < 30; ++i) setting.http.answer(200, status_of(status, 98, dead), 1s);
    CHECK(setting.run(WatchBatchCommand{.id = "b1", .watch_max = 10s}) == exit_code);
    CHECK(setting.err.str().contains(words));
}

namespace {

constexpr const char* kUnknown =
    R"({"batchId":"b1","status":"unknown","detail":"Too little is kept of this batch."})";

}  // namespace

TEST_CASE("batch watch ends with a batch of which nothing is known, and says why", "[ctl]") {
    Setting setting;
    setting.http.answer(200, status_of("running", 40, 0), 5s);
    setting.http.answer(200, kUnknown, 5s);
    CHECK(setting.run(WatchBatchCommand{.id = "b1"}) == kExitFailed);
    CHECK(
        setting.err.str() ==
        "40 of 100: done 40\n"
        "pagepressctl: the status of the batch is unknown: Too little is kept of this batch.\n"
    );
    CHECK(setting.out.str().starts_with("batchId: b1\nstatus: unknown\n"));
}

TEST_CASE("A batch that was accepted just now may be unknown for a few seconds", "[ctl]") {
    const bool becomes_known = GENERATE(true, false);
    Setting setting;
    CreateBatchCommand command;
    command.site = "acme";
    command.select = Select::kAll;
    command.watch_max = 3600s;
    command.format = OutputFormat::kJson;
    setting.http.answer(202, R"({"jobId":"b1"})");
    setting.http.answer(200, kUnknown, 5s);
    setting.http.answer(200, becomes_known ? status_of("done", 100, 0) : kUnknown, 5s);
    CHECK(setting.run(command) == (becomes_known ? kExitOk : kExitFailed));
    CHECK(setting.err.str().starts_with("batch b1\n"));
    CHECK(setting.err.str().contains("status of the batch is unknown") == !becomes_known);
    CHECK_FALSE(setting.err.str().contains("looking for"));
    CHECK(parse_json(setting.out.str(), "output"));
}

TEST_CASE("batch watch tells why it could not see the batch's end", "[ctl]") {
    Setting setting;
    for (int i = 0; i < 20; ++i) setting.http.answer(503, R"({"detail":"No answer of Redis."})");
    CHECK(setting.run(WatchBatchCommand{.id = "b1", .watch_max = 10s}) == kExitTimeUp);
    CHECK(
        setting.err.str() ==
        "pagepressctl: the batch b1 was not seen to end (No answer of Redis. (HTTP 503)); it goes "
        "on, and so can 'batch watch'\n"
    );
}

TEST_CASE("batch watch draws a bar on a terminal", "[ctl]") {
    Setting setting;
    setting.has_terminal = true;
    setting.http.answer(200, status_of("running", 0, 0), 1s);
    setting.http.answer(200, status_of("running", 50, 0), 1s);
    setting.http.answer(200, status_of("done", 100, 0), 1s);
    CHECK(setting.run(WatchBatchCommand{.id = "b1"}) == kExitOk);
    CHECK(setting.lines_of_calls().at(0).ends_with("?wait=1s"));
    CHECK(
        setting.err.str() ==
        "\r[------------------------]   0 %  0 of 100\x1b[K"
        "\r[############------------]  50 %  50 of 100: done 50; about 2 s left\x1b[K"
        "\r[########################] 100 %  100 of 100: done 100\x1b[K\n"
    );
}

TEST_CASE("Counts that make no sense draw no nonsense", "[ctl]") {
    CHECK(progress_bar({.total = 0, .done = 5}, 10s).starts_with("[------"));
    CHECK(progress_bar({.total = 2, .done = 5}, 10s).starts_with("[########################] 100"));
    CHECK(counts_of(nullptr) == BatchCounts{});
}

TEST_CASE("batch cancel says that what has begun is finished", "[ctl]") {
    Setting setting;
    setting.http.answer(202, "{}");
    CHECK(setting.run(CancelBatchCommand{.id = "b1"}) == kExitOk);
    CHECK(setting.lines_of_calls() == Lines{"DELETE http://admin/admin/v1/batches/b1"});
    CHECK(setting.out.str() == "batch b1 is being cancelled; what has begun is finished\n");
}
