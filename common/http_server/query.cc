#include "common/http_server/query.h"

#include <algorithm>

#include "common/base/ascii.h"

namespace pagepress {

namespace {

/// How much of `text`, from its begin, stands for itself: nearly always all of it.
std::size_t plain_size(std::string_view text, PlusSign plus) {
    const auto is_coded = [plus](char c) {
        return c == '%' || (c == '+' && plus == PlusSign::kSpace);
    };
    return static_cast<std::size_t>(std::ranges::find_if(text, is_coded) - text.begin());
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text, PlusSign plus) {
    const std::size_t plain = plain_size(text, plus);
    std::string decoded(text.substr(0, plain));
    if (plain == text.size()) return decoded;
    decoded.reserve(text.size());
    for (std::size_t i = plain; i < text.size(); ++i) {
        if (text[i] == '+' && plus == PlusSign::kSpace) {
            decoded.push_back(' ');
        } else if (text[i] != '%') {
            decoded.push_back(text[i]);
        } else {
            if (i + 2 >= text.size()) return std::nullopt;
            const int high = hex_value(text[i + 1]);
            const int low = hex_value(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            decoded.push_back(static_cast<char>(high * 16 + low));
            i += 2;
        }
    }
    return decoded;
}

std::optional<std::string> find_query_parameter(std::string_view query, std::string_view name) {
    while (!query.empty()) {
        const std::size_t end = query.find('&');
        const std::string_view pair = query.substr(0, end);
        query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
        const std::size_t equals = pair.find('=');
        const std::string_view raw_name = pair.substr(0, equals);
        // Plain names, which is nearly all of them, are compared without a copy.
        const bool is_match = plain_size(raw_name, PlusSign::kSpace) == raw_name.size()
                                  ? raw_name == name
                                  : percent_decoded(raw_name, PlusSign::kSpace) == name;
        if (!is_match) continue;
        if (equals == std::string_view::npos) return std::string();
        return percent_decoded(pair.substr(equals + 1), PlusSign::kSpace);
    }
    return std::nullopt;
}

}  // namespace pagepress
