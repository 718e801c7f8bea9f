#include "common/catalog/batch_document.h"

#include <array>
#include <optional>
#include <utility>

#include "common/base/duration.h"
#include "common/catalog/document_reader.h"
#include "common/job/job.h"

namespace pagepress {

namespace {

namespace json = boost::json;

constexpr std::size_t kJqlBytesMax = 16 * 1024;
constexpr std::size_t kSpaceBytesMax = 255;
constexpr std::size_t kSpreadBytesMax = 40;

constexpr std::string_view kSelections =
    "exactly one of: issues, jql (both with rule), snapshots, page, space, all_snapshots";

struct Selection {
    std::string_view member;
    Batch::Select select;
};

constexpr std::array<Selection, 6> kMembers{{
    {"issues", Batch::Select::kIssues},
    {"jql", Batch::Select::kJql},
    {"snapshots", Batch::Select::kSnapshots},
    {"page", Batch::Select::kPage},
    {"space", Batch::Select::kSpace},
    {"all_snapshots", Batch::Select::kSite},
}};

std::string item_path(const DocumentReader& reader, std::string_view name, std::size_t index) {
    return reader.path_of(name) + "[" + std::to_string(index) + "]";
}

/// Which of the selections the document makes; a document with none or several is a problem.
std::optional<Batch::Select> read_selection(DocumentReader& reader) {
    std::optional<Batch::Select> found;
    for (const auto& [member, select] : kMembers) {
        if (reader.member(member, Presence::kOptional) == nullptr) continue;
        if (found) {
            reader.report(member, "is a second selection; a batch has " + std::string(kSelections));
            return std::nullopt;
        }
        found = select;
    }
    if (!found) reader.report("", "must have " + std::string(kSelections));
    return found;
}

/// An issue as text or, as YAML files have it, as a number; empty if it is neither id nor key.
std::string issue_from(const json::value& value) {
    if (value.is_int64() && value.get_int64() > 0) return std::to_string(value.get_int64());
    const json::string* text = value.if_string();
    if (text == nullptr) return {};
    std::string issue(text->data(), text->size());
    return is_numeric_id(issue) || is_issue_key(issue) ? issue : std::string();
}

std::vector<std::string> read_issues(DocumentReader& reader, std::vector<Problem>& problems) {
    std::vector<std::string> issues;
    const json::array* array = reader.array("issues", 1, kBatchItemsMax);
    if (array == nullptr) return issues;
    issues.reserve(array->size());
    for (const json::value& item : *array) {
        issues.push_back(issue_from(item));
        if (!issues.back().empty()) continue;
        problems.push_back(
            {.field = item_path(reader, "issues", issues.size() - 1),
             .message = "must be the numeric id or the key of an issue, such as PROJ-42"}
        );
        break;
    }
    return issues;
}

std::vector<std::string> read_snapshots(DocumentReader& reader, std::vector<Problem>& problems) {
    std::vector<std::string> ids;
    const json::array* array = reader.array("snapshots", 1, kBatchItemsMax);
    if (array == nullptr) return ids;
    ids.reserve(array->size());
    for (const json::value& item : *array) {
        const json::string* text = item.if_string();
        ids.emplace_back(text == nullptr ? std::string_view() : std::string_view(*text));
        if (is_entry_id(ids.back())) continue;
        problems.push_back(
            {.field = item_path(reader, "snapshots", ids.size() - 1),
             .message = "must be the id of a snapshot"}
        );
        break;
    }
    return ids;
}

std::chrono::milliseconds read_spread(DocumentReader& reader) {
    constexpr TextLimits kLimits{.presence = Presence::kOptional, .bytes_max = kSpreadBytesMax};
    const std::string text = reader.text("spread", kLimits);
    if (text.empty()) return {};
    const auto spread = parse_duration(text);
    if (!spread) {
        reader.report("spread", spread.error().message);
        return {};
    }
    if (*spread <= kBatchSpreadMax) return *spread;
    reader.report("spread", "must not be longer than " + duration_text(kBatchSpreadMax));
    return {};
}

void read_all_snapshots(DocumentReader& reader) {
    const json::value* value = reader.member("all_snapshots", Presence::kRequired);
    if (value != nullptr && value->is_bool() && value->get_bool()) return;
    reader.report("all_snapshots", "must be true");
}

void read_selected(DocumentReader& reader, Batch& batch, std::vector<Problem>& problems) {
    switch (batch.select) {
        case Batch::Select::kIssues:
            batch.rule = reader.entry_id("rule");
            batch.issues = read_issues(reader, problems);
            return;
        case Batch::Select::kJql:
            batch.rule = reader.entry_id("rule");
            batch.jql =
                reader.text("jql", {.bytes_max = kJqlBytesMax, .lines = TextLimits::Lines::kMany});
            return;
        case Batch::Select::kSnapshots:
            batch.snapshots = read_snapshots(reader, problems);
            return;
        case Batch::Select::kPage:
            batch.page_id = reader.page_id("page", Presence::kRequired);
            return;
        case Batch::Select::kSpace:
            batch.space = reader.text("space", {.bytes_max = kSpaceBytesMax});
            return;
        case Batch::Select::kSite:
            read_all_snapshots(reader);
            return;
    }
}

std::string field_of(std::string_view path, std::string_view member) {
    return path.empty() ? std::string(member) : std::string(path) + "." + std::string(member);
}

}  // namespace

Checked<Batch> read_batch(std::string_view path, const json::value& document) {
    Checked<Batch> checked;
    DocumentReader reader(std::string(path), document, checked.problems);
    if (!document.is_object()) return checked;
    const auto selection = read_selection(reader);
    if (selection) {
        checked.value.select = *selection;
        read_selected(reader, checked.value, checked.problems);
    } else {
        static_cast<void>(reader.member("rule", Presence::kOptional));
    }
    checked.value.spread = read_spread(reader);
    reader.finish();
    return checked;
}

std::vector<Problem> problems_in_catalog(
    std::string_view path, const Batch& batch, std::string_view site, const Catalog& catalog
) {
    const std::string of_site = " of site '" + std::string(site) + "'";
    if (!batch.rule.empty()) {
        const auto rule = catalog.rule(batch.rule);
        if (rule && rule->site == site) return {};
        return {{.field = field_of(path, "rule"), .message = "is not a rule" + of_site}};
    }
    for (std::size_t i = 0; i < batch.snapshots.size(); ++i) {
        const auto snapshot = catalog.snapshot(batch.snapshots[i]);
        if (snapshot && snapshot->site == site) continue;
        return {
            {.field = field_of(path, "snapshots[" + std::to_string(i) + "]"),
             .message = "is not a snapshot" + of_site}};
    }
    return {};
}

}  // namespace pagepress
