#include "ingress/admin/admin_tokens.h"

#include <algorithm>
#include <utility>

namespace pagepress::ingress {

namespace {

constexpr std::string_view kNameOfBareToken = "admin";
constexpr std::size_t kNameBytesMax = 64;
constexpr std::size_t kTokenBytesMin = 16;
constexpr std::string_view kBlank = " \t\r";

bool is_visible(char c) {
    return c > ' ' && c < '\x7f';
}

/// Names may be mail addresses; they are shown, logged and kept.
bool is_name(std::string_view text) {
    const auto is_allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("._-+@").contains(c);
    };
    return text.size() <= kNameBytesMax && std::ranges::all_of(text, is_allowed);
}

/// Takes the first word off `line`; empty if there is none.
std::string_view take_word(std::string_view& line) {
    line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
    const std::string_view word = line.substr(0, line.find_first_of(kBlank));
    line.remove_prefix(word.size());
    return word;
}

std::unexpected<Error> bad_line(std::size_t number, std::string_view what) {
    return fail(
        ErrorCode::kInvalidInput,
        "line " + std::to_string(number) + " of the admin token file " + std::string(what)
    );
}

}  // namespace

Result<AdminTokens> AdminTokens::parse(std::string_view text) {
    AdminTokens read;
    for (std::size_t number = 1; !text.empty(); ++number) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        std::string_view owner = take_word(line);
        if (owner.empty()) continue;
        std::string_view token = take_word(line);
        if (token.empty()) token = std::exchange(owner, kNameOfBareToken);
        if (!take_word(line).empty()) return bad_line(number, "must be 'NAME TOKEN' or one token");
        if (!is_name(owner)) {
            return bad_line(
                number, "has a name that is not 1 to 64 letters, digits, '.', '_', '-', '+' or '@'"
            );
        }
        if (!std::ranges::all_of(token, is_visible)) {
            return bad_line(number, "has a token with characters that no HTTP header may hold");
        }
        if (token.size() < kTokenBytesMin) {
            return bad_line(
                number,
                "has a token of fewer than 16 characters, which could be guessed; make one with "
                "'head -c 24 /dev/urandom | base64'"
            );
        }
        if (read.owner_of(token)) return bad_line(number, "repeats the token of an earlier line");
        read.tokens_.push_back({.owner = std::string(owner), .digest = sha256(token)});
    }
    if (read.is_empty()) {
        return fail(ErrorCode::kInvalidInput, "the admin token file holds no token");
    }
    return read;
}

std::optional<std::string_view> AdminTokens::owner_of(std::string_view presented) const {
    const Sha256 digest = sha256(presented);
    std::optional<std::string_view> owner;
    for (const Token& token : tokens_) {
        if (equal_constant_time(token.digest, digest)) owner = token.owner;
    }
    return owner;
}

}  // namespace pagepress::ingress
