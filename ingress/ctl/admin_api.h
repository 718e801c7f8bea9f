// The admin API of the ingress, as a client sees it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/value.hpp>

#include "common/base/error.h"
#include "common/catalog/catalog.h"
#include "common/catalog/documents.h"
#include "common/http_client/http_client.h"

namespace pagepress::ctl {

/// An answer that came, whatever its status.
struct ApiAnswer {
    int status = 0;
    boost::json::value body = nullptr;  ///< null if there is none
    std::string hint = {};              ///< what to look at when it is a refusal

    [[nodiscard]] bool is_success() const { return status >= 200 && status < 300; }

    /// One sentence for a person, from problem+json (RFC 9457) or the status alone.
    [[nodiscard]] std::string reason() const;

    /// Wrong fields that a 422 names.
    [[nodiscard]] std::vector<Problem> problems() const;
};

struct ListedEntry {
    std::string id;
    std::int64_t revision = 0;
    boost::json::value document = nullptr;
};

/// Blocking; used by one thread.
class AdminApi {
public:
    /// @param base_url  `http://127.0.0.1:8081`, without a trailing slash
    /// @param token     admin token; sent with every call
    AdminApi(HttpClient& http, std::string base_url, std::string token);

    /// @errors  kUnavailable, kUnknownOutcome, kTooLarge  no answer; the message says where
    ///          kCorrupt                                  an answer that is not JSON
    /// @param timeout  longest wait for the answer; the server may be asked to wait itself
    Result<ApiAnswer> get(
        std::string_view path, std::chrono::milliseconds timeout = std::chrono::seconds(30)
    );
    Result<ApiAnswer> post(
        std::string_view path, const boost::json::value& body, std::vector<std::string> headers = {}
    );

    /// Removes whatever its revision, or only if it still has `seen_revision`.
    Result<ApiAnswer> remove(
        std::string_view path, std::optional<std::int64_t> seen_revision = std::nullopt
    );

    /// Writes an entry if it still has `seen_revision`; 0: if it does not exist.
    Result<ApiAnswer> put(
        std::string_view path, const boost::json::value& document, std::int64_t seen_revision
    );

    /// All entries of a kind, ordered as the server lists them, over all pages of the list.
    ///
    /// @param word  of the path, which is the list's member too: `rules`
    /// @errors  as `get`, and kInvalidInput where the server refuses, with its reason
    Result<std::vector<ListedEntry>> list(std::string_view word);

private:
    Result<ApiAnswer> call(HttpCall call, std::string_view path);

    HttpClient& http_;
    const std::string base_url_;
    const std::string token_;
};

/// Most items that one answer of a list is asked for.
inline constexpr std::size_t kPageMax = 500;

/// Sends a call and reads the answer's JSON; for the public API too.
///
/// @param address_hint  a question about the URL, added where nobody answers at it, or one who does
///                      not know the path
Result<ApiAnswer> call_json(HttpClient& http, const HttpCall& call, std::string_view address_hint);

/// `path?name=value&…`, encoded; without the `?` if there is nothing behind it.
[[nodiscard]] std::string with_query(
    std::string_view path, const std::vector<std::pair<std::string, std::string>>& parameters
);

/// `/admin/v1/rules/release`.
[[nodiscard]] std::string path_of(EntryKind kind, std::string_view id);

}  // namespace pagepress::ctl
