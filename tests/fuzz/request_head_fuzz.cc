// Heads of requests: what the policy accepts must have one framing only, as a second reader, which
// knows nothing but lines and colons, sees it too.
#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ascii.h"
#include "common/base/invariant.h"
#include "common/http_server/head_policy.h"
#include "tests/fuzz/fuzz_input.h"

using namespace pagepress;

namespace {

constexpr std::size_t kBodyBytesMax = 100'000;
constexpr std::string_view kEnd = "\r\n\r\n";

struct Line {
    std::string name;  ///< in lower case
    std::string_view value;
};

/// The lines of a head behind its request line, without the empty one.
std::vector<Line> lines_of(std::string_view head) {
    std::vector<Line> lines;
    std::size_t at = head.find("\r\n") + 2;
    while (at < head.size() - 2) {
        const std::size_t end = head.find("\r\n", at);
        const std::string_view line = head.substr(at, end - at);
        const std::size_t colon = line.find(':');
        INVARIANT(colon != std::string_view::npos);
        std::string_view value = line.substr(colon + 1);
        while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
        while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
        lines.push_back({.name = lower_cased(line.substr(0, colon)), .value = value});
        at = end + 2;
    }
    return lines;
}

void check_span(std::string_view head, const HeadSpan& span) {
    INVARIANT(span.at <= head.size() && span.size <= head.size() - span.at);
}

/// CR and LF stand in line ends only, NUL nowhere.
void check_bytes(std::string_view head) {
    for (std::size_t at = 0; at < head.size(); ++at) {
        INVARIANT(head[at] != '\0');
        if (head[at] == '\n') INVARIANT(at > 0 && head[at - 1] == '\r');
        if (head[at] == '\r') INVARIANT(at + 1 < head.size() && head[at + 1] == '\n');
    }
    INVARIANT(!has_bare_line_feed(head, 0));
}

void check_fields(std::string_view bytes, const RequestHead& head, const std::vector<Line>& lines) {
    INVARIANT(head.fields.size() == lines.size() && lines.size() <= kHeadFieldsMax);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        check_span(bytes, head.fields[i].name);
        check_span(bytes, head.fields[i].value);
        INVARIANT(lower_cased(head.fields[i].name.in(bytes)) == lines[i].name);
        INVARIANT(head.fields[i].value.in(bytes) == lines[i].value);
        INVARIANT(lines[i].name.find_first_of(" \t") == std::string::npos);
    }
}

void check_framing(const std::vector<Line>& lines, const HeadVerdict& verdict) {
    INVARIANT(std::ranges::count(lines, "host", &Line::name) == 1);
    INVARIANT(std::ranges::count(lines, "transfer-encoding", &Line::name) == 0);
    INVARIANT(std::ranges::count(lines, "content-length", &Line::name) <= 1);
    INVARIANT(verdict.body_bytes <= kBodyBytesMax);
    const auto length = std::ranges::find(lines, "content-length", &Line::name);
    if (length == lines.end()) {
        INVARIANT(verdict.body_bytes == 0);
        return;
    }
    INVARIANT(!length->value.empty() && std::ranges::all_of(length->value, is_digit));
    std::string_view digits = length->value;
    while (digits.size() > 1 && digits.starts_with('0')) digits.remove_prefix(1);
    INVARIANT(digits == std::to_string(verdict.body_bytes));
}

/// The same head from its parts has the same verdict.
void check_round_trip(std::string_view bytes, const RequestHead& head, const HeadVerdict& verdict) {
    std::string again(head.method.in(bytes));
    again.append(" ").append(head.target.in(bytes));
    again.append(head.version == 11 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n");
    for (const HeadField& field : head.fields) {
        again.append(field.name.in(bytes)).append(": ").append(field.value.in(bytes));
        again.append("\r\n");
    }
    again.append("\r\n");
    RequestHead parsed;
    const HeadError error = parse_head(again, parsed);
    const HeadVerdict second = judge_head(error, again, parsed, kBodyBytesMax);
    INVARIANT(second.refusal == 0 && second.body_bytes == verdict.body_bytes);
    INVARIANT(second.keep_alive == verdict.keep_alive);
    INVARIANT(second.expects_continue == verdict.expects_continue);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // As the connection does: a head ends at the first empty line.
    std::string bytes(test::FuzzInput(data, size).rest());
    bytes.append(kEnd);
    bytes.resize(bytes.find(kEnd) + kEnd.size());

    RequestHead head;
    const HeadError error = parse_head(bytes, head);
    const HeadVerdict verdict = judge_head(error, bytes, head, kBodyBytesMax);
    if (verdict.refusal != 0) {
        constexpr std::array kStatuses{400, 411, 413, 417, 431};
        INVARIANT(std::ranges::find(kStatuses, verdict.refusal) != kStatuses.end());
        INVARIANT(!verdict.detail.empty());
        return 0;
    }
    check_bytes(bytes);
    check_span(bytes, head.method);
    check_span(bytes, head.target);
    const std::string_view target = head.target.in(bytes);
    INVARIANT(target.find_first_of(" \t\r\n") == std::string_view::npos);
    const std::vector<Line> lines = lines_of(bytes);
    check_fields(bytes, head, lines);
    check_framing(lines, verdict);
    check_round_trip(bytes, head, verdict);
    return 0;
}
