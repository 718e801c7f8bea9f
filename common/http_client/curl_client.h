// HttpClient over libcurl: the only door to it.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "common/http_client/http_client.h"

namespace pagepress {

struct CurlLimits {
    std::size_t answer_bytes_max = 32 * 1024 * 1024;  ///< body of one answer
    std::chrono::milliseconds connect_timeout{5'000};
    std::string ca_file = {};  ///< PEM bundle to trust instead of the system's; empty: the system's
    bool allow_http = true;    ///< false: only https URLs are called
};

/// A client with one connection that is kept alive between calls (HTTP/1.1). Proxies are taken from
/// the environment (`https_proxy`, `no_proxy`), as curl does.
///
/// @param is_cancelled  asked about once a second during a call, from the calling thread; true ends
///                      the call
[[nodiscard]] std::unique_ptr<HttpClient> make_curl_client(
    const CurlLimits& limits, std::function<bool()> is_cancelled
);

}  // namespace pagepress
