// What every schedule finds: a site, two rules, a page with two snapshots, and their keys.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/metrics.h"
#include "common/catalog/catalog.h"
#include "worker/press/template_cache.h"

namespace pagepress::sim {

inline constexpr std::string_view kSnapshotPage = "100";

struct SnapshotName {
    std::string_view id;
    std::string_view jql;
};

inline constexpr std::array kSnapshots{
    SnapshotName{"daily", "project = A"}, SnapshotName{"weekly", "project = B"}};
/// Pages that rules name as parents, the first one unless changed, and one that none does.
inline constexpr std::array<std::string_view, 2> kParents{"501", "502"};
inline constexpr std::string_view kPersonsParent = "777";
inline constexpr std::string_view kLabel = "made";
inline constexpr std::array<std::string_view, 2> kRules{"release", "notes"};

struct IssueName {
    std::string_view id;
    std::string_view key;
};

inline constexpr std::array kIssues{IssueName{"10001", "PROJ-1"}, IssueName{"10002", "PROJ-2"}};

/// What the rules say of pages that people delete and edit.
struct Policies {
    OnDeleted on_deleted = OnDeleted::kRestore;
    OnEdited on_edited = OnEdited::kOverwrite;  ///< not kKeep: then pages do not show their issue
    bool has_labels = false;                    ///< kLabel
};

/// As many as there are.
inline constexpr int kPolicies = 12;

/// The policies of a number of 0..kPolicies - 1.
[[nodiscard]] Policies policies_of(int number);

/// Made once, and shared by all schedules; each leaves it as it was.
struct Setting {
    explicit Setting(const Policies& rules_have);

    /// Changes the parent that the rules name.
    void name_parent(std::string_view parent);

    const Policies policies;
    Catalog catalog;
    worker::TemplateCache templates;
    Metrics metrics;
};

/// The setting whose rules have the policies of this number.
[[nodiscard]] Setting& setting_with(int policies);

/// Secret of the API key of a rule or snapshot; of the site for an empty id.
[[nodiscard]] std::string secret_of(std::string_view subject);

}  // namespace pagepress::sim
