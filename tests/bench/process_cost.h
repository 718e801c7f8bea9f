// What a process has cost so far, from the kernel's counters.
#pragma once

#include <sys/types.h>

namespace pagepress::test {

/// Processor time of all its threads, past and present, user and system [us]; the kernel counts in
/// ticks of 10 ms (proc(5), `stat`).
[[nodiscard]] double cpu_us(pid_t pid);

/// Memory in RAM now [MiB].
[[nodiscard]] double rss_mib(pid_t pid);

/// The most that was in RAM at a time [MiB].
[[nodiscard]] double rss_peak_mib(pid_t pid);

}  // namespace pagepress::test
