#include "tests/support/kafka_program.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "common/base/invariant.h"
#include "common/kafka/producer.h"

namespace pagepress::test {
namespace {

using namespace std::chrono_literals;

std::string libs_folder() {
    const char* named = std::getenv("PAGEPRESS_TEST_KAFKA_LIBS");
    const std::string folder =
        named != nullptr ? named : std::string(PAGEPRESS_SOURCE_DIR "/build/kafka/libs");
    if (!std::filesystem::exists(folder)) {
        std::fprintf(
            stderr, "Kafka's jars are not in %s: run tests/support/kafka/fetch\n", folder.c_str()
        );
        std::abort();
    }
    return folder;
}

/// A line of the formatted storage's properties for another node: a cluster's nodes differ in their
/// number, and in the id of their folder, of which the first of 22 base64 characters will do.
std::string line_of_node(std::string line, int node_id) {
    constexpr std::string_view kNode = "node.id=";
    constexpr std::string_view kFolder = "directory.id=";
    if (line.starts_with(kNode)) return std::string(kNode) + std::to_string(node_id);
    if (line.starts_with(kFolder) && line.size() > kFolder.size()) {
        line[kFolder.size()] = static_cast<char>('a' + node_id % 26);
    }
    return line;
}

/// @param memory  options of the virtual machine
/// @param words   main class and its arguments
ProcessSpec java_program(
    std::vector<std::string> memory, const std::vector<std::string>& words, std::string log_file
) {
    const std::string libs = libs_folder();
    std::vector<std::string> arguments = std::move(memory);
    const std::vector<std::string> common{
        // Starts sooner and keeps off the other cores; the broker's speed is not what is tested.
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-XX:SharedArchiveFile=" + libs + "/kafka.jsa",
        "-Dlog4j.configuration=file:" PAGEPRESS_SOURCE_DIR "/tests/support/kafka/log4j.properties",
        "-cp",
        libs + "/*"};
    arguments.insert(arguments.end(), common.begin(), common.end());
    arguments.insert(arguments.end(), words.begin(), words.end());
    return {
        .program = "java",
        .arguments = std::move(arguments),
        .log_file = std::move(log_file),
    };
}

}  // namespace

void format_kafka_storage(const TempDir& folder, int node_id) {
    const std::string data = folder.path("data");
    std::filesystem::copy(
        libs_folder() + "/formatted", data, std::filesystem::copy_options::recursive
    );
    if (node_id == 1) return;
    std::ifstream file(data + "/meta.properties");
    std::string text;
    for (std::string line; std::getline(file, line);) text += line_of_node(line, node_id) + "\n";
    folder.write("data/meta.properties", text);
}

ProcessSpec kafka_program(const TempDir& folder, int heap_mib) {
    return java_program(
        {"-Xmx" + std::to_string(heap_mib) + "m", "-Xms128m"},
        {"kafka.Kafka", folder.path("server.properties")},
        folder.path("kafka.log")
    );
}

ProcessSpec kafka_tool(
    const TempDir& folder, const std::string& main_class, const std::vector<std::string>& arguments
) {
    std::vector<std::string> words{main_class};
    words.insert(words.end(), arguments.begin(), arguments.end());
    return java_program({"-Xmx128m"}, words, folder.path("tool.log"));
}

bool kafka_answers(const std::string& bootstrap) {
    const auto producer =
        Producer::create({.brokers = bootstrap, .topic_prefix = {}}, {}, [](const Delivery&) {});
    INVARIANT(producer.has_value());
    const auto partitions = (*producer)->partitions_of("no-such-topic", 1s);
    return !partitions && partitions.error().code == ErrorCode::kNotFound;
}

}  // namespace pagepress::test
