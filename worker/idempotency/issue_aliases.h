// Issue keys of this process' memory: which numeric issue a key names.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/base/mutex.h"

namespace pagepress::worker {

/// Bounded; thread-safe. Jira keeps a key for its issue, also when the issue moves. An id that is
/// gone (project deleted and imported anew) is forgotten when Jira does not know it any more.
class IssueAliases {
public:
    [[nodiscard]] std::optional<std::string> find(std::string_view site, std::string_view issue_key)
        const;

    void forget(std::string_view site, std::string_view issue_key);

    void remember(std::string_view site, std::string_view issue_key, const std::string& issue_id);

private:
    static constexpr std::size_t kEntriesMax = 100'000;

    mutable Mutex mutex_;
    std::unordered_map<std::string, std::string> ids_ GUARDED_BY(mutex_);
};

}  // namespace pagepress::worker
