#include "ingress/events/webhook_secrets.h"

#include <fstream>
#include <sstream>
#include <utility>

#include "common/base/log.h"

namespace pagepress::ingress {

namespace {

/// Lines of a file that hold something; without the line ends of any system.
std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
        if (!line.empty() && lines.size() < WebhookSecrets::kSecretsMax) lines.push_back(line);
    }
    return lines;
}

}  // namespace

const std::vector<std::string>& WebhookSecrets::secrets(const std::string& path) {
    File& file = files_[path];
    const SteadyTime now = clock_.steady_now();
    if (!file.is_read || now - file.read_at >= kReadEvery) {
        read(path, file);
        file.read_at = now;
        file.is_read = true;
    }
    return file.secrets;
}

Result<std::vector<std::string>> WebhookSecrets::read_file(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    std::string text(kFileBytesMax + 1, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(stream.gcount()));
    const bool is_too_large = text.size() > kFileBytesMax;
    auto secrets = lines_of(text);
    if (!is_too_large && !secrets.empty()) return secrets;
    return fail(
        ErrorCode::kInvalidInput,
        "the webhook secret file '" + path + "' " +
            (is_too_large ? "is larger than 4096 bytes" : "cannot be read or is empty")
    );
}

void WebhookSecrets::read(const std::string& path, File& file) const {
    auto secrets = read_file(path);
    if (!secrets && (!file.is_read || !file.secrets.empty())) {
        log_error(
            "a webhook secret file cannot be used: the events of its site are refused",
            {{"file", path}, {"reason", secrets.error().message}}
        );
    }
    file.secrets = std::move(secrets).value_or(std::vector<std::string>());
}

}  // namespace pagepress::ingress
