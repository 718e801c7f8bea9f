// A press of a rule: find, create or update the one page of a rule and an issue.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "common/catalog/model.h"
#include "worker/press/press_run.h"
#include "worker/press/rule_source.h"
#include "worker/press/stamp.h"

namespace pagepress::worker {

/// One press; used by one executor.
class RulePress {
public:
    RulePress(
        PressRun& run,
        PressPorts& ports,
        const PressLimits& limits,
        std::shared_ptr<const Rule> rule,
        SiteClients clients
    );

    /// Finds the page, then brings it up to date. Jobs that are still active afterwards share the
    /// error.
    Result<void> press(const Job& lead);

private:
    Result<std::string> find_issue_id(const Job& lead);
    Result<void> look_up_again(const Job& lead, const Error& error);
    Result<void> bring_up_to_date();
    Result<std::string> find_page();
    Result<bool> belongs_to_other(const std::string& page_id);
    void note_creator(const Page& page);
    Result<void> follow_link(const std::string& page_id);
    Result<void> create();
    Result<void> update(const std::string& page_id);
    Result<void> replace_deleted(const std::string& page_id);
    Result<void> restore(const Page& page);
    Result<void> finish(const std::string& page_id, const Page* page);
    Result<void> link(const std::string& page_id);
    Result<void> label(const Page& page);
    void set_page(const std::string& page_id);
    [[nodiscard]] bool may_skip_read();

    PressRun& run_;
    PressPorts& ports_;
    const PressLimits& limits_;
    std::shared_ptr<const Rule> rule_;
    SiteClients clients_;
    RuleSource source_;
    Stamp creator_;  ///< of the page's creation, where this press knows it; else `job_id` is empty
    std::set<std::string> deleted_pages_;
    bool is_absence_doubted_ = false;  ///< a page was not found, which a new one may not be yet
    bool has_used_alias_ = false;      ///< the issue's id is remembered, not read
};

}  // namespace pagepress::worker
