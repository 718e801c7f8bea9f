// The command line of the chaos driver.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "tests/chaos/plan.h"

namespace pagepress::chaos {

struct RunOptions {
    double minutes = 5;
    std::uint64_t seed = 0;
    std::string scenario = {};  ///< faults whose name contains this; empty: all
    double rate = 5;            ///< calls a second
    int workers = 4;
    int brokers = 3;
    std::string worker_program = {};  ///< another one than the build's
    std::string protocol_file = {};   ///< is written; empty: none
    std::string judged_file = {};     ///< a protocol that is judged again, instead of a run
    bool wants_help = false;
};

/// @param words  what was given behind the program's name
/// @param seed   the one to take where none is given
///
/// @errors  kInvalidInput  the message names the option or scenario that is wrong, and what is
/// right
[[nodiscard]] Result<RunOptions> read_options(
    const std::vector<std::string_view>& words, std::span<const FaultKind> kinds, std::uint64_t seed
);

/// What may be given, and the names of all scenarios.
[[nodiscard]] std::string usage(std::span<const FaultKind> kinds);

}  // namespace pagepress::chaos
