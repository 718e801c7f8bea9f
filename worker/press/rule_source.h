// Content of a rule's page: the issue, rendered through the rule's templates.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/catalog/catalog.h"
#include "common/catalog/model.h"
#include "worker/jira/jira.h"
#include "worker/press/page_writer.h"
#include "worker/press/template_cache.h"

namespace pagepress::worker {

/// Used by one press.
class RuleSource final : public ContentSource {
public:
    /// References outlive the source.
    RuleSource(
        std::shared_ptr<const Rule> rule,
        SiteClients clients,
        TemplateCache& templates,
        const Clock& clock,
        const Catalog& catalog
    );

    /// Reads the issue (by key or numeric id) and the templates.
    /// @errors  kNotFound  no such issue; and what Jira::issue and TemplateCache::get give
    Result<void> read_issue(const std::string& id_or_key);

    /// Names the issue for `read`, by its numeric id.
    void set_issue_id(std::string issue_id) { issue_id_ = std::move(issue_id); }

    /// Reads the issue by its numeric id.
    Result<void> read() override;

    Result<Content> render(const Page* current, const std::string& mark) override;

    /// Labels of the page, from the issue as last read.
    /// @errors  kInvalidInput  unknown placeholders where the rule wants to fail; a label too long
    [[nodiscard]] Result<std::vector<std::string>> labels() const;

    /// False where the rule says to leave pages alone that people have edited.
    Result<bool> may_write(const Page& current) override;

    /// The person's version that `may_write` found, the newest one.
    [[nodiscard]] std::int64_t edited_version() const { return edited_version_; }

    /// Writes down who created the page, if only the anchor in its body says so.
    /// @errors  kNotYet  the rule has changed since the press began
    Result<void> prepare_write(const Page* current) override;

    /// The issue as last read; null before.
    [[nodiscard]] const Issue* issue() const { return issue_ ? &*issue_ : nullptr; }

    /// Id of the page that the issue's property names; empty if it names none.
    [[nodiscard]] std::string linked_page() const;

    /// Makes the issue's property name `page_id`; idempotent.
    Result<void> link_page(const std::string& page_id);

    /// Once set, a `read` that finds another page linked fails with kConflict: somebody has made a
    /// new page for this issue since.
    void expect_page(std::string page_id) { expected_page_ = std::move(page_id); }

    /// A link to this page is stale: it is taken for none.
    void ignore_link(const std::string& page_id) { stale_links_.insert(page_id); }

private:
    [[nodiscard]] std::string property_key() const;
    [[nodiscard]] Result<std::string> render_body() const;
    Result<std::int64_t> find_edit(const Page& current);

    std::shared_ptr<const Rule> rule_;
    SiteClients clients_;
    TemplateCache& templates_;
    const Clock& clock_;
    const Catalog& catalog_;
    std::string issue_id_;
    std::optional<Issue> issue_;
    std::shared_ptr<const RuleTemplates> compiled_;
    std::string expected_page_;
    std::set<std::string> stale_links_;
    std::int64_t edited_version_ = 0;
};

}  // namespace pagepress::worker
