// A blocking TCP client for tests: sends bytes as they are, reads whole HTTP responses.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pagepress::test {

struct RawResponse {
    int status = 0;    ///< 0: the connection ended before a whole response came
    std::string head;  ///< status line and fields, without the empty line
    std::string body;

    /// Value of a field by its exact name; empty if it is missing.
    [[nodiscard]] std::string header(std::string_view name) const;
};

/// Every read gives up after 20 s, so that a broken server fails a test instead of hanging it.
class SocketClient {
public:
    explicit SocketClient(std::uint16_t port);
    ~SocketClient();
    SocketClient(const SocketClient&) = delete;
    SocketClient& operator=(const SocketClient&) = delete;

    void send(std::string_view bytes);

    /// Ends our half of the connection.
    void finish_sending();

    /// Closes so that the server sees a reset.
    void reset();

    /// Next response by its Content-Length.
    RawResponse receive();

    /// `send` and `receive`.
    RawResponse exchange(std::string_view bytes);

    /// Everything up to the end of the connection.
    std::string receive_all();

    /// Whether bytes have come that `receive` has not returned. Does not wait.
    bool has_received_anything();

    /// Whether the server has closed (waits for it).
    bool is_closed_by_server();

private:
    bool receive_some();

    int fd_;
    std::string received_;
};

}  // namespace pagepress::test
