#include "common/base/duration.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "common/base/ascii.h"
#include "common/base/invariant.h"

namespace pagepress {

namespace {

struct Unit {
    std::string_view name;
    std::int64_t ms;
};

/// The largest first: the order in which a text holds them.
constexpr std::array<Unit, 5> kUnits{{
    {"d", 24LL * 60 * 60 * 1000},
    {"h", 60LL * 60 * 1000},
    {"m", 60LL * 1000},
    {"s", 1000},
    {"ms", 1},
}};

std::unexpected<Error> not_a_duration() {
    return fail(ErrorCode::kInvalidInput, "must be a length of time such as 45s, 30m, 1h30m or 2d");
}

/// Takes the longest run of characters of a class off the front of `text`.
template <typename Class>
std::string_view take_while(std::string_view& text, Class is_of) {
    const auto end = std::ranges::find_if_not(text, is_of);
    const auto length = static_cast<std::size_t>(end - text.begin());
    const std::string_view taken = text.substr(0, length);
    text.remove_prefix(length);
    return taken;
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
    if (text.empty()) return not_a_duration();
    std::int64_t total_ms = 0;
    const Unit* allowed = kUnits.data();
    const Unit* const end = kUnits.data() + kUnits.size();
    while (!text.empty()) {
        const std::string_view digits = take_while(text, is_digit);
        const std::string_view name = take_while(text, is_letter);
        const Unit* const unit = std::find_if(allowed, end, [&](const Unit& candidate) {
            return candidate.name == name;
        });
        std::int64_t count = 0;
        const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), count);
        if (digits.empty() || unit == end || parsed.ec == std::errc::invalid_argument) {
            return not_a_duration();
        }
        if (parsed.ec != std::errc() || count > (kDurationMax.count() - total_ms) / unit->ms) {
            return fail(ErrorCode::kInvalidInput, "must not be longer than 366 days");
        }
        total_ms += count * unit->ms;
        allowed = unit + 1;
    }
    return std::chrono::milliseconds(total_ms);
}

std::string duration_text(std::chrono::milliseconds duration) {
    INVARIANT(duration.count() >= 0);
    std::int64_t rest_ms = duration.count();
    std::string text;
    for (const Unit& unit : kUnits) {
        if (rest_ms < unit.ms) continue;
        text.append(std::to_string(rest_ms / unit.ms)).append(unit.name);
        rest_ms %= unit.ms;
    }
    return text.empty() ? "0s" : text;
}

}  // namespace pagepress
