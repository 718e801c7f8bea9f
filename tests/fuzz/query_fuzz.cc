// Query strings: a name on the first line, the query behind it.
#include <optional>
#include <string>
#include <string_view>

#include "common/base/invariant.h"
#include "common/http_server/query.h"
#include "tests/fuzz/fuzz_input.h"

using namespace pagepress;

namespace {

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        encoded.push_back('%');
        encoded.push_back(kDigits[byte >> 4U]);
        encoded.push_back(kDigits[byte & 15U]);
    }
    return encoded;
}

/// The same answer, found the slow way: every pair is decoded.
std::optional<std::string> found_slowly(std::string_view query, std::string_view name) {
    test::FuzzInput pairs(reinterpret_cast<const std::uint8_t*>(query.data()), query.size());
    while (!pairs.rest().empty()) {
        const std::string_view pair = pairs.part('&');
        const std::size_t equals = pair.find('=');
        if (percent_decoded(pair.substr(0, equals), PlusSign::kSpace) != name) continue;
        if (equals == std::string_view::npos) return std::string();
        return percent_decoded(pair.substr(equals + 1), PlusSign::kSpace);
    }
    return std::nullopt;
}

void check_decoding(std::string_view text) {
    for (const PlusSign plus : {PlusSign::kLiteral, PlusSign::kSpace}) {
        INVARIANT(percent_decoded(percent_encoded(text), plus) == text);
        const auto decoded = percent_decoded(text, plus);
        if (!decoded) continue;
        INVARIANT(decoded->size() <= text.size());
        INVARIANT(percent_decoded(percent_encoded(*decoded), plus) == decoded);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    test::FuzzInput input(data, size);
    const std::string_view name = input.part('\n');
    const std::string_view query = input.rest();
    check_decoding(query);
    const auto found = find_query_parameter(query, name);
    INVARIANT(found == found_slowly(query, name));

    const std::string pair = percent_encoded(name) + "=" + percent_encoded(query);
    INVARIANT(find_query_parameter(pair + "&" + std::string(query), name) == query);
    return 0;
}
