// What fuzz targets share: the input as text, cut into parts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pagepress::test {

/// An input, taken from the front.
class FuzzInput {
public:
    FuzzInput(const std::uint8_t* data, std::size_t size)
        : text_(reinterpret_cast<const char*>(data), size) {}

    /// The next byte modulo `count`; 0 at the end. A digit `0` … `9` counts as its value, so that
    /// the files of the corpus can be written by hand.
    std::size_t choice(std::size_t count) {
        if (text_.empty()) return 0;
        const char c = text_.front();
        text_.remove_prefix(1);
        const bool is_digit = c >= '0' && c <= '9';
        return static_cast<std::size_t>(is_digit ? c - '0' : static_cast<unsigned char>(c)) % count;
    }

    /// Everything before the next `separator`, which is taken too; else all that is left.
    std::string_view part(char separator) {
        const std::size_t end = text_.find(separator);
        const std::string_view taken = text_.substr(0, end);
        text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
        return taken;
    }

    [[nodiscard]] std::string_view rest() const { return text_; }

private:
    std::string_view text_;
};

}  // namespace pagepress::test
