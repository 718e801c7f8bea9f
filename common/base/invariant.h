// Broken invariants abort, in release builds too: Kafka redelivers, and a restart is cheap.
#pragma once

#include <cstdio>
#include <cstdlib>

/// Aborts with file and line if `condition` is false. For our own bugs only; never for anything a
/// peer or a person can cause.
#define INVARIANT(condition)                                                              \
    do {                                                                                  \
        if (!(condition)) [[unlikely]] {                                                  \
            std::fprintf(                                                                 \
                stderr, "INVARIANT broken: %s at %s:%d\n", #condition, __FILE__, __LINE__ \
            );                                                                            \
            std::abort();                                                                 \
        }                                                                                 \
    } while (false)
