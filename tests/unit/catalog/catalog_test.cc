#include "common/catalog/catalog.h"

#include "common/catalog/documents.h"
#include "tests/support/catch.h"

using namespace pagepress;

namespace {

constexpr std::string_view kRule = R"({"site":"acme","page":{"space":"S","title":"t","body":"b"}})";

std::string snapshot_of(std::string_view site, std::string_view page) {
    return R"({"site":")" + std::string(site) + R"(","page":")" + std::string(page) +
           R"(","levels":[{"jql":"a","columns":["key"]}]})";
}

std::string key_with(std::string_view id, std::string_view secret) {
    ApiKey key;
    key.id = id;
    key.site = "acme";
    key.subject = "release";
    key.digest = sha256(secret);
    return write_api_key(key);
}

}  // namespace

TEST_CASE("A record is found by its id and shows the position behind it as revision", "[catalog]") {
    Catalog catalog;
    catalog.apply("rule/release", kRule, 7);
    REQUIRE(catalog.rule("release") != nullptr);
    CHECK(catalog.rule("release")->space == "S");
    CHECK(catalog.snapshot("release") == nullptr);
    const auto stored = catalog.stored(EntryKind::kRule, "release");
    REQUIRE(stored);
    CHECK(stored->document == kRule);
    CHECK(stored->revision == 8);
    CHECK(catalog.position() == 8);
}

TEST_CASE("A tombstone removes an entry from every look-up", "[catalog]") {
    Catalog catalog;
    catalog.apply("key/k1", key_with("k1", "old"), 1);
    catalog.apply("snapshot/open", snapshot_of("acme", "12"), 2);
    catalog.apply("key/k1", "", 3);
    catalog.apply("snapshot/open", "", 4);
    CHECK(catalog.api_key(sha256("old")) == nullptr);
    CHECK_FALSE(catalog.stored(EntryKind::kApiKey, "k1"));
    CHECK(catalog.ids(EntryKind::kApiKey).empty());
    CHECK(catalog.snapshots_of_page("acme", "12").empty());
    CHECK(catalog.position() == 5);
    CHECK(catalog.unreadable_records() == 0);
}

TEST_CASE("A key that was replaced is found by its new digest only", "[catalog]") {
    Catalog catalog;
    catalog.apply("key/k1", key_with("k1", "old"), 1);
    catalog.apply("key/k1", key_with("k1", "new"), 2);
    CHECK(catalog.api_key(sha256("old")) == nullptr);
    REQUIRE(catalog.api_key(sha256("new")) != nullptr);
    CHECK(catalog.api_key(sha256("new"))->id == "k1");
}

TEST_CASE("Removing one of two keys with the same secret keeps the other in force", "[catalog]") {
    Catalog catalog;
    catalog.apply("key/k1", key_with("k1", "same"), 1);
    catalog.apply("key/k2", key_with("k2", "same"), 2);
    catalog.apply("key/k1", "", 3);
    REQUIRE(catalog.api_key(sha256("same")) != nullptr);
    CHECK(catalog.api_key(sha256("same"))->id == "k2");
}

TEST_CASE("A record that cannot be read takes its entry away and is counted", "[catalog]") {
    const auto value =
        GENERATE("not json", R"({"site":"acme"})", R"({"site":"acme","page":{},"newer_member":1})");
    Catalog catalog;
    catalog.apply("rule/release", kRule, 0);
    catalog.apply("rule/release", value, 1);
    CHECK(catalog.rule("release") == nullptr);
    CHECK_FALSE(catalog.stored(EntryKind::kRule, "release"));
    CHECK(catalog.unreadable_records() == 1);
    CHECK(catalog.position() == 2);
}

TEST_CASE("Members that a newer ingress has added take no entry out of force", "[catalog]") {
    Catalog catalog;
    const std::string newer = std::string(kRule).insert(1, R"("newer_member":1,)");
    catalog.apply("rule/release", newer, 0);
    REQUIRE(catalog.rule("release") != nullptr);
    CHECK(catalog.rule("release")->space == "S");
    CHECK(catalog.stored(EntryKind::kRule, "release")->document == newer);
    CHECK(catalog.unreadable_records() == 0);
}

TEST_CASE("A record with a strange key is counted and changes nothing", "[catalog]") {
    const auto key = GENERATE("", "rule", "rule/", "rule/a/b", "page/release", "/release");
    Catalog catalog;
    catalog.apply("rule/release", kRule, 0);
    catalog.apply(key, kRule, 1);
    CHECK(catalog.unreadable_records() == 1);
    CHECK(catalog.ids(EntryKind::kRule) == std::vector<std::string>{"release"});
    CHECK(catalog.position() == 2);
}

TEST_CASE(
    "Records that were applied before are ignored, so nothing removed comes back", "[catalog]"
) {
    Catalog catalog;
    catalog.apply("key/k1", key_with("k1", "old"), 1);
    catalog.apply("key/k1", "", 2);
    catalog.apply("key/k1", key_with("k1", "old"), 1);
    CHECK(catalog.api_key(sha256("old")) == nullptr);
    CHECK(catalog.position() == 3);
}

TEST_CASE("Snapshots of a page are those of its site and page, ordered by id", "[catalog]") {
    Catalog catalog;
    catalog.apply("snapshot/b", snapshot_of("acme", "12"), 0);
    catalog.apply("snapshot/a", snapshot_of("acme", "12"), 1);
    catalog.apply("snapshot/c", snapshot_of("acme", "13"), 2);
    catalog.apply("snapshot/d", snapshot_of("other", "12"), 3);
    const auto found = catalog.snapshots_of_page("acme", "12");
    REQUIRE(found.size() == 2);
    CHECK(found[0]->id == "a");
    CHECK(found[1]->id == "b");
}

TEST_CASE("A snapshot that moves or goes is not on its former page any more", "[catalog]") {
    Catalog catalog;
    catalog.apply("snapshot/a", snapshot_of("acme", "12"), 0);
    catalog.apply("snapshot/b", snapshot_of("acme", "12"), 1);
    catalog.apply("snapshot/a", snapshot_of("acme", "13"), 2);
    REQUIRE(catalog.snapshots_of_page("acme", "12").size() == 1);
    CHECK(catalog.snapshots_of_page("acme", "12")[0]->id == "b");
    REQUIRE(catalog.snapshots_of_page("acme", "13").size() == 1);
    CHECK(catalog.snapshots_of_page("acme", "13")[0] == catalog.snapshot("a"));
    catalog.apply("snapshot/b", "", 3);
    catalog.apply("snapshot/a", "{", 4);
    CHECK(catalog.snapshots_of_page("acme", "12").empty());
    CHECK(catalog.snapshots_of_page("acme", "13").empty());
}

TEST_CASE("Ids of a kind are ordered and do not mix with other kinds", "[catalog]") {
    Catalog catalog;
    catalog.apply("rule/b", kRule, 0);
    catalog.apply("rule/a", kRule, 1);
    catalog.apply("snapshot/c", snapshot_of("acme", "12"), 2);
    CHECK(catalog.ids(EntryKind::kRule) == std::vector<std::string>{"a", "b"});
    CHECK(catalog.ids(EntryKind::kSite).empty());
}

TEST_CASE("The position only moves forward", "[catalog]") {
    Catalog catalog;
    catalog.advance_to(10);
    catalog.advance_to(4);
    CHECK(catalog.position() == 10);
    CHECK(catalog.wait_until_position(10, SteadyTime::min()));
    CHECK_FALSE(catalog.wait_until_position(11, SteadyTime::min()));
}
