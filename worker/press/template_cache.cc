#include "worker/press/template_cache.h"

#include <limits>
#include <utility>

namespace pagepress::worker {

namespace {

Result<std::string> body_template_text(const Rule& rule, Confluence& confluence) {
    if (rule.template_page.empty()) return rule.body;
    constexpr UnixMillis kNoVersions = std::numeric_limits<UnixMillis>::max();
    auto page = confluence.page(rule.template_page, kNoVersions);
    if (!page) return std::unexpected(std::move(page.error()));
    if (!*page || (*page)->status != PageStatus::kCurrent) {
        return fail(
            ErrorCode::kInvalidInput,
            "the template page " + rule.template_page + " of rule " + rule.id +
                " is not in Confluence, or hidden from our account"
        );
    }
    return std::move((*page)->body);
}

}  // namespace

Result<std::shared_ptr<const RuleTemplates>> TemplateCache::get(
    const std::shared_ptr<const Rule>& rule, Confluence& confluence
) {
    const auto now = clock_.steady_now();
    {
        const MutexLock lock(mutex_);
        const auto found = entries_.find(rule->id);
        if (found != entries_.end() && found->second.rule == rule &&
            (rule->template_page.empty() || now - found->second.made_at < page_max_age_)) {
            return found->second.templates;
        }
    }
    auto made = make(*rule, confluence);
    if (!made) return made;
    const MutexLock lock(mutex_);
    entries_.insert_or_assign(rule->id, Entry{.rule = rule, .made_at = now, .templates = *made});
    return made;
}

Result<std::shared_ptr<const RuleTemplates>> TemplateCache::make(
    const Rule& rule, Confluence& confluence
) {
    const auto text = body_template_text(rule, confluence);
    if (!text) return std::unexpected(text.error());
    auto title = Template::compile(rule.title, TemplateForm::kTitle);
    if (!title) {
        return fail(title.error().code, "title of rule " + rule.id + ": " + title.error().message);
    }
    auto body = Template::compile(*text, TemplateForm::kStorage);
    if (!body) {
        return fail(body.error().code, "body of rule " + rule.id + ": " + body.error().message);
    }
    auto made = std::make_shared<RuleTemplates>(RuleTemplates{
        .title = *std::move(title), .body = *std::move(body)});
    for (const std::string& text_of_label : rule.labels) {
        auto label = Template::compile(text_of_label, TemplateForm::kPlain);
        if (!label) {
            return fail(
                label.error().code,
                "label '" + text_of_label + "' of rule " + rule.id + ": " + label.error().message
            );
        }
        made->labels.push_back(*std::move(label));
    }
    return made;
}

}  // namespace pagepress::worker
