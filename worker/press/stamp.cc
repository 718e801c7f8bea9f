#include "worker/press/stamp.h"

#include "common/job/job.h"
#include "worker/render/storage_format.h"

namespace pagepress::worker {

namespace {

constexpr std::string_view kMessagePrefix = "pagepress page=";
constexpr std::string_view kMessageJob = " job=";
constexpr std::string_view kAnchorPrefix = "pagepress:";

std::optional<Stamp> stamp_from(std::string_view page_key, std::string_view job_id) {
    if (page_key.empty() || !is_job_id(job_id)) return std::nullopt;
    return Stamp{.page_key = std::string(page_key), .job_id = std::string(job_id)};
}

}  // namespace

std::string to_version_message(const Stamp& stamp) {
    return std::string(kMessagePrefix) + stamp.page_key + std::string(kMessageJob) + stamp.job_id;
}

std::optional<Stamp> stamp_from_version_message(std::string_view message) {
    if (!message.starts_with(kMessagePrefix)) return std::nullopt;
    message.remove_prefix(kMessagePrefix.size());
    const std::size_t job = message.rfind(kMessageJob);
    if (job == std::string_view::npos) return std::nullopt;
    return stamp_from(message.substr(0, job), message.substr(job + kMessageJob.size()));
}

std::string to_anchor(const Stamp& stamp) {
    return R"(<p><ac:structured-macro ac:name="anchor"><ac:parameter ac:name="">)" +
           std::string(kAnchorPrefix) + xml_escaped(stamp.page_key) + ":" + stamp.job_id +
           "</ac:parameter></ac:structured-macro></p>";
}

std::optional<Stamp> stamp_from_body(std::string_view body) {
    // The last one counts: a template page may carry the anchor of its own creation.
    std::optional<Stamp> last;
    for (std::size_t at = body.find(kAnchorPrefix); at != std::string_view::npos;
         at = body.find(kAnchorPrefix, at + 1)) {
        // Only a macro parameter counts: issue text is escaped, so it cannot forge one.
        const std::size_t tag = body.substr(0, at).rfind('<');
        if (tag == std::string_view::npos || !body.substr(tag).starts_with("<ac:parameter"))
            continue;
        const std::string_view rest = body.substr(at + kAnchorPrefix.size());
        const std::string_view text = rest.substr(0, rest.find('<'));
        const std::size_t colon = text.rfind(':');
        if (colon == std::string_view::npos) continue;
        if (auto stamp = stamp_from(text.substr(0, colon), text.substr(colon + 1))) last = stamp;
    }
    return last;
}

}  // namespace pagepress::worker
