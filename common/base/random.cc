#include "common/base/random.h"

#include <cstring>

#include <openssl/rand.h>

#include "common/base/invariant.h"

namespace pagepress {

std::int64_t Random::between(std::int64_t low, std::int64_t high) {
    INVARIANT(low <= high);
    unsigned char bytes[sizeof(std::uint64_t)];
    fill(bytes);
    std::uint64_t value = 0;
    std::memcpy(&value, bytes, sizeof value);
    const auto width = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1;
    const std::uint64_t offset = width == 0 ? value : value % width;
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + offset);
}

void SystemRandom::fill(std::span<unsigned char> bytes) {
    INVARIANT(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
}

}  // namespace pagepress
