// HttpClient over libcurl: one easy handle, reset and set up anew for each call; its connection
// cache survives the reset.
#include "common/http_client/curl_client.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <utility>

#include <curl/curl.h>

#include "common/base/invariant.h"

namespace pagepress {

namespace {

/// Proxies and load balancers drop idle connections after a minute or more. A write on a dropped
/// connection has an unknown outcome, so ours are given up earlier.
constexpr long kIdleSecondsMax = 50;
constexpr std::size_t kHeaderBytesMax = 256 * 1024;

struct EasyDeleter {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

struct ListDeleter {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

using HeaderList = std::unique_ptr<curl_slist, ListDeleter>;

enum class Stop { kNone, kTooLarge, kCancelled };

/// What the callbacks of one call read and write.
struct Exchange {
    const std::function<bool()>& is_cancelled;
    std::size_t answer_bytes_max;
    std::string_view unsent;
    HttpAnswer answer = {};
    std::size_t header_bytes = 0;
    Stop stop = Stop::kNone;
};

std::size_t take_body(char* bytes, std::size_t, std::size_t count, void* target) {
    auto& exchange = *static_cast<Exchange*>(target);
    if (count > exchange.answer_bytes_max - exchange.answer.body.size()) {
        exchange.stop = Stop::kTooLarge;
        return 0;
    }
    exchange.answer.body.append(bytes, count);
    return count;
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::size_t take_header(char* bytes, std::size_t, std::size_t count, void* target) {
    auto& exchange = *static_cast<Exchange*>(target);
    exchange.header_bytes += count;
    if (exchange.header_bytes > kHeaderBytesMax) {
        exchange.stop = Stop::kTooLarge;
        return 0;
    }
    const std::string_view line(bytes, count);
    // A status line begins the headers anew: those before it came with a 1xx answer.
    if (line.starts_with("HTTP/")) exchange.answer.headers.clear();
    const auto colon = line.find(':');
    if (line.starts_with("HTTP/") || colon == std::string_view::npos) return count;
    std::string name(trimmed(line.substr(0, colon)));
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
        return static_cast<char>(std::tolower(c));
    });
    exchange.answer.headers[std::move(name)] = std::string(trimmed(line.substr(colon + 1)));
    return count;
}

std::size_t give_body(char* buffer, std::size_t size, std::size_t count, void* source) {
    auto& exchange = *static_cast<Exchange*>(source);
    const std::size_t given = std::min(size * count, exchange.unsent.size());
    std::memcpy(buffer, exchange.unsent.data(), given);
    exchange.unsent.remove_prefix(given);
    return given;
}

int watch_progress(void* target, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    auto& exchange = *static_cast<Exchange*>(target);
    if (!exchange.is_cancelled || !exchange.is_cancelled()) return 0;
    exchange.stop = Stop::kCancelled;
    return 1;
}

bool has_line_break(const std::string& text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos;
}

bool names_content_type(const std::string& header) {
    constexpr std::string_view kName = "content-type:";
    return header.size() >= kName.size() &&
           std::equal(kName.begin(), kName.end(), header.begin(), [](char want, char have) {
               return want == std::tolower(static_cast<unsigned char>(have));
           });
}

HeaderList header_list(const HttpCall& call) {
    HeaderList list;
    const auto append = [&list](const char* line) {
        curl_slist* const longer = curl_slist_append(list.get(), line);
        INVARIANT(longer != nullptr);
        static_cast<void>(list.release());
        list.reset(longer);
    };
    append("Expect:");  // no 100-continue: it costs a round trip, and some proxies never answer it
    for (const std::string& header : call.headers) append(header.c_str());
    // curl would call the body a form, and Atlassian checks forms for XSRF.
    if (std::none_of(call.headers.begin(), call.headers.end(), names_content_type)) {
        append("Content-Type:");
    }
    return list;
}

bool sends_body(const HttpCall& call) {
    return !call.body.empty() || call.method == "POST" || call.method == "PUT";
}

bool only_reads(const HttpCall& call) {
    return call.read_only || call.method == "GET";
}

bool never_left(CURLcode code) {
    switch (code) {
        case CURLE_COULDNT_RESOLVE_PROXY:
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_CONNECT:
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
            return true;
        default:
            return false;
    }
}

class CurlClient final : public HttpClient {
public:
    CurlClient(const CurlLimits& limits, std::function<bool()> is_cancelled)
        : limits_(limits), is_cancelled_(std::move(is_cancelled)), easy_(curl_easy_init()) {
        INVARIANT(easy_ != nullptr);
    }

    Result<HttpAnswer> perform(const HttpCall& call) override;

private:
    void set_limits(const HttpCall& call);
    void set_request(const HttpCall& call, Exchange& exchange, curl_slist* headers);
    void set_callbacks(Exchange& exchange);
    [[nodiscard]] bool was_sent(CURLcode code) const;
    [[nodiscard]] std::unexpected<Error> failure(
        const HttpCall& call, const Exchange& exchange, CURLcode code
    ) const;

    template <typename Value>
    void set(CURLoption option, Value value) {
        const CURLcode code = curl_easy_setopt(easy_.get(), option, value);
        INVARIANT(code == CURLE_OK);
    }

    const CurlLimits limits_;
    const std::function<bool()> is_cancelled_;
    const std::unique_ptr<CURL, EasyDeleter> easy_;
    char reason_[CURL_ERROR_SIZE] = {};
};

void CurlClient::set_limits(const HttpCall& call) {
    using std::chrono::milliseconds;
    const auto timeout = std::max(call.timeout, milliseconds(1));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
    set(CURLOPT_CONNECTTIMEOUT_MS,
        static_cast<long>(std::clamp(limits_.connect_timeout, milliseconds(1), timeout).count()));
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROTOCOLS_STR, limits_.allow_http ? "http,https" : "https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_TCP_NODELAY, 1L);
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    set(CURLOPT_MAXAGE_CONN, kIdleSecondsMax);
    set(CURLOPT_MAXCONNECTS, 2L);
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (!limits_.ca_file.empty()) set(CURLOPT_CAINFO, limits_.ca_file.c_str());
}

// curl resends a request on a new connection when a kept one ends without an answer, POST too. A
// body that comes from a callback cannot be rewound, so what may have been processed is never sent
// twice; an empty one gets a new connection instead.
void CurlClient::set_request(const HttpCall& call, Exchange& exchange, curl_slist* headers) {
    set(CURLOPT_URL, call.url.c_str());
    set(CURLOPT_USERAGENT, "pagepress/" PAGEPRESS_VERSION);
    set(CURLOPT_HTTPHEADER, headers);
    if (sends_body(call)) {
        set(CURLOPT_POST, 1L);
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body.size()));
        set(CURLOPT_READFUNCTION, &give_body);
        set(CURLOPT_READDATA, static_cast<void*>(&exchange));
    } else {
        set(CURLOPT_HTTPGET, 1L);
    }
    set(CURLOPT_CUSTOMREQUEST, call.method.c_str());
    if (call.body.empty() && !only_reads(call)) set(CURLOPT_FRESH_CONNECT, 1L);
}

void CurlClient::set_callbacks(Exchange& exchange) {
    reason_[0] = '\0';
    set(CURLOPT_ERRORBUFFER, static_cast<char*>(reason_));
    set(CURLOPT_WRITEFUNCTION, &take_body);
    set(CURLOPT_WRITEDATA, static_cast<void*>(&exchange));
    set(CURLOPT_HEADERFUNCTION, &take_header);
    set(CURLOPT_HEADERDATA, static_cast<void*>(&exchange));
    set(CURLOPT_XFERINFOFUNCTION, &watch_progress);
    set(CURLOPT_XFERINFODATA, static_cast<void*>(&exchange));
    set(CURLOPT_NOPROGRESS, 0L);
}

bool CurlClient::was_sent(CURLcode code) const {
    if (never_left(code)) return false;
    long request_bytes = 0;
    curl_off_t body_bytes = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_REQUEST_SIZE, &request_bytes);
    curl_easy_getinfo(easy_.get(), CURLINFO_SIZE_UPLOAD_T, &body_bytes);
    // A refused rewind means that an earlier try on a kept connection did send.
    return request_bytes > 0 || body_bytes > 0 || code == CURLE_SEND_FAIL_REWIND;
}

std::unexpected<Error> CurlClient::failure(
    const HttpCall& call, const Exchange& exchange, CURLcode code
) const {
    const std::string what = call.method + " " + call.url.substr(0, call.url.find('?')) + ": ";
    const std::string why = reason_[0] == '\0' ? curl_easy_strerror(code) : reason_;
    if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
        return fail(ErrorCode::kInvalidInput, what + "the URL cannot be called: " + why);
    }
    if (!only_reads(call) && was_sent(code)) {
        return fail(ErrorCode::kUnknownOutcome, what + "sent, but the answer was lost: " + why);
    }
    if (exchange.stop == Stop::kTooLarge) {
        const std::string bytes = std::to_string(exchange.answer_bytes_max);
        return fail(ErrorCode::kTooLarge, what + "the answer is over " + bytes + " bytes");
    }
    if (exchange.stop == Stop::kCancelled) {
        return fail(ErrorCode::kCancelled, what + "cancelled, because the process is stopping");
    }
    return fail(ErrorCode::kUnavailable, what + "no answer: " + why);
}

Result<HttpAnswer> CurlClient::perform(const HttpCall& call) {
    if (std::any_of(call.headers.begin(), call.headers.end(), has_line_break) ||
        has_line_break(call.url) || has_line_break(call.method)) {
        return fail(
            ErrorCode::kInvalidInput, call.method + " has a line break in its URL or a header"
        );
    }
    Exchange exchange{
        .is_cancelled = is_cancelled_,
        .answer_bytes_max = limits_.answer_bytes_max,
        .unsent = call.body};
    curl_easy_reset(easy_.get());
    const HeaderList headers = header_list(call);
    set_limits(call);
    set_callbacks(exchange);
    set_request(call, exchange, headers.get());
    const CURLcode code = curl_easy_perform(easy_.get());
    if (code != CURLE_OK) return failure(call, exchange, code);
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    exchange.answer.status = static_cast<int>(status);
    return std::move(exchange.answer);
}

}  // namespace

std::unique_ptr<HttpClient> make_curl_client(
    const CurlLimits& limits, std::function<bool()> is_cancelled
) {
    static const CURLcode kReady = curl_global_init(CURL_GLOBAL_DEFAULT);
    INVARIANT(kReady == CURLE_OK);
    return std::make_unique<CurlClient>(limits, std::move(is_cancelled));
}

}  // namespace pagepress
