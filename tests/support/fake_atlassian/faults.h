// Faults on demand: rules that match a request and say what goes wrong with it.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "common/base/clock.h"
#include "tests/support/fake_atlassian/api.h"

namespace pagepress::test {

enum class FaultKind {
    kAnswer,           ///< a canned answer instead of the effect
    kAnswerDone,       ///< a canned answer after the effect
    kResetBefore,      ///< connection closed, no effect
    kResetAfter,       ///< effect done, connection closed without an answer
    kDelay,            ///< effect done at once, answer late
    kDelayEffect,      ///< effect and answer late: a write that arrives after its sender gave up
    kTruncate,         ///< effect done, answer cut off in the middle
    kLostCredentials,  ///< the request counts as made with refused credentials
};

struct FaultRule {
    std::int64_t id = 0;
    std::string method;       ///< empty: any
    std::string path_prefix;  ///< of the path without its query
    std::string path_suffix;  ///< empty: any
    std::int64_t skip = 0;    ///< matching requests to let pass first
    std::int64_t count = 1;   ///< matching requests to hit; negative: all from then on
    std::int64_t hits = 0;
    FaultKind kind = FaultKind::kAnswer;
    std::string kind_name;
    ApiAnswer answer = {};  ///< of kAnswer and kAnswerDone
    Millis delay{0};        ///< of kDelay and kDelayEffect
};

/// Reads a rule from the control route's JSON. Members: `kind` (see README.md), `method`, `path`,
/// `path_suffix`, `skip`, `count`, `status`, `body` (text or JSON), `content_type`, `headers`,
/// `retry_after`, `delay_ms`, `effect` (`done`: the canned answer comes after the effect).
[[nodiscard]] std::expected<FaultRule, std::string> parse_fault(const boost::json::value& value);

/// The rules in force; the first that matches wins. One thread at a time.
class FaultPlan {
public:
    /// Returns the rule's id.
    std::int64_t add(FaultRule rule);

    void clear() { rules_.clear(); }

    /// The fault for this request, if one strikes; counts it.
    std::optional<FaultRule> take(const ApiRequest& request);

    [[nodiscard]] const std::vector<FaultRule>& rules() const { return rules_; }

private:
    std::vector<FaultRule> rules_;
    std::int64_t next_id_ = 1;
};

}  // namespace pagepress::test
