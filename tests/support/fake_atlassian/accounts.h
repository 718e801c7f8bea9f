// Who may use the fake site.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"

namespace pagepress::test {

/// What an `Authorization` header is worth.
enum class Credentials {
    kAccepted,
    kMissing,
    kRefused,
    kUnreadable,  ///< not a scheme the site knows
};

/// Accepted `email:token` pairs; a Bearer token is accepted if it is some pair's token.
class Accounts {
public:
    explicit Accounts(const std::vector<std::string>& pairs);

    /// One `email:token` a line; empty lines and lines that begin with `#` are skipped.
    ///
    /// @errors  kInvalidInput  the file is unreadable, or holds no account
    static Result<Accounts> read_file(const std::string& path);

    [[nodiscard]] Credentials judge(std::string_view authorization) const;

private:
    std::set<std::string, std::less<>> accepted_;  ///< whole header values
};

}  // namespace pagepress::test
