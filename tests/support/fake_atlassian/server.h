// The fake site behind a socket: API, control route and page view on one port.
#pragma once

#include <cstdint>
#include <list>
#include <string>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/http_server/event_loop.h"
#include "common/http_server/http_server.h"
#include "tests/support/fake_atlassian/api.h"
#include "tests/support/fake_atlassian/site.h"

namespace pagepress::test {

/// Loop thread only.
class FakeServer {
public:
    FakeServer(EventLoop& loop, const Clock& clock, FakeSite& site);

    /// Returns the port.
    ///
    /// @errors  kInvalidInput  the address cannot be parsed or bound
    Result<std::uint16_t> listen(const std::string& address);

private:
    /// Something that a fault put off.
    struct Later {
        SteadyTime due;
        ApiRequest request;  ///< still to be handled, if `is_handled` is false
        bool is_handled = false;
        std::optional<FaultRule> fault;
        Handled handled;
        Responder responder;
    };

    void serve(const HttpRequest& request, Responder responder);
    void serve_api(ApiRequest request, Responder responder);
    void run_due();

    const Clock& clock_;
    FakeSite& site_;
    std::list<Later> later_;
    HttpServer server_;
};

}  // namespace pagepress::test
