// The Redis thread: one connection, one pipeline at a time. While a pipeline waits for its replies,
// new commands gather, so the more callers there are, the longer the pipelines become. No command
// waits longer than the timeout, which also bounds what can gather.
#include "common/redis/redis_connection.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <future>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

#include <poll.h>

#include "common/base/log.h"
#include "common/base/mutex.h"
#include "common/base/wake_fd.h"
#include "common/redis/redis_socket.h"
#include "common/redis/resp.h"

namespace pagepress {
namespace {

constexpr Millis kBackoffMin{50};
constexpr Millis kBackoffMax{1'000};
constexpr Millis kNoDeadline{60'000};  // a wait that nothing but a wake-up needs to end

/// Commands that are sent together.
struct Pipeline {
    std::string bytes;
    std::vector<Redis::Callback> callbacks;
    SteadyTime since{};  ///< when its first command came
};

void fail_all(Pipeline& pipeline, std::size_t first, const std::string& why) {
    for (std::size_t i = first; i < pipeline.callbacks.size(); ++i) {
        pipeline.callbacks[i](fail(ErrorCode::kUnavailable, why));
    }
}

std::unexpected<Error> fail_io(const std::string& what) {
    return fail(ErrorCode::kUnavailable, what + ": " + std::generic_category().message(errno));
}

}  // namespace

class RedisConnection::Loop {
public:
    explicit Loop(RedisSettings settings) : settings_(std::move(settings)) {
        thread_ = std::thread([this] { run(); });
    }

    ~Loop() {
        stopping_ = true;
        wake_.wake();
        thread_.join();
    }

    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    void submit(const RedisCommand& command, Callback callback) EXCLUDES(mutex_);

    [[nodiscard]] bool is_connected() const { return connected_; }

private:
    enum class Wake { kIfEmpty, kAlways };

    void run();
    [[nodiscard]] Pipeline take_gathered(Wake wake) EXCLUDES(mutex_);
    [[nodiscard]] short poll_for(int fd, short events, Millis timeout) const;
    bool wait_unconnected(int fd, short events, SteadyTime deadline);

    [[nodiscard]] Result<void> connect();
    [[nodiscard]] Result<std::vector<SocketAddress>> resolve_address();
    [[nodiscard]] Result<void> connect_to(const SocketAddress& address);
    [[nodiscard]] Result<void> greet();
    [[nodiscard]] Error serve();
    [[nodiscard]] Result<void> exchange(Pipeline& pipeline);
    [[nodiscard]] Result<void> exchange_until(Pipeline& pipeline, std::size_t& answered);
    [[nodiscard]] Result<void> send_some(std::string_view& unsent) const;
    [[nodiscard]] Result<void> read_some();
    [[nodiscard]] Result<void> answer(Pipeline& pipeline, std::size_t& answered);
    void log_failure(const Error& error);

    const RedisSettings settings_;
    const SystemClock clock_{};
    const WakeFd wake_;
    std::atomic<bool> stopping_ = false;
    std::atomic<bool> connected_ = false;

    Mutex mutex_;
    Pipeline gathered_ GUARDED_BY(mutex_);
    bool must_wake_ GUARDED_BY(mutex_) = true;  ///< the thread sleeps: the next command wakes it

    // Used by the Redis thread only.
    FileDescriptor socket_;
    std::optional<ReplyReader> reader_;
    bool has_tried_ = false;      ///< until the first try has ended, commands wait for it
    std::string logged_failure_;  ///< so that an outage is one log line, not one a second

    std::thread thread_;
};

void RedisConnection::Loop::submit(const RedisCommand& command, Callback callback) {
    std::string bytes;
    append_command(bytes, command);
    bool must_wake = false;
    {
        const MutexLock lock(mutex_);
        if (gathered_.callbacks.empty()) gathered_.since = clock_.steady_now();
        gathered_.bytes += bytes;
        gathered_.callbacks.push_back(std::move(callback));
        must_wake = std::exchange(must_wake_, false);
    }
    if (must_wake) wake_.wake();
}

Pipeline RedisConnection::Loop::take_gathered(Wake wake) {
    const MutexLock lock(mutex_);
    must_wake_ = wake == Wake::kAlways || gathered_.callbacks.empty();
    return std::exchange(gathered_, {});
}

/// Waits for `events` of `fd` (negative: for none), a wake-up or the timeout. Returns the events.
short RedisConnection::Loop::poll_for(int fd, short events, Millis timeout) const {
    std::array<pollfd, 2> waiting = {
        {{.fd = wake_.get(), .events = POLLIN, .revents = 0},
         {.fd = fd, .events = events, .revents = 0}}};
    if (::poll(waiting.data(), waiting.size(), static_cast<int>(timeout.count())) < 0) return 0;
    if (waiting[0].revents != 0) wake_.reset();
    return waiting[1].revents;
}

/// Waits for `events` of `fd` while commands that come are refused. False at the deadline or if the
/// thread must end.
bool RedisConnection::Loop::wait_unconnected(int fd, short events, SteadyTime deadline) {
    while (!stopping_) {
        if (has_tried_) {
            Pipeline refused = take_gathered(Wake::kAlways);
            fail_all(refused, 0, "Redis at " + settings_.address + " is not connected");
        }
        const auto left = std::chrono::ceil<Millis>(deadline - clock_.steady_now());
        if (left.count() <= 0) return false;
        if (poll_for(fd, events, std::min(left, kNoDeadline)) != 0) return true;
    }
    return false;
}

void RedisConnection::Loop::run() {
    Millis backoff = kBackoffMin;
    while (!stopping_) {
        auto connected = connect();
        has_tried_ = true;
        if (connected) {
            backoff = kBackoffMin;
            logged_failure_.clear();
            log_info("redis connected", {{"address", settings_.address}});
            connected_ = true;
            connected = std::unexpected(serve());
            connected_ = false;
        }
        if (stopping_) break;
        log_failure(connected.error());
        socket_.reset();
        wait_unconnected(-1, 0, clock_.steady_now() + backoff);
        backoff = std::min(backoff * 2, kBackoffMax);
    }
    Pipeline refused = take_gathered(Wake::kAlways);
    fail_all(refused, 0, "the connection to Redis is being closed");
}

void RedisConnection::Loop::log_failure(const Error& error) {
    if (error.message == logged_failure_) return;
    logged_failure_ = error.message;
    log_warn("redis not connected", {{"address", settings_.address}, {"error", error.message}});
}

Result<void> RedisConnection::Loop::connect() {
    const auto addresses = resolve_address();
    if (!addresses) return std::unexpected(addresses.error());
    Result<void> connected = fail(ErrorCode::kUnavailable, "no address");
    for (const SocketAddress& address : *addresses) {
        connected = connect_to(address);
        if (connected || stopping_) break;
    }
    return connected;
}

/// A resolver may hang for seconds, so it gets a thread, while this one refuses commands.
Result<std::vector<SocketAddress>> RedisConnection::Loop::resolve_address() {
    auto resolving = std::async(std::launch::async, [this] {
        auto addresses = resolve(settings_.address);
        wake_.wake();
        return addresses;
    });
    while (!stopping_ && resolving.wait_for(Millis(0)) != std::future_status::ready) {
        // The wake-up is a hint that may come before the future is ready; hence the short waits.
        wait_unconnected(-1, 0, clock_.steady_now() + Millis(1));
    }
    return resolving.get();
}

Result<void> RedisConnection::Loop::connect_to(const SocketAddress& address) {
    auto socket = start_connect(address);
    if (!socket) return std::unexpected(socket.error());
    socket_ = std::move(*socket);
    if (!wait_unconnected(socket_.get(), POLLOUT, clock_.steady_now() + settings_.timeout)) {
        return fail(ErrorCode::kUnavailable, "no connection in time");
    }
    if (const std::string error = connect_error(socket_); !error.empty()) {
        return fail(ErrorCode::kUnavailable, error);
    }
    reader_.emplace();
    return greet();
}

/// Authenticates, and asks for a PONG, which a server that loads its data or wants a password does
/// not give.
Result<void> RedisConnection::Loop::greet() {
    Pipeline greeting{.bytes = {}, .callbacks = {}, .since = clock_.steady_now()};
    Result<void> outcome;
    const auto keep_failure = [&outcome](const Result<RedisReply>& reply) {
        if (outcome && reply && reply->kind == RedisReply::Kind::kError) {
            outcome = fail(ErrorCode::kCredentialsRejected, "Redis refuses us: " + reply->text);
        }
    };
    if (!settings_.password.empty()) {
        append_command(
            greeting.bytes,
            settings_.username.empty()
                ? RedisCommand{"AUTH", settings_.password}
                : RedisCommand{"AUTH", settings_.username, settings_.password}
        );
        greeting.callbacks.emplace_back(keep_failure);
    }
    append_command(greeting.bytes, {"PING"});
    greeting.callbacks.emplace_back(keep_failure);
    if (auto exchanged = exchange(greeting); !exchanged) return exchanged;
    return outcome;
}

/// Serves commands until the connection fails or the thread must end.
Error RedisConnection::Loop::serve() {
    while (!stopping_) {
        Pipeline pipeline = take_gathered(Wake::kIfEmpty);
        Result<void> served;
        if (!pipeline.callbacks.empty()) {
            served = exchange(pipeline);
        } else if (poll_for(socket_.get(), POLLIN, kNoDeadline) != 0) {
            // Nothing was asked: the server closes the connection, or does not speak its protocol.
            served = read_some();
            if (served) served = fail(ErrorCode::kCorrupt, "Redis spoke without being asked");
        }
        if (!served) return served.error();
    }
    return {.code = ErrorCode::kCancelled, .message = "the connection to Redis is being closed"};
}

/// Sends a pipeline and gives every callback its reply, or the failure.
Result<void> RedisConnection::Loop::exchange(Pipeline& pipeline) {
    std::size_t answered = 0;
    auto exchanged = exchange_until(pipeline, answered);
    if (!exchanged) {
        connected_ = false;  // before the callbacks, so that what they see agrees
        fail_all(pipeline, answered, exchanged.error().message);
    }
    return exchanged;
}

Result<void> RedisConnection::Loop::exchange_until(Pipeline& pipeline, std::size_t& answered) {
    const SteadyTime deadline = pipeline.since + settings_.timeout;
    std::string_view unsent = pipeline.bytes;
    while (true) {
        if (auto sent = send_some(unsent); !sent) return sent;
        const auto left = std::chrono::ceil<Millis>(deadline - clock_.steady_now());
        if (stopping_ || left.count() <= 0) {
            return fail(ErrorCode::kUnavailable, "Redis gave no answer in time");
        }
        const int events = unsent.empty() ? POLLIN : POLLIN | POLLOUT;
        if ((poll_for(socket_.get(), static_cast<short>(events), left) & ~POLLOUT) == 0) continue;
        if (auto read = read_some(); !read) return read;
        if (auto taken = answer(pipeline, answered); !taken) return taken;
        if (answered == pipeline.callbacks.size()) return {};
    }
}

/// Gives complete replies to their callbacks.
Result<void> RedisConnection::Loop::answer(Pipeline& pipeline, std::size_t& answered) {
    while (true) {
        RedisReply reply;
        const auto got = reader_->next(reply);
        if (!got) return std::unexpected(got.error());
        if (!*got) return {};
        if (answered == pipeline.callbacks.size()) {
            return fail(ErrorCode::kCorrupt, "Redis gave more replies than there were commands");
        }
        pipeline.callbacks[answered++](std::move(reply));
    }
}

Result<void> RedisConnection::Loop::send_some(std::string_view& unsent) const {
    while (!unsent.empty()) {
        const ssize_t sent = ::send(socket_.get(), unsent.data(), unsent.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && errno == EAGAIN) return {};
        if (sent < 0) return fail_io("writing to Redis");
        unsent.remove_prefix(static_cast<std::size_t>(sent));
    }
    return {};
}

Result<void> RedisConnection::Loop::read_some() {
    std::array<char, 64 * 1024> bytes;
    const ssize_t got = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (got > 0) {
        reader_->feed({bytes.data(), static_cast<std::size_t>(got)});
        return {};
    }
    if (got == 0) return fail(ErrorCode::kUnavailable, "Redis closed the connection");
    return errno == EAGAIN || errno == EINTR ? Result<void>{} : fail_io("reading from Redis");
}

RedisConnection::RedisConnection(RedisSettings settings)
    : loop_(std::make_unique<Loop>(std::move(settings))) {}

RedisConnection::~RedisConnection() = default;

void RedisConnection::submit(RedisCommand command, Callback callback) {
    loop_->submit(command, std::move(callback));
}

bool RedisConnection::is_connected() const {
    return loop_->is_connected();
}

}  // namespace pagepress
