// Where a scan of a topic goes on: an offset per partition, and its text for callers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pagepress {

/// The next offset to read of each partition, from partition 0 on.
using ScanPosition = std::vector<std::int64_t>;

/// Opaque text for addresses: a few characters per partition.
[[nodiscard]] std::string to_cursor(const ScanPosition& position);

/// Position of such a text; empty if `text` is none.
[[nodiscard]] std::optional<ScanPosition> position_from_cursor(std::string_view text);

}  // namespace pagepress
