// The one error type of the project and the registry of its codes.
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace pagepress {

/// How a caller can recover from an error.
enum class Recovery {
    kPermanent,  ///< the same call will fail again
    kTransient,  ///< the call had no effect; it may succeed later
    kUnknown,    ///< the call may or may not have had its effect; the target must be read
};

/// A code exists only if some caller treats it differently from every other code.
enum class ErrorCode {
    kInvalidInput,         ///< a person's or caller's input is wrong (request, catalog, template)
    kTooLarge,             ///< a size limit of ours or of a peer was exceeded
    kNotFound,             ///< the named thing does not exist, or is hidden from our account
    kForbidden,            ///< valid credentials, but no permission for this one thing
    kTitleTaken,           ///< Confluence: another page of the space has this title
    kCorrupt,              ///< bytes from a peer that cannot be understood
    kConflict,             ///< a compare-and-set lost: somebody wrote in between
    kCredentialsRejected,  ///< our own credentials are not accepted: the whole site is affected
    kRateLimited,          ///< a peer asks us to wait; `retry_after` says how long
    kUnavailable,          ///< a peer does not answer or failed; the call had no effect
    kOverloaded,           ///< a bound of our own is reached
    kNotYet,               ///< not to be done now (lease, catalog, settling); `retry_after`
    kCancelled,            ///< we are shutting down
    kUnknownOutcome,       ///< a write was sent and its answer was lost
};

/// Recovery class of a code; total.
[[nodiscard]] Recovery recovery_of(ErrorCode code);

/// Stable snake_case name of a code for logs, headers and metrics; total.
[[nodiscard]] std::string_view name_of(ErrorCode code);

/// What went wrong, in one sentence that says what, where and what to do.
struct Error {
    ErrorCode code;
    std::string message;
    /// Least time to wait before another try, where it is known.
    std::optional<std::chrono::milliseconds> retry_after = std::nullopt;
};

/// Value or error. Every fallible function of the project returns one; no exception crosses it.
template <typename T>
using Result = std::expected<T, Error>;

/// Shorthand for `std::unexpected(Error{code, message})`.
[[nodiscard]] std::unexpected<Error> fail(ErrorCode code, std::string message);

}  // namespace pagepress
