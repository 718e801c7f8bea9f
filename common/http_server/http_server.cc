#include "common/http_server/http_server.h"

#include <algorithm>
#include <utility>

#include "common/base/invariant.h"
#include "common/http_server/http_server_core.h"
#include "common/http_server/query.h"
#include "common/http_server/request_head.h"

namespace pagepress {

std::string_view HttpRequest::header(std::string_view name) const {
    if (message == nullptr) return {};
    const BoundHead& bound = *static_cast<const BoundHead*>(message);
    for (const HeadField& field : bound.head->fields) {
        if (equal_names(field.name.in(bound.bytes), name)) return field.value.in(bound.bytes);
    }
    return {};
}

std::string_view HttpRequest::repeated_header(std::span<const std::string_view> names) const {
    if (message == nullptr) return {};
    const BoundHead& bound = *static_cast<const BoundHead*>(message);
    for (const std::string_view name : names) {
        const auto is_named = [&](const HeadField& field) {
            return equal_names(field.name.in(bound.bytes), name);
        };
        if (std::ranges::count_if(bound.head->fields, is_named) > 1) return name;
    }
    return {};
}

std::optional<std::string> HttpRequest::query_parameter(std::string_view name) const {
    return find_query_parameter(query, name);
}

Responder::Responder(
    std::shared_ptr<HttpServerCore> server, std::uint32_t slot, std::uint64_t exchange
)
    : server_(std::move(server)), slot_(slot), exchange_(exchange) {}

Responder::Responder(Responder&& other) noexcept = default;

Responder& Responder::operator=(Responder&& other) noexcept {
    if (this == &other) return *this;
    if (server_ != nullptr) send(problem_reply(500, "The request was dropped."));
    server_ = std::move(other.server_);
    slot_ = other.slot_;
    exchange_ = other.exchange_;
    return *this;
}

Responder::~Responder() {
    if (server_ != nullptr) send(problem_reply(500, "The request was dropped."));
}

void Responder::send(const HttpReply& reply) {
    send_formatted(reply.status, format_reply(reply));
}

void Responder::send_formatted(int status, std::string_view response) {
    INVARIANT(server_ != nullptr);
    const std::shared_ptr<HttpServerCore> server = std::move(server_);
    server->reply(slot_, exchange_, status, response);
}

bool Responder::has_client_left() const {
    return server_ == nullptr || server_->has_client_left(slot_, exchange_);
}

void Responder::drop(std::string_view last_bytes) {
    INVARIANT(server_ != nullptr);
    const std::shared_ptr<HttpServerCore> server = std::move(server_);
    server->drop(slot_, exchange_, last_bytes);
}

HttpServer::HttpServer(EventLoop& loop, HttpLimits limits, HttpHandler handler)
    : core_(std::make_shared<HttpServerCore>(loop.context(), limits, std::move(handler))) {}

HttpServer::~HttpServer() {
    core_->shut_down();
}

Result<std::uint16_t> HttpServer::listen(const std::string& address) {
    return core_->listen(address);
}

void HttpServer::stop_accepting() {
    core_->stop_accepting();
}

std::size_t HttpServer::connection_count() const {
    return core_->connection_count();
}

std::map<int, std::uint64_t> HttpServer::replies_by_status() const {
    return core_->replies_by_status();
}

}  // namespace pagepress
