#include "common/base/random.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "common/base/invariant.h"

namespace pagepress {

namespace {

/// Random bytes in stock: a call of RAND_bytes costs about the same for 16 bytes and for 512.
class RandomStock {
public:
    void take(std::span<unsigned char> bytes) {
        if (bytes.size() > bytes_.size() - used_) refill();
        const std::span taken = std::span(bytes_).subspan(used_, bytes.size());
        std::ranges::copy(taken, bytes.begin());
        OPENSSL_cleanse(taken.data(), taken.size());  // what was given out may be a key
        used_ += bytes.size();
    }

    static constexpr std::size_t kTakenMax = 64;

private:
    void refill() {
        INVARIANT(RAND_bytes(bytes_.data(), static_cast<int>(bytes_.size())) == 1);
        used_ = 0;
    }

    std::array<unsigned char, 512> bytes_{};
    std::size_t used_ = bytes_.size();
};

}  // namespace

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
    thread_local RandomStock stock;
    if (bytes.size() <= RandomStock::kTakenMax) {
        stock.take(bytes);
    } else {
        INVARIANT(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
    }
}

}  // namespace pagepress
