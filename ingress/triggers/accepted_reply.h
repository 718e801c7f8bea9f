// The 202 of a trigger, formatted once: only the job id is filled in per request.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace pagepress::ingress {

class AcceptedReply {
public:
    /// @param public_url  address that callers reach the ingress under, without a trailing slash;
    ///                    empty: status URLs are paths
    /// @param status_path  what the status URL has before the id
    explicit AcceptedReply(std::string_view public_url, std::string_view status_path = "/v1/jobs/");

    /// A whole response, for Responder::send_formatted; valid until the next call.
    [[nodiscard]] std::string_view with_job(std::string_view job_id);

private:
    std::string response_;
    std::array<std::size_t, 3> places_;
};

}  // namespace pagepress::ingress
