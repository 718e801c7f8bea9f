// Keys and switches on the command line.
#include "tests/support/catch.h"
#include "tests/unit/ctl/fake_server.h"

using namespace pagepress;
using namespace pagepress::ctl;
using namespace pagepress::test;

TEST_CASE("A new key stands alone on standard output", "[ctl]") {
    Setting setting;
    setting.http.answer(201, R"({"id":"k1","key":"c2VjcmV0"})");
    const CreateKeyCommand command{.scope = EntryKind::kSite, .subject = "acme", .name = "ci"};
    CHECK(setting.run(command) == kExitOk);
    CHECK(setting.http.calls[0].body == R"({"scope":"site","subject":"acme","name":"ci"})");
    CHECK(setting.out.str() == "c2VjcmV0\n");
    CHECK(setting.err.str().find("c2VjcmV0") == std::string::npos);
    CHECK(setting.err.str().starts_with("key k1 for site acme created; "));
}

TEST_CASE("A key's life is sent, and until when it lives is said", "[ctl]") {
    Setting setting;
    setting.http.answer(201, R"({"id":"k1","key":"c2VjcmV0","expires":"2026-12-21T00:00:00Z"})");
    const CreateKeyCommand command{
        .scope = EntryKind::kRule, .subject = "release", .name = {}, .expires_in_days = 30};
    CHECK(setting.run(command) == kExitOk);
    CHECK(
        setting.http.calls[0].body == R"({"scope":"rule","subject":"release","expires_in_days":30})"
    );
    CHECK(setting.err.str().find("created, expires 2026-12-21T00:00:00Z;") != std::string::npos);
}

TEST_CASE("keys regenerate prints the new value alone on standard output", "[ctl]") {
    Setting setting;
    setting.http.answer(200, R"({"id":"k1","key":"bmV3"})");
    setting.http.answer(404, R"({"detail":"There is no key 'k2'."})");
    CHECK(setting.run(RegenerateKeyCommand{.id = "k1"}) == kExitOk);
    CHECK(setting.lines_of_calls() == Lines{"POST http://admin/admin/v1/keys/k1/regenerate"});
    CHECK(setting.out.str() == "bmV3\n");
    CHECK(setting.err.str().starts_with("key k1 regenerated, its old value is dead; "));
    CHECK(setting.run(RegenerateKeyCommand{.id = "k2"}) == kExitFailed);
    CHECK(setting.out.str() == "bmV3\n");
}

TEST_CASE("keys prolong sends the days and tells the new end", "[ctl]") {
    Setting setting;
    setting.http.answer(200, R"({"id":"k1","expires":"2027-01-01T00:00:00Z"})");
    setting.http.answer(200, R"({"id":"k1","expires":"2027-02-01T00:00:00Z"})");
    CHECK(setting.run(ProlongKeyCommand{.id = "k1", .days = 7}) == kExitOk);
    CHECK(setting.run(ProlongKeyCommand{.id = "k1"}) == kExitOk);
    CHECK(setting.http.calls[0].body == R"({"days":7})");
    CHECK(setting.http.calls[1].body == "{}");
    CHECK(setting.lines_of_calls()[0] == "POST http://admin/admin/v1/keys/k1/prolong");
    CHECK(
        setting.out.str() ==
        "key k1 expires 2027-01-01T00:00:00Z\n"
        "key k1 expires 2027-02-01T00:00:00Z\n"
    );
}

TEST_CASE("keys list shows a key a line, with empty places for what is not known", "[ctl]") {
    Setting setting;
    setting.http.answer(
        200, R"({"keys":[
        {"id":"k1","document":{"scope":"rule","subject":"release","site":"acme","name":"ci",
            "state":"active","expires":"2027-01-01T00:00:00Z","last_used":"2026-11-21T12:00:00Z",
            "created_by":"jane"}},
        {"id":"k2","document":{"scope":"site","subject":"acme","site":"acme","state":"expired"}}]})"
    );
    CHECK(setting.run(ListKeysCommand{}) == kExitOk);
    CHECK(
        setting.out.str() ==
        "k1\trule\trelease\tci\tactive\t2027-01-01T00:00:00Z\t2026-11-21T12:00:00Z\tjane\n"
        "k2\tsite\tacme\t\texpired\t\t\t\n"
    );
}

TEST_CASE("keys show prints what the server knows about a key", "[ctl]") {
    Setting setting;
    setting.http.answer(200, R"({"id":"k1","revision":3,"document":{"id":"k1","scope":"rule"}})");
    CHECK(setting.run(ShowKeyCommand{.id = "k1"}) == kExitOk);
    CHECK(setting.lines_of_calls() == Lines{"GET http://admin/admin/v1/keys/k1"});
    CHECK(setting.out.str() == "id: k1\nscope: rule\n");
}

TEST_CASE("disable changes the one member, under the revision that it read", "[ctl]") {
    Setting setting;
    setting.http.answer(
        200, R"({"id":"release","revision":7,"document":{"enabled":true,"site":"acme"}})"
    );
    setting.http.answer(200, R"({"id":"release","revision":8})");
    const SwitchCommand off{
        .kind = EntryKind::kRule, .id = "release", .position = SwitchCommand::Position::kOff};
    CHECK(setting.run(off) == kExitOk);
    CHECK(
        setting.lines_of_calls() ==
        Lines{"GET http://admin/admin/v1/rules/release", "PUT http://admin/admin/v1/rules/release"}
    );
    CHECK(setting.has_header(1, "If-Match: \"7\""));
    CHECK(setting.http.calls[1].body == R"({"enabled":false,"site":"acme"})");
    CHECK(setting.out.str() == "rule release disabled\n");
}

TEST_CASE("enable turns a switch back on, and a switch that is right is left alone", "[ctl]") {
    Setting setting;
    setting.http.answer(200, R"({"revision":4,"document":{"enabled":false,"auth":"basic"}})");
    setting.http.answer(200, R"({"id":"acme","revision":5})");
    setting.http.answer(200, R"({"revision":5,"document":{"auth":"basic"}})");
    const SwitchCommand on{
        .kind = EntryKind::kSite, .id = "acme", .position = SwitchCommand::Position::kOn};
    CHECK(setting.run(on) == kExitOk);
    CHECK(setting.http.calls[1].body == R"({"enabled":true,"auth":"basic"})");
    CHECK(setting.run(on) == kExitOk);
    CHECK(setting.http.calls.size() == 3);
    CHECK(setting.out.str() == "site acme enabled\nsite acme is enabled already\n");
}

TEST_CASE("A switch is not turned over somebody else's change", "[ctl]") {
    Setting setting;
    setting.http.answer(200, R"({"revision":7,"document":{"site":"acme"}})");
    setting.http.answer(409, R"({"detail":"it has another revision"})");
    const SwitchCommand off{
        .kind = EntryKind::kSnapshot, .id = "open", .position = SwitchCommand::Position::kOff};
    CHECK(setting.run(off) == kExitFailed);
    CHECK(setting.out.str().empty());
    CHECK(setting.err.str() == "pagepressctl: it has another revision (HTTP 409)\n");
}

TEST_CASE("While tokens are changed, a token file's first line is used", "[ctl]") {
    const std::string text = GENERATE(
        "old\n", "old\nnew\n", "\r\n  admin old\r\nadmin new\r\n", "jane old \njoe new", "\told"
    );
    Setting setting;
    setting.token_file = setting.folder.write("tokens", text);
    setting.http.answer(200, R"({"keys":[]})");
    CHECK(setting.run(ListKeysCommand{}) == kExitOk);
    CHECK(setting.has_header(0, "Authorization: Bearer old"));
}

TEST_CASE("An admin's own line of the token file will do as a token file", "[ctl]") {
    Setting setting;
    setting.token_file = setting.folder.write("named", "jane  s3same\n");
    setting.http.answer(200, R"({"keys":[]})");
    CHECK(setting.run(ListKeysCommand{}) == kExitOk);
    CHECK(setting.has_header(0, "Authorization: Bearer s3same"));
    for (const char* const unfit : {"jane is here\njane b\n", "\n\n", " \t\n", "j\xc3\xa4\n"}) {
        setting.token_file = setting.folder.write("unfit", unfit);
        CHECK(setting.run(ListKeysCommand{}) == kExitBadInput);
    }
    CHECK(setting.http.calls.size() == 1);
}
