// The blocking form of a Redis command.
#include "common/redis/redis.h"

#include <future>
#include <memory>

namespace pagepress {

Result<RedisReply> Redis::call(RedisCommand command) {
    // Shared: the Redis thread may still be inside set_value when this thread has its value.
    const auto promise = std::make_shared<std::promise<Result<RedisReply>>>();
    auto reply_of = promise->get_future();
    submit(std::move(command), [promise](Result<RedisReply> reply) {
        promise->set_value(std::move(reply));
    });
    Result<RedisReply> reply = reply_of.get();
    if (reply && reply->kind == RedisReply::Kind::kError) {
        return fail(ErrorCode::kUnavailable, "Redis answered with an error: " + reply->text);
    }
    return reply;
}

}  // namespace pagepress
