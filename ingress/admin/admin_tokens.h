// Who may use the admin API: the bearer tokens of --admin-token-file and whose they are.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/digest.h"
#include "common/base/error.h"

namespace pagepress::ingress {

/// Only digests are kept. Immutable; any thread.
class AdminTokens {
public:
    /// No token: the admin API is closed.
    AdminTokens() = default;

    /// Reads a file's text: a line is `NAME TOKEN`, or a bare token, whose name is `admin`. Empty
    /// lines are left out. A name may have several tokens, so that one can be changed for another.
    ///
    /// @errors  kInvalidInput  names the line, never its text: a name or token with other
    ///                         characters, a third word, a token that is short (under 16 bytes) or
    ///                         there twice, no token
    static Result<AdminTokens> parse(std::string_view text);

    [[nodiscard]] bool is_empty() const { return tokens_.empty(); }

    /// Name of the token's owner; empty if it is not one of ours. Compares with every token, each
    /// in constant time.
    [[nodiscard]] std::optional<std::string_view> owner_of(std::string_view presented) const;

private:
    struct Token {
        std::string owner;
        Sha256 digest;
    };

    std::vector<Token> tokens_;
};

}  // namespace pagepress::ingress
