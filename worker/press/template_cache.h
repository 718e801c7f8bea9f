// Compiled templates of rules, so that a template page is not fetched for every press.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/catalog/model.h"
#include "worker/confluence/confluence.h"
#include "worker/render/template.h"

namespace pagepress::worker {

/// Title, body and labels of a rule, compiled.
struct RuleTemplates {
    Template title;
    Template body;
    std::vector<Template> labels = {};
};

/// Thread-safe. A template page is fetched again after `page_max_age`, so a change of it reaches
/// the pages within that time; template text changes with the rule at once.
class TemplateCache {
public:
    TemplateCache(const Clock& clock, Millis page_max_age)
        : clock_(clock), page_max_age_(page_max_age) {}

    /// @errors  kInvalidInput  the template cannot be compiled, with row and column, or its page
    ///                         does not exist; and what Confluence::page gives
    Result<std::shared_ptr<const RuleTemplates>> get(
        const std::shared_ptr<const Rule>& rule, Confluence& confluence
    );

private:
    struct Entry {
        std::shared_ptr<const Rule> rule;  ///< compared by identity: a changed rule is a new object
        SteadyTime made_at;
        std::shared_ptr<const RuleTemplates> templates;
    };

    Result<std::shared_ptr<const RuleTemplates>> make(const Rule& rule, Confluence& confluence);

    const Clock& clock_;
    const Millis page_max_age_;
    Mutex mutex_;
    std::map<std::string, Entry> entries_ GUARDED_BY(mutex_);
};

}  // namespace pagepress::worker
