#include "worker/atlassian/site_checks.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "common/json/json_value.h"
#include "worker/atlassian/answer_errors.h"
#include "worker/atlassian/session.h"
#include "worker/atlassian/site_account.h"
#include "worker/atlassian/stale_write_proof.h"

namespace pagepress::worker {

namespace {

namespace json = boost::json;
using Level = Finding::Level;

/// Of one site; more say the same again.
constexpr std::size_t kTargetsMax = 20;
constexpr UnixMillis kSkewMsMax = 5'000;

/// What a site's rules and snapshots write to, with one that does.
struct Targets {
    std::map<std::string, std::string> spaces;  ///< key to `rule release`
    std::map<std::string, std::string> pages;   ///< id to `snapshot open`
};

Targets targets_of(const Catalog& catalog, const std::string& site) {
    Targets targets;
    for (const std::string& id : catalog.ids(EntryKind::kRule)) {
        const auto rule = catalog.rule(id);
        if (rule && rule->site == site) targets.spaces.emplace(rule->space, "rule " + id);
    }
    for (const std::string& id : catalog.ids(EntryKind::kSnapshot)) {
        const auto snapshot = catalog.snapshot(id);
        if (snapshot && snapshot->site == site) {
            targets.pages.emplace(snapshot->page, "snapshot " + id);
        }
    }
    return targets;
}

/// Whether a list of permitted operations holds one; empty if it is no such list.
std::optional<bool> permits(
    const json::value& answer, std::string_view operation, std::string_view target
) {
    const json::value* const member = find(answer, "operations");
    const json::array* const list = member == nullptr ? nullptr : member->if_array();
    if (list == nullptr) return std::nullopt;
    return std::ranges::any_of(*list, [&](const json::value& item) {
        return string_at(item, "operation") == operation && string_at(item, "targetType") == target;
    });
}

/// One site. Every call is a GET, but for those of the proof in a trial space.
class SiteCheck {
public:
    SiteCheck(const Site& site, const SiteCheckPorts& ports, std::vector<Finding>& findings)
        : site_(site), ports_(ports), findings_(findings) {}

    void run(const Targets& targets) {
        // Read anew: what the presses use may be an older content that they keep.
        const auto account = SiteAccounts(ports_.clock).account(site_);
        if (!account) {
            return add(
                Level::kFail,
                "secret file",
                account.error().message +
                    "; write it anew, readable for the worker; until then presses use what this "
                    "worker read there before, and without that the site's jobs wait"
            );
        }
        add(Level::kOk, "secret file", site_.secret_file + " can be read");
        authorization_ = account->authorization;
        if (const auto us = log_in("Jira", account->jira_url, "/rest/api/3/myself")) {
            check_account_id(*us);
            check_jira_permissions(account->jira_url);
        }
        const std::string& confluence = account->confluence_url;
        if (!log_in("Confluence", confluence, "/rest/api/user/current")) return;
        std::size_t left = kTargetsMax;
        for (const auto& [space, user] : targets.spaces) {
            if (left-- == 0) break;
            check_space(confluence, space, user);
        }
        left = kTargetsMax;
        for (const auto& [page, user] : targets.pages) {
            if (left-- == 0) break;
            check_page(confluence, page, user);
        }
        check_stale_write(confluence);
        const std::size_t spaces = targets.spaces.size();
        const std::size_t pages = targets.pages.size();
        if (spaces > kTargetsMax || pages > kTargetsMax) {
            add(Level::kOk,
                "scope",
                "the first " + std::to_string(kTargetsMax) + " of " + std::to_string(spaces) +
                    " spaces and " + std::to_string(pages) + " pages were looked at");
        }
    }

private:
    void add(Level level, const std::string& subject, std::string message) {
        findings_.push_back(
            {.level = level,
             .subject = "site " + site_.id + ": " + subject,
             .message = std::move(message)}
        );
    }

    /// JSON of an answer that is a success.
    Result<json::value> get(const std::string& base_url, const std::string& path) {
        const auto answer = ports_.http.perform({
            .method = "GET",
            .url = base_url + path,
            .headers = {"Authorization: " + authorization_, "Accept: application/json"},
            .timeout = ports_.call_timeout,
        });
        if (!answer) return std::unexpected(answer.error());
        date_ = parse_http_date(answer->header("date"));
        const std::string what = "GET " + path.substr(0, path.find('?'));
        if (auto fault = fault_of(*answer, CallKind::kRead, what, ports_.clock.unix_now())) {
            return std::unexpected(std::move(fault->error));
        }
        return parse_json(answer->body, "the answer to " + what);
    }

    /// Whom the product takes us for; empty if we are not logged in.
    std::optional<json::value> log_in(
        const std::string& product, const std::string& base_url, const std::string& path
    ) {
        const UnixMillis asked_at = ports_.clock.unix_now();
        const auto user = get(base_url, path);
        if (!user) {
            const bool is_away = recovery_of(user.error().code) == Recovery::kTransient &&
                                 user.error().code != ErrorCode::kCredentialsRejected;
            add(Level::kFail,
                product,
                user.error().message + (is_away ? "; check the site's URL, DNS and the way out"
                                                : "; put a valid token into " + site_.secret_file));
            return std::nullopt;
        }
        if (string_at(*user, "accountId").empty() || string_at(*user, "type") == "anonymous") {
            add(Level::kFail,
                product,
                "we are served as anonymous; put a valid token into " + site_.secret_file);
            return std::nullopt;
        }
        add(Level::kOk, product, base_url + " knows us as " + name_of_user(*user));
        check_clock(product, asked_at);
        return *user;
    }

    /// The ingress ignores the events that the named account causes.
    void check_account_id(const json::value& us) {
        const std::string& named = site_.jira_account_id;
        if (named.empty() || site_.webhook_secret_file.empty()) return;
        for (const char* const name : {"accountId", "key", "name"}) {
            if (string_at(us, name) == named) return;
        }
        const std::string ours = string_at(us, "accountId");
        add(Level::kFail,
            "jira_account_id",
            "names " + named + ", but Jira knows us as " + ours +
                ": what pagepress changes there comes back as events, and those of the named "
                "account are ignored; set it to " +
                ours);
    }

    static std::string name_of_user(const json::value& user) {
        const std::string name = string_at(user, "displayName");
        return name.empty() ? string_at(user, "accountId") : name;
    }

    void check_clock(const std::string& product, UnixMillis asked_at) {
        if (!date_) return;
        const UnixMillis theirs =
            std::chrono::duration_cast<Millis>(date_->time_since_epoch()).count();
        // Date is cut to the second, and made somewhere between call and answer.
        const UnixMillis skew =
            std::max(asked_at - 1000 - theirs, theirs - ports_.clock.unix_now());
        if (skew <= kSkewMsMax) return;
        add(Level::kWarn,
            "clock of " + product,
            "is " + std::to_string(skew / 1000) + " s off the worker's; let NTP set the worker's");
    }

    void check_jira_permissions(const std::string& base_url) {
        const auto answer =
            get(base_url, "/rest/api/3/mypermissions?permissions=BROWSE_PROJECTS,EDIT_ISSUES");
        const auto has = [&](std::string_view name) -> std::optional<bool> {
            if (!answer) return std::nullopt;
            const json::value* const value =
                find_path(*answer, {"permissions", name, "havePermission"});
            if (value == nullptr || !value->is_bool()) return std::nullopt;
            return value->get_bool();
        };
        const auto browses = has("BROWSE_PROJECTS");
        const auto edits = has("EDIT_ISSUES");
        if (!browses || !edits) {
            add(Level::kWarn,
                "Jira permissions",
                "cannot be told" + (answer ? std::string() : ": " + answer.error().message));
        } else if (!*browses) {
            add(Level::kFail,
                "Jira permissions",
                "the account may browse no project; give it 'Browse projects' where the issues are"
            );
        } else if (!*edits) {
            add(Level::kWarn,
                "Jira permissions",
                "the account may edit issues nowhere, and a rule notes its page on the issue; give "
                "it 'Edit issues'");
        } else {
            add(Level::kOk, "Jira permissions", "may browse and edit, in some project at least");
        }
    }

    void check_space(
        const std::string& base_url, const std::string& space, const std::string& user
    ) {
        const std::string subject = "space " + space;
        const auto list = get(base_url, "/api/v2/spaces?keys=" + percent_encoded(space));
        if (!list) return add(Level::kFail, subject, list.error().message);
        const json::value* const results = find(*list, "results");
        const json::array* const spaces = results == nullptr ? nullptr : results->if_array();
        const std::string id =
            spaces == nullptr || spaces->empty() ? std::string() : string_at(spaces->front(), "id");
        if (id.empty()) {
            return add(
                Level::kFail,
                subject,
                "there is none, or the account may not see it, and " + user +
                    " writes there; correct the key, or let the account view the space"
            );
        }
        const auto answer = get(base_url, "/api/v2/spaces/" + percent_encoded(id) + "/operations");
        const auto may_create = answer ? permits(*answer, "create", "page") : std::optional<bool>();
        add_permission(subject, user, "create pages", may_create);
    }

    void check_page(const std::string& base_url, const std::string& page, const std::string& user) {
        const std::string subject = "page " + page;
        const std::string path = "/api/v2/pages/" + percent_encoded(page);
        const auto found = get(base_url, path);
        if (!found) {
            const std::string hint =
                found.error().code == ErrorCode::kNotFound
                    ? "; it is gone or hidden from the account, and " + user + " writes it"
                    : std::string();
            return add(Level::kFail, subject, found.error().message + hint);
        }
        const auto answer = get(base_url, path + "/operations");
        const auto may_update = answer ? permits(*answer, "update", "page") : std::optional<bool>();
        add_permission(subject, user, "update it", may_update);
    }

    void check_stale_write(const std::string& base_url) {
        const auto trial = ports_.trial_spaces.find(site_.id);
        if (trial == ports_.trial_spaces.end()) return;
        Session session(
            {.base_url = base_url,
             .authorization = authorization_,
             .probe_path = "/rest/api/user/current",
             .timeout = ports_.call_timeout},
            ports_.http,
            ports_.clock
        );
        Finding told = prove_stale_write_is_refused(session, trial->second, ports_.clock);
        add(told.level, "stale write in " + told.subject, std::move(told.message));
    }

    void add_permission(
        const std::string& subject,
        const std::string& user,
        const std::string& deed,
        std::optional<bool> is_permitted
    ) {
        if (!is_permitted) {
            add(Level::kWarn, subject, "is seen; whether we may " + deed + " cannot be told");
        } else if (*is_permitted) {
            add(Level::kOk, subject, "is seen, and we may " + deed);
        } else {
            add(Level::kFail,
                subject,
                "we may not " + deed + ", and " + user +
                    " does; give the account that permission in the space's settings");
        }
    }

    const Site& site_;
    const SiteCheckPorts& ports_;
    std::vector<Finding>& findings_;
    std::string authorization_;
    std::optional<std::chrono::system_clock::time_point> date_;  ///< of the last answer
};

}  // namespace

std::vector<Finding> check_sites(const SiteCheckPorts& ports) {
    std::vector<Finding> findings;
    const SteadyTime deadline = ports.clock.steady_now() + ports.time_max;
    const auto ids = ports.catalog.ids(EntryKind::kSite);
    if (ids.empty()) {
        findings.push_back(
            {.level = Level::kWarn,
             .subject = "sites",
             .message = "the catalog holds none; load some with 'pagepressctl apply -f'"}
        );
    }
    for (const std::string& id : ids) {
        const auto site = ports.catalog.site(id);
        if (site == nullptr || ports.is_cancelled()) continue;
        if (ports.clock.steady_now() >= deadline) {
            findings.push_back(
                {.level = Level::kWarn,
                 .subject = "site " + id,
                 .message = "not checked: the sites before it took too long"}
            );
        } else if (!site->enabled) {
            findings.push_back(
                {.level = Level::kOk,
                 .subject = "site " + id,
                 .message = "switched off, so not checked"}
            );
        } else {
            SiteCheck(*site, ports, findings).run(targets_of(ports.catalog, id));
        }
    }
    return findings;
}

}  // namespace pagepress::worker
