// When API keys were last used, as one trigger thread has seen it since it last told. Passive.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/base/clock.h"

namespace pagepress::ingress {

/// Hashes texts without making strings of them.
struct TextHash {
    using is_transparent = void;

    std::size_t operator()(std::string_view text) const {
        return std::hash<std::string_view>()(text);
    }
};

/// Newest use of each key, by the key's id.
using KeyUseTimes = std::unordered_map<std::string, UnixMillis, TextHash, std::equal_to<>>;

/// One thread. A key that is known costs a look-up and no allocation.
class KeyUses {
public:
    /// About 100 bytes each; what is over it is forgotten until the next `take`.
    static constexpr std::size_t kKeysMax = 50'000;

    void note(std::string_view key_id, UnixMillis when);

    /// Everything noted since the last `take`.
    [[nodiscard]] KeyUseTimes take();

    /// Takes back what could not be told; newer notes stay.
    void put_back(const KeyUseTimes& times);

private:
    KeyUseTimes times_;
};

}  // namespace pagepress::ingress
