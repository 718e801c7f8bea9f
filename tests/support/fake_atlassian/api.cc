#include "tests/support/fake_atlassian/api.h"

#include <charconv>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace pagepress::test {

namespace {

namespace json = boost::json;

/// Percent-decoded text; broken escapes stay as they are.
std::string decoded(std::string_view text, bool plus_is_space) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        unsigned byte = 0;
        const char* const digits = text.data() + at + 1;
        if (text[at] == '%' && at + 2 < text.size() &&
            std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
            out.push_back(static_cast<char>(byte));
            at += 2;
        } else {
            out.push_back(plus_is_space && text[at] == '+' ? ' ' : text[at]);
        }
    }
    return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

std::string time_text(UnixMillis time, std::string_view zone) {
    using namespace std::chrono;
    const sys_time<milliseconds> point{milliseconds(time)};
    const auto day = floor<days>(point);
    const year_month_day date(day);
    const hh_mm_ss clock(point - day);
    return fmt::format(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}{}",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        clock.hours().count(),
        clock.minutes().count(),
        clock.seconds().count(),
        clock.subseconds().count(),
        zone
    );
}

}  // namespace

ApiRequest make_request(std::string_view method, std::string_view target) {
    ApiRequest request;
    request.method = method;
    request.target = target;
    const std::size_t mark = target.find('?');
    request.path = target.substr(0, mark);
    for (const std::string_view segment : split(request.path, '/')) {
        if (!segment.empty()) request.segments.push_back(decoded(segment, false));
    }
    if (mark == std::string_view::npos) return request;
    for (const std::string_view pair : split(target.substr(mark + 1), '&')) {
        const std::size_t equals = pair.find('=');
        if (pair.empty()) continue;
        const std::string_view value =
            equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
        request.query.emplace_back(decoded(pair.substr(0, equals), true), decoded(value, true));
    }
    return request;
}

std::string query_value(const ApiRequest& request, std::string_view name) {
    for (const auto& [key, value] : request.query) {
        if (key == name) return value;
    }
    return {};
}

std::vector<std::string> query_list(const ApiRequest& request, std::string_view name) {
    std::vector<std::string> values;
    for (const auto& [key, value] : request.query) {
        if (key != name) continue;
        for (const std::string_view item : split(value, ',')) {
            if (!item.empty()) values.emplace_back(item);
        }
    }
    return values;
}

bool matches(const ApiRequest& request, std::string_view method, std::string_view shape) {
    if (request.method != method) return false;
    std::size_t index = 0;
    for (const std::string_view part : split(shape.substr(1), '/')) {
        if (index == request.segments.size()) return false;
        if (part != "*" && part != request.segments[index]) return false;
        ++index;
    }
    return index == request.segments.size();
}

ApiAnswer json_answer(int status, const json::value& value) {
    return {.status = status, .body = json::serialize(value)};
}

ApiAnswer v2_error_answer(const ApiError& error) {
    json::object entry{
        {"status", error.status},
        {"code", error.code},
        {"title", error.title},
        {"detail", nullptr}};
    return json_answer(error.status, json::object{{"errors", json::array{std::move(entry)}}});
}

ApiAnswer v1_error_answer(int status, std::string_view message, Flavour flavour) {
    const bool allowed = status != 401 && status != 403 && status != 404;
    json::object data{
        {"authorized", allowed},
        {"valid", true},
        {"errors", json::array()},
        {"successful", status == 410}};
    std::string words(message);
    const auto begin = words.find("Exception: ");
    const bool has_class = words.starts_with("com.") && begin != std::string::npos;
    if (flavour == Flavour::kDataCenter) {
        data["allowedInReadOnlyMode"] = true;
        if (has_class) words.erase(0, begin + std::string_view("Exception: ").size());
    } else if (!words.starts_with("com.")) {
        words = fmt::format(
            "com.atlassian.confluence.api.service.exceptions.{}Exception: {}",
            status == 404   ? "NotFound"
            : status == 409 ? "Conflict"
                            : "BadRequest",
            words
        );
    }
    json::object body{{"statusCode", status}, {"data", std::move(data)}, {"message", words}};
    if (flavour == Flavour::kDataCenter) {
        body["reason"] = status == 404 ? "Not Found" : status == 409 ? "Conflict" : "Bad Request";
    }
    return json_answer(status, body);
}

ApiAnswer jira_error_answer(int status, std::string_view message) {
    ApiAnswer answer = json_answer(
        status,
        json::object{
            {"errorMessages", json::array{json::string(message)}}, {"errors", json::object()}}
    );
    answer.content_type = "application/json;charset=UTF-8";
    return answer;
}

std::string confluence_time(UnixMillis time) {
    return time_text(time, "Z");
}

std::string jira_time(UnixMillis time) {
    return time_text(time, "+0000");
}

std::optional<std::int64_t> whole_number(std::string_view text) {
    constexpr std::size_t kDigitsMax = 18;
    if (text.empty() || text.size() > kDigitsMax) return std::nullopt;
    std::int64_t number = 0;
    for (const char digit : text) {
        if (digit < '0' || digit > '9') return std::nullopt;
        number = number * 10 + (digit - '0');
    }
    return number;
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (char& letter : lower) {
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    }
    return lower;
}

std::string html_escaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char letter : text) {
        switch (letter) {
            case '&':
                out.append("&amp;");
                break;
            case '<':
                out.append("&lt;");
                break;
            case '>':
                out.append("&gt;");
                break;
            case '"':
                out.append("&quot;");
                break;
            case '\'':
                out.append("&#39;");
                break;
            default:
                out.push_back(letter);
        }
    }
    return out;
}

std::string query_encoded(std::string_view text) {
    std::string out;
    for (const char letter : text) {
        const bool plain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                           (letter >= '0' && letter <= '9') ||
                           std::string_view("-._~").find(letter) != std::string_view::npos;
        if (plain) {
            out.push_back(letter);
        } else {
            out += fmt::format("%{:02X}", static_cast<unsigned char>(letter));
        }
    }
    return out;
}

}  // namespace pagepress::test
