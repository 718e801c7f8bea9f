#include "ingress/http/idempotency_keys.h"

#include <algorithm>
#include <utility>

namespace pagepress::ingress {

namespace {

constexpr std::size_t kKeyBytesMax = 255;

std::string redis_key(const std::string& name) {
    return "pagepress:idempotency:" + name;
}

}  // namespace

bool is_idempotency_key(std::string_view text) {
    return text.size() <= kKeyBytesMax &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

RedisCommand IdempotencyKeys::question(const std::string& name) {
    return {"GET", redis_key(name)};
}

IdempotencyKeys::Verdict IdempotencyKeys::verdict_of(
    const Result<RedisReply>& answer, std::string_view content
) {
    const bool is_other =
        answer && answer->kind == RedisReply::Kind::kText && answer->text != content;
    return is_other ? Verdict::kOtherContent : Verdict::kGoOn;
}

RedisCommand IdempotencyKeys::note(const std::string& name, std::string content) {
    const auto seconds = std::chrono::seconds(kKept).count();
    return {"SET", redis_key(name), std::move(content), "NX", "EX", std::to_string(seconds)};
}

void IdempotencyKeys::check(Call call, std::function<void(Verdict)> then) {
    ++open_checks_;
    open_bytes_ += call.bytes;
    redis_.submit(
        question(call.name),
        [this, content = std::move(call.content), bytes = call.bytes, then = std::move(then)](
            const Result<RedisReply>& answer
        ) mutable {
            const Verdict verdict = verdict_of(answer, content);
            post_([this, verdict, bytes, then = std::move(then)] {
                --open_checks_;
                open_bytes_ -= bytes;
                then(verdict);
            });
        }
    );
}

void IdempotencyKeys::remember(const std::string& name, const std::string& content) {
    redis_.submit(note(name, content), [](const Result<RedisReply>&) {});
}

}  // namespace pagepress::ingress
