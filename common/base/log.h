// Log lines: a constant message and fields. The only door to spdlog.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "common/base/error.h"

namespace pagepress {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

/// One `name=value` of a log line. Names are the project's: job_id, page_key, attempt, code,
/// elapsed_ms, site, rule, …; never put a secret in a value.
struct LogField {
    std::string_view name;
    std::string value;

    LogField(std::string_view field, std::string_view text) : name(field), value(text) {}

    LogField(std::string_view field, std::integral auto number)
        : name(field), value(std::to_string(number)) {}

    LogField(std::string_view field, ErrorCode code) : name(field), value(name_of(code)) {}
};

/// Sets format (`text` or `json`) and least level (`debug`, `info`, `warn`, `error`) of all later
/// lines, written to stderr. Call once from main, before threads start. Both are checked by the
/// option table; an unknown word is a bug.
void set_up_log(std::string_view service, std::string_view format, std::string_view level);

/// Writes one line. Any thread. Values are escaped, so a line is always one line.
void log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});

inline void log_debug(std::string_view message, std::initializer_list<LogField> fields = {}) {
    log(LogLevel::kDebug, message, fields);
}

inline void log_info(std::string_view message, std::initializer_list<LogField> fields = {}) {
    log(LogLevel::kInfo, message, fields);
}

inline void log_warn(std::string_view message, std::initializer_list<LogField> fields = {}) {
    log(LogLevel::kWarn, message, fields);
}

inline void log_error(std::string_view message, std::initializer_list<LogField> fields = {}) {
    log(LogLevel::kError, message, fields);
}

}  // namespace pagepress
