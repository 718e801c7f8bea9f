// How far a consumer group has come.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace pagepress::test {

/// Records of `topic` that `group` has not committed, 0 of a topic that does not exist; nothing if
/// the brokers do not tell. Does not join the group.
[[nodiscard]] std::optional<std::int64_t> backlog_of(
    const std::string& brokers, const std::string& group, const std::string& topic
);

}  // namespace pagepress::test
