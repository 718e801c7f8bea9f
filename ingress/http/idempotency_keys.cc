#include "ingress/http/idempotency_keys.h"

#include <utility>

namespace pagepress::ingress {

namespace {

std::string redis_key(const std::string& name) {
    return "pagepress:idempotency:" + name;
}

}  // namespace

void IdempotencyKeys::check(Call call, std::function<void(Verdict)> then) {
    ++open_checks_;
    open_bytes_ += call.bytes;
    redis_.submit(
        {"GET", redis_key(call.name)},
        [this, content = std::move(call.content), bytes = call.bytes, then = std::move(then)](
            const Result<RedisReply>& answer
        ) mutable {
            const bool is_other =
                answer && answer->kind == RedisReply::Kind::kText && answer->text != content;
            const Verdict verdict = is_other ? Verdict::kOtherContent : Verdict::kGoOn;
            post_([this, verdict, bytes, then = std::move(then)] {
                --open_checks_;
                open_bytes_ -= bytes;
                then(verdict);
            });
        }
    );
}

void IdempotencyKeys::remember(const std::string& name, const std::string& content) {
    const auto seconds = std::chrono::seconds(kKept).count();
    redis_.submit(
        {"SET", redis_key(name), content, "NX", "EX", std::to_string(seconds)},
        [](const Result<RedisReply>&) {}
    );
}

}  // namespace pagepress::ingress
