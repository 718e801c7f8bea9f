// Calls to one product of a site: headers, faults, and the probe that tells lost credentials from
// things that are gone.
#pragma once

#include <string>

#include <boost/json/value.hpp>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/http_client/http_client.h"
#include "worker/atlassian/answer_errors.h"

namespace pagepress::worker {

/// Port: sees the calls to one product of a site, on the thread that makes them; never blocks.
class CallWatch {
public:
    virtual ~CallWatch() = default;

    /// A call is about to be sent.
    virtual void begin_call(CallKind kind) = 0;

    /// It has ended.
    /// @param answer  null: there is none
    virtual void end_call(CallKind kind, const HttpAnswer* answer) = 0;
};

/// Whether an answer to who-am-I names an account.
[[nodiscard]] bool is_known_user(const boost::json::value& user);

struct SessionTarget {
    std::string base_url;        ///< no trailing slash
    std::string authorization;   ///< value of the Authorization header; a secret
    std::string probe_path;      ///< who am I; answers 200 only to a user that is logged in
    Millis timeout{30'000};      ///< of one call
    CallWatch* watch = nullptr;  ///< outlives the session; null: nobody watches
};

/// Blocking; used by one thread at a time. Paths are relative to the target's base URL. A 403 or
/// 404 is believed only after a probe of the credentials, and of a read only if the same comes
/// again after the probe.
class Session {
public:
    Session(SessionTarget target, HttpClient& http, const Clock& clock);

    /// @errors  those of `fault_of` and HttpClient, and kCorrupt if the body is no JSON
    [[nodiscard]] Result<boost::json::value> get(const std::string& path);

    /// A POST that only reads.
    [[nodiscard]] Result<boost::json::value> query(
        const std::string& path, const boost::json::value& body
    );

    /// A write; null if the answer has no body.
    ///
    /// @errors  those of `fault_of` and HttpClient, and kUnknownOutcome if the body is no JSON
    [[nodiscard]] Result<boost::json::value> send(
        const std::string& method, const std::string& path, std::string body
    );

    /// Proves that the credentials are good.
    /// @errors  kCredentialsRejected, or why the probe could not be made
    [[nodiscard]] Result<void> probe();

private:
    struct Request {
        std::string method;
        std::string path;
        CallKind kind;
        std::string body;
    };

    [[nodiscard]] Result<HttpAnswer> perform(const Request& request);
    [[nodiscard]] Result<HttpAnswer> checked(const Request& request);
    [[nodiscard]] Result<HttpAnswer> asked_again(const Request& request, const std::string& what);
    [[nodiscard]] Result<boost::json::value> read(const Request& request);

    const SessionTarget target_;
    HttpClient& http_;
    const Clock& clock_;
};

}  // namespace pagepress::worker
