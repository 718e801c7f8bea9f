#include "ingress/admin/doctor_route.h"

#include <algorithm>
#include <cstdlib>
#include <string>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "ingress/admin/kafka_findings.h"
#include "ingress/events/webhook_secrets.h"

namespace pagepress::ingress {

namespace {

using Level = Finding::Level;

constexpr std::string_view kDefaultGroup = "pagepress-worker";
constexpr UnixMillis kRedisSkewMsMax = 5'000;
/// Which of the two it is differs from thread to thread: each reads the file when an event comes.
constexpr const char* kUnusableSecrets =
    "; it cannot be used now: secrets that it held before stay in force until the ingress "
    "restarts, "
    "and without any the events of its Jira are answered with 403; write one to four secrets "
    "there, one a line, 4 KiB in all, readable for the ingress";
constexpr int kRedisMajorMin = 6;
constexpr int kRedisMinorMin = 2;

/// Value of `name` in the reply to CONFIG GET: name, value.
std::string config_value(const RedisReply& reply) {
    return reply.items.size() == 2 ? reply.items[1].text : std::string();
}

Finding policy_finding(const Result<RedisReply>& reply) {
    const std::string policy = reply ? config_value(*reply) : std::string();
    if (policy == "noeviction") {
        return {.level = Level::kOk, .subject = "Redis policy", .message = "noeviction"};
    }
    if (policy.empty()) {
        return {
            .level = Level::kWarn,
            .subject = "Redis policy",
            .message =
                "cannot be told: CONFIG GET is not allowed; make sure that maxmemory-policy "
                "is noeviction"};
    }
    return {
        .level = Level::kFail,
        .subject = "Redis policy",
        .message = "maxmemory-policy is " + policy +
                   ", which drops leases and statuses when memory is short; set it with CONFIG SET "
                   "maxmemory-policy noeviction, and in redis.conf"};
}

Finding version_finding(const Result<RedisReply>& reply) {
    constexpr std::string_view kName = "redis_version:";
    const std::string text = reply ? reply->text : std::string();
    const std::size_t at = text.find(kName);
    if (at == std::string::npos) {
        return {.level = Level::kWarn, .subject = "Redis", .message = "its version cannot be told"};
    }
    const std::size_t begin = at + kName.size();
    const std::string version = text.substr(begin, text.find_first_of("\r\n", begin) - begin);
    char* end = nullptr;
    const long major = std::strtol(version.c_str(), &end, 10);
    const long minor = *end == '.' ? std::strtol(end + 1, nullptr, 10) : 0;
    const bool is_old =
        major < kRedisMajorMin || (major == kRedisMajorMin && minor < kRedisMinorMin);
    return {
        .level = is_old ? Level::kFail : Level::kOk,
        .subject = "Redis",
        .message = is_old ? "version " + version + " is too old; use 6.2 or newer"
                          : "version " + version + " answers"};
}

/// The reply to TIME: seconds and microseconds.
Finding clock_finding(const Result<RedisReply>& reply, UnixMillis now) {
    const bool is_time = reply && reply->items.size() == 2;
    const UnixMillis theirs =
        is_time ? std::strtoll(reply->items[0].text.c_str(), nullptr, 10) * 1000 : 0;
    const UnixMillis skew = std::max(theirs - now, now - theirs - 1000);
    const bool is_good = is_time && skew <= kRedisSkewMsMax;
    return {
        .level = is_good ? Level::kOk : Level::kWarn,
        .subject = "clock of Redis",
        .message = !is_time  ? "cannot be told: TIME is not allowed"
                   : is_good ? "agrees with that of the ingress"
                             : "is " + std::to_string(skew / 1000) +
                                   " s off that of the ingress; let NTP set both"};
}

std::string counts_of(const Catalog& catalog) {
    return counted(catalog.ids(EntryKind::kSite).size(), "site") + ", " +
           counted(catalog.ids(EntryKind::kRule).size(), "rule") + ", " +
           counted(catalog.ids(EntryKind::kSnapshot).size(), "snapshot") + ", " +
           counted(catalog.ids(EntryKind::kApiKey).size(), "key");
}

}  // namespace

HttpReply DoctorRoute::handle(const HttpRequest& request) const {
    std::vector<Finding> findings;
    add_own(findings);
    if (ports_.inspect_kafka) {
        const std::string group =
            request.query_parameter("group").value_or(std::string(kDefaultGroup));
        const auto found = kafka_findings(ports_.inspect_kafka(group), group);
        findings.insert(findings.end(), found.begin(), found.end());
    }
    add_redis(findings);
    add_sites(findings);
    const boost::json::object body{{"findings", to_json(findings)}};
    return {.status = 200, .body = boost::json::serialize(body) + "\n"};
}

void DoctorRoute::add_own(std::vector<Finding>& findings) const {
    const std::vector<std::string> problems = readiness_.problems();
    for (const std::string& problem : problems) {
        findings.push_back(
            {.level = Level::kFail,
             .subject = "ingress",
             .message = problem + " Triggers are answered with 503 until then."}
        );
    }
    if (problems.empty()) {
        findings.push_back({.level = Level::kOk, .subject = "ingress", .message = "ready"});
    }
    const std::int64_t unreadable = ports_.catalog.unreadable_records();
    findings.push_back(
        {.level = unreadable == 0 ? Level::kOk : Level::kWarn,
         .subject = "catalog",
         .message = counts_of(ports_.catalog) +
                    (unreadable == 0 ? ""
                                     : "; " + std::to_string(unreadable) +
                                           " records cannot be read: the log names them, and "
                                           "writing the entries again repairs them")}
    );
}

/// Webhook secrets are read here; the credentials of sites are on the workers' machines alone.
void DoctorRoute::add_sites(std::vector<Finding>& findings) const {
    for (const std::string& id : ports_.catalog.ids(EntryKind::kSite)) {
        const auto site = ports_.catalog.site(id);
        if (site == nullptr || site->webhook_secret_file.empty()) continue;
        const auto held = WebhookSecrets::count_in(site->webhook_secret_file, ports_.clock);
        findings.push_back(
            {.level = held ? Level::kOk : Level::kFail,
             .subject = "webhook secret of " + id,
             .message = held ? "the file holds " + counted(*held, "secret")
                             : held.error().message + kUnusableSecrets}
        );
    }
}

void DoctorRoute::add_redis(std::vector<Finding>& findings) const {
    const auto info = ports_.redis.call({"INFO", "server"});
    if (!info && !ports_.redis.call({"PING"})) {
        findings.push_back(
            {.level = Level::kFail,
             .subject = "Redis",
             .message = info.error().message +
                        "; job statuses are not shown and presses cost more; check "
                        "--redis-address, and that it runs"}
        );
        return;
    }
    findings.push_back(version_finding(info));
    findings.push_back(policy_finding(ports_.redis.call({"CONFIG", "GET", "maxmemory-policy"})));
    findings.push_back(clock_finding(ports_.redis.call({"TIME"}), ports_.clock.unix_now()));
}

}  // namespace pagepress::ingress
