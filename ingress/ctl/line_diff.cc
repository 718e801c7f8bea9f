#include "ingress/ctl/line_diff.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace pagepress::ctl {

namespace {

constexpr std::size_t kAround = 2;
/// Cells of the table of common lines; beyond it a diff would be as long as the texts anyway.
constexpr std::size_t kCellsMax = 4'000'000;

using LineList = std::vector<std::string_view>;

struct Step {
    char sign;  ///< ' ', '-' or '+'
    std::string_view line;
};

LineList lines_of(std::string_view text) {
    LineList lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        lines.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

/// Lengths of the longest common subsequences of all ends of both lists.
class CommonLines {
public:
    CommonLines(const LineList& before, const LineList& after)
        : width_(after.size() + 1), lengths_((before.size() + 1) * width_) {
        for (std::size_t i = before.size(); i-- > 0;) {
            for (std::size_t j = after.size(); j-- > 0;) {
                lengths_[i * width_ + j] = before[i] == after[j]
                                               ? at(i + 1, j + 1) + 1
                                               : std::max(at(i + 1, j), at(i, j + 1));
            }
        }
    }

    [[nodiscard]] std::uint32_t at(std::size_t i, std::size_t j) const {
        return lengths_[i * width_ + j];
    }

private:
    std::size_t width_;
    std::vector<std::uint32_t> lengths_;
};

void append_middle(std::vector<Step>& steps, const LineList& before, const LineList& after) {
    std::size_t i = 0;
    std::size_t j = 0;
    if ((before.size() + 1) * (after.size() + 1) <= kCellsMax) {
        const CommonLines common(before, after);
        while (i < before.size() && j < after.size()) {
            if (before[i] == after[j]) {
                steps.push_back({' ', before[i++]});
                ++j;
            } else if (common.at(i + 1, j) >= common.at(i, j + 1)) {
                steps.push_back({'-', before[i++]});
            } else {
                steps.push_back({'+', after[j++]});
            }
        }
    }
    while (i < before.size()) steps.push_back({'-', before[i++]});
    while (j < after.size()) steps.push_back({'+', after[j++]});
}

std::vector<Step> steps_between(LineList before, LineList after) {
    std::vector<Step> steps;
    const auto [left, right] = std::ranges::mismatch(before, after);
    const auto same = static_cast<std::size_t>(left - before.begin());
    for (std::size_t i = 0; i < same; ++i) steps.push_back({' ', before[i]});
    before.erase(before.begin(), left);
    after.erase(after.begin(), right);
    LineList tail;
    while (!before.empty() && !after.empty() && before.back() == after.back()) {
        tail.push_back(before.back());
        before.pop_back();
        after.pop_back();
    }
    append_middle(steps, before, after);
    for (auto line = tail.rbegin(); line != tail.rend(); ++line) steps.push_back({' ', *line});
    return steps;
}

/// Which steps are shown: changes, and what is near one.
std::vector<bool> shown_steps(const std::vector<Step>& steps) {
    std::vector<bool> shown(steps.size());
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (steps[i].sign == ' ') continue;
        const std::size_t end = std::min(i + kAround + 1, steps.size());
        for (std::size_t near = i < kAround ? 0 : i - kAround; near < end; ++near) {
            shown[near] = true;
        }
    }
    return shown;
}

std::string range_text(std::size_t first, std::size_t count) {
    // A range of no lines names the line before it, as diff does.
    return std::to_string(count == 0 ? first - 1 : first) + "," + std::to_string(count);
}

}  // namespace

std::string line_diff(std::string_view before, std::string_view after) {
    const std::vector<Step> steps = steps_between(lines_of(before), lines_of(after));
    const std::vector<bool> shown = shown_steps(steps);
    std::string text;
    std::size_t before_line = 1;
    std::size_t after_line = 1;
    for (std::size_t i = 0; i < steps.size();) {
        if (!shown[i]) {  // no change, so it counts on both sides
            ++before_line, ++after_line, ++i;
            continue;
        }
        std::string lines;
        std::size_t removed = 0;
        std::size_t added = 0;
        for (; i < steps.size() && shown[i]; ++i) {
            if (steps[i].sign != '+') ++removed;
            if (steps[i].sign != '-') ++added;
            lines.append(1, steps[i].sign).append(steps[i].line).append("\n");
        }
        text += "@@ -" + range_text(before_line, removed) + " +" + range_text(after_line, added) +
                " @@\n" + lines;
        before_line += removed;
        after_line += added;
    }
    return text;
}

}  // namespace pagepress::ctl
