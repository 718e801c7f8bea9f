// The secrets that Jira signs its webhooks with, read from files. Passive; one thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/error.h"

namespace pagepress::ingress {

/// A file holds one secret a line, so that one can be changed for another without an event being
/// lost: add the new one, change it in Jira, take the old one away.
class WebhookSecrets {
public:
    static constexpr std::size_t kSecretsMax = 4;
    static constexpr std::size_t kFileBytesMax = 4096;
    /// A file is read again when its secrets are asked for and this time has passed.
    static constexpr std::chrono::seconds kReadEvery{1};

    explicit WebhookSecrets(const Clock& clock) : clock_(clock) {}

    /// Secrets of the file.
    ///
    /// @errors  kInvalidInput  it cannot be read, is too large, or holds none
    [[nodiscard]] static Result<std::vector<std::string>> read_file(const std::string& path);

    /// Secrets of the file; none if it cannot be read, is too large, or holds none. Valid until the
    /// next call.
    [[nodiscard]] const std::vector<std::string>& secrets(const std::string& path);

private:
    struct File {
        std::vector<std::string> secrets{};
        SteadyTime read_at{};
        bool is_read = false;
    };

    void read(const std::string& path, File& file) const;

    const Clock& clock_;
    std::map<std::string, File> files_;
};

}  // namespace pagepress::ingress
