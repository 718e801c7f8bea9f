#include "ingress/events/webhook_secrets.h"

#include <sstream>
#include <string_view>

#include "common/base/log.h"

namespace pagepress::ingress {

namespace {

/// Lines of a file that hold something; without the line ends of any system.
std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    std::istringstream stream{std::string(text)};
    for (std::string line; std::getline(stream, line);) {
        while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
        if (!line.empty()) lines.push_back(line);
    }
    return lines;
}

Result<void> check(std::string_view text) {
    if (text.size() > WebhookSecrets::kFileBytesMax) {
        return fail(ErrorCode::kInvalidInput, "a file of webhook secrets may have 4096 bytes");
    }
    const std::size_t secrets = lines_of(text).size();
    if (secrets > 0 && secrets <= WebhookSecrets::kSecretsMax) return {};
    return fail(
        ErrorCode::kInvalidInput,
        "a file of webhook secrets must hold one to four, one a line; this one holds " +
            std::to_string(secrets)
    );
}

}  // namespace

const std::vector<std::string>& WebhookSecrets::secrets(const std::string& path) {
    auto found = files_.find(path);
    if (found == files_.end()) {
        found = files_.emplace(path, File{.file = SecretFile(path, check, clock_)}).first;
    }
    look_at(path, found->second);
    return found->second.secrets;
}

void WebhookSecrets::look() {
    for (auto& [path, file] : files_) look_at(path, file);
}

Result<std::size_t> WebhookSecrets::count_in(const std::string& path, const Clock& clock) {
    const auto secret = SecretFile(path, check, clock).secret();
    if (!secret) return std::unexpected(secret.error());
    return lines_of(*secret).size();
}

void WebhookSecrets::look_at(const std::string& path, File& file) {
    const auto& text = file.file.secret();
    if (!text) {
        if (!file.is_told) {
            log_error(
                "a webhook secret file cannot be used: the events of its site are refused",
                {{"file", path}, {"reason", text.error().message}}
            );
        }
        file.is_told = true;
    } else if (file.revision != file.file.revision()) {
        file.revision = file.file.revision();
        file.secrets = lines_of(*text);
    }
}

}  // namespace pagepress::ingress
