// What a webhook of Jira tells, reduced to what rules ask about. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "common/catalog/model.h"

namespace pagepress::ingress {

struct JiraMessage {
    /// What it is to a rule; empty: nothing that one can listen to.
    std::vector<JiraEvent> events{};
    /// Account id, key and name, as far as given, of the person who caused it; empty: not told, as
    /// for sprints and versions.
    std::vector<std::string> actor{};

    // Events of an issue.
    std::string issue{};                        ///< its numeric id, or its key if there is none
    std::string project{};                      ///< project key in upper case; empty: not told
    std::string issue_type{};                   ///< name; empty: not told
    std::vector<std::string> changed_fields{};  ///< ids and names

    /// Events of a sprint or version: finds its issues. Empty for those of an issue.
    std::string jql{};
};

/// Reads the body of a webhook (developer.atlassian.com/cloud/jira/platform/webhooks and, for the
/// forms of Data Center, confluence.atlassian.com/adminjiraserver "Managing webhooks").
///
/// - created: `jira:issue_created`.
/// - updated: `jira:issue_updated` with a changelog; one that changes nothing but remote links does
///   not count: Confluence makes such links itself whenever a page mentions the issue, so that
///   every page of ours would cause the next event.
/// - assigned: a changelog in which the assignee becomes somebody, or `issue_assigned` without one.
/// - commented: `comment_created`, `comment_updated`, and Data Center's `issue_commented`,
///   `issue_comment_edited`.
/// - mentioned: somebody in the description of a new issue, somebody new in a changed description,
///   or somebody in a comment.
/// - sprints and versions: the events of their names.
///
/// @errors  kCorrupt  not JSON, not an event at all, or without the id that its kind needs
[[nodiscard]] Result<JiraMessage> read_jira_message(std::string_view body);

}  // namespace pagepress::ingress
