// Text of requests and headers: percent-encoding, HTTP-dates and Retry-After.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "common/base/ascii.h"
#include "common/http_client/http_client.h"

namespace pagepress {

namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

constexpr milliseconds kWaitMax = std::chrono::hours(1);

bool is_unreserved(char c) {
    return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

/// Reads words and numbers of an HTTP-date from left to right.
struct DateReader {
    std::string_view rest;
    bool good = true;

    void expect(std::string_view text) {
        good = good && rest.starts_with(text);
        if (good) rest.remove_prefix(text.size());
    }

    int number(std::size_t digits) {
        good =
            good && rest.size() >= digits &&
            std::all_of(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(digits), is_digit);
        if (!good) return 0;
        int value = 0;
        std::from_chars(rest.data(), rest.data() + digits, value);
        rest.remove_prefix(digits);
        return value;
    }

    unsigned month() {
        static constexpr std::array<std::string_view, 12> kMonths{
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        const auto found = std::find(kMonths.begin(), kMonths.end(), rest.substr(0, 3));
        good = good && found != kMonths.end();
        if (good) rest.remove_prefix(3);
        return static_cast<unsigned>(found - kMonths.begin()) + 1;
    }
};

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

}  // namespace

std::string percent_encoded(std::string_view text) {
    static constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string encoded;
    encoded.reserve(text.size());
    for (const char c : text) {
        if (is_unreserved(c)) {
            encoded += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        encoded += '%';
        encoded += kHex[byte >> 4U];
        encoded += kHex[byte & 0xFU];
    }
    return encoded;
}

std::optional<system_clock::time_point> parse_http_date(std::string_view text) {
    const auto comma = text.find(", ");
    if (comma == std::string_view::npos) return std::nullopt;
    DateReader reader{text.substr(comma + 2)};
    const auto day = static_cast<unsigned>(reader.number(2));
    reader.expect(" ");
    const unsigned month = reader.month();
    reader.expect(" ");
    const int year = reader.number(4);
    reader.expect(" ");
    const int hour = reader.number(2);
    reader.expect(":");
    const int minute = reader.number(2);
    reader.expect(":");
    const int second = reader.number(2);
    reader.expect(" GMT");
    const auto date = std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day);
    const bool is_time = hour < 24 && minute < 60 && second <= 60;
    if (!reader.good || !reader.rest.empty() || !date.ok() || !is_time) return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           std::chrono::seconds(second);
}

std::optional<milliseconds> parse_retry_after(
    std::string_view value, system_clock::time_point now
) {
    const std::string_view text = trimmed(value);
    if (text.empty()) return std::nullopt;
    if (std::all_of(text.begin(), text.end(), is_digit)) {
        std::int64_t seconds = 0;
        const auto parsed = std::from_chars(text.data(), text.data() + text.size(), seconds);
        if (parsed.ec != std::errc() || seconds > kWaitMax / std::chrono::seconds(1)) {
            return kWaitMax;
        }
        return std::chrono::seconds(seconds);
    }
    const auto date = parse_http_date(text);
    if (!date) return std::nullopt;
    const auto wait = std::chrono::ceil<milliseconds>(*date - now);
    return std::clamp(wait, milliseconds(0), kWaitMax);
}

}  // namespace pagepress
