// The audit topic through the admin API, and the events that changes make.
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "common/audit/audit_event.h"
#include "common/json/json_value.h"
#include "ingress/admin/change_event.h"
#include "tests/support/catch.h"
#include "tests/unit/ingress/test_admin.h"

using namespace pagepress;
using namespace pagepress::ingress;
using namespace pagepress::test;

namespace {

namespace json = boost::json;

std::vector<std::string> types_of(Admin& admin, const std::string& query) {
    const HttpReply reply = admin.call("GET", "/admin/v1/audit?" + query);
    INFO(reply.body);
    REQUIRE(reply.status == 200);
    std::vector<std::string> types;
    const json::value body = parse_json(reply.body, "reply").value();
    for (const json::value& event : find(body, "events")->as_array()) {
        types.push_back(string_at(event, "type"));
    }
    return types;
}

AuditEvent event_of(const std::string& type, const std::string& issue, UnixMillis at) {
    AuditEvent event{.at = at, .type = type};
    event.site = "acme";
    event.rule = "release";
    event.issue = issue;
    event.page_id = "9";
    event.job_id = "j" + issue;
    return event;
}

using Types = std::vector<std::string>;

}  // namespace

TEST_CASE("Events are read back as they were written", "[audit]") {
    AuditEvent event = event_of("page.created", "A-1", 5);
    event.by = "jane";
    event.more.emplace("page_version", 3);
    const Record record = audit_record("t", "k", event);
    const auto read = decode_audit_event(record.value);
    REQUIRE(read);
    CHECK(to_json(*read) == to_json(event));
    CHECK(read->more == json::object{{"page_version", 3}});
    CHECK_FALSE(decode_audit_event("{}"));
    CHECK_FALSE(decode_audit_event(R"({"v":2,"at":1,"type":"x"})"));
    CHECK_FALSE(decode_audit_event("rubbish"));
}

TEST_CASE("Events are filtered by time, type and subject", "[audit]") {
    Admin admin;
    const UnixMillis now = admin.clock.unix_now();
    const auto add = [&](const std::string& type, const std::string& issue, int minutes_ago) {
        const AuditEvent event = event_of(type, issue, now - minutes_ago * 60'000);
        admin.topics.append(audit_record("audit", "k", event));
    };
    add("page.created", "A-1", 30);
    add("page.updated", "A-2", 20);
    admin.topics.append({.topic = "audit", .key = "k", .value = "rubbish"});
    add("job.skipped", "A-1", 10);
    CHECK(types_of(admin, "") == Types{"page.created", "page.updated", "job.skipped"});
    CHECK(types_of(admin, "type=page") == Types{"page.created", "page.updated"});
    CHECK(types_of(admin, "type=page.updated") == Types{"page.updated"});
    CHECK(types_of(admin, "type=pag").empty());
    CHECK(types_of(admin, "since=25m") == Types{"page.updated", "job.skipped"});
    CHECK(types_of(admin, "since=25m&until=15m") == Types{"page.updated"});
    CHECK(
        types_of(admin, "issue=a-1&site=acme&rule=release&page=9") ==
        Types{"page.created", "job.skipped"}
    );
    CHECK(types_of(admin, "job=jA-2") == Types{"page.updated"});
    CHECK(types_of(admin, "by=jane").empty());
    CHECK(admin.call("GET", "/admin/v1/audit?jobs=1").status == 400);
    CHECK(admin.call("POST", "/admin/v1/audit").status == 405);
    const HttpReply page = admin.call("GET", "/admin/v1/audit?limit=2");
    const std::string next = string_at(*parse_json(page.body, "page"), "next");
    CHECK(types_of(admin, "limit=2&cursor=" + next) == Types{"job.skipped"});
}

TEST_CASE("A change tells who, what, and what is different", "[audit]") {
    const StoredEntry before{
        .document = R"({"site":"acme","enabled":true,"page":{"title":"old","body":"b"}})",
        .revision = 4};
    const CatalogChange change{
        .kind = EntryKind::kRule,
        .id = "release",
        .document = R"({"site":"acme","name":"R","page":{"title":"new","body":"b"}})",
        .admin = "jane",
        .action = {},
    };
    CHECK(
        to_json(change_event(change, before, 9, 77)) ==
        json::object(
            {{"at", 77},
             {"type", "rule.updated"},
             {"by", "jane"},
             {"site", "acme"},
             {"rule", "release"},
             {"entry", "rule/release"},
             {"old_revision", 4},
             {"revision", 9},
             {"changed",
              {{"enabled", {{"from", true}}},
               {"page.title", {{"from", "old"}, {"to", "new"}}},
               {"name", {{"to", "R"}}}}}}
        )
    );
    CHECK(change_event(change, std::nullopt, 9, 77).type == "rule.created");
    CatalogChange removal = change;
    removal.document = {};
    const AuditEvent removed = change_event(removal, before, 9, 77);
    CHECK(removed.type == "rule.removed");
    CHECK(removed.site == "acme");
}

TEST_CASE("Long texts of a change are cut between characters", "[audit]") {
    std::string body = "x";
    while (body.size() < 5000) body += "\xc3\xa4";
    const std::string document = R"({"body":")" + body + R"("})";
    const CatalogChange change{
        .kind = EntryKind::kRule,
        .id = "r",
        .document = document,
        .admin = "jane",
        .action = {},
    };
    const AuditEvent event = change_event(change, std::nullopt, 1, 1);
    const json::value more(event.more);
    const std::string shown = string_at(*find_path(more, {"changed", "body"}), "to");
    CHECK(shown.starts_with("x\xc3\xa4"));
    CHECK(shown.ends_with("… (5001 bytes)"));
    CHECK(shown.size() < 230);
    CHECK(parse_json(json::serialize(event.more), "event"));
}

TEST_CASE("The event of a key holds neither the key nor its digest", "[audit]") {
    const ApiKey key{
        .id = "k1",
        .name = "ci",
        .scope = ApiKey::Scope::kRule,
        .site = "acme",
        .subject = "release",
        .digest = sha256("secret"),
        .created_at = 1,
    };
    const StoredEntry before{.document = write_api_key(key), .revision = 3};
    const CatalogChange change{
        .kind = EntryKind::kApiKey,
        .id = "k1",
        .document = {},
        .admin = "jane",
        .action = "revoked",
    };
    const AuditEvent event = change_event(change, before, 5, 77);
    CHECK(event.type == "key.revoked");
    CHECK(event.rule == "release");
    CHECK(string_at(event.more, "name") == "ci");
    const std::string text = audit_record("t", "k", event).value;
    CHECK(text.find(to_hex(key.digest)) == std::string::npos);
    CHECK(text.find("digest") == std::string::npos);
    CHECK(text.find("secret") == std::string::npos);
}

TEST_CASE("Changes are noted with their admin's name and what they are", "[audit]") {
    Admin admin;
    const auto jane =
        [&](const std::string& method, const std::string& path, const std::string& body = {}) {
            return admin.call(method, path, body, "", "janes-admin-token");
        };
    REQUIRE(
        jane(
            "PUT",
            "/admin/v1/rules/new",
            R"({"site":"acme","page":{"space":"D","title":"t","body":"b"}})"
        )
            .status == 201
    );
    REQUIRE(jane("POST", "/admin/v1/keys/k1/regenerate").status == 200);
    REQUIRE(jane("POST", "/admin/v1/keys/k5/prolong").status == 200);
    REQUIRE(jane("DELETE", "/admin/v1/keys/k1").status == 204);
    REQUIRE(jane("DELETE", "/admin/v1/rules/other").status == 204);
    CHECK(
        admin.changes ==
        Types{
            "jane rule/new",
            "jane key/k1 regenerated",
            "jane key/k5 prolonged",
            "jane key/k1 revoked",
            "jane key/k2 revoked",
            "jane rule/other"}
    );
    REQUIRE(jane("POST", "/admin/v1/topics", R"({"partitions":3})").status == 201);
    CHECK(types_of(admin, "type=topics&by=jane") == Types{"topics.created"});
}

TEST_CASE("Lists come in pages that follow the ids", "[ingress]") {
    Admin admin;
    const auto page = [&](const std::string& query) {
        const HttpReply reply = admin.call("GET", "/admin/v1/rules?" + query);
        REQUIRE(reply.status == 200);
        const json::value body = parse_json(reply.body, "page").value();
        std::string text;
        for (const json::value& rule : find(body, "rules")->as_array()) {
            text += string_at(rule, "id") + " ";
        }
        return text + "| " + string_at(body, "next");
    };
    CHECK(page("") == "off other release shut | ");
    CHECK(page("limit=3") == "off other release | release");
    CHECK(page("limit=3&cursor=release") == "shut | ");
    // The entry that the cursor names may be gone.
    CHECK(page("limit=1&cursor=p") == "release | release");
    CHECK(page("limit=4") == "off other release shut | ");
    CHECK(admin.call("GET", "/admin/v1/rules?limit=x").status == 400);
    CHECK(admin.call("GET", "/admin/v1/rules?cursor=..%2F").status == 400);
    CHECK(admin.call("GET", "/admin/v1/rules?page=2").status == 400);
    const HttpReply keys = admin.call("GET", "/admin/v1/keys?limit=2");
    CHECK(keys.body.find(R"("next":"k2")") != std::string::npos);
}

TEST_CASE("A list without a limit ends at a page, and so does one of large entries", "[ingress]") {
    Admin admin;
    const auto put = [&](const std::string& id, const std::string& text) {
        const std::string rule =
            R"({"site":"acme","page":{"space":"S","title":"$#Key","body":"<p>)" + text +
            R"(</p>"}})";
        admin.fixture.put("rule/" + id, rule);
    };
    const auto page = [&](const std::string& cursor) {
        const HttpReply reply = admin.call("GET", "/admin/v1/rules?cursor=" + cursor);
        const json::value body = parse_json(reply.body, "page").value();
        return std::pair(find(body, "rules")->as_array().size(), string_at(body, "next"));
    };
    for (int i = 100; i < 220; ++i) put("a" + std::to_string(i), "small");
    CHECK(page("") == std::pair(std::size_t{100}, std::string("a199")));
    for (int i = 10; i < 22; ++i) put("z" + std::to_string(i), std::string(1'000'000, 'x'));
    CHECK(page("shut") == std::pair(std::size_t{9}, std::string("z18")));
    CHECK(page("z18") == std::pair(std::size_t{3}, std::string()));
}
