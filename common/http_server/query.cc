#include "common/http_server/query.h"

#include "common/base/ascii.h"

namespace pagepress {

std::optional<std::string> percent_decoded(std::string_view text, PlusSign plus) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
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
        const bool is_match = raw_name.find_first_of("%+") == std::string_view::npos
                                  ? raw_name == name
                                  : percent_decoded(raw_name, PlusSign::kSpace) == name;
        if (!is_match) continue;
        if (equals == std::string_view::npos) return std::string();
        return percent_decoded(pair.substr(equals + 1), PlusSign::kSpace);
    }
    return std::nullopt;
}

}  // namespace pagepress
