// The secrets that Jira signs its webhooks with, read from files. Passive; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/secret_file.h"

namespace pagepress::ingress {

/// A file holds one secret a line, so that one can be changed for another without an event being
/// lost: add the new one, change it in Jira, take the old one away. A file that cannot be used any
/// more, or is being written, leaves the secrets in force that it held before.
class WebhookSecrets {
public:
    static constexpr std::size_t kSecretsMax = 4;
    static constexpr std::size_t kFileBytesMax = 4096;

    /// @param clock  outlives the object
    explicit WebhookSecrets(const Clock& clock) : clock_(clock) {}

    /// How many secrets would be taken from a file now: 1 … `kSecretsMax`.
    ///
    /// @errors  kInvalidInput  it cannot be read, is too large, or holds none or too many
    [[nodiscard]] static Result<std::size_t> count_in(const std::string& path, const Clock& clock);

    /// Secrets of the file; none if no usable ones have been read yet. Valid until the next call.
    [[nodiscard]] const std::vector<std::string>& secrets(const std::string& path);

    /// Looks at every file whose secrets were asked for; to be called every
    /// `SecretFile::kLookInterval`, so that a change is known before the next event comes.
    void look();

private:
    struct File {
        SecretFile file;
        std::vector<std::string> secrets{};
        std::uint64_t revision = 0;  ///< of the file, that `secrets` were taken from
        bool is_told = false;        ///< that there is no secret yet
    };

    static void look_at(const std::string& path, File& file);

    const Clock& clock_;
    std::map<std::string, File> files_;
};

}  // namespace pagepress::ingress
