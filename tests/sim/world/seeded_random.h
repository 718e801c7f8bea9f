// The only source of chance in a simulation: everything that is drawn follows from the seed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "common/base/random.h"

namespace pagepress::sim {

/// SplitMix64. One per schedule.
/// @source  Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators" (2014)
class SeededRandom final : public Random {
public:
    explicit SeededRandom(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() {
        state_ += 0x9E3779B97F4A7C15ULL;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
        return z ^ (z >> 31U);
    }

    /// Uniform in [low, high].
    std::int64_t draw(std::int64_t low, std::int64_t high) {
        return low + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(high - low + 1));
    }

    /// True so many times in 1000.
    bool chance(int per_mille) { return draw(0, 999) < per_mille; }

    template <typename T>
    const T& one_of(const std::vector<T>& values) {
        return values[static_cast<std::size_t>(draw(0, static_cast<std::int64_t>(values.size()) - 1)
        )];
    }

    void fill(std::span<unsigned char> bytes) override {
        while (!bytes.empty()) {
            const std::uint64_t word = next();
            const std::size_t count = std::min(bytes.size(), sizeof word);
            std::memcpy(bytes.data(), &word, count);
            bytes = bytes.subspan(count);
        }
    }

private:
    std::uint64_t state_;
};

}  // namespace pagepress::sim
