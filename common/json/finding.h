// What a check of `pagepressctl doctor` found; made by the ingress, the worker and the command
// line.
#pragma once

#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

namespace pagepress {

struct Finding {
    enum class Level {
        kOk,
        kWarn,  ///< works, but not as it should, or cannot be told
        kFail,  ///< jobs are refused, lost or given up because of it
    };

    Level level = Level::kOk;
    std::string subject;  ///< what was looked at: `topic pagepress.jobs`, `site acme: Jira`
    /// What was found and, unless all is well, what to do. One line, no secrets.
    std::string message;

    bool operator==(const Finding&) const = default;
};

/// `ok`, `warn` or `fail`.
[[nodiscard]] std::string_view name_of(Finding::Level level);

/// `[{"level","subject","message"}]`.
[[nodiscard]] boost::json::array to_json(const std::vector<Finding>& findings);

/// Findings of such an array. What is none is left out; an unknown level is a warning.
[[nodiscard]] std::vector<Finding> findings_from(const boost::json::value& value);

}  // namespace pagepress
