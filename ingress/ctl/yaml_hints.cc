#include "ingress/ctl/yaml_hints.h"

#include <algorithm>
#include <array>

#include <boost/json/serialize.hpp>

namespace pagepress::ctl {

namespace {

constexpr std::size_t kShownBytesMax = 40;

/// What follows an unquoted value on its line, from a `#` on that follows a space.
std::string_view cut_off(std::string_view file, int begin, std::string_view text) {
    if (begin < 0) return {};
    std::string_view rest = file.substr(std::min(static_cast<std::size_t>(begin), file.size()));
    if (!rest.starts_with(text)) return {};  // a value of several lines
    rest.remove_prefix(text.size());
    rest = rest.substr(0, rest.find_first_of("\r\n"));
    const std::size_t mark = rest.find_first_not_of(" \t");
    if (mark == 0 || mark == std::string_view::npos || rest[mark] != '#') return {};
    return rest.substr(mark);
}

/// `# words` is how comments are written, `#7` and `#{Key}` how text is.
bool looks_like_text(std::string_view cut) {
    return cut.size() > 1 && cut[1] != ' ' && cut[1] != '\t' && cut[1] != '#';
}

bool is_number(const boost::json::value& value) {
    return value.is_int64() || value.is_uint64() || value.is_double();
}

}  // namespace

std::string with_syntax_hint(const std::string& message, std::string_view line) {
    const auto says = [&](std::string_view words) { return message.find(words) != message.npos; };
    const std::size_t first = line.find_first_not_of(' ');
    if (first != std::string_view::npos && line[first] == '\t') {
        return message + "; the line is indented with a tab: YAML takes spaces only";
    }
    if (says("illegal map value")) {
        return message +
               "; quote a text that holds ': ', and let the members of one object stand exactly "
               "below each other";
    }
    if (says("end of map not found") || says("end of sequence not found")) {
        return message +
               "; the line is indented otherwise than the members above it, or a quote before it "
               "is not closed";
    }
    if (says("flow")) return message + "; a [ or { is not closed, or a text with one is not quoted";
    if (says("alias") || says("anchor")) {
        return message + "; quote a text that begins with * or &";
    }
    return message;
}

std::vector<std::string> warnings_of_plain(
    std::string_view file, int begin, std::string_view text, const boost::json::value& value
) {
    std::vector<std::string> warnings;
    const std::string_view cut = cut_off(file, begin, text);
    if (looks_like_text(cut)) {
        warnings.push_back(
            "ends before '" + std::string(cut.substr(0, kShownBytesMax)) +
            "', because a # after a space begins a comment; quote the text if that belongs to it"
        );
    }
    const bool has_odd_zeros =
        is_number(value) && boost::json::serialize(value) != text &&
        (text.starts_with('0') || text.starts_with("-0") || text.ends_with('0'));
    if (has_odd_zeros) {
        warnings.push_back(
            "is read as the number " + boost::json::serialize(value) + "; quote it if it is text"
        );
    }
    return warnings;
}

Problem with_value_hint(Problem problem, std::string_view text) {
    constexpr std::array<std::string_view, 6> kYes{"yes", "Yes", "YES", "on", "On", "ON"};
    constexpr std::array<std::string_view, 6> kNo{"no", "No", "NO", "off", "Off", "OFF"};
    if (!problem.message.starts_with("must be true or false")) return problem;
    const bool is_yes = std::ranges::find(kYes, text) != kYes.end();
    if (!is_yes && std::ranges::find(kNo, text) == kNo.end()) return problem;
    problem.message +=
        "; '" + std::string(text) + "' is text in YAML 1.2, write " + (is_yes ? "true" : "false");
    return problem;
}

std::string_view line_at(std::string_view text, int number) {
    for (; number > 1; --number) {
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos) return {};
        text.remove_prefix(end + 1);
    }
    return text.substr(0, text.find('\n'));
}

}  // namespace pagepress::ctl
