#include "common/http_server/owned_request.h"

namespace pagepress {

OwnedRequest::OwnedRequest(const HttpRequest& request)
    : method_(request.method), target_(request.target), body_(request.body) {
    if (request.message == nullptr) return;
    const BoundHead& bound = *static_cast<const BoundHead*>(request.message);
    head_bytes_ = bound.bytes;
    head_ = *bound.head;
}

}  // namespace pagepress
