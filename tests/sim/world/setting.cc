#include "tests/sim/world/setting.h"

#include <array>

#include "common/catalog/documents.h"

namespace pagepress::sim {

namespace {

const SystemClock& system_clock() {
    static const SystemClock clock;
    return clock;
}

std::string word_of(OnDeleted on_deleted) {
    switch (on_deleted) {
        case OnDeleted::kRestore:
            return "restore";
        case OnDeleted::kRecreate:
            return "recreate";
        case OnDeleted::kStop:
            return "stop";
    }
    return {};
}

std::string word_of(OnEdited on_edited) {
    return on_edited == OnEdited::kSkip ? "skip-if-edited" : "overwrite";
}

std::string rule_document(
    std::string_view rule, std::string_view parent, const Policies& policies
) {
    // Titles do not change: a create is kept single by its title.
    const std::string labels = R"(,"labels":[")" + std::string(kLabel) + R"("])";
    return R"({"site":"acme","page":{"space":"DOC","parent":")" + std::string(parent) +
           R"(","title":")" + std::string(rule) + R"( $#Key","body":"<p>$#{Summary}</p>")" +
           (policies.has_labels ? labels : "") + R"(},"on_deleted":")" +
           word_of(policies.on_deleted) + R"(","on_edited":")" + word_of(policies.on_edited) +
           R"("})";
}

std::string snapshot_document(const SnapshotName& snapshot) {
    return R"({"site":"acme","page":")" + std::string(kSnapshotPage) + R"(","levels":[{"jql":")" +
           std::string(snapshot.jql) + R"(","columns":["key","summary"]}]})";
}

}  // namespace

std::string secret_of(std::string_view subject) {
    return "secret-of-" + std::string(subject) + ".";
}

Policies policies_of(int number) {
    // Every other one restores: only then, and without labels, a press may go without reading.
    constexpr std::array kDeleted{
        OnDeleted::kRestore, OnDeleted::kRecreate, OnDeleted::kRestore, OnDeleted::kStop};
    return {
        .on_deleted = kDeleted.at(static_cast<std::size_t>(number % 4)),
        .on_edited = number % 8 < 4 ? OnEdited::kOverwrite : OnEdited::kSkip,
        .has_labels = number >= 8};
}

Setting::Setting(const Policies& rules_have)
    : policies(rules_have), templates(system_clock(), Millis(60'000)) {
    std::int64_t offset = 0;
    catalog.apply(
        "site/acme",
        R"({"enabled":true,"jira_url":"https://jira.test","confluence_url":"https://wiki.test/wiki",)"
        R"("auth":"basic","secret_file":"/run/secrets/acme"})",
        offset++
    );
    const auto add_key = [&](std::string_view subject, ApiKey::Scope scope) {
        const std::string id = "k" + std::to_string(offset);
        const ApiKey key{
            .id = id,
            .name = {},
            .scope = scope,
            .site = "acme",
            .subject = std::string(subject),
            .digest = sha256(secret_of(subject)),
            .created_at = 1,
            .created_by = "setup",
            .expires_at = std::nullopt,
        };
        catalog.apply(record_key(EntryKind::kApiKey, id), write_api_key(key), offset++);
    };
    for (const std::string_view rule : kRules) {
        catalog.apply(
            "rule/" + std::string(rule), rule_document(rule, kParents[0], policies), offset++
        );
        add_key(rule, ApiKey::Scope::kRule);
    }
    for (const SnapshotName& snapshot : kSnapshots) {
        catalog.apply(
            "snapshot/" + std::string(snapshot.id), snapshot_document(snapshot), offset++
        );
        add_key(snapshot.id, ApiKey::Scope::kSnapshot);
    }
    add_key("", ApiKey::Scope::kSite);
}

void Setting::name_parent(std::string_view parent) {
    for (const std::string_view rule : kRules) {
        catalog.apply(
            "rule/" + std::string(rule),
            rule_document(rule, parent, policies),
            catalog.position() + 1
        );
    }
}

Setting& setting_with(int policies) {
    static std::array<std::unique_ptr<Setting>, kPolicies> settings;
    auto& setting = settings.at(static_cast<std::size_t>(policies));
    if (setting == nullptr) setting = std::make_unique<Setting>(policies_of(policies));
    return *setting;
}

}  // namespace pagepress::sim
