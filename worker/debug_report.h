// What `GET /debug/presses` answers.
#pragma once

#include <string>

#include "common/base/clock.h"
#include "worker/limits/site_gates.h"
#include "worker/schedule/press_board.h"

namespace pagepress::worker {

/// JSON: what runs, what waits for another try and until when, and the gates and limits of all
/// sites that were pressed. At most a thousand rows a list; no secrets. Any thread.
[[nodiscard]] std::string debug_report(
    const PressBoard& board, const SiteGates& gates, const Clock& clock
);

}  // namespace pagepress::worker
