// A secret in a file that may be changed while the process runs.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "common/base/clock.h"
#include "common/base/error.h"

namespace pagepress {

/// Reads the file when it is first asked for, and again after it has changed: written over,
/// replaced by a rename, or reached through a symbolic link that points elsewhere now (as
/// Kubernetes swaps mounted secrets). A change is taken up once the file has looked the same at two
/// looks in a row, so that a file which is being written is left alone: two look intervals at most.
///
/// A new file that is unreadable, empty or refused by the check leaves the old secret in force;
/// that is logged once, without its content, and tried again. Used by one thread.
class SecretFile {
public:
    /// Whether the content can be what it must be; the error names the fault, never the content.
    using Check = std::function<Result<void>(std::string_view secret)>;

    /// How often the file is looked at, at most; a look is one `stat`.
    static constexpr std::chrono::milliseconds kLookInterval{1'000};

    /// @param clock  outlives the object
    SecretFile(std::string path, Check check, const Clock& clock)
        : path_(std::move(path)), check_(std::move(check)), clock_(clock) {}

    /// The secret in force, after a look at the file if the last one is an interval old.
    ///
    /// @errors  kInvalidInput, or that of the check: no usable secret has been read yet
    const Result<std::string>& secret();

    /// Changes whenever `secret` has come to return something else.
    [[nodiscard]] std::uint64_t revision() const { return revision_; }

private:
    /// What changes when somebody writes or replaces the file.
    struct Identity {
        dev_t device;
        ino_t inode;
        off_t bytes;
        std::int64_t modified_ns;
        std::int64_t changed_ns;

        bool operator==(const Identity&) const = default;
    };

    void look();
    void read(const std::optional<Identity>& identity);
    void refuse(const std::optional<Identity>& identity, const Error& error);
    [[nodiscard]] std::optional<Identity> identity() const;

    const std::string path_;
    const Check check_;
    const Clock& clock_;
    std::optional<SteadyTime> looked_at_{};
    std::optional<Identity> seen_{};      ///< at the last look; empty: there was no file
    std::optional<Identity> in_force_{};  ///< of the file that `secret_` was read from
    std::optional<Identity> told_{};      ///< of the file that was said to be unusable
    bool is_told_ = false;
    Result<std::string> secret_ = fail(ErrorCode::kInvalidInput, "the secret has not been read");
    std::uint64_t revision_ = 0;
};

}  // namespace pagepress
