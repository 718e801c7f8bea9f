#include "ingress/http/denial_log.h"

#include "common/base/log.h"

namespace pagepress::ingress {

void DenialLog::note(Denial reason, std::string_view path, std::string_view rule) {
    const auto left_out = throttle_.admit(clock_.steady_now());
    if (!left_out) return;
    log_info(
        "a call was refused",
        {{"reason", name_of(reason)},
         {"path", path.substr(0, 128)},
         {"rule", rule.substr(0, 64)},
         {"lines_left_out", *left_out}}
    );
}

}  // namespace pagepress::ingress
