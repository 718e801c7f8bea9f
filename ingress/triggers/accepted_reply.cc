#include "ingress/triggers/accepted_reply.h"

#include "common/base/invariant.h"
#include "common/http_server/http_server.h"

namespace pagepress::ingress {

namespace {

constexpr std::string_view kPlaceholder = "________________________________";

}  // namespace

AcceptedReply::AcceptedReply(std::string_view public_url, std::string_view status_path) {
    const std::string status_url =
        std::string(public_url) + std::string(status_path) + std::string(kPlaceholder);
    response_ = format_reply({
        .status = 202,
        .body = R"({"jobId":")" + std::string(kPlaceholder) +
                R"(","status":"queued","statusUrl":")" + status_url + "\"}\n",
        .headers = {{.name = "Location", .value = status_url}},
    });
    std::size_t from = 0;
    for (std::size_t& place : places_) {
        place = response_.find(kPlaceholder, from);
        INVARIANT(place != std::string::npos);
        from = place + kPlaceholder.size();
    }
}

std::string_view AcceptedReply::with_job(std::string_view job_id) {
    INVARIANT(job_id.size() == kPlaceholder.size());
    for (const std::size_t place : places_) response_.replace(place, job_id.size(), job_id);
    return response_;
}

}  // namespace pagepress::ingress
