// Randomness is injected: nothing but SystemRandom asks the operating system for it.
#pragma once

#include <cstdint>
#include <span>

namespace pagepress {

/// Source of random bytes. Thread-safe.
class Random {
public:
    virtual ~Random() = default;

    /// Fills `bytes` with random bytes.
    virtual void fill(std::span<unsigned char> bytes) = 0;

    /// Uniform integer in [low, high]; requires low <= high. Not for secrets: the modulo bias is
    /// accepted.
    [[nodiscard]] std::int64_t between(std::int64_t low, std::int64_t high);
};

/// Cryptographically secure bytes from OpenSSL's generator (RAND_bytes); aborts if it fails. Each
/// thread keeps a small stock, so a process must not fork and go on using it.
class SystemRandom final : public Random {
public:
    void fill(std::span<unsigned char> bytes) override;
};

}  // namespace pagepress
