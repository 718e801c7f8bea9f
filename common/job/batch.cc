#include "common/job/batch.h"

#include <array>
#include <optional>
#include <utility>

#include "common/base/invariant.h"
#include "common/json/json_text.h"
#include "common/json/json_value.h"

namespace pagepress {

namespace {

constexpr std::array<std::string_view, 6> kSelectNames{
    "issues", "jql", "snapshots", "page", "space", "site"};

std::optional<Batch::Select> select_from(std::string_view name) {
    for (std::size_t i = 0; i < kSelectNames.size(); ++i) {
        if (kSelectNames[i] == name) return static_cast<Batch::Select>(i);
    }
    return std::nullopt;
}

void append_list(std::string& out, std::string_view name, const std::vector<std::string>& values) {
    if (values.empty()) return;
    out.append(",\"").append(name).append("\":[");
    for (const std::string& value : values) {
        if (out.back() != '[') out.push_back(',');
        append_json_string(out, value);
    }
    out.push_back(']');
}

/// Texts of an array member; none where there is no such member. Empty if it holds anything else:
/// a batch must not lose a part of itself silently.
std::optional<std::vector<std::string>> texts_at(
    const boost::json::value& value, std::string_view key
) {
    std::vector<std::string> texts;
    const boost::json::value* member = find(value, key);
    if (member == nullptr) return texts;
    if (!member->is_array()) return std::nullopt;
    for (const boost::json::value& element : member->get_array()) {
        if (!element.is_string()) return std::nullopt;
        texts.emplace_back(element.get_string());
    }
    return texts;
}

bool is_complete(const Batch& batch) {
    switch (batch.select) {
        case Batch::Select::kIssues:
            return !batch.rule.empty() && !batch.issues.empty();
        case Batch::Select::kJql:
            return !batch.rule.empty() && !batch.jql.empty();
        case Batch::Select::kSnapshots:
            return !batch.snapshots.empty();
        case Batch::Select::kPage:
            return !batch.page_id.empty();
        case Batch::Select::kSpace:
            return !batch.space.empty();
        case Batch::Select::kSite:
            return true;
    }
    INVARIANT(false);
}

}  // namespace

std::string_view name_of(Batch::Select select) {
    return kSelectNames[static_cast<std::size_t>(select)];
}

std::string encode(const Batch& batch) {
    std::string text = R"({"select":)";
    append_json_string(text, name_of(batch.select));
    append_json_member(text, "rule", batch.rule);
    append_list(text, "issues", batch.issues);
    append_json_member(text, "jql", batch.jql);
    append_list(text, "snapshots", batch.snapshots);
    append_json_member(text, "page_id", batch.page_id);
    append_json_member(text, "space", batch.space);
    if (batch.spread.count() > 0) {
        append_json_member(text, "spread_ms", batch.spread.count());
    }
    text.push_back('}');
    return text;
}

Result<Batch> decode_batch(const boost::json::value& value) {
    const auto select = select_from(string_at(value, "select"));
    auto issues = texts_at(value, "issues");
    auto snapshots = texts_at(value, "snapshots");
    if (!issues || !snapshots) {
        return fail(ErrorCode::kCorrupt, "a list of the batch holds something that is not text");
    }
    Batch batch{
        .select = select.value_or(Batch::Select::kIssues),
        .rule = string_at(value, "rule"),
        .issues = *std::move(issues),
        .jql = string_at(value, "jql"),
        .snapshots = *std::move(snapshots),
        .page_id = string_at(value, "page_id"),
        .space = string_at(value, "space"),
        .spread = std::chrono::milliseconds(integer_at(value, "spread_ms").value_or(0)),
    };
    if (!select || !is_complete(batch) || batch.spread.count() < 0) {
        return fail(ErrorCode::kCorrupt, "the batch lacks a member that its selection needs");
    }
    return batch;
}

}  // namespace pagepress
