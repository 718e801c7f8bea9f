#include "worker/press/page_writer.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "worker/press/page_identity.h"
#include "worker/press/stamp.h"
#include "worker/render/storage_text.h"

namespace pagepress::worker {

namespace {

/// How much the clocks of Confluence and of the ingress may differ.
constexpr Millis kClockSkew{5 * 60 * 1000};

}  // namespace

Result<WriteEnd> PageWriter::write(const std::string& page_id, bool may_skip_read) {
    page_id_ = page_id;
    version_ = may_skip_read ? run_.record.version : 0;
    bool needs_read = !may_skip_read;
    for (int i = 0; i <= limits_.conflicts_max; ++i) {
        if (needs_read) {
            const auto ended = read_page();
            if (!ended) return std::unexpected(ended.error());
            if (*ended) return **ended;
        }
        const auto ended = write_once();
        if (!ended) return std::unexpected(ended.error());
        if (*ended) return **ended;
        needs_read = true;
    }
    return fail(
        run_.is_write_open ? ErrorCode::kUnknownOutcome : ErrorCode::kConflict,
        "page " + page_id_ + " was changed by others during every try to write it"
    );
}

Result<PageWriter::Ended> PageWriter::read_page() {
    UnixMillis accepted_at = std::numeric_limits<UnixMillis>::max();
    for (const WaitingJob* job : run_.active()) {
        accepted_at = std::min(accepted_at, job->job.accepted_at);
    }
    auto page = confluence_.page(page_id_, accepted_at - kClockSkew.count());
    if (!page) return std::unexpected(std::move(page.error()));
    if (!*page) return WriteEnd::kGone;
    page_ = std::move(**page);
    version_ = page_->version;
    if (const auto settled = note_stamped(); !settled) return std::unexpected(settled.error());
    if (!run_.has_active()) return WriteEnd::kStamped;
    switch (page_->status) {
        case PageStatus::kTrashed:
            return WriteEnd::kTrashed;
        case PageStatus::kArchived:
            return WriteEnd::kArchived;
        case PageStatus::kCurrent:
        case PageStatus::kOther:
            return std::nullopt;
    }
    return std::nullopt;
}

Result<void> PageWriter::note_stamped() {
    std::map<std::string, std::int64_t, std::less<>> stamped;
    bool has_first_version = false;
    for (const PageVersion& version : page_->versions) {
        has_first_version = has_first_version || version.number == 1;
        const auto stamp = stamp_from_version_message(version.message);
        const bool is_last_sent = !message_.empty() && version.message == message_;
        if (is_last_sent && was_body_ignored(text_digest(page_->body))) {
            versions_without_body_.insert(version.number);
        }
        if (!stamp || versions_without_body_.contains(version.number)) continue;
        stamped.try_emplace(stamp->job_id, version.number);
    }
    for (WaitingJob* job : run_.active()) {
        const auto found = stamped.find(job->job.id);
        if (found != stamped.end()) run_.note_stamped(*job, found->second);
    }
    return has_first_version ? note_creator() : Result<void>();
}

/// A page's first version has no message, so the job that created it is read from elsewhere.
Result<void> PageWriter::note_creator() {
    const std::vector<WaitingJob*> jobs = run_.active();
    if (std::ranges::none_of(jobs, &WaitingJob::may_have_written)) return {};
    const auto creator = read_page_identity(confluence_, *page_);
    if (!creator) return std::unexpected(creator.error());
    for (WaitingJob* job : jobs) {
        const bool is_creator = *creator && (*creator)->job_id == job->job.id;
        if (is_creator) run_.note_stamped(*job, 1);
    }
    return {};
}

bool PageWriter::is_source_current() const {
    if (!source_version_) return false;
    if (*source_version_ == version_) return true;
    std::int64_t oldest_listed = version_ + 1;
    for (const PageVersion& version : page_->versions) {
        oldest_listed = std::min(oldest_listed, version.number);
        const bool is_newer = version.number > *source_version_;
        if (is_newer && stamp_from_version_message(version.message)) return false;
    }
    return oldest_listed <= *source_version_ + 1;
}

Result<void> PageWriter::read_source() {
    if (is_source_current()) return {};
    const std::int64_t known = version_;
    auto read = source_.read();
    if (read) source_version_ = known;
    return read;
}

bool PageWriter::is_unchanged(const Content& content) const {
    return !must_write_ && !content.hash.empty() && run_.has_memory &&
           run_.record.open_token.empty() && run_.record.version > 0 &&
           run_.record.version == version_ && run_.record.content_hash == content.hash;
}

Result<PageWriter::Ended> PageWriter::write_once() {
    if (const auto read = read_source(); !read) return std::unexpected(read.error());
    if (!run_.has_active()) return WriteEnd::kStamped;
    auto content = source_.render(page());
    if (!content) return std::unexpected(std::move(content.error()));
    if (keeps_title_ && page_) content->title = page_->title;
    if (is_unchanged(*content)) {
        // Only a press that has seen the current version itself may leave the page alone.
        if (page_) return WriteEnd::kUnchanged;
        return std::nullopt;
    }
    if (const auto renewed = run_.renew_lease(); !renewed) {
        return std::unexpected(renewed.error());
    }
    message_ = to_version_message({
        .page_key = run_.page_key(),
        .job_id = run_.active().front()->job.id,
    });
    old_text_ = page_ ? text_digest(page_->body) : run_.record.text_digest;
    sent_text_ = text_digest(content->body);
    const auto saved = confluence_.update({
        .id = page_id_,
        .title = content->title,
        .body = content->body,
        .version = version_ + 1,
        .message = message_,
    });
    return saved ? judge_saved(*saved, *content) : judge_refusal(saved.error());
}

Result<PageWriter::Ended> PageWriter::judge_saved(const SavedPage& saved, const Content& content) {
    if (saved.version != version_ + 1 || saved.message != message_) {
        run_.is_write_open = true;
        must_write_ = true;
        return std::nullopt;
    }
    const std::string stored_text = saved.body.empty() ? std::string() : text_digest(saved.body);
    if (was_body_ignored(stored_text)) {
        versions_without_body_.insert(saved.version);
        must_write_ = true;
        return std::nullopt;
    }
    version_ = saved.version;
    run_.is_write_open = false;
    run_.has_fenced = true;
    run_.record = {
        .page_id = page_id_,
        .version = saved.version,
        .content_hash = keeps_title_ ? std::string() : content.hash,
        .text_digest = stored_text,
        .has_regions = content.has_regions,
        .open_token = {},
        .create_sent_at = 0,
    };
    return WriteEnd::kWritten;
}

/// A write to a page that a person has just trashed restores it and ignores the body: the page then
/// shows the old text still.
bool PageWriter::was_body_ignored(const std::string& stored_text) const {
    return !stored_text.empty() && stored_text == old_text_ && stored_text != sent_text_;
}

Result<PageWriter::Ended> PageWriter::judge_refusal(const Error& error) {
    switch (error.code) {
        case ErrorCode::kConflict:
            return std::nullopt;
        case ErrorCode::kNotFound:
            // Gone since it was read, which the next read tells; or restricted to other editors,
            // which Confluence answers with 404 as well.
            if (std::exchange(was_refused_as_missing_, true)) {
                return fail(
                    ErrorCode::kForbidden,
                    "page " + page_id_ + " cannot be edited by our account: check its restrictions"
                );
            }
            return std::nullopt;
        case ErrorCode::kUnknownOutcome:
            run_.is_write_open = true;
            must_write_ = true;
            return std::nullopt;
        case ErrorCode::kTitleTaken:
            if (keeps_title_) return std::unexpected(error);
            keeps_title_ = true;
            note_ = "the page keeps its old title: " + error.message;
            return std::nullopt;
        default:
            return std::unexpected(error);
    }
}

}  // namespace pagepress::worker
