#include "ingress/http/key_use_report.h"

#include <memory>
#include <utility>

#include "ingress/auth/stored_key_uses.h"

namespace pagepress::ingress {

void KeyUseReport::begin() {
    if (is_under_way_) return;
    if (left_.empty()) left_ = uses_.take();
    send_part();
}

void KeyUseReport::send_part() {
    is_under_way_ = !left_.empty();
    if (!is_under_way_) return;
    // Shared: std::function wants what it holds to be copyable.
    const auto part = std::make_shared<KeyUseTimes>();
    while (!left_.empty() && part->size() < kKeysPerCommandMax) {
        part->insert(left_.extract(left_.begin()));
    }
    redis_.submit(key_use_command(*part), [this, part](const Result<RedisReply>& answer) {
        const bool is_told = answer && answer->kind != RedisReply::Kind::kError;
        post_([this, part, is_told] {
            if (is_told) {
                send_part();
            } else {
                uses_.put_back(*part);
                is_under_way_ = false;
            }
        });
    });
}

}  // namespace pagepress::ingress
