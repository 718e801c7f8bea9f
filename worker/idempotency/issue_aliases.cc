#include "worker/idempotency/issue_aliases.h"

#include "common/base/ascii.h"

namespace pagepress::worker {

namespace {

std::string entry_key(std::string_view site, std::string_view issue_key) {
    std::string key(site);
    return key.append("/").append(upper_cased(issue_key));
}

}  // namespace

std::optional<std::string> IssueAliases::find(std::string_view site, std::string_view issue_key)
    const {
    const MutexLock lock(mutex_);
    const auto found = ids_.find(entry_key(site, issue_key));
    if (found == ids_.end()) return std::nullopt;
    return found->second;
}

void IssueAliases::forget(std::string_view site, std::string_view issue_key) {
    const MutexLock lock(mutex_);
    ids_.erase(entry_key(site, issue_key));
}

void IssueAliases::remember(
    std::string_view site, std::string_view issue_key, const std::string& issue_id
) {
    const MutexLock lock(mutex_);
    if (ids_.size() >= kEntriesMax) ids_.clear();
    ids_.insert_or_assign(entry_key(site, issue_key), issue_id);
}

}  // namespace pagepress::worker
