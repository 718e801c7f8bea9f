#include "common/base/error.h"

#include <array>
#include <utility>

#include "common/base/invariant.h"

namespace pagepress {

namespace {

struct Row {
    ErrorCode code;
    std::string_view name;
    Recovery recovery;
};

constexpr std::array kRows{
    Row{ErrorCode::kInvalidInput, "invalid_input", Recovery::kPermanent},
    Row{ErrorCode::kTooLarge, "too_large", Recovery::kPermanent},
    Row{ErrorCode::kNotFound, "not_found", Recovery::kPermanent},
    Row{ErrorCode::kForbidden, "forbidden", Recovery::kPermanent},
    Row{ErrorCode::kTitleTaken, "title_taken", Recovery::kPermanent},
    Row{ErrorCode::kCorrupt, "corrupt", Recovery::kTransient},
    Row{ErrorCode::kConflict, "conflict", Recovery::kTransient},
    Row{ErrorCode::kCredentialsRejected, "credentials_rejected", Recovery::kTransient},
    Row{ErrorCode::kRateLimited, "rate_limited", Recovery::kTransient},
    Row{ErrorCode::kUnavailable, "unavailable", Recovery::kTransient},
    Row{ErrorCode::kOverloaded, "overloaded", Recovery::kTransient},
    Row{ErrorCode::kNotYet, "not_yet", Recovery::kTransient},
    Row{ErrorCode::kCancelled, "cancelled", Recovery::kTransient},
    Row{ErrorCode::kUnknownOutcome, "unknown_outcome", Recovery::kUnknown},
};

const Row& row_of(ErrorCode code) {
    const auto index = static_cast<std::size_t>(code);
    INVARIANT(index < kRows.size() && kRows[index].code == code);
    return kRows[index];
}

}  // namespace

Recovery recovery_of(ErrorCode code) {
    return row_of(code).recovery;
}

std::string_view name_of(ErrorCode code) {
    return row_of(code).name;
}

std::unexpected<Error> fail(ErrorCode code, std::string message) {
    return std::unexpected(Error{.code = code, .message = std::move(message)});
}

}  // namespace pagepress
