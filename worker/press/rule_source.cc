#include "worker/press/rule_source.h"

#include <algorithm>
#include <utility>

#include "common/base/digest.h"
#include "common/base/invariant.h"
#include "common/json/json_text.h"
#include "common/json/json_value.h"
#include "worker/press/page_identity.h"
#include "worker/press/people_edits.h"
#include "worker/render/labels.h"
#include "worker/render/regions.h"
#include "worker/render/storage_format.h"

namespace pagepress::worker {

RuleSource::RuleSource(
    std::shared_ptr<const Rule> rule,
    SiteClients clients,
    TemplateCache& templates,
    const Clock& clock,
    const Catalog& catalog
)
    : rule_(std::move(rule)),
      clients_(clients),
      templates_(templates),
      clock_(clock),
      catalog_(catalog) {}

std::string RuleSource::property_key() const {
    return "pagepress." + rule_->id;
}

Result<void> RuleSource::read_issue(const std::string& id_or_key) {
    auto issue = clients_.jira.issue(id_or_key, property_key());
    if (!issue) return std::unexpected(std::move(issue.error()));
    auto compiled = templates_.get(rule_, clients_.confluence);
    if (!compiled) return std::unexpected(std::move(compiled.error()));
    issue_ = *std::move(issue);
    compiled_ = *std::move(compiled);
    const std::string linked = linked_page();
    if (!expected_page_.empty() && !linked.empty() && linked != expected_page_) {
        return fail(
            ErrorCode::kConflict, "issue " + issue_->key + " belongs to page " + linked + " now"
        );
    }
    return {};
}

Result<void> RuleSource::read() {
    auto read = read_issue(issue_id_);
    if (read && issue_->id != issue_id_) {
        return fail(ErrorCode::kCorrupt, "Jira answered with another issue than " + issue_id_);
    }
    return read;
}

Result<Content> RuleSource::render(const Page* current, const std::string& mark) {
    INVARIANT(issue_.has_value() && compiled_ != nullptr);
    auto title = compiled_->title.render(*issue_, rule_->unknown_placeholder);
    if (!title)
        return fail(
            title.error().code, "title of rule " + rule_->id + ": " + title.error().message
        );
    // Before the write, not after it: whoever corrects the rule finds no half done page.
    if (const auto good = labels(); !good) return std::unexpected(good.error());
    Content content{.title = *std::move(title), .body = {}, .hash = {}};
    content.parent = rule_->parent;
    content.keeps_body = current != nullptr && rule_->on_edited == OnEdited::kKeep;
    if (content.keeps_body) {
        content.hash = to_hex(sha256(content.title));
        content.body = current->body;
    } else {
        auto body = render_body();
        if (!body) return std::unexpected(std::move(body.error()));
        content.hash = to_hex(sha256(content.title + '\0' + *body));
        content.body = *std::move(body) + mark;
        if (current != nullptr) content.body = with_regions_of(content.body, current->body);
    }
    content.has_regions = !find_regions(content.body).empty();
    return content;
}

Result<std::string> RuleSource::render_body() const {
    auto body = compiled_->body.render(*issue_, rule_->unknown_placeholder);
    if (!body) {
        return fail(body.error().code, "body of rule " + rule_->id + ": " + body.error().message);
    }
    if (const auto good = check_storage_format(*body); !good) {
        return fail(
            good.error().code, "body of rule " + rule_->id + " as rendered: " + good.error().message
        );
    }
    return body;
}

Result<std::vector<std::string>> RuleSource::labels() const {
    INVARIANT(issue_.has_value() && compiled_ != nullptr);
    std::vector<std::string> labels;
    for (const Template& label : compiled_->labels) {
        const auto text = label.render(*issue_, rule_->unknown_placeholder);
        if (!text) {
            return fail(
                text.error().code, "labels of rule " + rule_->id + ": " + text.error().message
            );
        }
        const auto more = labels_from(*text);
        if (!more) {
            return fail(
                more.error().code, "labels of rule " + rule_->id + ": " + more.error().message
            );
        }
        merge_labels(labels, *more);
    }
    return labels;
}

Result<bool> RuleSource::may_write(const Page& current) {
    if (rule_->on_edited != OnEdited::kSkip) return true;
    const auto edited = find_edit(current);
    if (!edited) return std::unexpected(edited.error());
    edited_version_ = *edited;
    return edited_version_ == 0;
}

/// Where snapshots write the page often, our last version is far back in a history that may be too
/// long to be read: each look goes sixteen times as far back, and the first that decides is the
/// last.
Result<std::int64_t> RuleSource::find_edit(const Page& current) {
    constexpr UnixMillis kDay = 24 * 60 * 60 * 1000;
    const std::string page_key = rule_page_key(rule_->site, rule_->id, issue_id_);
    const UnixMillis now = clock_.unix_now();
    auto edited = find_persons_version(current, page_key);
    UnixMillis since = now;
    for (UnixMillis back = kDay; !edited && since > 0; back *= 16) {
        since = std::max<UnixMillis>(0, now - back);
        const auto page = clients_.confluence.page(current.id, since);
        if (!page) return std::unexpected(page.error());
        if (!*page) return 0;  // gone since, which the write will tell
        if (since == 0 && !lists_newest(**page)) {
            return fail(
                ErrorCode::kUnavailable,
                "Confluence does not list the newest version of page " + current.id + " yet"
            );
        }
        edited = find_persons_version(**page, page_key);
    }
    return edited.value_or(0);  // all that is left of its history is other presses'
}

/// What a rule says now may have been written by another press of this worker already, and must not
/// be taken back by one that began before. The issue names a page only once the page's property is
/// written.
Result<void> RuleSource::prepare_write(const Page* current) {
    INVARIANT(issue_.has_value());
    if (catalog_.rule(rule_->id) != rule_) {
        return std::unexpected(Error{
            .code = ErrorCode::kNotYet,
            .message = "rule " + rule_->id + " has changed: the press begins anew",
            .retry_after = Millis(1)});
    }
    if (current == nullptr || linked_page() == current->id) return {};
    const auto creator = stamp_from_body(current->body);
    const std::string page_key = rule_page_key(rule_->site, rule_->id, issue_->id);
    if (!creator || creator->page_key != page_key) return {};
    return write_page_identity(clients_.confluence, current->id, *creator);
}

std::string RuleSource::linked_page() const {
    if (!issue_) return {};
    const auto* property = issue_->properties.if_contains(property_key());
    if (property == nullptr || string_at(*property, "site") != rule_->site) return {};
    std::string page_id = string_at(*property, "page");
    return stale_links_.contains(page_id) ? std::string() : page_id;
}

Result<void> RuleSource::link_page(const std::string& page_id) {
    INVARIANT(issue_.has_value());
    std::string value = R"({"page":)";
    append_json_string(value, page_id);
    value.append(R"(,"site":)");
    append_json_string(value, rule_->site);
    value.push_back('}');
    return clients_.jira.set_issue_property(issue_->id, property_key(), value);
}

}  // namespace pagepress::worker
