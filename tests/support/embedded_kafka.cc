// embedded-kafka: librdkafka's mock cluster behind a process, so that other processes can produce
// and consume without a JVM. For tests and the demo; memory only, at most 5 MiB per partition,
// loopback only.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/options.h"
#include "tests/support/mock_kafka.h"
#include "tests/support/process.h"

namespace {

using namespace pagepress;

const std::vector<Option> kTable = {
    {.name = "brokers",
     .type = OptionType::kInteger,
     .default_value = "1",
     .help = "Number of brokers.",
     .low = 1,
     .high = 10},
    {.name = "ports-file",
     .type = OptionType::kText,
     .default_value = "",
     .help = "File for the brokers' ports: kafka=PORT, kafka2=PORT, …"},
    {.name = "topics",
     .type = OptionType::kText,
     .default_value = "pagepress.jobs:24,pagepress.catalog:1,pagepress.dead:1,pagepress.audit:1,"
                      "pagepress.delayed.1m:1,pagepress.delayed.10m:1,pagepress.delayed.1h:1",
     .help = "Topics to create, name:partitions with commas between."},
};

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(separator), text.size());
        parts.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

/// Name and partitions of `name:partitions`; no partitions if it is something else.
std::pair<std::string, int> topic_of(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos || colon == 0) return {text, 0};
    return {text.substr(0, colon), std::atoi(text.c_str() + colon + 1)};
}

std::map<std::string, int> ports_of(const std::string& bootstrap) {
    std::map<std::string, int> ports;
    for (const std::string& address : split(bootstrap, ',')) {
        const std::string name =
            ports.empty() ? "kafka" : "kafka" + std::to_string(ports.size() + 1);
        ports[name] = std::atoi(address.c_str() + address.rfind(':') + 1);
    }
    return ports;
}

int fail_with(const std::string& problem) {
    std::fprintf(stderr, "embedded-kafka: %s\n", problem.c_str());
    return 2;
}

int run(const OptionValues& values) {
    // Blocked before librdkafka's threads start, so that only sigwait takes them.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);

    test::MockKafka kafka(static_cast<int>(values.integer("brokers")));
    for (const std::string& text : split(values.text("topics"), ',')) {
        const auto [name, partitions] = topic_of(text);
        if (partitions < 1) return fail_with("--topics: '" + text + "' is not name:partitions");
        kafka.create_topic(name, partitions);
    }
    if (const std::string& path = values.text("ports-file"); !path.empty()) {
        test::write_ports_file(path, ports_of(kafka.bootstrap()));
    }
    std::printf("%s\n", kafka.bootstrap().c_str());
    std::fflush(stdout);
    int received = 0;
    ::sigwait(&signals, &received);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const ParsedOptions options = parse_options(kTable, {argv + 1, argv + argc}, {});
    if (options.command == Command::kHelp) {
        std::printf("%s", help_text("embedded-kafka", kTable).c_str());
        return 0;
    }
    if (!options.problems.empty()) return fail_with(options.problems.front());
    return run(options.values);
}
