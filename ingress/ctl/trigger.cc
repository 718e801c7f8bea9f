// `trigger`: calls the public API as a webhook would, and may wait until the job is over.
#include <algorithm>
#include <array>
#include <ostream>

#include "common/json/json_value.h"
#include "ingress/ctl/commands.h"
#include "ingress/ctl/session.h"
#include "ingress/ctl/waiting.h"

namespace pagepress::ctl {

namespace {

constexpr std::string_view kAddressHint =
    "is --url (or PAGEPRESS_PUBLIC_URL) the ingress' --listen address, and does it run?";

/// Where a call goes, and the name of the header that carries the key.
struct Route {
    std::string path;
    std::string key_header;
};

Route route_of(const TriggerCommand& command) {
    const std::string id = percent_encoded(command.id);
    switch (command.target) {
        case TriggerCommand::Target::kRule:
            return {
                .path = "/v1/trigger?method=triggerRule&ruleId=" + id +
                        "&issueId=" + percent_encoded(command.issue),
                .key_header = "x-autopage-api-key"};
        case TriggerCommand::Target::kSnapshot:
            return {.path = "/v1/snapshots/" + id, .key_header = "jira-snapshots-api-key"};
        case TriggerCommand::Target::kPage:
            break;
    }
    return {.path = "/take-snapshot/" + id, .key_header = "jira-snapshots-api-key"};
}

bool is_over(std::string_view status) {
    constexpr std::array<std::string_view, 4> kTerminal{"done", "coalesced", "skipped", "dead"};
    return std::ranges::find(kTerminal, status) != kTerminal.end();
}

int print_end(const Surroundings& surroundings, const ApiAnswer& answer, OutputFormat format) {
    surroundings.out << to_text(with_iso_times(answer.body), format);
    if (string_at(answer.body, "status") != "dead") return kExitOk;
    return report(
        surroundings, kExitFailed, "the job is dead: " + string_at(answer.body, "reason")
    );
}

/// Why the wait ended without the job's end.
std::string time_up_text(const Waited& waited, std::chrono::seconds wait_max) {
    const std::string after = " after " + std::to_string(wait_max.count()) + " s";
    const std::string status = string_at(waited.answer.body, "status");
    if (!waited.trouble.empty()) {
        return "the job was accepted, but its status is not known" + after + ": " + waited.trouble;
    }
    if (status == "unknown") {
        return "the job was accepted, but its status is not known" + after + ": " +
               string_at(waited.answer.body, "detail");
    }
    return "the job is not over" + after + "; it goes on";
}

int wait_for_job(
    const TriggerCommand& command, const HttpCall& look, const Surroundings& surroundings
) {
    const WaitPlan plan{
        .look =
            [&](std::chrono::seconds wait) {
                HttpCall call = look;
                call.url += "?wait=" + wait_text(wait);
                call.timeout = look_timeout(wait);
                return call_json(surroundings.http, call, kAddressHint);
            },
        .is_over = [](const ApiAnswer& answer
                   ) { return is_over(string_at(answer.body, "status")); },
        .wait_max = *command.wait_max,
    };
    const Waited waited = wait_until_over(plan, surroundings);
    switch (waited.end) {
        case Waited::End::kOver:
            return print_end(surroundings, waited.answer, command.format);
        case Waited::End::kRefused:
            return report(surroundings, kExitFailed, waited.answer.reason());
        case Waited::End::kTimeUp:
        case Waited::End::kInterrupted:
            break;
    }
    return report(surroundings, kExitTimeUp, time_up_text(waited, *command.wait_max));
}

}  // namespace

int run_trigger(const TriggerCommand& command, const Surroundings& surroundings) {
    const auto key = read_header_secret(command.key_file, "--key-file");
    if (!key) return report(surroundings, kExitBadInput, key.error().message);
    const std::string url = without_trailing_slash(command.url);
    const Route route = route_of(command);
    const std::string key_line = route.key_header + ": " + *key;
    const auto answer = call_json(
        surroundings.http,
        {.method = "POST", .url = url + route.path, .headers = {key_line}},
        kAddressHint
    );
    if (!is_success(surroundings, answer)) return kExitFailed;
    const std::string job_id = string_at(answer->body, "jobId");
    if (job_id.empty()) {
        return report(surroundings, kExitFailed, "the answer names no job; is --url the ingress?");
    }
    if (!command.wait_max) {
        surroundings.out << job_id << '\n';
        return kExitOk;
    }
    surroundings.err << "job " << job_id << std::endl;
    const HttpCall look{
        .method = "GET",
        .url = url + "/v1/jobs/" + percent_encoded(job_id),
        .headers = {key_line},
    };
    return wait_for_job(command, look, surroundings);
}

}  // namespace pagepress::ctl
