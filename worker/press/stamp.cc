#include "worker/press/stamp.h"

#include <charconv>

#include "common/job/job.h"
#include "worker/render/storage_format.h"

namespace pagepress::worker {

namespace {

constexpr std::string_view kMessagePrefix = "pagepress page=";
constexpr std::string_view kRestorePrefix = "pagepress restored page=";
constexpr std::string_view kMessageJob = " job=";
constexpr std::string_view kMessageText = "text=";
constexpr std::string_view kMessageFailed = "failed=";
constexpr std::string_view kMessageRedrive = "redrive=";
constexpr std::string_view kParent = "parent=";
constexpr std::string_view kAnchorPrefix = "pagepress:";
/// Another prefix than the stamp's, so that a mark is never taken for one.
constexpr std::string_view kMarkPrefix = "pagepress-write:";

std::string to_anchor_macro(const std::string& name) {
    return R"(<p><ac:structured-macro ac:name="anchor"><ac:parameter ac:name="">)" + name +
           "</ac:parameter></ac:structured-macro></p>";
}

/// Takes one `name=value` of what follows the job id; unknown ones are left out.
void take_word(Stamp& stamp, std::string_view word) {
    if (word.starts_with(kMessageText)) stamp.text = word.substr(kMessageText.size());
    if (word.starts_with(kMessageFailed)) stamp.failed = word.substr(kMessageFailed.size());
    if (word.starts_with(kParent)) stamp.parent = word.substr(kParent.size());
    if (word.starts_with(kMessageRedrive)) {
        word.remove_prefix(kMessageRedrive.size());
        std::from_chars(word.data(), word.data() + word.size(), stamp.redrive);
    }
}

std::optional<Stamp> stamp_from(std::string_view page_key, std::string_view job_id) {
    if (page_key.empty() || !is_job_id(job_id)) return std::nullopt;
    return Stamp{.page_key = std::string(page_key), .job_id = std::string(job_id)};
}

/// `<page key>:<job id>`, and `:parent=…` where it is set.
std::optional<Stamp> stamp_from_anchor(std::string_view text) {
    std::string_view parent;
    std::size_t colon = text.rfind(':');
    if (colon != std::string_view::npos && text.substr(colon + 1).starts_with(kParent)) {
        parent = text.substr(colon + 1 + kParent.size());
        text = text.substr(0, colon);
        colon = text.rfind(':');
    }
    if (colon == std::string_view::npos) return std::nullopt;
    auto stamp = stamp_from(text.substr(0, colon), text.substr(colon + 1));
    if (stamp) stamp->parent = parent;
    return stamp;
}

}  // namespace

std::string to_version_message(const Stamp& stamp) {
    std::string message(kMessagePrefix);
    message.append(stamp.page_key).append(kMessageJob).append(stamp.job_id);
    if (!stamp.text.empty()) message.append(" ").append(kMessageText).append(stamp.text);
    if (!stamp.failed.empty()) message.append(" ").append(kMessageFailed).append(stamp.failed);
    if (stamp.redrive > 0) {
        message.append(" ").append(kMessageRedrive).append(std::to_string(stamp.redrive));
    }
    if (!stamp.parent.empty()) message.append(" ").append(kParent).append(stamp.parent);
    return message;
}

std::optional<Stamp> stamp_from_version_message(std::string_view message) {
    if (!message.starts_with(kMessagePrefix)) return std::nullopt;
    message.remove_prefix(kMessagePrefix.size());
    const std::size_t job = message.rfind(kMessageJob);
    if (job == std::string_view::npos) return std::nullopt;
    const std::string_view page_key = message.substr(0, job);
    message.remove_prefix(job + kMessageJob.size());
    std::size_t end = message.find(' ');
    auto stamp = stamp_from(page_key, message.substr(0, end));
    while (stamp && end != std::string_view::npos) {
        message.remove_prefix(end + 1);
        end = message.find(' ');
        take_word(*stamp, message.substr(0, end));
    }
    return stamp;
}

std::string to_restore_message(std::string_view page_key) {
    return std::string(kRestorePrefix).append(page_key);
}

bool is_restore_message(std::string_view message) {
    return message.starts_with(kRestorePrefix);
}

Error error_of_failed(std::string failed, std::int64_t version) {
    if (const auto plus = failed.find('+'); plus != std::string::npos) {
        failed = failed.substr(0, plus) + " and " + failed.substr(plus + 1) + " more";
    }
    return {
        .code = ErrorCode::kInvalidInput,
        .message = "snapshot " + failed + " of the page failed, the others were taken in version " +
                   std::to_string(version) + ": correct it and trigger the page again"};
}

std::string to_anchor(const Stamp& stamp) {
    std::string name =
        std::string(kAnchorPrefix) + xml_escaped(stamp.page_key) + ":" + stamp.job_id;
    if (!stamp.parent.empty()) name.append(":").append(kParent).append(stamp.parent);
    return to_anchor_macro(name);
}

std::string to_write_mark(std::string_view job_id, std::int64_t version) {
    return to_anchor_macro(
        std::string(kMarkPrefix) + std::string(job_id) + ":" + std::to_string(version)
    );
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
        if (auto stamp = stamp_from_anchor(rest.substr(0, rest.find('<')))) last = stamp;
    }
    return last;
}

}  // namespace pagepress::worker
