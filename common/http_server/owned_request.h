// A request that outlives its handler: for handlers that answer from another thread.
#pragma once

#include <string>

#include "common/http_server/http_server.h"
#include "common/http_server/request_head.h"

namespace pagepress {

/// A copy of a request and of everything that it refers to. May be handed to another thread.
class OwnedRequest {
public:
    explicit OwnedRequest(const HttpRequest& request);

    /// Calls `use` with the request; its views live as long as the call.
    template <typename Use>
    auto with(Use use) const {
        const BoundHead bound{.bytes = head_bytes_, .head = &head_};
        const std::string_view target = target_;
        const std::size_t question = target.find('?');
        return use(HttpRequest{
            .method = method_,
            .target = target,
            .path = target.substr(0, question),
            .query = question == std::string_view::npos ? std::string_view()
                                                        : target.substr(question + 1),
            .body = body_,
            .message = &bound,
        });
    }

private:
    std::string method_;
    std::string target_;
    std::string body_;
    std::string head_bytes_;
    RequestHead head_;
};

}  // namespace pagepress
