// What a node of Apache Kafka needs to run in a folder of its own: jars, storage, command line.
#pragma once

#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace pagepress::test {

/// Puts an empty storage of node `node_id` into `folder`/data. Aborts the test if Kafka's jars have
/// not been fetched.
void format_kafka_storage(const TempDir& folder, int node_id);

/// The command that runs the node of `folder`/server.properties and logs to `folder`/kafka.log.
[[nodiscard]] ProcessSpec kafka_program(const TempDir& folder, int heap_mib = 512);

/// The command of one of Kafka's own tools, such as `kafka.admin.ConfigCommand`; logs to
/// `folder`/tool.log.
[[nodiscard]] ProcessSpec kafka_tool(
    const TempDir& folder, const std::string& main_class, const std::vector<std::string>& arguments
);

/// Whether a broker at `bootstrap` answers within about a second.
[[nodiscard]] bool kafka_answers(const std::string& bootstrap);

}  // namespace pagepress::test
