// `doctor`: gathers what the ingress and the workers find, adds what can only be seen from here,
// and prints one line for each.
#include <ostream>
#include <vector>

#include <boost/json/object.hpp>

#include "common/json/finding.h"
#include "common/json/json_value.h"
#include "ingress/ctl/admin_api.h"
#include "ingress/ctl/commands.h"
#include "ingress/ctl/session.h"
#include "ingress/ctl/table.h"

namespace pagepress::ctl {

namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using Level = Finding::Level;

/// The ingress asks Kafka and Redis, a worker every site, before they answer.
constexpr Millis kIngressTimeout = 60s;
constexpr Millis kWorkerTimeout = 180s;
constexpr Millis kSkewWarn = 5s;
/// Pages' versions are searched for stamps from five minutes before a job on; keys expire by time.
constexpr Millis kSkewFail = 300s;

class Diagnosis {
public:
    explicit Diagnosis(const Surroundings& surroundings) : surroundings_(surroundings) {}

    void check_ingress(const std::string& token, const std::string& worker_group) {
        const std::string url = without_trailing_slash(surroundings_.admin_url);
        const std::string subject = "admin API " + url;
        const auto answer = ask({
            .method = "GET",
            .url = url + "/admin/v1/doctor?group=" + percent_encoded(worker_group),
            .headers = {"Authorization: Bearer " + token},
            .timeout = kIngressTimeout,
        });
        if (!answer) {
            add(Level::kFail,
                subject,
                answer.error().message + "; is --admin-url right, and does the ingress run?");
        } else if (answer->status == 401 || answer->status == 403) {
            add(Level::kFail,
                subject,
                "the token is not valid; put a line of the ingress' --admin-token-file into ours");
        } else if (answer->status == 404) {
            add(Level::kFail,
                subject,
                "it knows no doctor: this is no ingress, or an older one; check --admin-url");
        } else if (answer->status != 200) {
            add(Level::kFail, subject, "it answers HTTP " + std::to_string(answer->status));
        } else {
            add(Level::kOk, subject, "it answers, and the token is valid");
            check_clock("clock of the ingress", *answer);
            take_findings(subject, answer->body);
        }
    }

    /// @param prefix  of what the worker looked at: `worker http://a` where there are several
    void check_worker(const std::string& url, const std::string& prefix) {
        const std::string subject = "worker " + url;
        const auto answer =
            ask({.method = "GET", .url = url + "/doctor", .timeout = kWorkerTimeout});
        if (!answer) {
            add(Level::kFail,
                subject,
                answer.error().message +
                    "; is --worker-url the worker's --admin-listen, and does it run?");
        } else if (answer->status != 200) {
            add(Level::kFail,
                subject,
                "it answers HTTP " + std::to_string(answer->status) +
                    "; --worker-url is the worker's --admin-listen");
        } else {
            add(Level::kOk, subject, "it answers");
            check_clock("clock of the worker " + url, *answer);
            take_findings(subject, answer->body, prefix);
        }
    }

    void add(Level level, std::string subject, std::string message) {
        findings_.push_back(
            {.level = level, .subject = std::move(subject), .message = std::move(message)}
        );
    }

    [[nodiscard]] const std::vector<Finding>& findings() const { return findings_; }

private:
    Result<HttpAnswer> ask(const HttpCall& call) {
        asked_at_ = surroundings_.clock.unix_now();
        return surroundings_.http.perform(call);
    }

    /// A worker speaks of itself as `worker` and `worker: …`: it is named once all the same.
    static std::string with_prefix(const std::string& prefix, const std::string& subject) {
        constexpr std::string_view kItself = "worker";
        if (prefix.empty()) return subject;
        if (subject == kItself) return prefix;
        if (!subject.starts_with("worker: ")) return prefix + ": " + subject;
        return prefix + subject.substr(kItself.size());
    }

    /// Compares the `Date` of an answer, which has whole seconds, with the time of the call.
    void check_clock(const std::string& subject, const HttpAnswer& answer) {
        const auto date = parse_http_date(answer.header("date"));
        if (!date) {
            return add(Level::kWarn, subject, "cannot be told: the answer has no usable Date");
        }
        const UnixMillis theirs =
            std::chrono::duration_cast<Millis>(date->time_since_epoch()).count();
        const UnixMillis answered_at = surroundings_.clock.unix_now();
        // Anywhere between the call and its answer is right, and Date is cut to the second.
        const UnixMillis behind = asked_at_ - 1000 - theirs;
        const UnixMillis ahead = theirs - answered_at;
        const UnixMillis skew = std::max<UnixMillis>({behind, ahead, 0});
        if (skew < kSkewWarn.count()) {
            return add(Level::kOk, subject, "agrees with ours");
        }
        add(skew < kSkewFail.count() ? Level::kWarn : Level::kFail,
            subject,
            "is " + std::to_string(skew / 1000) + " s " + (behind > 0 ? "behind" : "ahead of") +
                " ours; let NTP set both");
    }

    void take_findings(
        const std::string& subject, const std::string& body, const std::string& prefix = {}
    ) {
        const auto report = parse_json(body, "the answer of the " + subject);
        const json::value* const list = report ? find(*report, "findings") : nullptr;
        if (list == nullptr || !list->is_array()) {
            return add(Level::kFail, subject, "its answer holds no findings; is it pagepress?");
        }
        for (const Finding& finding : findings_from(*list)) {
            add(finding.level, with_prefix(prefix, finding.subject), finding.message);
        }
    }

    const Surroundings& surroundings_;
    std::vector<Finding> findings_;
    UnixMillis asked_at_ = 0;
};

std::string_view sign_of(Level level) {
    switch (level) {
        case Level::kOk:
            return "ok    ";
        case Level::kFail:
            return "FAIL  ";
        case Level::kWarn:
            break;
    }
    return "warn  ";
}

void print(const std::vector<Finding>& findings, OutputFormat format, std::ostream& out) {
    if (format != OutputFormat::kTable) {
        out << to_text(to_json(findings), format);
        return;
    }
    for (const Finding& finding : findings) {
        out << sign_of(finding.level) << on_one_line(finding.subject + ": " + finding.message)
            << '\n';
    }
}

std::size_t count(const std::vector<Finding>& findings, Level level) {
    return static_cast<std::size_t>(std::ranges::count(findings, level, &Finding::level));
}

}  // namespace

int run_doctor(const DoctorCommand& command, const Surroundings& surroundings) {
    Diagnosis diagnosis(surroundings);
    if (const auto token = read_admin_token(surroundings.admin_token_file)) {
        diagnosis.check_ingress(*token, command.worker_group);
    } else {
        diagnosis.add(Level::kFail, "admin token", token.error().message);
    }
    for (const std::string& given : command.worker_urls) {
        const std::string url = without_trailing_slash(given);
        diagnosis.check_worker(url, command.worker_urls.size() > 1 ? "worker " + url : "");
    }
    if (command.worker_urls.empty()) {
        diagnosis.add(
            Level::kWarn,
            "sites",
            "not checked, since only workers have their credentials; name a worker's admin "
            "listener with --worker-url"
        );
    }
    const auto& findings = diagnosis.findings();
    print(findings, command.format, surroundings.out);
    const std::size_t failed = count(findings, Level::kFail);
    surroundings.err << findings.size() - failed - count(findings, Level::kWarn) << " ok, "
                     << counted(count(findings, Level::kWarn), "warning") << ", "
                     << counted(failed, "failure") << '\n';
    return failed == 0 ? kExitOk : kExitFailed;
}

}  // namespace pagepress::ctl
