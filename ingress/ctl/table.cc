#include "ingress/ctl/table.h"

#include <algorithm>

namespace pagepress::ctl {

namespace {

constexpr std::size_t kCellCharactersMax = 60;

bool begins_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

/// Characters of UTF-8 text.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, begins_character));
}

std::string cut(std::string text) {
    if (width_of(text) <= kCellCharactersMax) return text;
    std::size_t seen = 0;
    std::size_t end = 0;
    while (end < text.size() && seen + (begins_character(text[end]) ? 1 : 0) < kCellCharactersMax) {
        if (begins_character(text[end])) ++seen;
        ++end;
    }
    text.resize(end);
    return text + "…";
}

}  // namespace

std::string on_one_line(std::string_view text) {
    std::string line(text);
    std::ranges::replace_if(
        line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' '
    );
    return line;
}

void Table::add(const std::vector<std::string>& cells) {
    std::vector<std::string> row;
    for (const std::string& cell : cells) row.push_back(cut(on_one_line(cell)));
    row.resize(rows_.front().size());
    rows_.push_back(std::move(row));
}

std::string Table::text() const {
    std::vector<std::size_t> widths(rows_.front().size());
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], width_of(row[i]));
    }
    std::string text;
    for (const auto& row : rows_) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += row[i] + std::string(widths[i] - width_of(row[i]) + 2, ' ');
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

}  // namespace pagepress::ctl
