// The OpenAPI description of both listeners, as in ingress/openapi.json.
#pragma once

#include <string_view>

namespace pagepress::ingress {

/// The file's text, which the build puts into the binary.
[[nodiscard]] std::string_view openapi_document();

}  // namespace pagepress::ingress
