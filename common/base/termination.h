// SIGTERM and SIGINT as something to wait for, instead of handlers.
#pragma once

namespace pagepress {

/// Blocks SIGTERM and SIGINT for the calling thread and those it starts later, and ignores SIGPIPE.
/// Call first in main, before any thread starts.
void hold_termination_signals();

/// Waits for SIGTERM or SIGINT. Returns which.
int wait_for_termination();

}  // namespace pagepress
