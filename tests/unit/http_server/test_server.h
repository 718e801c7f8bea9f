// A real server on a loop of its own, for tests that talk to it over sockets.
#pragma once

#include <deque>
#include <future>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/http_server/http_server.h"
#include "tests/support/catch.h"
#include "tests/support/loop_thread.h"

namespace pagepress::test {

/// `/echo` answers at once with what it got; `/later` keeps its responder for `answer_later`.
class TestServer {
public:
    explicit TestServer(HttpLimits limits = {}) {
        server_.emplace(
            thread_.loop(),
            limits,
            [this](const HttpRequest& request, Responder responder) {
                handle(request, std::move(responder));
            }
        );
        const auto port = server_->listen("127.0.0.1:0");
        REQUIRE(port.has_value());
        port_ = *port;
        thread_.start();
    }

    ~TestServer() {
        thread_.stop();
        kept_.clear();
    }

    [[nodiscard]] std::uint16_t port() const { return port_; }

    HttpServer& server() { return *server_; }

    /// Waits until `count` requests are kept.
    void wait_for_kept(std::size_t count) {
        std::promise<void> reached;
        thread_.run([&] {
            wanted_ = count;
            reached_ = &reached;
            notice();
        });
        reached.get_future().wait();
    }

    void answer_first_kept(std::string body) {
        thread_.run([&] {
            Responder responder = std::move(kept_.front());
            kept_.pop_front();
            responder.send({.status = 200, .body = std::move(body)});
        });
    }

    void drop_kept() {
        thread_.run([this] { kept_.clear(); });
    }

    void stop_accepting() {
        thread_.run([this] { server_->stop_accepting(); });
    }

    /// Paths that the handler has seen, in order.
    std::vector<std::string> handled_paths() {
        std::vector<std::string> paths;
        thread_.run([&] { paths = handled_paths_; });
        return paths;
    }

    /// Runs `work` on this thread while the server stands still, so that it finds all that `work`
    /// has sent at once.
    template <typename Work>
    void while_blocked(Work work) {
        std::promise<void> is_blocked;
        std::promise<void> may_go_on;
        thread_.loop().post([&] {
            is_blocked.set_value();
            may_go_on.get_future().wait();
        });
        is_blocked.get_future().wait();
        work();
        may_go_on.set_value();
        thread_.run([] {});  // the promises live until the loop has left them
    }

    /// Destroys the server on its loop, as the composition roots do.
    void destroy() {
        thread_.run([this] { server_.reset(); });
    }

private:
    void handle(const HttpRequest& request, Responder responder) {
        handled_paths_.emplace_back(request.path);
        if (request.path == "/later") {
            kept_.push_back(std::move(responder));
            notice();
            return;
        }
        if (request.path == "/formatted") {
            responder.send_formatted(202, "HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok");
            return;
        }
        responder.send({
            .status = 200,
            .body = std::string(request.method) + " " + std::string(request.path) + "?" +
                    std::string(request.query) + " " + std::string(request.header("X-A")) + " " +
                    (request.body.size() > 100 ? std::to_string(request.body.size())
                                               : std::string(request.body)),
        });
    }

    void notice() {
        if (reached_ == nullptr || kept_.size() < wanted_) return;
        reached_->set_value();
        reached_ = nullptr;
    }

    LoopThread thread_;
    std::optional<HttpServer> server_;
    std::uint16_t port_ = 0;
    std::vector<std::string> handled_paths_;
    std::deque<Responder> kept_;
    std::size_t wanted_ = 0;
    std::promise<void>* reached_ = nullptr;
};

}  // namespace pagepress::test
