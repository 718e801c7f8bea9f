// What the parts of the fake site say to each other: a request taken apart, an answer, an error in
// the words of the real services.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/value.hpp>

#include "common/base/clock.h"

namespace pagepress::test {

/// Name and value of a header or a query parameter.
using NameAndValue = std::pair<std::string, std::string>;

/// One API request; owns everything, since a fault may answer it later.
struct ApiRequest {
    std::string method;
    std::string target;                 ///< path and query as sent
    std::string path;                   ///< not decoded
    std::vector<std::string> segments;  ///< of the path, decoded
    std::vector<NameAndValue> query;    ///< decoded, in order; names may repeat
    std::string body;
    std::string xsrf_token;  ///< X-Atlassian-Token
    std::string content_type;
    std::string authorization;  ///< value of the header; may be empty
};

/// Takes method and target apart.
[[nodiscard]] ApiRequest make_request(std::string_view method, std::string_view target);

/// First value of a query parameter; empty if it is missing.
[[nodiscard]] std::string query_value(const ApiRequest& request, std::string_view name);

/// All values of a query parameter: repeated ones and comma-separated lists.
[[nodiscard]] std::vector<std::string> query_list(const ApiRequest& request, std::string_view name);

/// Whether the decoded path has this shape; `*` stands for any one segment.
[[nodiscard]] bool matches(
    const ApiRequest& request, std::string_view method, std::string_view shape
);

struct ApiAnswer {
    int status = 200;
    std::string body = {};
    std::string content_type = "application/json";
    std::vector<NameAndValue> headers = {};
    std::string route = {};  ///< `PUT /wiki/api/v2/pages/*`, for the counters
};

/// What a model refuses, in the words of the real service.
struct ApiError {
    int status = 500;
    std::string code;   ///< v2's `CONFLICT`, `NOT_FOUND`, …; unused by Jira
    std::string title;  ///< the message
};

template <typename T>
using ApiResult = std::expected<T, ApiError>;

[[nodiscard]] ApiAnswer json_answer(int status, const boost::json::value& value);

/// Error body of Confluence v2: `{"errors":[{status,code,title,detail}]}`.
[[nodiscard]] ApiAnswer v2_error_answer(const ApiError& error);

/// Which product line a fake site is of.
enum class Flavour { kCloud, kDataCenter };

/// Error body of Confluence v1. Cloud puts the name of a Java class before the words.
[[nodiscard]] ApiAnswer v1_error_answer(
    int status, std::string_view message, Flavour flavour = Flavour::kCloud
);

/// Error body of Jira: `{"errorMessages":[…],"errors":{}}`.
[[nodiscard]] ApiAnswer jira_error_answer(int status, std::string_view message);

/// `2026-07-03T13:48:15.974Z`, Confluence's form.
[[nodiscard]] std::string confluence_time(UnixMillis time);

/// `2026-09-30T12:00:00.123+0000`, Jira's form.
[[nodiscard]] std::string jira_time(UnixMillis time);

/// Whole number without sign; empty if `text` is anything else or over 18 digits.
[[nodiscard]] std::optional<std::int64_t> whole_number(std::string_view text);

[[nodiscard]] std::string lower_case(std::string_view text);

/// `text` for HTML content and attribute values.
[[nodiscard]] std::string html_escaped(std::string_view text);

/// `text` percent-encoded for a query value (RFC 3986 §2.3 unreserved stay).
[[nodiscard]] std::string query_encoded(std::string_view text);

}  // namespace pagepress::test
