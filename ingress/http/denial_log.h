// Why calls get their 403: the log is told, the caller is not. One per trigger thread; loop thread
// only.
#pragma once

#include <string_view>

#include "common/base/clock.h"
#include "ingress/auth/authenticator.h"
#include "ingress/log_throttle.h"

namespace pagepress::ingress {

class DenialLog {
public:
    /// @param clock  outlives the object
    explicit DenialLog(const Clock& clock) : clock_(clock) {}

    /// @param path  of the request, as it was sent
    /// @param rule  that it names, if any
    void note(Denial reason, std::string_view path, std::string_view rule = {});

private:
    const Clock& clock_;
    LogThrottle throttle_{20};
};

}  // namespace pagepress::ingress
