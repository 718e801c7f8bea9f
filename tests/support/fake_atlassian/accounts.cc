#include "tests/support/fake_atlassian/accounts.h"

#include <fstream>

#include "common/base/digest.h"

namespace pagepress::test {

Accounts::Accounts(const std::vector<std::string>& pairs) {
    for (const std::string& pair : pairs) {
        const auto* bytes = reinterpret_cast<const unsigned char*>(pair.data());
        accepted_.insert("Basic " + to_base64({bytes, pair.size()}));
        accepted_.insert("Bearer " + pair.substr(pair.find(':') + 1));
    }
}

Result<Accounts> Accounts::read_file(const std::string& path) {
    std::ifstream file(path);
    std::vector<std::string> pairs;
    for (std::string line; std::getline(file, line);) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (!line.empty() && line.front() != '#') pairs.push_back(line);
    }
    if (pairs.empty()) {
        return fail(
            ErrorCode::kInvalidInput,
            "the accounts file '" + path + "' must be readable and hold one email:token a line"
        );
    }
    return Accounts(pairs);
}

Credentials Accounts::judge(std::string_view authorization) const {
    if (authorization.empty()) return Credentials::kMissing;
    if (accepted_.contains(authorization)) return Credentials::kAccepted;
    const bool readable =
        authorization.starts_with("Basic ") || authorization.starts_with("Bearer ");
    return readable ? Credentials::kRefused : Credentials::kUnreadable;
}

}  // namespace pagepress::test
