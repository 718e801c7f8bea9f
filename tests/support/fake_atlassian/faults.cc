#include "tests/support/fake_atlassian/faults.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "common/json/json_value.h"

namespace pagepress::test {

namespace {

namespace json = boost::json;

struct KindName {
    std::string_view name;
    FaultKind kind;
};

constexpr KindName kKinds[] = {
    {"status", FaultKind::kAnswer},
    {"html", FaultKind::kAnswer},
    {"rate_limit", FaultKind::kAnswer},
    {"login_redirect", FaultKind::kAnswer},
    {"login_page", FaultKind::kAnswer},
    {"reset_before", FaultKind::kResetBefore},
    {"reset_after", FaultKind::kResetAfter},
    {"delay", FaultKind::kDelay},
    {"delay_effect", FaultKind::kDelayEffect},
    {"truncate", FaultKind::kTruncate},
    {"lost_credentials", FaultKind::kLostCredentials},
};

ApiAnswer html_answer(int status, std::string_view title) {
    return {
        .status = status,
        .body = fmt::format(
            "<!doctype html><html lang=\"en\"><head><title>{0}</title></head>"
            "<body><h1>{0}</h1></body></html>",
            title
        ),
        .content_type = "text/html;charset=UTF-8",
    };
}

/// The answer that a kind of fault stands for, before the rule's own members change it.
ApiAnswer canned_answer(std::string_view kind) {
    if (kind == "html") return html_answer(502, "502 Bad Gateway");
    if (kind == "login_page") return html_answer(200, "Log in to continue");
    if (kind == "login_redirect") {
        ApiAnswer answer = html_answer(302, "Log in to continue");
        answer.headers.emplace_back("Location", "/login?continue=%2F");
        return answer;
    }
    if (kind == "rate_limit") {
        ApiAnswer answer{.status = 429, .body = R"({"message":"Rate limit exceeded"})"};
        answer.headers = {
            {"X-RateLimit-Remaining", "0"},
            {"X-RateLimit-NearLimit", "true"},
            {"RateLimit-Reason", "confluence-burst-based"},
        };
        return answer;
    }
    return {.status = 500, .body = R"({"message":"Internal server error"})"};
}

void read_answer(const json::value& value, std::string_view kind, ApiAnswer& answer) {
    answer = canned_answer(kind);
    if (const auto status = integer_at(value, "status")) answer.status = static_cast<int>(*status);
    if (const json::value* body = find(value, "body")) {
        answer.body = body->is_string() ? string_at(value, "body") : json::serialize(*body);
        answer.content_type = body->is_string() ? answer.content_type : "application/json";
    }
    if (find(value, "content_type") != nullptr) {
        answer.content_type = string_at(value, "content_type");
    }
    if (const json::value* headers = find(value, "headers"); headers && headers->is_object()) {
        for (const auto& header : headers->get_object()) {
            answer.headers.emplace_back(header.key(), string_at(*headers, header.key()));
        }
    }
    const json::value* retry_after = find(value, "retry_after");
    if (retry_after != nullptr) {
        answer.headers.emplace_back(
            "Retry-After",
            retry_after->is_string() ? string_at(value, "retry_after")
                                     : json::serialize(*retry_after)
        );
    } else if (kind == "rate_limit") {
        answer.headers.emplace_back("Retry-After", "1");
    }
}

bool hits(const FaultRule& rule, const ApiRequest& request) {
    return (rule.method.empty() || rule.method == request.method) &&
           request.path.starts_with(rule.path_prefix) && request.path.ends_with(rule.path_suffix);
}

}  // namespace

std::expected<FaultRule, std::string> parse_fault(const json::value& value) {
    FaultRule rule;
    rule.kind_name = string_at(value, "kind");
    const KindName* known = nullptr;
    for (const KindName& candidate : kKinds) {
        if (candidate.name == rule.kind_name) known = &candidate;
    }
    if (known == nullptr) {
        std::string names;
        for (const KindName& candidate : kKinds) names += fmt::format(" {}", candidate.name);
        return std::unexpected("'kind' must be one of" + names + ".");
    }
    rule.kind = known->kind;
    rule.method = string_at(value, "method");
    rule.path_prefix = string_at(value, "path");
    rule.path_suffix = string_at(value, "path_suffix");
    rule.skip = integer_at(value, "skip").value_or(0);
    rule.count = integer_at(value, "count").value_or(1);
    rule.delay = Millis(integer_at(value, "delay_ms").value_or(0));
    if (rule.kind != FaultKind::kAnswer) return rule;
    if (string_at(value, "effect") == "done") rule.kind = FaultKind::kAnswerDone;
    read_answer(value, rule.kind_name, rule.answer);
    return rule;
}

std::int64_t FaultPlan::add(FaultRule rule) {
    rule.id = next_id_++;
    rules_.push_back(std::move(rule));
    return rules_.back().id;
}

std::optional<FaultRule> FaultPlan::take(const ApiRequest& request) {
    for (FaultRule& rule : rules_) {
        if (rule.count == 0 || !hits(rule, request)) continue;
        if (rule.skip > 0) {
            --rule.skip;
            continue;
        }
        if (rule.count > 0) --rule.count;
        ++rule.hits;
        return rule;
    }
    return std::nullopt;
}

}  // namespace pagepress::test
