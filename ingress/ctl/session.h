// What every command that talks to the admin API begins and ends with.
#pragma once

#include <functional>
#include <string>

#include "ingress/ctl/admin_api.h"
#include "ingress/ctl/commands.h"

namespace pagepress::ctl {

/// Secret from a file, fit for an HTTP header.
///
/// @errors  kInvalidInput  no file given, unreadable, or characters that no header may hold
[[nodiscard]] Result<std::string> read_header_secret(
    const std::string& path, const std::string& option
);

/// The admin token from a file like the server's own: that of the first line, `NAME TOKEN` or a
/// token alone. A new token is appended, so the first one is in force at every ingress until it is
/// taken out.
///
/// @errors  kInvalidInput  no file given, unreadable, no line, or a first line with a third word or
///                         characters that no header may hold
[[nodiscard]] Result<std::string> read_admin_token(const std::string& path);

/// URL without trailing slashes.
[[nodiscard]] std::string without_trailing_slash(std::string url);

/// Runs `work` with the admin API, or reports why the token cannot be read.
[[nodiscard]] int with_admin_api(
    const Surroundings& surroundings, const std::function<int(AdminApi&)>& work
);

/// Prints `message` as the one line of an error and returns `exit_code`.
int report(const Surroundings& surroundings, int exit_code, const std::string& message);

/// Checks that an answer came and is a success; prints why not.
[[nodiscard]] bool is_success(const Surroundings& surroundings, const Result<ApiAnswer>& answer);

enum class Consent {
    kGiven,
    kRefused,
    kNobodyToAsk,  ///< no terminal
};

/// Asks a person; anything but `y` or `yes` refuses.
[[nodiscard]] Consent ask_consent(const Surroundings& surroundings, const std::string& question);

/// Exit code of a command that was not allowed to go on, after saying that `nothing` was done.
[[nodiscard]] int report_no_consent(
    const Surroundings& surroundings, Consent consent, const std::string& nothing
);

/// `1 rule`, `3 rules`.
[[nodiscard]] std::string counted(std::size_t count, const std::string& noun);

/// `value` with its times as ISO 8601 text: whole-number members named `…At` or `…_at` hold
/// milliseconds since 1970.
[[nodiscard]] boost::json::value with_iso_times(boost::json::value value);

/// Text of a value in the form that was asked for, with a line end. A table is YAML here.
[[nodiscard]] std::string to_text(const boost::json::value& value, OutputFormat format);

}  // namespace pagepress::ctl
