// Keys through the admin API: made, shown, renewed, removed.
#include <boost/json/array.hpp>

#include "common/base/iso_time.h"
#include "common/json/json_value.h"
#include "tests/support/catch.h"
#include "tests/unit/ingress/test_admin.h"

using namespace pagepress;
using namespace pagepress::ingress;
using namespace pagepress::test;

namespace {

constexpr UnixMillis kDay = 24LL * 3600 * 1000;

boost::json::value json_of(const HttpReply& reply) {
    return parse_json(reply.body, "the reply").value();
}

std::string header_of(const HttpReply& reply, std::string_view name) {
    for (const HttpReplyHeader& header : reply.headers) {
        if (header.name == name) return header.value;
    }
    return {};
}

/// What the API shows of a key.
boost::json::value shown(Admin& admin, const std::string& id) {
    const HttpReply reply = admin.call("GET", "/admin/v1/keys/" + id);
    REQUIRE(reply.status == 200);
    return *find(json_of(reply), "document");
}

struct MadeKey {
    std::string id;
    std::string secret;
    HttpReply reply;
};

MadeKey make_key(Admin& admin, std::string_view body, std::string_view token = "the-admins-token") {
    HttpReply reply = admin.call("POST", "/admin/v1/keys", body, "", token);
    REQUIRE(reply.status == 201);
    const auto json = json_of(reply);
    return {string_at(json, "id"), string_at(json, "key"), std::move(reply)};
}

bool is_denied(const Admin& admin, std::string_view secret, Denial denial) {
    const auto permit = admin.authenticator.permit_rule(secret, "release");
    return !permit && permit.error() == denial;
}

bool opens_release(const Admin& admin, std::string_view secret) {
    return admin.authenticator.permit_rule(secret, "release").has_value();
}

constexpr std::string_view kForRelease = R"({"scope":"rule","subject":"release","name":"ci"})";
constexpr std::string_view kForReleaseFor30Days =
    R"({"scope":"rule","subject":"release","name":"ci","expires_in_days":30})";

}  // namespace

TEST_CASE("A new key is shown once, stored as its digest and opens its rule", "[ingress]") {
    Admin admin;
    const HttpReply reply =
        admin.call("POST", "/admin/v1/keys", R"({"scope":"rule","subject":"release","name":"ci"})");
    CHECK(reply.status == 201);
    const auto body = parse_json(reply.body, "the reply");
    REQUIRE(body.has_value());
    const std::string key = string_at(*body, "key");
    CHECK(key.size() == 44);
    CHECK(admin.authenticator.permit_rule(key, "release").has_value());
    const HttpReply list = admin.call("GET", "/admin/v1/keys");
    CHECK(list.body.find(string_at(*body, "id")) != std::string::npos);
    CHECK(list.body.find(to_hex(sha256(key))) == std::string::npos);
    CHECK(list.body.find(key) == std::string::npos);
    CHECK(admin.call("DELETE", "/admin/v1/keys/" + string_at(*body, "id")).status == 204);
    CHECK_FALSE(admin.authenticator.permit_rule(key, "release").has_value());
}

TEST_CASE("A site's key expires after 90 days", "[ingress]") {
    Admin admin;
    const HttpReply reply =
        admin.call("POST", "/admin/v1/keys", R"({"scope":"site","subject":"acme"})");
    REQUIRE(reply.status == 201);
    const std::string key = string_at(*parse_json(reply.body, "the reply"), "key");
    CHECK(admin.authenticator.permit_site(key).has_value());
    admin.clock.advance(std::chrono::days(90));
    CHECK(admin.authenticator.permit_site(key).error() == Denial::kExpiredKey);
}

TEST_CASE("What is wrong with a key's request is named", "[ingress]") {
    Admin admin;
    const auto errors = [&](std::string_view body) {
        const HttpReply reply = admin.call("POST", "/admin/v1/keys", body);
        CHECK(reply.status == 422);
        return reply.body;
    };
    CHECK(
        errors(R"({"scope":"all","subject":"x"})").find("rule, snapshot or site") !=
        std::string::npos
    );
    CHECK(
        errors(R"({"scope":"rule","subject":"x"})").find("there is no rule 'x'") !=
        std::string::npos
    );
    CHECK(
        errors(R"({"scope":"rule","subject":"release","names":"x"})").find("\"names\"") !=
        std::string::npos
    );
    CHECK(errors("[]").find("must be a JSON object") != std::string::npos);
    CHECK(
        errors(R"({"scope":"rule","subject":"release","expires_in_days":3651})")
            .find("from 1 to 3650") != std::string::npos
    );
    CHECK(
        errors(R"({"scope":"rule","subject":"release","expires_in_days":0})")
            .find("from 1 to 3650") != std::string::npos
    );
    CHECK(
        errors(R"({"scope":"rule","subject":"release","name":"a\u000ab"})").find("one line") !=
        std::string::npos
    );
}

TEST_CASE("Removing a rule removes its keys, so that they never open a later one", "[ingress]") {
    Admin admin;
    CHECK(admin.call("DELETE", "/admin/v1/rules/release").status == 204);
    CHECK(
        admin
            .call(
                "PUT",
                "/admin/v1/rules/release",
                R"({"site":"acme","page":{"space":"DOC","title":"t","body":"b"}})"
            )
            .status == 201
    );
    CHECK(admin.authenticator.permit_rule(kRuleKey, "release").error() == Denial::kUnknownKey);
    CHECK(admin.authenticator.permit_rule(kOtherRuleKey, "other").has_value());
}

TEST_CASE("No more keys go with an entry than one transaction takes", "[ingress]") {
    Admin admin;
    for (int i = 0; i < 499; ++i) {  // with k1 and k5 one too many
        const std::string name = "many" + std::to_string(i);
        admin.fixture.add_key(name, "secret of " + name, ApiKey::Scope::kRule, "acme", "release");
    }
    const HttpReply refused = admin.call("DELETE", "/admin/v1/rules/release");
    CHECK(refused.status == 409);
    CHECK(refused.body.find("has 501 keys") != std::string::npos);
    CHECK(admin.authenticator.permit_rule(kRuleKey, "release").has_value());
    CHECK(admin.call("DELETE", "/admin/v1/keys/many0").status == 204);
    CHECK(admin.call("DELETE", "/admin/v1/rules/release").status == 204);
}

TEST_CASE("A removal that is refused leaves the keys in force", "[ingress]") {
    Admin admin;
    const auto revision = admin.fixture.catalog().stored(EntryKind::kRule, "release")->revision;
    admin.before_write = [&] {
        admin.fixture.put(
            "rule/release", R"({"site":"acme","page":{"space":"DOC","title":"t","body":"b"}})"
        );
    };
    const std::string if_match = "If-Match: \"" + std::to_string(revision) + "\"\r\n";
    CHECK(admin.call("DELETE", "/admin/v1/rules/release", "", if_match).status == 409);
    CHECK(admin.authenticator.permit_rule(kRuleKey, "release").has_value());
}

TEST_CASE("No key is made for a rule that is removed in the same moment", "[ingress]") {
    Admin admin;
    admin.before_write = [&] { admin.fixture.put("rule/release", ""); };
    const HttpReply reply =
        admin.call("POST", "/admin/v1/keys", R"({"scope":"rule","subject":"release"})");
    CHECK(reply.status == 422);
    CHECK(reply.body.find("there is no rule 'release'") != std::string::npos);
    CHECK(reply.body.find("\"key\"") == std::string::npos);
}

TEST_CASE("No rule is written for a site that is removed in the same moment", "[ingress]") {
    Admin admin;
    admin.before_write = [&] { admin.fixture.put("site/acme", ""); };
    const HttpReply reply = admin.call(
        "PUT",
        "/admin/v1/rules/fresh",
        R"({"site":"acme","page":{"space":"DOC","title":"t","body":"b"}})"
    );
    CHECK(reply.status == 422);
    CHECK_FALSE(admin.fixture.catalog().stored(EntryKind::kRule, "fresh"));
}

TEST_CASE("A key lives as long as was asked for, and the answer tells until when", "[ingress]") {
    Admin admin;
    const MadeKey key = make_key(admin, kForReleaseFor30Days);
    const UnixMillis end = admin.clock.unix_now() + 30 * kDay;
    CHECK(integer_at(json_of(key.reply), "expires_at") == end);
    CHECK(string_at(json_of(key.reply), "expires") == iso_time(end));
    CHECK(header_of(key.reply, "Cache-Control") == "no-store");
    admin.clock.advance(std::chrono::days(30) - Millis(1));
    CHECK(opens_release(admin, key.secret));
    CHECK(string_at(shown(admin, key.id), "state") == "active");
    admin.clock.advance(Millis(1));
    CHECK(is_denied(admin, key.secret, Denial::kExpiredKey));
    CHECK(string_at(shown(admin, key.id), "state") == "expired");
}

TEST_CASE("A rule's key never expires unless that is asked for", "[ingress]") {
    Admin admin;
    const MadeKey key = make_key(admin, kForRelease);
    CHECK(find(json_of(key.reply), "expires_at") == nullptr);
    admin.clock.advance(std::chrono::days(36'500));
    CHECK(opens_release(admin, key.secret));
}

TEST_CASE("A regenerated key has a new value at once, and the old one is dead", "[ingress]") {
    Admin admin;
    const MadeKey key = make_key(admin, kForReleaseFor30Days, "janes-admin-token");
    admin.clock.advance(std::chrono::days(20));
    const HttpReply reply = admin.call("POST", "/admin/v1/keys/" + key.id + "/regenerate");
    REQUIRE(reply.status == 200);
    const std::string secret = string_at(json_of(reply), "key");
    CHECK(secret.size() == 44);
    CHECK(secret != key.secret);
    CHECK(header_of(reply, "Cache-Control") == "no-store");
    CHECK(opens_release(admin, secret));
    CHECK(is_denied(admin, key.secret, Denial::kUnknownKey));
    const UnixMillis now = admin.clock.unix_now();
    const auto document = shown(admin, key.id);
    CHECK(string_at(document, "name") == "ci");
    CHECK(string_at(document, "created_by") == "jane");
    CHECK(integer_at(document, "created_at") == now - 20 * kDay);
    CHECK(string_at(document, "renewed_by") == "admin");
    CHECK(integer_at(document, "renewed_at") == now);
    CHECK(integer_at(document, "expires_at") == now + 30 * kDay);
    CHECK(integer_at(json_of(reply), "expires_at") == now + 30 * kDay);
}

TEST_CASE("An expired key is brought back by a new value or a longer life", "[ingress]") {
    Admin admin;
    const MadeKey key = make_key(admin, kForReleaseFor30Days);
    admin.clock.advance(std::chrono::days(100));
    const std::string path = "/admin/v1/keys/" + key.id;
    const std::string secret = string_at(json_of(admin.call("POST", path + "/regenerate")), "key");
    CHECK(opens_release(admin, secret));
    admin.clock.advance(std::chrono::days(30));
    CHECK(is_denied(admin, secret, Denial::kExpiredKey));
    CHECK(admin.call("POST", path + "/prolong").status == 200);
    CHECK(opens_release(admin, secret));
}

TEST_CASE("A prolonged key keeps its value and lives from now on", "[ingress]") {
    Admin admin;
    const MadeKey key = make_key(admin, R"({"scope":"site","subject":"acme"})");
    const std::string path = "/admin/v1/keys/" + key.id + "/prolong";
    admin.clock.advance(std::chrono::days(80));
    const HttpReply reply = admin.call("POST", path, R"({"days":7})");
    REQUIRE(reply.status == 200);
    CHECK(integer_at(json_of(reply), "expires_at") == admin.clock.unix_now() + 7 * kDay);
    CHECK(find(json_of(reply), "key") == nullptr);
    admin.clock.advance(std::chrono::days(7) - Millis(1));
    CHECK(admin.authenticator.permit_site(key.secret).has_value());
    CHECK(admin.call("POST", path).status == 200);
    admin.clock.advance(std::chrono::days(90) - Millis(1));
    CHECK(admin.authenticator.permit_site(key.secret).has_value());
    admin.clock.advance(Millis(1));
    CHECK_FALSE(admin.authenticator.permit_site(key.secret).has_value());
}

TEST_CASE("A key that never expires cannot be prolonged", "[ingress]") {
    Admin admin;
    const HttpReply reply = admin.call("POST", "/admin/v1/keys/k1/prolong");
    CHECK(reply.status == 409);
    CHECK(reply.body.find("never expires") != std::string::npos);
    CHECK(admin.call("POST", "/admin/v1/keys/k1/prolong", R"({"days":0})").status == 422);
    CHECK(admin.call("POST", "/admin/v1/keys/k5/prolong", R"({"days":3651})").status == 422);
    CHECK(admin.call("POST", "/admin/v1/keys/k5/prolong", R"({"day":7})").status == 422);
    CHECK(admin.call("POST", "/admin/v1/keys/k5/prolong", R"({"days":3650})").status == 200);
}

TEST_CASE("A key is only changed under the revision that its admin saw", "[ingress]") {
    Admin admin;
    const MadeKey key = make_key(admin, kForReleaseFor30Days);
    const std::string path = "/admin/v1/keys/" + key.id;
    const std::string seen = "If-Match: " + header_of(key.reply, "ETag") + "\r\n";
    const HttpReply read = admin.call("GET", path);
    CHECK(header_of(read, "ETag") == header_of(key.reply, "ETag"));
    const HttpReply prolonged = admin.call("POST", path + "/prolong", "", seen);
    CHECK(prolonged.status == 200);
    CHECK(header_of(prolonged, "ETag") == header_of(admin.call("GET", path), "ETag"));
    CHECK(admin.call("POST", path + "/regenerate", "", seen).status == 409);
    CHECK(opens_release(admin, key.secret));
    CHECK(admin.call("DELETE", path, "", seen).status == 409);
    CHECK(admin.call("POST", path + "/regenerate", "", "If-Match:\r\n").status == 400);
    CHECK(opens_release(admin, key.secret));
}

TEST_CASE("A key that others change meanwhile is read again, and their change kept", "[ingress]") {
    Admin admin;
    const MadeKey key = make_key(admin, kForReleaseFor30Days);
    const std::string path = "/admin/v1/keys/" + key.id;
    int writes = 0;
    admin.before_write = [&] {
        if (++writes == 1)
            admin.call("POST", path + "/prolong", R"({"days":200})", "", "janes-admin-token");
    };
    const HttpReply reply = admin.call("POST", path + "/regenerate");
    CHECK(reply.status == 200);
    CHECK(writes == 3);
    CHECK(integer_at(shown(admin, key.id), "expires_at") == admin.clock.unix_now() + 200 * kDay);
    admin.before_write = [&] {
        admin.fixture.put(
            record_key(EntryKind::kApiKey, key.id),
            admin.fixture.catalog().stored(EntryKind::kApiKey, key.id)->document
        );
    };
    CHECK(admin.call("POST", path + "/regenerate").status == 409);
}

TEST_CASE("Keys are shown with all that is known about them but their digests", "[ingress]") {
    Admin admin;
    const MadeKey key = make_key(admin, kForReleaseFor30Days, "janes-admin-token");
    admin.redis.key_uses[key.id] = admin.clock.unix_now() + 5;
    const auto document = shown(admin, key.id);
    CHECK(string_at(document, "id") == key.id);
    CHECK(string_at(document, "name") == "ci");
    CHECK(string_at(document, "scope") == "rule");
    CHECK(string_at(document, "subject") == "release");
    CHECK(string_at(document, "site") == "acme");
    CHECK(string_at(document, "state") == "active");
    CHECK(string_at(document, "created_by") == "jane");
    CHECK(integer_at(document, "created_at") == admin.clock.unix_now());
    CHECK(string_at(document, "created") == iso_time(admin.clock.unix_now()));
    CHECK(integer_at(document, "last_used_at") == admin.clock.unix_now() + 5);
    CHECK(string_at(document, "last_used") == iso_time(admin.clock.unix_now() + 5));
    CHECK(find(document, "sha256") == nullptr);
    const auto list = json_of(admin.call("GET", "/admin/v1/keys"));
    const auto& keys = find(list, "keys")->as_array();
    CHECK(keys.size() == 9);
    CHECK(*find(keys[2], "document") == document);  // by id: k1, k2, k20…
    CHECK(find(*find(keys.back(), "document"), "last_used_at") == nullptr);
    CHECK(string_at(*find(keys[4], "document"), "subject") == "acme");
}

TEST_CASE("Without Redis keys are shown without their last use", "[ingress]") {
    Admin admin;
    admin.redis.key_uses["k1"] = 5;
    admin.redis.is_down = true;
    CHECK(find(shown(admin, "k1"), "last_used_at") == nullptr);
    CHECK(admin.call("GET", "/admin/v1/keys").status == 200);
    CHECK(admin.call("POST", "/admin/v1/keys/k1/regenerate").status == 200);
    CHECK(admin.call("DELETE", "/admin/v1/keys/k1").status == 204);
}

TEST_CASE("The last use of a key that is gone is forgotten", "[ingress]") {
    Admin admin;
    for (const char* const id : {"k1", "k2", "k5"}) admin.redis.key_uses[id] = 5;
    CHECK(admin.call("DELETE", "/admin/v1/keys/k2").status == 204);
    CHECK(admin.redis.key_uses.size() == 2);
    CHECK(admin.call("DELETE", "/admin/v1/rules/release").status == 204);
    CHECK(admin.redis.key_uses.empty());
}

TEST_CASE("Uses that are left of keys that are gone go with the next list", "[ingress]") {
    Admin admin;
    const UnixMillis now = admin.clock.unix_now();
    // Told by another ingress after the removal, or while Redis was away.
    admin.redis.key_uses = {{"k1", 5}, {"gone", now - kDay - 1}, {"older", 7}, {"new", now - kDay}};
    REQUIRE(admin.call("GET", "/admin/v1/keys?limit=1").status == 200);
    // `new` may be a key that this ingress has not read yet.
    CHECK(
        admin.redis.key_uses == std::map<std::string, UnixMillis>{{"k1", 5}, {"new", now - kDay}}
    );
}

TEST_CASE("Addresses of keys take their own methods only", "[ingress]") {
    Admin admin;
    CHECK(header_of(admin.call("PUT", "/admin/v1/keys/k1"), "Allow") == "GET, DELETE");
    CHECK(header_of(admin.call("GET", "/admin/v1/keys/k1/prolong"), "Allow") == "POST");
    CHECK(header_of(admin.call("DELETE", "/admin/v1/keys"), "Allow") == "GET, POST");
    CHECK(admin.call("POST", "/admin/v1/keys/k1/explode").status == 404);
    CHECK(admin.call("GET", "/admin/v1/keys/none").status == 404);
    CHECK(admin.call("POST", "/admin/v1/keys/none/regenerate").status == 404);
    CHECK(admin.call("DELETE", "/admin/v1/keys/none").status == 404);
    CHECK(admin.call("POST", "/admin/v1/keys/k1/regenerate", "", "", "wrong").status == 403);
}
