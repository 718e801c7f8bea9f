#include "worker/idempotency/redis_backlog.h"

#include <set>
#include <string>

#include "tests/support/catch.h"

using namespace pagepress;
using namespace pagepress::worker;

namespace {

/// Takes commands or refuses them; keeps the keys of what it took, in order.
class SwitchedRedis final : public Redis {
public:
    void submit(RedisCommand command, Callback callback) override {
        ++commands;
        if (is_away) {
            callback(fail(ErrorCode::kUnavailable, "away"));
        } else if (is_read_only) {
            callback(RedisReply{.kind = RedisReply::Kind::kError, .text = "READONLY"});
        } else {
            taken.push_back(command.at(3));
            callback(RedisReply{.kind = RedisReply::Kind::kInteger, .integer = 1, .text = {}});
        }
    }

    bool is_away = false;
    bool is_read_only = false;
    int commands = 0;
    std::vector<std::string> taken;
};

JobStatus ended(const std::string& id) {
    JobStatus status;
    status.job.id = id;
    status.state = JobState::kDone;
    return status;
}

}  // namespace

TEST_CASE("A status that Redis takes is not sent again", "[redis_backlog]") {
    SwitchedRedis redis;
    RedisBacklog backlog(redis);
    backlog.record(ended("a"));
    backlog.send_again();
    CHECK(redis.taken == std::vector<std::string>{"pagepress:job:a"});
    CHECK(backlog.size() == 0);
}

TEST_CASE("An end that Redis did not take arrives when Redis is back", "[redis_backlog]") {
    SwitchedRedis redis;
    RedisBacklog backlog(redis);
    const bool is_refused = GENERATE(false, true);
    redis.is_away = !is_refused;
    redis.is_read_only = is_refused;
    backlog.record(ended("a"));
    backlog.record_later(ended("b"));
    backlog.send_again();
    CHECK(backlog.size() == 2);
    redis.is_away = redis.is_read_only = false;
    for (int i = 0; i < 3; ++i) backlog.send_again();
    CHECK(
        std::multiset<std::string>(redis.taken.begin(), redis.taken.end()) ==
        std::multiset<std::string>{"pagepress:job:a", "pagepress:job:b"}
    );
    CHECK(backlog.size() == 0);
}

TEST_CASE("While Redis is away one status at a time knocks", "[redis_backlog]") {
    SwitchedRedis redis;
    RedisBacklog backlog(redis);
    redis.is_away = true;
    for (int i = 0; i < 1000; ++i) backlog.record_later(ended(std::to_string(i)));
    for (int i = 0; i < 10; ++i) backlog.send_again();
    CHECK(redis.commands == 10);
    redis.is_away = false;
    for (int i = 0; i < 10; ++i) backlog.send_again();
    CHECK(backlog.size() == 0);
}

TEST_CASE("What waits for Redis has a bound, and the oldest go first", "[redis_backlog]") {
    SwitchedRedis redis;
    RedisBacklog backlog(redis);
    for (int i = 0; i < 20'001; ++i) backlog.record_later(ended(std::to_string(i)));
    CHECK(backlog.size() == 20'000);
    backlog.send_again();
    REQUIRE_FALSE(redis.taken.empty());
    CHECK(redis.taken.front() == "pagepress:job:1");
}

TEST_CASE("A lease that could not be given back is given back later", "[redis_backlog]") {
    SwitchedRedis redis;
    RedisBacklog backlog(redis);
    backlog.release_later("pagepress:lease:p", "token");
    backlog.send_again();
    CHECK(redis.taken == std::vector<std::string>{"pagepress:lease:p"});
    CHECK(backlog.size() == 0);
}
