// Bodies of Jira's webhooks, up to the jobs that they fire: what is an event names an issue or a
// search over numbers, fires whoever listens to everything, and its job survives its record.
#include <algorithm>
#include <string>

#include "common/base/ascii.h"
#include "common/base/invariant.h"
#include "ingress/events/listening_rules.h"
#include "tests/fuzz/fuzz_input.h"

using namespace pagepress;
using namespace pagepress::ingress;

namespace {

Rule listening_to_everything() {
    Rule rule;
    rule.id = "release";
    rule.site = "acme";
    for (std::size_t i = 0; i < kJiraEventCount; ++i) {
        rule.events.push_back(static_cast<JiraEvent>(i));
    }
    return rule;
}

bool is_search_over_a_number(std::string_view jql) {
    for (const std::string_view begin : {"sprint = ", "fixVersion = "}) {
        if (!jql.starts_with(begin)) continue;
        jql.remove_prefix(begin.size());
        return !jql.empty() && std::ranges::all_of(jql, is_digit);
    }
    return false;
}

void check_job(const Job& job) {
    INVARIANT(is_job_id(job.id));
    const auto decoded = decode_job(encode(job));
    INVARIANT(decoded.has_value() && *decoded == job);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Rule everything = listening_to_everything();
    const std::string_view body = test::FuzzInput(data, size).rest();
    const auto message = read_jira_message(body);
    if (!message) {
        INVARIANT(!message.error().message.empty());
        return 0;
    }
    INVARIANT(is_fired(everything, *message) == !message->events.empty());
    if (message->events.empty()) return 0;
    const bool is_issue = is_numeric_id(message->issue) || is_issue_key(message->issue);
    INVARIANT(message->jql.empty() ? is_issue : is_search_over_a_number(message->jql));
    check_job(job_of(everything, *message, body));
    Rule narrow = everything;
    narrow.condition = {
        .projects = {message->project},
        .issue_types = {message->issue_type},
        .changed_fields = message->changed_fields,
    };
    INVARIANT(is_fired(narrow, *message));
    check_job(job_of(narrow, *message, body));
    return 0;
}
