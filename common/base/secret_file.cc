// When the file has changed, and whether what it holds now may replace the secret.
#include "common/base/secret_file.h"

#include <utility>

#include <sys/stat.h>

#include "common/base/log.h"
#include "common/base/options.h"

namespace pagepress {

namespace {

std::int64_t nanoseconds(const timespec& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

const Result<std::string>& SecretFile::secret() {
    const SteadyTime now = clock_.steady_now();
    if (!looked_at_ || now - *looked_at_ >= kLookInterval) {
        look();
        looked_at_ = now;
    }
    return secret_;
}

void SecretFile::look() {
    const std::optional<Identity> found = identity();
    // Without a secret there is nothing to protect from a file that is only half there.
    const bool has_settled = found == seen_ || !secret_;
    seen_ = found;
    if (has_settled && !(secret_ && found == in_force_)) read(found);
}

void SecretFile::read(const std::optional<Identity>& found) {
    auto content = read_secret_file(path_);
    if (!content) return refuse(found, content.error());
    if (const auto usable = check_(*content); !usable) return refuse(found, usable.error());
    if (identity() != found) return;  // written to while it was read: the next look sees to it
    is_told_ = false;
    in_force_ = found;
    if (secret_ && *secret_ == *content) return;
    if (secret_) log_info("a secret has changed", {{"file", path_}});
    secret_ = *std::move(content);
    ++revision_;
}

void SecretFile::refuse(const std::optional<Identity>& found, const Error& error) {
    if (!secret_) {
        secret_ = std::unexpected(error);
        return;
    }
    if (is_told_ && told_ == found) return;
    is_told_ = true;
    told_ = found;
    log_error(
        "a secret file has changed but cannot be used: the old secret stays in force",
        {{"file", path_}, {"reason", error.message}}
    );
}

std::optional<SecretFile::Identity> SecretFile::identity() const {
    struct stat status {};

    if (::stat(path_.c_str(), &status) != 0) return std::nullopt;
    return Identity{
        .device = status.st_dev,
        .inode = status.st_ino,
        .bytes = status.st_size,
        .modified_ns = nanoseconds(status.st_mtim),
        .changed_ns = nanoseconds(status.st_ctim),
    };
}

}  // namespace pagepress
