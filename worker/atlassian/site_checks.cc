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
        const Product jira{
            .name = "Jira",
            .url = account->jira_url,
            .authorization = account->authorization,
            .secret_file = site_.secret_file};
        if (const auto us = log_in(jira, jira_root() + "/myself")) {
            check_account_id(*us);
            check_jira_permissions(jira);
        }
        const bool shares_file = site_.confluence_secret_file.empty();
        const Product confluence{
            .name = "Confluence",
            .url = account->confluence_url,
            .authorization = account->for_confluence(),
            .secret_file = shares_file ? site_.secret_file : site_.confluence_secret_file};
        if (!log_in(confluence, "/rest/api/user/current")) return;
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
        check_stale_write(*account);
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
    /// One of the site's two.
    struct Product {
        std::string name;
        std::string url;
        std::string authorization;
        std::string secret_file;
    };

    [[nodiscard]] bool is_cloud() const { return site_.flavour == Site::Flavour::kCloud; }

    [[nodiscard]] std::string jira_root() const {
        return is_cloud() ? "/rest/api/3" : "/rest/api/2";
    }

    [[nodiscard]] bool speaks_v1() const {
        return site_.confluence_api == Site::ConfluenceApi::kV1;
    }

    void add(Level level, const std::string& subject, std::string message) {
        findings_.push_back(
            {.level = level,
             .subject = "site " + site_.id + ": " + subject,
             .message = std::move(message)}
        );
    }

    /// JSON of an answer that is a success.
    Result<json::value> get(const Product& product, const std::string& path) {
        const auto answer = ports_.http.perform({
            .method = "GET",
            .url = product.url + path,
            .headers = {"Authorization: " + product.authorization, "Accept: application/json"},
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
    std::optional<json::value> log_in(const Product& product, const std::string& path) {
        const UnixMillis asked_at = ports_.clock.unix_now();
        const auto user = get(product, path);
        if (!user) {
            const bool is_away = recovery_of(user.error().code) == Recovery::kTransient &&
                                 user.error().code != ErrorCode::kCredentialsRejected;
            add(Level::kFail,
                product.name,
                user.error().message + (is_away ? "; check the site's URL, DNS and the way out"
                                                : "; put a valid token into " + product.secret_file)
            );
            return std::nullopt;
        }
        if (!is_known_user(*user)) {
            add(Level::kFail,
                product.name,
                "we are served as anonymous; put a valid token into " + product.secret_file);
            return std::nullopt;
        }
        add(Level::kOk, product.name, product.url + " knows us as " + name_of_user(*user));
        check_clock(product.name, asked_at);
        return *user;
    }

    /// The ingress ignores the events that the named account causes.
    void check_account_id(const json::value& us) {
        const std::string& named = site_.jira_account_id;
        if (named.empty() || site_.webhook_secret_file.empty()) return;
        for (const char* const name : {"accountId", "key", "name"}) {
            if (string_at(us, name) == named) return;
        }
        const std::string ours = string_at(us, is_cloud() ? "accountId" : "key");
        add(Level::kFail,
            "jira_account_id",
            "names " + named + ", but Jira knows us as " + ours +
                ": what pagepress changes there comes back as events, and those of the named "
                "account are ignored; set it to " +
                ours);
    }

    static std::string name_of_user(const json::value& user) {
        for (const char* const name : {"displayName", "accountId", "username", "name"}) {
            if (std::string text = string_at(user, name); !text.empty()) return text;
        }
        return "an account without a name";
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

    void check_jira_permissions(const Product& jira) {
        const auto answer =
            get(jira, jira_root() + "/mypermissions?permissions=BROWSE_PROJECTS,EDIT_ISSUES");
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

    void check_space(const Product& confluence, const std::string& space, const std::string& user) {
        const std::string subject = "space " + space;
        const auto found =
            speaks_v1() ? space_by_v1(confluence, space) : space_by_v2(confluence, space);
        if (!found) return add(Level::kFail, subject, found.error().message);
        if (found->is_null()) {
            return add(
                Level::kFail,
                subject,
                "there is none, or the account may not see it, and " + user +
                    " writes there; correct the key, or let the account view the space"
            );
        }
        const auto may_create = permits(*found, "create", "page");
        if (!may_create && !is_cloud()) {
            return add(
                Level::kOk,
                subject,
                "is seen; Data Center does not tell whether we may create pages there"
            );
        }
        add_permission(subject, user, "create pages", may_create);
    }

    /// The space with its operations; null if there is none.
    Result<json::value> space_by_v1(const Product& confluence, const std::string& key) {
        auto found =
            get(confluence, "/rest/api/space/" + percent_encoded(key) + "?expand=operations");
        if (!found && found.error().code == ErrorCode::kNotFound) return json::value();
        return found;
    }

    Result<json::value> space_by_v2(const Product& confluence, const std::string& key) {
        const auto list = get(confluence, "/api/v2/spaces?keys=" + percent_encoded(key));
        if (!list) return std::unexpected(list.error());
        const json::value* const results = find(*list, "results");
        const json::array* const spaces = results == nullptr ? nullptr : results->if_array();
        const std::string id =
            spaces == nullptr || spaces->empty() ? std::string() : string_at(spaces->front(), "id");
        if (id.empty()) return json::value();
        auto operations = get(confluence, "/api/v2/spaces/" + percent_encoded(id) + "/operations");
        return operations ? std::move(operations) : json::object();
    }

    void check_page(const Product& confluence, const std::string& page, const std::string& user) {
        const std::string subject = "page " + page;
        const std::string path =
            (speaks_v1() ? "/rest/api/content/" : "/api/v2/pages/") + percent_encoded(page);
        const auto found = get(confluence, speaks_v1() ? path + "?expand=operations" : path);
        if (!found) {
            const std::string hint =
                found.error().code == ErrorCode::kNotFound
                    ? "; it is gone or hidden from the account, and " + user + " writes it"
                    : std::string();
            return add(Level::kFail, subject, found.error().message + hint);
        }
        const auto answer = speaks_v1() ? found : get(confluence, path + "/operations");
        const auto may_update = answer ? permits(*answer, "update", "page") : std::optional<bool>();
        add_permission(subject, user, "update it", may_update);
    }

    void check_stale_write(const SiteAccount& account) {
        const auto trial = ports_.trial_spaces.find(site_.id);
        if (trial == ports_.trial_spaces.end()) return;
        Finding told = prove_stale_write_is_refused(
            {.site = site_,
             .account = account,
             .http = ports_.http,
             .clock = ports_.clock,
             .call_timeout = ports_.call_timeout},
            trial->second
        );
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
