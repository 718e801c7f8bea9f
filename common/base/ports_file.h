// Where a process says which ports it listens on, so that port 0 can be used everywhere.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "common/base/error.h"

namespace pagepress {

/// Writes `name=port` lines to `path`, at once or not at all; an empty path writes nothing.
/// @errors  kInvalidInput  the file cannot be written
[[nodiscard]] Result<void> write_ports_file(
    const std::string& path, const std::map<std::string, std::uint16_t>& ports
);

}  // namespace pagepress
