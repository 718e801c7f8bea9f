#include "ingress/http/idempotency_keys.h"

#include <utility>

namespace pagepress::ingress {

namespace {

std::string redis_key(const std::string& name) {
    return "pagepress:idempotency:" + name;
}

}  // namespace

void IdempotencyKeys::check(
    const std::string& name, std::string content, std::function<void(Verdict)> then
) {
    ++open_checks_;
    redis_.submit(
        {"GET", redis_key(name)},
        [this,
         content = std::move(content),
         then = std::move(then)](const Result<RedisReply>& answer) mutable {
            const bool is_other =
                answer && answer->kind == RedisReply::Kind::kText && answer->text != content;
            const Verdict verdict = is_other ? Verdict::kOtherContent : Verdict::kGoOn;
            post_([this, verdict, then = std::move(then)] {
                --open_checks_;
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
