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

void WebhookSecrets::read(const std::string& path, File& file) const {
    std::ifstream stream(path, std::ios::binary);
    std::string text(kFileBytesMax + 1, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(stream.gcount()));
    const bool is_too_large = text.size() > kFileBytesMax;
    auto secrets = is_too_large ? std::vector<std::string>() : lines_of(text);
    if (secrets.empty() && (!file.is_read || !file.secrets.empty())) {
        log_error(
            "a webhook secret file cannot be used: the events of its site are refused",
            {{"file", path},
             {"reason",
              is_too_large ? "it is larger than 4096 bytes" : "it cannot be read or is empty"}}
        );
    }
    file.secrets = std::move(secrets);
}

}  // namespace pagepress::ingress
