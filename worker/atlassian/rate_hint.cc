// Headers as https://developer.atlassian.com/cloud/jira/platform/rate-limiting/ and
// https://confluence.atlassian.com/enterprise/adjusting-your-code-for-rate-limiting-977243827.html
// describe them.
#include "worker/atlassian/rate_hint.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <string>

#include "common/base/ascii.h"
#include "common/base/iso_time.h"

namespace pagepress::worker {

namespace {

constexpr std::int64_t kRefillMsMax = 3'600'000;
/// More than any limit; two of them multiplied with times do not overflow.
constexpr std::int64_t kNumberMax = 1'000'000'000;
/// Of a bucket that does not say when it is filled: burst limits are stated per second.
constexpr Millis kUnstatedRefill{1'000};
/// Calls until then, where only the warning came.
constexpr std::int64_t kUnstatedRemaining = 4;

std::optional<std::int64_t> number_in(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc() || end == text.data() || number < 0) return std::nullopt;
    return std::min(number, kNumberMax);
}

std::optional<std::int64_t> number_of(const HttpAnswer& answer, std::string_view header) {
    return number_in(answer.header(header));
}

/// `r` or `t` of `"global-app-quota";r=120;t=1847`.
std::optional<std::int64_t> parameter_of(std::string_view header, std::string_view name) {
    const std::string mark = ";" + std::string(name) + "=";
    const auto at = header.find(mark);
    if (at == std::string_view::npos) return std::nullopt;
    return number_in(header.substr(at + mark.size()));
}

Millis bounded(std::int64_t ms) {
    return Millis(std::clamp<std::int64_t>(ms, 1, kRefillMsMax));
}

/// Of the points of an hour; sent only when few are left.
std::optional<RateHint> points_hint(const HttpAnswer& answer) {
    for (const std::string_view name : {"ratelimit", "beta-ratelimit"}) {
        const std::string_view header = answer.header(name);
        const auto remaining = parameter_of(header, "r");
        const auto seconds = parameter_of(header, "t");
        if (!remaining || !seconds) continue;
        const auto ms = std::min(*seconds, kRefillMsMax / 1000) * 1000;
        return RateHint{.remaining = *remaining, .refill = bounded(ms)};
    }
    return std::nullopt;
}

bool is_near(const HttpAnswer& answer) {
    if (lower_cased(answer.header("x-ratelimit-nearlimit")) == "true") return true;
    const auto limit = number_of(answer, "x-ratelimit-limit");
    const auto remaining = number_of(answer, "x-ratelimit-remaining");
    return limit && remaining && *limit > 0 && *remaining < *limit / 5;
}

std::optional<RateHint> bucket_hint(const HttpAnswer& answer, UnixMillis now) {
    if (!is_near(answer)) return std::nullopt;
    const auto fill = number_of(answer, "x-ratelimit-fillrate");
    const auto interval = number_of(answer, "x-ratelimit-interval-seconds");
    if (fill && interval && *fill > 0) {
        const auto ms = std::min(*interval, kRefillMsMax / 1000) * 1000;
        return RateHint{.remaining = *fill, .refill = bounded(ms)};
    }
    const auto remaining = number_of(answer, "x-ratelimit-remaining");
    const auto reset = parse_iso_time(answer.header("x-ratelimit-reset"));
    return RateHint{
        .remaining = remaining.value_or(kUnstatedRemaining),
        .refill = reset ? bounded(*reset - now) : kUnstatedRefill};
}

}  // namespace

std::optional<RateHint> rate_hint_of(const HttpAnswer& answer, UnixMillis now) {
    auto hint = bucket_hint(answer, now);
    const auto points = points_hint(answer);
    if (!hint || !points) return hint ? hint : points;
    // The one that gives less in a while.
    const bool are_points_slower =
        points->remaining * hint->refill < hint->remaining * points->refill;
    return are_points_slower ? points : hint;
}

bool is_quota_spent(const HttpAnswer& answer) {
    return answer.status == 429 && lower_cased(answer.header("ratelimit-reason")).contains("quota");
}

}  // namespace pagepress::worker
