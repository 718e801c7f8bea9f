// What the catalog holds: sites, rules, snapshots, schedules and API keys.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/digest.h"
#include "common/job/batch.h"
#include "common/schedule/timetable.h"

namespace pagepress {

/// A Jira and a Confluence that belong together, and how to log in to both.
struct Site {
    enum class Auth { kBasic, kBearer };
    enum class Flavour { kCloud, kDataCenter };

    /// Which REST API of Confluence is used. Data Center has v1 only.
    enum class ConfluenceApi { kV1, kV2 };

    std::string id;
    bool enabled = true;         ///< the site switch: off rejects every trigger of the site
    std::string jira_url;        ///< `https://acme.atlassian.net`, no trailing slash
    std::string confluence_url;  ///< `https://acme.atlassian.net/wiki`, no trailing slash
    Auth auth = Auth::kBasic;
    /// On the worker's machine: `email:token` or, on Data Center, `user:password` (basic), or a
    /// token (bearer).
    std::string secret_file;
    /// The same for Confluence, where it is another one: tokens of Data Center are of one product.
    /// Empty: `secret_file` is for both.
    std::string confluence_secret_file{};
    Flavour flavour = Flavour::kCloud;
    ConfluenceApi confluence_api = ConfluenceApi::kV2;
    std::string webhook_secret_file{};      ///< on the ingress' machine; empty: no events are taken
    std::string jira_account_id{};          ///< our own account in Jira, whose events are ignored
    std::optional<int> calls_per_minute{};  ///< calls over it are refused; empty: no limit

    /// How much of the site all workers together may use.
    struct Limits {
        std::optional<int> requests_per_second{};  ///< to both products; empty: no limit
        std::optional<int> presses{};              ///< at the same time; empty: no limit
    };

    Limits limits{};
};

/// What happens in Jira that a rule can listen to; the word in documents is in parentheses.
enum class JiraEvent {
    kIssueCreated,     ///< (issue_created)
    kIssueUpdated,     ///< (issue_updated) a field changed
    kIssueAssigned,    ///< (issue_assigned) somebody became the assignee
    kIssueMentioned,   ///< (issue_mentioned) somebody is mentioned in the description or a comment
    kIssueCommented,   ///< (issue_commented) a comment was added or edited
    kSprintCreated,    ///< (sprint_created)
    kSprintUpdated,    ///< (sprint_updated)
    kSprintStarted,    ///< (sprint_started)
    kSprintClosed,     ///< (sprint_closed)
    kVersionCreated,   ///< (version_created)
    kVersionUpdated,   ///< (version_updated)
    kVersionReleased,  ///< (version_released)
};

inline constexpr std::size_t kJiraEventCount = 12;

/// Which of the events that a rule listens to fire it. An empty list asks for nothing.
struct EventCondition {
    std::vector<std::string> projects{};        ///< project keys in upper case
    std::vector<std::string> issue_types{};     ///< names, in any case
    std::vector<std::string> changed_fields{};  ///< ids or names in any case; kIssueUpdated only

    bool operator==(const EventCondition&) const = default;
};

/// What happens when the page of a rule was deleted by a person.
enum class OnDeleted {
    kRestore,   ///< take it out of the trash and go on; create anew if it is gone for good
    kRecreate,  ///< leave it in the trash and create a new page
    kStop,      ///< leave it alone: the job is skipped
};

/// What a press does to a page that a person has edited since our last version of it.
enum class OnEdited {
    kOverwrite,  ///< writes it as ever
    kSkip,       ///< (skip-if-edited) leaves it alone: the job is skipped
    kKeep,       ///< after its creation only the title is written: the body belongs to people
};

/// What becomes of a placeholder whose name is not known.
enum class UnknownPlaceholder { kEmpty, kKeep, kFail };

/// Creates and updates one page per issue.
struct Rule {
    std::string id;
    std::string site;
    bool enabled = true;
    std::string name;
    std::string space;          ///< space key
    std::string parent;         ///< page id; empty: under the space's home page
    std::string title;          ///< template
    std::string body;           ///< template text; empty if `template_page` is set
    std::string template_page;  ///< id of the Confluence page whose storage body is the template
    UnknownPlaceholder unknown_placeholder = UnknownPlaceholder::kEmpty;
    OnDeleted on_deleted = OnDeleted::kRestore;
    OnEdited on_edited = OnEdited::kOverwrite;
    std::vector<JiraEvent> events{};  ///< what fires it besides its own trigger
    EventCondition condition{};
    std::vector<std::string> labels{};  ///< templates of the page's labels
};

/// One level of a snapshot: a search and the columns to show.
struct SnapshotLevel {
    std::string title;
    std::string jql;
    std::vector<std::string> columns;  ///< field ids or names, in order
};

/// A JQL result frozen as a table in a region of a page.
struct Snapshot {
    std::string id;
    std::string site;
    bool enabled = true;
    std::string name;
    std::string page;  ///< page id
    std::vector<SnapshotLevel> levels;
};

/// Times at which a batch is begun without anybody asking for it.
struct Schedule {
    /// What becomes of a fire that is missed for longer than `catch_up`.
    enum class Missed {
        kSkip,  ///< nothing
        kOnce,  ///< the latest one of those missed is made up for
    };

    std::string id;
    std::string site;
    bool enabled = true;
    std::string name;
    Timetable timetable;
    Millis catch_up{0};  ///< fires missed for no longer than this are made up for, each
    Missed missed = Missed::kSkip;
    Batch refresh;
};

/// A key that callers authenticate with. Only its SHA-256 is kept.
struct ApiKey {
    enum class Scope { kRule, kSnapshot, kSite };

    std::string id;
    std::string name;
    Scope scope = Scope::kRule;
    std::string site;
    std::string subject;  ///< rule or snapshot id; empty for kSite (a global key)
    Sha256 digest{};
    UnixMillis created_at = 0;
    std::string created_by{};  ///< admin who made it; empty: made before this was kept
    std::optional<UnixMillis> renewed_at{};  ///< last given a new secret or a longer life
    std::string renewed_by{};                ///< admin who did
    std::optional<UnixMillis> expires_at{};
};

}  // namespace pagepress
