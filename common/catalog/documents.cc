#include "common/catalog/documents.h"

#include <algorithm>
#include <array>

#include "common/catalog/document_reader.h"
#include "common/catalog/event_documents.h"
#include "common/catalog/site_url.h"
#include "common/json/json_text.h"

namespace pagepress {

namespace {

namespace json = boost::json;

constexpr std::size_t kNameBytesMax = 255;
constexpr std::size_t kTitleBytesMax = 1024;
constexpr std::size_t kBodyBytesMax = 1024 * 1024;
constexpr std::size_t kJqlBytesMax = 16 * 1024;
constexpr std::size_t kPathBytesMax = 4096;
constexpr std::size_t kUrlBytesMax = 2048;
constexpr std::size_t kColumnsMax = 50;
constexpr std::size_t kLabelsMax = 20;
constexpr std::size_t kAccountIdBytesMax = 128;
constexpr std::int64_t kCallsPerMinuteMax = 1'000'000;
constexpr std::int64_t kRequestsPerSecondMax = 10'000;
constexpr std::int64_t kPressesMax = 10'000;
constexpr std::array<std::string_view, 3> kScopes{"rule", "snapshot", "site"};

std::string read_url(DocumentReader& reader, std::string_view name) {
    const std::string text = reader.text(name, {.bytes_max = kUrlBytesMax});
    if (text.empty()) return {};
    auto url = base_url_from(text);
    if (url) return *std::move(url);
    reader.report(name, url.error().message);
    return {};
}

/// Whether a title shows nothing: only characters that workers take for white space or leave out.
bool is_blank(std::string_view text) {
    while (!text.empty()) {
        const auto second = static_cast<unsigned char>(text.size() > 1 ? text[1] : '\0');
        if (text.front() == ' ') {
            text.remove_prefix(1);
        } else if (text.starts_with('\xC2') && second >= 0x80 && second <= 0xA0) {
            text.remove_prefix(2);  // U+0080 to U+00A0: controls and the no-break space
        } else if (text.starts_with("\xE2\x80\xA8") || text.starts_with("\xE2\x80\xA9")) {
            text.remove_prefix(3);  // U+2028, U+2029: line and paragraph separator
        } else {
            return false;
        }
    }
    return true;
}

/// A required list of 1 to `count_max` different texts.
std::vector<std::string> read_texts(
    std::string_view name,
    std::size_t count_max,
    DocumentReader& reader,
    std::vector<Problem>& problems
) {
    std::vector<std::string> texts;
    const json::array* items = reader.array(name, 1, count_max);
    if (items == nullptr) return texts;
    for (std::size_t i = 0; i < items->size(); ++i) {
        const std::string path = reader.path_of(name) + "[" + std::to_string(i) + "]";
        std::string text = read_text(path, (*items)[i], {.bytes_max = kNameBytesMax}, problems);
        if (std::ranges::find(texts, text) != texts.end() && !text.empty()) {
            problems.push_back(
                {.field = path,
                 .message = "repeats an earlier " + std::string(name.substr(0, name.size() - 1))}
            );
        }
        texts.push_back(std::move(text));
    }
    return texts;
}

void read_rule_page(Rule& rule, const json::value& document, std::vector<Problem>& problems) {
    DocumentReader page("page", document, problems);
    rule.space = page.text("space", {.bytes_max = kNameBytesMax});
    rule.parent = page.page_id("parent", Presence::kOptional);
    rule.title = page.text("title", {.bytes_max = kTitleBytesMax});
    if (!rule.title.empty() && is_blank(rule.title)) {
        page.report("title", "is blank: add fixed text or $#Key");
    }
    const bool has_body = page.member("body", Presence::kOptional) != nullptr;
    const bool has_template = page.member("template_page", Presence::kOptional) != nullptr;
    if (has_body) {
        rule.body =
            page.text("body", {.bytes_max = kBodyBytesMax, .lines = TextLimits::Lines::kMany});
    }
    if (has_template) rule.template_page = page.page_id("template_page", Presence::kRequired);
    if (document.is_object() && has_body == has_template) {
        page.report("body", "exactly one of body and template_page must be given");
    }
    if (page.member("labels", Presence::kOptional) != nullptr) {
        rule.labels = read_texts("labels", kLabelsMax, page, problems);
    }
    page.finish();
}

SnapshotLevel read_level(
    const std::string& path, const json::value& document, std::vector<Problem>& problems
) {
    DocumentReader reader(path, document, problems);
    SnapshotLevel level;
    level.title =
        reader.text("title", {.presence = Presence::kOptional, .bytes_max = kTitleBytesMax});
    level.jql = reader.text("jql", {.bytes_max = kJqlBytesMax, .lines = TextLimits::Lines::kMany});
    level.columns = read_texts("columns", kColumnsMax, reader, problems);
    reader.finish();
    return level;
}

Site::Limits read_limits(const json::value& document, std::vector<Problem>& problems) {
    DocumentReader reader("limits", document, problems);
    Site::Limits limits;
    if (const auto number = reader.integer("requests_per_second", 1, kRequestsPerSecondMax)) {
        limits.requests_per_second = static_cast<int>(*number);
    }
    if (const auto number = reader.integer("presses", 1, kPressesMax)) {
        limits.presses = static_cast<int>(*number);
    }
    reader.finish();
    return limits;
}

std::string read_secret_path(DocumentReader& reader, std::string_view name, Presence presence) {
    std::string path = reader.text(name, {.presence = presence, .bytes_max = kPathBytesMax});
    if (!path.empty() && !path.starts_with('/')) {
        reader.report(name, "must be an absolute path on the workers' machines");
    }
    return path;
}

void read_flavour(Site& site, DocumentReader& reader) {
    const auto flavour =
        reader.choice("flavour", Presence::kOptional, {"cloud", "datacenter"}).value_or(0);
    const auto api = reader.choice("confluence_api", Presence::kOptional, {"v1", "v2"});
    site.flavour = static_cast<Site::Flavour>(flavour);
    const bool is_cloud = site.flavour == Site::Flavour::kCloud;
    if (!is_cloud && api == 1U) {
        reader.report("confluence_api", "must be v1, or left out: Data Center has no API v2");
    }
    const bool is_v2 = is_cloud && api.value_or(1) == 1;
    site.confluence_api = is_v2 ? Site::ConfluenceApi::kV2 : Site::ConfluenceApi::kV1;
}

/// Levels below the first one need the references between levels, which no worker resolves; a
/// table that silently leaves them out would look complete.
void read_levels(Snapshot& snapshot, const json::value& levels, std::vector<Problem>& problems) {
    const json::array* array = levels.if_array();
    if (array == nullptr || array->empty()) {
        problems.push_back({.field = "levels", .message = "must be a list of exactly one level"});
        return;
    }
    for (std::size_t i = 0; i < array->size(); ++i) {
        const std::string path = "levels[" + std::to_string(i) + "]";
        if (i == 1) {
            problems.push_back(
                {.field = path, .message = "is not supported: a snapshot has exactly one level"}
            );
        }
        snapshot.levels.push_back(read_level(path, (*array)[i], problems));
        if (i == 1) return;
    }
}

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

std::string_view name_of(ApiKey::Scope scope) {
    return kScopes[static_cast<std::size_t>(scope)];
}

bool is_entry_id(std::string_view id) {
    constexpr std::size_t kIdBytesMax = 64;
    const auto is_allowed = [](char c) {
        return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-';
    };
    return !id.empty() && id.size() <= kIdBytesMax && is_letter_or_digit(id.front()) &&
           std::ranges::all_of(id, is_allowed);
}

Checked<Site> read_site(std::string_view id, const json::value& document) {
    Checked<Site> checked;
    DocumentReader reader("", document, checked.problems);
    Site& site = checked.value;
    site.id = id;
    reader.own_id(id);
    site.enabled = reader.boolean("enabled", true);
    site.jira_url = read_url(reader, "jira_url");
    site.confluence_url = read_url(reader, "confluence_url");
    const auto auth = reader.choice("auth", Presence::kRequired, {"basic", "bearer"});
    site.auth = auth == 1U ? Site::Auth::kBearer : Site::Auth::kBasic;
    site.secret_file = read_secret_path(reader, "secret_file", Presence::kRequired);
    site.confluence_secret_file =
        read_secret_path(reader, "confluence_secret_file", Presence::kOptional);
    read_flavour(site, reader);
    site.webhook_secret_file = reader.text(
        "webhook_secret_file", {.presence = Presence::kOptional, .bytes_max = kPathBytesMax}
    );
    site.jira_account_id = reader.text(
        "jira_account_id", {.presence = Presence::kOptional, .bytes_max = kAccountIdBytesMax}
    );
    const auto calls = reader.integer("calls_per_minute", 1, kCallsPerMinuteMax);
    if (calls) site.calls_per_minute = static_cast<int>(*calls);
    if (const json::value* limits = reader.member("limits", Presence::kOptional)) {
        site.limits = read_limits(*limits, checked.problems);
    }
    reader.finish();
    return checked;
}

Checked<Rule> read_rule(std::string_view id, const json::value& document) {
    Checked<Rule> checked;
    DocumentReader reader("", document, checked.problems);
    Rule& rule = checked.value;
    read_head(rule, id, reader);
    if (const json::value* page = reader.member("page", Presence::kRequired)) {
        read_rule_page(rule, *page, checked.problems);
    }
    const auto unknown =
        reader.choice("unknown_placeholder", Presence::kOptional, {"empty", "keep", "fail"});
    const auto on_deleted =
        reader.choice("on_deleted", Presence::kOptional, {"restore", "recreate", "stop"});
    rule.unknown_placeholder = static_cast<UnknownPlaceholder>(unknown.value_or(0));
    rule.on_deleted = static_cast<OnDeleted>(on_deleted.value_or(0));
    const auto on_edited =
        reader.choice("on_edited", Presence::kOptional, {"overwrite", "skip-if-edited", "keep"});
    rule.on_edited = static_cast<OnEdited>(on_edited.value_or(0));
    read_rule_events(rule, reader, checked.problems);
    reader.finish();
    return checked;
}

Checked<Snapshot> read_snapshot(std::string_view id, const json::value& document) {
    Checked<Snapshot> checked;
    DocumentReader reader("", document, checked.problems);
    Snapshot& snapshot = checked.value;
    read_head(snapshot, id, reader);
    snapshot.page = reader.page_id("page", Presence::kRequired);
    if (const json::value* levels = reader.member("levels", Presence::kRequired)) {
        read_levels(snapshot, *levels, checked.problems);
    }
    reader.finish();
    return checked;
}

Checked<ApiKey> read_api_key(std::string_view id, const json::value& document) {
    Checked<ApiKey> checked;
    DocumentReader reader("", document, checked.problems);
    ApiKey& key = checked.value;
    key.id = id;
    reader.own_id(id);
    key.name = reader.text("name", kOptionalName);
    const auto scope =
        reader.choice("scope", Presence::kRequired, {kScopes[0], kScopes[1], kScopes[2]});
    key.scope = static_cast<ApiKey::Scope>(scope.value_or(0));
    key.site = reader.entry_id("site");
    if (key.scope != ApiKey::Scope::kSite) key.subject = reader.entry_id("subject");
    const std::string digest = reader.text("sha256", {.bytes_max = 64});
    if (const auto parsed = sha256_from_hex(digest)) {
        key.digest = *parsed;
    } else if (!digest.empty()) {
        reader.report("sha256", "must be 64 hex digits");
    }
    key.created_at = reader.time_ms("created_at", Presence::kRequired).value_or(0);
    key.created_by = reader.text("created_by", kOptionalName);
    key.renewed_at = reader.time_ms("renewed_at", Presence::kOptional);
    key.renewed_by = reader.text("renewed_by", kOptionalName);
    key.expires_at = reader.time_ms("expires_at", Presence::kOptional);
    reader.finish();
    return checked;
}

std::string write_api_key(const ApiKey& key) {
    std::string text = "{";
    const auto append_time = [&text](std::string_view name, std::optional<UnixMillis> time) {
        if (time) append_json_member(text, name, *time);
    };
    append_json_member(text, "id", key.id);
    append_json_member(text, "name", key.name);
    append_json_member(text, "scope", name_of(key.scope));
    append_json_member(text, "site", key.site);
    append_json_member(text, "subject", key.subject);
    append_json_member(text, "sha256", to_hex(key.digest));
    append_time("created_at", key.created_at);
    append_json_member(text, "created_by", key.created_by);
    append_time("renewed_at", key.renewed_at);
    append_json_member(text, "renewed_by", key.renewed_by);
    append_time("expires_at", key.expires_at);
    text.push_back('}');
    return text;
}

}  // namespace pagepress
