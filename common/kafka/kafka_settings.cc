// Reads the options and the properties file of Kafka clients.
#include "common/kafka/kafka_settings.h"

#include <fstream>

#include "common/kafka/kafka_handles.h"

namespace pagepress {
namespace {

std::string_view trim(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r";
    const std::size_t first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

/// One `name=value` line into `properties`; the problem, if there is one, without its place.
std::string read_line(std::string_view line, std::map<std::string, std::string>& properties) {
    const std::size_t equals = line.find('=');
    const std::string name(trim(line.substr(0, equals)));
    if (equals == std::string_view::npos || name.empty()) return "expected name=value";
    if (kafka::is_fixed_property(name)) {
        return "the property '" + name + "' is fixed by pagepress; remove it";
    }
    const auto value = trim(line.substr(equals + 1));
    if (!properties.emplace(name, value).second) return "the property '" + name + "' is set twice";
    return {};
}

Result<std::map<std::string, std::string>> read_properties(const std::string& path) {
    std::map<std::string, std::string> properties;
    std::ifstream file(path);
    if (!file) {
        return fail(
            ErrorCode::kInvalidInput, "the Kafka properties file '" + path + "' cannot be read"
        );
    }
    std::string line;
    for (int number = 1; std::getline(file, line); ++number) {
        const std::string_view text = trim(line);
        if (text.empty() || text.front() == '#') continue;
        if (const std::string problem = read_line(text, properties); !problem.empty()) {
            return fail(
                ErrorCode::kInvalidInput, path + ":" + std::to_string(number) + ": " + problem
            );
        }
    }
    return properties;
}

}  // namespace

Result<KafkaSettings> kafka_settings_from(const OptionValues& values) {
    KafkaSettings settings{
        .brokers = values.text("kafka-brokers"), .topic_prefix = values.text("topic-prefix")};
    const std::string& path = values.text("kafka-properties-file");
    if (!path.empty()) {
        auto properties = read_properties(path);
        if (!properties) return std::unexpected(properties.error());
        settings.properties = std::move(*properties);
    }
    // A misspelt property is told here, with the options, and not by the first client.
    if (auto conf = kafka::make_conf(settings, {}); !conf) return std::unexpected(conf.error());
    return settings;
}

}  // namespace pagepress
