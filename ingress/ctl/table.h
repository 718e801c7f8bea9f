// Tables of text for people: columns by width, names on top.
#pragma once

#include <string>
#include <vector>

namespace pagepress::ctl {

class Table {
public:
    explicit Table(std::vector<std::string> names) : rows_{std::move(names)} {}

    /// One cell per column; what is longer than 60 characters is cut, control characters become
    /// spaces.
    void add(const std::vector<std::string>& cells);

    /// Lines of all rows, the names first; nothing but those if there is no other row.
    [[nodiscard]] std::string text() const;

private:
    std::vector<std::vector<std::string>> rows_;
};

/// `text` without what moves a terminal's cursor or begins a line.
[[nodiscard]] std::string on_one_line(std::string_view text);

}  // namespace pagepress::ctl
