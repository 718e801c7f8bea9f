// Last uses of keys in a real Redis: the script is Redis' to run.
#include "common/redis/redis_connection.h"
#include "ingress/auth/stored_key_uses.h"
#include "tests/support/catch.h"
#include "tests/support/eventually.h"
#include "tests/support/redis_server.h"

using namespace pagepress;
using namespace pagepress::ingress;
using namespace pagepress::test;
using namespace std::chrono_literals;

namespace {

// Generous: under a sanitizer on a busy machine a server can be slow. No test waits so long.
RedisSettings settings_of(const RedisServer& server) {
    return {.address = server.address(), .username = {}, .password = {}, .timeout = 20s};
}

}  // namespace

TEST_CASE("The newest use of a key wins, whichever ingress tells it first", "[redis]") {
    RedisServer server;
    RedisConnection one(settings_of(server));
    RedisConnection other(settings_of(server));
    CHECK(read_key_uses(one).empty());
    CHECK_FALSE(read_key_use(one, "k1"));
    constexpr UnixMillis kLate = 1'800'000'000'001;
    constexpr UnixMillis kEarly = 1'800'000'000'000;
    REQUIRE(one.call(key_use_command({{"k1", kEarly}, {"k2", kLate}})));
    REQUIRE(other.call(key_use_command({{"k1", kLate}, {"k2", kEarly}, {"k3", 7}})));
    CHECK(
        read_key_uses(one) ==
        std::map<std::string, UnixMillis>{{"k1", kLate}, {"k2", kLate}, {"k3", 7}}
    );
    CHECK(read_key_use(other, "k1") == kLate);
    forget_key_uses(one, std::vector<std::string>{"k1"});
    CHECK(eventually(30s, [&] { return !read_key_use(other, "k1"); }));
    CHECK(read_key_uses(one).size() == 2);
}

TEST_CASE("As many keys as are told at once fit into one command", "[redis]") {
    RedisServer server;
    RedisConnection redis(settings_of(server));
    KeyUseTimes times;
    for (std::size_t i = 0; i < kKeysPerCommandMax; ++i) times.emplace("k" + std::to_string(i), i);
    REQUIRE(redis.call(key_use_command(times)));
    CHECK(read_key_uses(redis).size() == kKeysPerCommandMax);
}

TEST_CASE("Without Redis no use is known, and nothing else happens", "[redis]") {
    RedisServer server;
    RedisConnection redis(settings_of(server));
    REQUIRE(redis.call(key_use_command({{"k1", 7}})));
    server.stop();
    CHECK(eventually(30s, [&] { return read_key_uses(redis).empty(); }));
    CHECK_FALSE(read_key_use(redis, "k1"));
    forget_key_uses(redis, std::vector<std::string>{"k1"});
}
