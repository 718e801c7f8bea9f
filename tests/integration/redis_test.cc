// The Redis connection against a real redis-server.
#include <atomic>
#include <thread>

#include "common/redis/redis_connection.h"
#include "common/redis/resp.h"
#include "tests/support/catch.h"
#include "tests/support/eventually.h"
#include "tests/support/free_port.h"
#include "tests/support/redis_server.h"

namespace pagepress {
namespace {

using namespace std::chrono_literals;
using Kind = RedisReply::Kind;
using test::eventually;

// Generous: under a sanitizer on a busy machine a server can be slow. No test waits so long.
constexpr Millis kTimeout = 20s;

RedisSettings settings_of(const test::RedisServer& server) {
    return {.address = server.address(), .username = {}, .password = {}, .timeout = kTimeout};
}

void wait_connected(const RedisConnection& redis) {
    REQUIRE(eventually(30s, [&] { return redis.is_connected(); }));
}

TEST_CASE("Replies of every kind come back") {
    const test::RedisServer server;
    RedisConnection redis(settings_of(server));
    wait_connected(redis);
    const std::string binary("a\0b\r\nc", 6);
    CHECK(redis.call({"SET", "k", binary})->text == "OK");
    CHECK(redis.call({"GET", "k"})->text == binary);
    CHECK(redis.call({"GET", "absent"})->kind == Kind::kNil);
    CHECK(redis.call({"INCRBY", "n", "-42"})->integer == -42);
    const auto nested =
        redis.call({"EVAL", "return {1, {'x', false}, redis.error_reply('E bad')}", "0"});
    REQUIRE(nested.has_value());
    REQUIRE(nested->items.size() == 3);
    CHECK(nested->items[0].integer == 1);
    CHECK(nested->items[1].items[0].text == "x");
    CHECK(nested->items[1].items[1].kind == Kind::kNil);
    CHECK(nested->items[2].kind == Kind::kError);
    const auto refused = redis.call({"INCR", "k"});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::kUnavailable);
    // An error reply leaves the connection and the order of replies as they were.
    CHECK(redis.call({"GET", "n"})->text == "-42");
}

TEST_CASE("Many threads get each their own replies over one connection") {
    const test::RedisServer server;
    RedisConnection redis(settings_of(server));
    wait_connected(redis);
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 500; ++i) {
                const std::string text = std::to_string(t) + "/" + std::to_string(i);
                const auto reply = redis.call({"ECHO", text});
                if (!reply || reply->text != text) ++wrong;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == 0);
    // 8 threads over one connection: one client besides the one that asks, which is the same.
    const auto clients = redis.call({"INFO", "clients"});
    CHECK(clients->text.find("connected_clients:1\r\n") != std::string::npos);
}

TEST_CASE("Large pipelines with large replies are served in order") {
    const test::RedisServer server;
    RedisConnection redis(settings_of(server));
    wait_connected(redis);
    // More than the socket buffers hold both ways: a writer that does not read would hang.
    const std::string large(256 * 1024, 'x');
    std::atomic<int> answered = 0;
    std::atomic<int> wrong = 0;
    for (int i = 0; i < 100; ++i) {
        redis.submit({"ECHO", large + std::to_string(i)}, [&, i](Result<RedisReply> reply) {
            if (!reply || reply->text != large + std::to_string(i) || answered != i) ++wrong;
            ++answered;
        });
    }
    REQUIRE(eventually(30s, [&] { return answered == 100; }));
    CHECK(wrong == 0);
}

TEST_CASE("Without a server commands fail at once, and it is found when it comes") {
    test::RedisServer server;
    server.stop();
    RedisConnection redis(settings_of(server));
    const auto refused = redis.call({"PING"});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::kUnavailable);
    CHECK_FALSE(redis.is_connected());
    server.start();
    wait_connected(redis);
    CHECK(redis.call({"PING"})->text == "PONG");
}

TEST_CASE("A server that dies is noticed without a command, and its return too") {
    test::RedisServer server;
    RedisConnection redis(settings_of(server));
    wait_connected(redis);
    server.stop();
    REQUIRE(eventually(30s, [&] { return !redis.is_connected(); }));
    CHECK_FALSE(redis.call({"PING"}).has_value());
    server.start();
    wait_connected(redis);
    CHECK(redis.call({"PING"})->text == "PONG");
}

TEST_CASE("A server that stops answering fails the commands after the timeout") {
    test::RedisServer server;
    RedisSettings settings = settings_of(server);
    settings.timeout = 300ms;
    RedisConnection redis(settings);
    wait_connected(redis);
    server.process().pause();
    std::atomic<int> failed = 0;
    for (int i = 0; i < 10; ++i) {
        redis.submit({"PING"}, [&](const Result<RedisReply>& reply) {
            if (!reply && reply.error().code == ErrorCode::kUnavailable) ++failed;
        });
    }
    REQUIRE(eventually(30s, [&] { return failed == 10; }));
    CHECK_FALSE(redis.is_connected());
    server.process().resume();
    wait_connected(redis);
    // Replies of the commands that were given up must not be taken for those of later ones.
    CHECK(redis.call({"ECHO", "fresh"})->text == "fresh");
}

TEST_CASE("The password is given, and without the right one there is no connection") {
    const test::RedisServer server({}, "pa ss");
    RedisSettings settings = settings_of(server);
    settings.password = "pa ss";
    RedisConnection redis(settings);
    wait_connected(redis);
    CHECK(redis.call({"PING"})->text == "PONG");
    REQUIRE(redis.call({"ACL", "SETUSER", "worker", "on", ">secret", "~*", "+@all"}).has_value());
    settings.username = "worker";
    settings.password = "secret";
    RedisConnection as_user(settings);
    wait_connected(as_user);
    CHECK(as_user.call({"ACL", "WHOAMI"})->text == "worker");

    for (const char* password : {"", "wrong"}) {
        settings.password = password;
        RedisConnection stranger(settings);
        CHECK_FALSE(stranger.call({"PING"}).has_value());
        CHECK_FALSE(stranger.is_connected());
    }
}

TEST_CASE("Destruction fails what is queued") {
    test::RedisServer server;
    std::atomic<int> ended = 0;
    {
        RedisConnection redis(settings_of(server));
        wait_connected(redis);
        server.process().pause();
        for (int i = 0; i < 10; ++i) {
            redis.submit({"PING"}, [&](const Result<RedisReply>& reply) {
                if (!reply) ++ended;
            });
        }
    }
    CHECK(ended == 10);
    server.process().resume();
}

TEST_CASE("An address that does not resolve keeps failing commands") {
    RedisConnection redis(
        {.address = "no-such-host.invalid:6379", .username = {}, .password = {}, .timeout = 1s}
    );
    CHECK_FALSE(redis.call({"PING"}).has_value());
    CHECK_FALSE(redis.call({"PING"}).has_value());
}

}  // namespace
}  // namespace pagepress
