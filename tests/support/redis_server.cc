// A real redis-server for tests.
#include "tests/support/redis_server.h"

#include "common/base/invariant.h"
#include "common/redis/redis_connection.h"
#include "tests/support/eventually.h"
#include "tests/support/free_port.h"

namespace pagepress::test {

RedisServer::RedisServer(std::vector<std::string> arguments, std::string password)
    : arguments_(std::move(arguments)), password_(std::move(password)), port_(free_port()) {
    // Another process may have taken the port in between; then another one is tried.
    for (int attempt = 0; attempt < 5; ++attempt) {
        if (try_start()) return;
        port_ = free_port();
    }
    INVARIANT(false && "redis-server does not start");
}

bool RedisServer::try_start() {
    std::vector<std::string> arguments = {
        "--port",
        std::to_string(port_),
        "--bind",
        "127.0.0.1",
        "--dir",
        folder_.path(),
        "--appendonly",
        "no",
        "--save",
        ""};
    if (!password_.empty()) arguments.insert(arguments.end(), {"--requirepass", password_});
    arguments.insert(arguments.end(), arguments_.begin(), arguments_.end());
    process_ = std::make_unique<Process>(ProcessSpec{
        .program = "redis-server",
        .arguments = std::move(arguments),
        .log_file = folder_.path("redis.log")});
    const RedisConnection redis({.address = address(), .username = {}, .password = password_});
    eventually(std::chrono::seconds(30), [&] {
        return redis.is_connected() || !process_->is_running();
    });
    return redis.is_connected() && process_->is_running();
}

void RedisServer::start() {
    INVARIANT(try_start());
}

void RedisServer::stop() {
    process_->kill();
}

void RedisServer::flush_all() const {
    RedisConnection redis({.address = address(), .username = {}, .password = password_});
    // On a busy machine the first answer may come too late for the client.
    INVARIANT(eventually(std::chrono::minutes(1), [&] {
        return redis.call({"FLUSHALL"}).has_value();
    }));
}

}  // namespace pagepress::test
