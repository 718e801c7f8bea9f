#include "ingress/ctl/session.h"

#include <algorithm>
#include <ostream>

#include <boost/json/serialize.hpp>

#include "common/base/iso_time.h"
#include "common/base/options.h"
#include "ingress/ctl/yaml_text.h"

namespace pagepress::ctl {

namespace {

std::unexpected<Error> no_secret_file(const std::string& option) {
    return fail(ErrorCode::kInvalidInput, "give the file that holds the secret: " + option);
}

bool is_fit_for_header(std::string_view secret) {
    return !secret.empty() &&
           std::ranges::all_of(secret, [](char c) { return c > 0x20 && c < 0x7F; });
}

/// The first line that is not empty, without blanks around it.
std::string first_line(const std::string& text) {
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string::npos) return {};
    const std::string line = text.substr(begin, text.find('\n', begin) - begin);
    return line.substr(0, line.find_last_not_of(" \t\r") + 1);
}

}  // namespace

Result<std::string> read_header_secret(const std::string& path, const std::string& option) {
    if (path.empty()) return no_secret_file(option);
    auto secret = read_secret_file(path);
    if (!secret || is_fit_for_header(*secret)) return secret;
    return fail(
        ErrorCode::kInvalidInput,
        "the secret file '" + path + "' must hold one line of printable ASCII without spaces"
    );
}

Result<std::string> read_admin_token(const std::string& path) {
    if (path.empty()) return no_secret_file("--admin-token-file or PAGEPRESS_ADMIN_TOKEN_FILE");
    const auto text = read_secret_file(path);
    if (!text) return text;
    const std::string line = first_line(*text);
    const std::size_t name_end = line.find_first_of(" \t");
    const std::size_t begin = line.find_first_not_of(" \t", name_end);
    std::string token = begin == std::string::npos ? line : line.substr(begin);
    if (is_fit_for_header(token)) return token;
    return fail(
        ErrorCode::kInvalidInput,
        "the admin token file '" + path +
            "' must begin with a line 'NAME TOKEN', or a token alone, of printable ASCII"
    );
}

std::string without_trailing_slash(std::string url) {
    while (url.ends_with('/')) url.pop_back();
    return url;
}

int with_admin_api(const Surroundings& surroundings, const std::function<int(AdminApi&)>& work) {
    auto token = read_admin_token(surroundings.admin_token_file);
    if (!token) return report(surroundings, kExitBadInput, token.error().message);
    AdminApi api(
        surroundings.http, without_trailing_slash(surroundings.admin_url), *std::move(token)
    );
    return work(api);
}

int report(const Surroundings& surroundings, int exit_code, const std::string& message) {
    surroundings.err << "pagepressctl: " << message << '\n';
    return exit_code;
}

bool is_success(const Surroundings& surroundings, const Result<ApiAnswer>& answer) {
    if (answer && answer->is_success()) return true;
    report(surroundings, kExitFailed, answer ? answer->reason() : answer.error().message);
    return false;
}

Consent ask_consent(const Surroundings& surroundings, const std::string& question) {
    if (!surroundings.read_answer) return Consent::kNobodyToAsk;
    surroundings.err << question << " [y/N] " << std::flush;
    const auto answer = surroundings.read_answer();
    if (!answer) return Consent::kNobodyToAsk;
    return *answer == "y" || *answer == "yes" ? Consent::kGiven : Consent::kRefused;
}

int report_no_consent(
    const Surroundings& surroundings, Consent consent, const std::string& nothing
) {
    if (consent == Consent::kRefused) return report(surroundings, kExitFailed, nothing);
    return report(surroundings, kExitBadInput, nothing + ": there is nobody to ask; add --yes");
}

std::string counted(std::size_t count, const std::string& noun) {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

boost::json::value with_iso_times(boost::json::value value) {
    if (boost::json::array* const array = value.if_array()) {
        for (auto& item : *array) item = with_iso_times(std::move(item));
    }
    boost::json::object* const object = value.if_object();
    if (object == nullptr) return value;
    for (auto& [name, member] : *object) {
        const std::string_view key(name.data(), name.size());
        const bool is_time = key.ends_with("At") || key.ends_with("_at");
        if (is_time && member.is_int64() && member.get_int64() > 0) {
            member = iso_time(member.get_int64());
        } else {
            member = with_iso_times(std::move(member));
        }
    }
    return value;
}

std::string to_text(const boost::json::value& value, OutputFormat format) {
    if (format != OutputFormat::kJson) return to_yaml(value);
    return boost::json::serialize(value) + "\n";
}

}  // namespace pagepress::ctl
