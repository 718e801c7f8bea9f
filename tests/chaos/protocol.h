// What a verdict rests on, as JSON lines: written by a run, and read to judge it again.
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.h"
#include "tests/chaos/evidence.h"
#include "tests/chaos/oracle.h"

namespace pagepress::chaos {

/// Word for a table: `done`.
[[nodiscard]] std::string_view name_of(End end);

/// The findings, and everything that they rest on.
[[nodiscard]] std::string protocol(const Evidence& evidence, const Verdict& verdict);

/// What `protocol` was made of; its findings are left out.
///
/// @errors  kCorrupt  a line is none that `protocol` writes
[[nodiscard]] Result<Evidence> evidence_from(std::string_view protocol);

}  // namespace pagepress::chaos
