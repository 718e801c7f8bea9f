#include "common/base/log.h"

#include <map>
#include <memory>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "common/base/invariant.h"
#include "common/json/json_text.h"

namespace pagepress {

namespace {

struct State {
    bool json = false;
    std::string service;
};

// Written once before threads start; read-only afterwards.
State& state() {
    static State instance;
    return instance;
}

spdlog::logger& logger() {
    static const auto instance = [] {
        auto made = std::make_shared<spdlog::logger>(
            "pagepress", std::make_shared<spdlog::sinks::stderr_sink_mt>()
        );
        made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
        made->flush_on(spdlog::level::debug);
        return made;
    }();
    return *instance;
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
    switch (level) {
        case LogLevel::kDebug:
            return spdlog::level::debug;
        case LogLevel::kInfo:
            return spdlog::level::info;
        case LogLevel::kWarn:
            return spdlog::level::warn;
        case LogLevel::kError:
            return spdlog::level::err;
    }
    INVARIANT(false);
}

bool needs_quotes(std::string_view value) {
    if (value.empty()) return true;
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= 0x20 || byte == '"' || byte == '=' || byte == '\\' || byte == 0x7F) return true;
    }
    return false;
}

std::string text_line(std::string_view message, std::initializer_list<LogField> fields) {
    std::string line(message);
    for (const LogField& field : fields) {
        line.append(" ").append(field.name).append("=");
        if (needs_quotes(field.value)) {
            append_json_string(line, field.value);
        } else {
            line.append(field.value);
        }
    }
    return line;
}

std::string json_members(std::string_view message, std::initializer_list<LogField> fields) {
    std::string members = R"("service":)";
    append_json_string(members, state().service);
    members.append(R"(,"message":)");
    append_json_string(members, message);
    for (const LogField& field : fields) {
        members.append(",");
        append_json_string(members, field.name);
        members.append(":");
        append_json_string(members, field.value);
    }
    return members;
}

}  // namespace

void set_up_log(std::string_view service, std::string_view format, std::string_view level) {
    static const std::map<std::string_view, spdlog::level::level_enum> kLevels{
        {"debug", spdlog::level::debug},
        {"info", spdlog::level::info},
        {"warn", spdlog::level::warn},
        {"error", spdlog::level::err},
    };
    const auto found = kLevels.find(level);
    INVARIANT(found != kLevels.end() && (format == "text" || format == "json"));
    logger().set_level(found->second);
    state().service = service;
    state().json = format == "json";
    if (state().json) {
        logger().set_pattern(
            R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})", spdlog::pattern_time_type::utc
        );
    }
}

void log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
    const auto spdlog_level = to_spdlog(level);
    if (!logger().should_log(spdlog_level)) return;
    logger().log(
        spdlog_level, state().json ? json_members(message, fields) : text_line(message, fields)
    );
}

}  // namespace pagepress
