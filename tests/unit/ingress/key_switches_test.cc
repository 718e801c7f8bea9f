// What keys open while entries are switched off and on, published anew, and keys changed over.
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "common/json/json_value.h"
#include "tests/support/catch.h"
#include "tests/unit/ingress/test_admin.h"

using namespace pagepress;
using namespace pagepress::ingress;
using namespace pagepress::test;

namespace {

struct MadeKey {
    std::string id;
    std::string secret;
};

MadeKey make_key(Admin& admin, std::string_view body) {
    const HttpReply reply = admin.call("POST", "/admin/v1/keys", body);
    REQUIRE(reply.status == 201);
    const auto json = parse_json(reply.body, "the reply").value();
    return {string_at(json, "id"), string_at(json, "key")};
}

bool is_denied(const Admin& admin, std::string_view secret, Denial denial) {
    const auto permit = admin.authenticator.permit_rule(secret, "release");
    return !permit && permit.error() == denial;
}

bool opens_release(const Admin& admin, std::string_view secret) {
    return admin.authenticator.permit_rule(secret, "release").has_value();
}

/// A document of the catalog with another value of `enabled`.
std::string switched(Admin& admin, EntryKind kind, std::string_view id, bool enabled) {
    auto document =
        parse_json(admin.fixture.catalog().stored(kind, id)->document, "the document").value();
    document.as_object()["enabled"] = enabled;
    return boost::json::serialize(document);
}

constexpr std::string_view kForRelease = R"({"scope":"rule","subject":"release"})";

}  // namespace

TEST_CASE("Several keys of one rule work at once, so that callers can change over", "[ingress]") {
    Admin admin;
    const MadeKey first = make_key(admin, kForRelease);
    const MadeKey second = make_key(admin, kForRelease);
    CHECK(opens_release(admin, first.secret));
    CHECK(opens_release(admin, second.secret));
    CHECK(opens_release(admin, kRuleKey));
    CHECK(admin.call("DELETE", "/admin/v1/keys/" + first.id).status == 204);
    CHECK(is_denied(admin, first.secret, Denial::kUnknownKey));
    CHECK(opens_release(admin, second.secret));
    CHECK(admin.call("POST", "/admin/v1/keys/k1/regenerate").status == 200);
    CHECK(is_denied(admin, kRuleKey, Denial::kUnknownKey));
    CHECK(opens_release(admin, second.secret));
}

TEST_CASE("A rule that is switched off and on again has the same keys", "[ingress]") {
    Admin admin;
    const std::string off = switched(admin, EntryKind::kRule, "release", false);
    const std::string on = switched(admin, EntryKind::kRule, "release", true);
    CHECK(admin.call("PUT", "/admin/v1/rules/release", off).status == 200);
    CHECK(is_denied(admin, kRuleKey, Denial::kSubjectDisabled));
    CHECK(admin.call("PUT", "/admin/v1/rules/release", on).status == 200);
    CHECK(opens_release(admin, kRuleKey));
}

TEST_CASE("A snapshot that is switched off and on again has the same keys", "[ingress]") {
    Admin admin;
    const std::string off = switched(admin, EntryKind::kSnapshot, "weekly", false);
    const std::string on = switched(admin, EntryKind::kSnapshot, "weekly", true);
    CHECK(admin.call("PUT", "/admin/v1/snapshots/weekly", off).status == 200);
    const auto denied = admin.authenticator.permit_snapshot(kSnapshotKey, "weekly");
    CHECK(denied.error() == Denial::kSubjectDisabled);
    CHECK(admin.call("PUT", "/admin/v1/snapshots/weekly", on).status == 200);
    CHECK(admin.authenticator.permit_snapshot(kSnapshotKey, "weekly").has_value());
}

TEST_CASE("A site that is switched off refuses every key, and on it has them again", "[ingress]") {
    Admin admin;
    const auto denials = [&] {
        std::vector<Denial> found;
        const auto rule = admin.authenticator.permit_rule(kRuleKey, "release");
        const auto snapshot = admin.authenticator.permit_snapshot(kSnapshotKey, "weekly");
        const auto site = admin.authenticator.permit_site(kSiteKey);
        if (!rule) found.push_back(rule.error());
        if (!snapshot) found.push_back(snapshot.error());
        if (!site) found.push_back(site.error());
        return found;
    };
    const std::string off = switched(admin, EntryKind::kSite, "acme", false);
    const std::string on = switched(admin, EntryKind::kSite, "acme", true);
    CHECK(denials().empty());
    CHECK(admin.call("PUT", "/admin/v1/sites/acme", off).status == 200);
    CHECK(denials() == std::vector<Denial>(3, Denial::kSiteDisabled));
    CHECK(admin.call("PUT", "/admin/v1/sites/acme", on).status == 200);
    CHECK(denials().empty());
}

TEST_CASE("A definition that is published anew keeps its keys", "[ingress]") {
    Admin admin;
    CHECK(
        admin
            .call(
                "PUT",
                "/admin/v1/rules/release",
                R"({"site":"acme","page":{"space":"NEW","title":"new","template_page":7}})"
            )
            .status == 200
    );
    CHECK(admin.authenticator.permit_rule(kRuleKey, "release").value()->title == "new");
    CHECK(
        admin
            .call(
                "PUT",
                "/admin/v1/snapshots/weekly",
                R"({"site":"acme","page":9,"levels":[{"jql":"a = b","columns":["summary"]}]})"
            )
            .status == 200
    );
    CHECK(admin.authenticator.permit_snapshot(kSnapshotKey, "weekly").value()->page == "9");
}
