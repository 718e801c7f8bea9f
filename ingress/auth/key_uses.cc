#include "ingress/auth/key_uses.h"

#include <algorithm>
#include <utility>

namespace pagepress::ingress {

void KeyUses::note(std::string_view key_id, UnixMillis when) {
    if (const auto found = times_.find(key_id); found != times_.end()) {
        found->second = std::max(found->second, when);
    } else if (times_.size() < kKeysMax) {
        times_.emplace(key_id, when);
    }
}

KeyUseTimes KeyUses::take() {
    return std::exchange(times_, {});
}

void KeyUses::put_back(const KeyUseTimes& times) {
    for (const auto& [key_id, when] : times) note(key_id, when);
}

}  // namespace pagepress::ingress
