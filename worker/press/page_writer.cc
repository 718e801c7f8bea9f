#include "worker/press/page_writer.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "common/base/invariant.h"
#include "worker/press/answers.h"
#include "worker/press/page_identity.h"
#include "worker/press/people_edits.h"
#include "worker/render/storage_text.h"

namespace pagepress::worker {

namespace {

/// How much the clocks of Confluence and of the ingress may differ.
constexpr Millis kClockSkew{5 * 60 * 1000};

/// Whether a version shows what was sent for it, by digests of texts; empty ones are not known.
/// Text that Confluence rewrites differs from what was sent, and from the version before too.
bool has_taken(const std::string& shown, const std::string& before, const std::string& sent) {
    if (shown.empty()) return false;
    return shown == sent || (!before.empty() && shown != before);
}

}  // namespace

std::string text_digest_of(const SavedPage& saved) {
    if (saved.title.empty() || saved.body.empty()) return {};
    return text_digest(saved.title, saved.body);
}

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
    const UnixMillis since = accepted_at - kClockSkew.count();
    auto page = confluence_.page(page_id_, since);
    if (!page) return std::unexpected(std::move(page.error()));
    if (!*page) return WriteEnd::kGone;
    page_ = std::move(**page);
    version_ = page_->version;
    if (const auto noted = note_stamps(since); !noted) return std::unexpected(noted.error());
    if (!run_.has_active()) return WriteEnd::kStamped;
    switch (page_->status) {
        case PageStatus::kTrashed:
            return WriteEnd::kTrashed;
        case PageStatus::kArchived:
            return WriteEnd::kArchived;
        case PageStatus::kCurrent:
        case PageStatus::kOther:
            break;
    }
    const auto may_write = source_.may_write(*page_);
    if (!may_write) return std::unexpected(may_write.error());
    if (!*may_write) return WriteEnd::kEdited;
    return std::nullopt;
}

Result<void> PageWriter::note_stamps(UnixMillis since) {
    bool may_have_created = false;  // a page that is older than the jobs was made by none of them
    for (const PageVersion& version : page_->versions) {
        may_have_created = may_have_created || (version.number == 1 && version.created_at >= since);
        const auto stamp = stamp_from_version_message(version.message);
        if (!stamp || restoring_versions_.contains(version.number)) continue;
        if (auto noted = note_stamp(*stamp, version.number); !noted) return noted;
    }
    return may_have_created ? note_creator() : Result<void>();
}

Result<void> PageWriter::note_stamp(const Stamp& stamp, std::int64_t version) {
    const std::vector<WaitingJob*> jobs = run_.active();
    const auto own = std::ranges::find_if(jobs, [&](const WaitingJob* waiting) {
        return waiting->job.id == stamp.job_id;
    });
    if (own == jobs.end()) return {};
    const Job& job = (*own)->job;
    const std::string failed = job.kind == JobKind::kPage ? stamp.failed : std::string();
    // Sent again from the dead letters for what that version lacks.
    if (!failed.empty() && stamp.redrive < job.redrive) return {};
    const auto is_shown = shows_what_was_sent(stamp, version);
    if (!is_shown) return std::unexpected(is_shown.error());
    if (*is_shown) {
        run_.note_stamped(**own, version, failed);
    } else {
        restoring_versions_.insert(version);
    }
    return {};
}

Result<bool> PageWriter::shows_what_was_sent(const Stamp& stamp, std::int64_t version) {
    const auto shown = text_at(version);
    if (!shown) return std::unexpected(shown.error());
    if (has_taken(*shown, {}, stamp.text)) return true;
    const auto before = text_at(version - 1);
    if (!before) return std::unexpected(before.error());
    return has_taken(*shown, *before, stamp.text);
}

/// Digest of the text that a version shows; empty if the version is gone.
Result<std::string> PageWriter::text_at(std::int64_t version) {
    if (page_ && page_->version == version) return text_digest(page_->title, page_->body);
    const auto past = confluence_.page_at(page_id_, version);
    if (!past) return std::unexpected(past.error());
    return *past ? text_digest((*past)->title, (*past)->body) : std::string();
}

/// A page's first version has no message, so the job that created it is read from elsewhere. A
/// caller who repeats a call puts a second record of its job on Kafka, which nobody but Redis knows
/// for one: so this does not ask whether a job may have written.
Result<void> PageWriter::note_creator() {
    if (!run_.has_active()) return {};
    const auto creator = read_page_identity(confluence_, *page_);
    if (!creator) return std::unexpected(creator.error());
    for (WaitingJob* job : run_.active()) {
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

/// While its title is taken by another page, a page shows the content under its old title.
std::string PageWriter::shown_hash(const Content& content) const {
    if (content.hash.empty() || !keeps_title_) return content.hash;
    return content.hash + " under its old title";
}

bool PageWriter::is_unchanged(const Content& content) const {
    const bool is_fenced = !must_write_ && restoring_versions_.empty() && run_.has_memory &&
                           run_.record.open_token.empty() && run_.record.version > 0;
    if (!is_fenced || !move_to_.empty()) return false;
    // A person's edit is not followed by a version of ours that says nothing new.
    if (content.keeps_body && page_ && page_->title == content.title) return true;
    return !content.hash.empty() && run_.record.version == version_ &&
           run_.record.content_hash == shown_hash(content);
}

Result<PageWriter::Ended> PageWriter::write_once() {
    if (const auto read = read_source(); !read) return std::unexpected(read.error());
    if (!run_.has_active()) return WriteEnd::kStamped;
    auto content = source_.render(page(), next_mark());
    if (!content) return std::unexpected(std::move(content.error()));
    if (keeps_title_ && page_) content->title = page_->title;
    if (const auto chosen = choose_place(*content); !chosen) return std::unexpected(chosen.error());
    if (is_unchanged(*content)) {
        // Only a press that has seen the current version itself may leave the page alone.
        if (!page_) return std::nullopt;
        run_.record.parent = parent_for_stamp(*content);
        return WriteEnd::kUnchanged;
    }
    if (const auto prepared = source_.prepare_write(page()); !prepared) {
        return std::unexpected(prepared.error());
    }
    if (const auto renewed = run_.renew_lease(); !renewed) {
        return std::unexpected(renewed.error());
    }
    const Sent sent = make_ready(*std::move(content));
    const auto saved = confluence_.update({
        .id = page_id_,
        .title = sent.content.title,
        .body = sent.content.body,
        .version = version_ + 1,
        .message = sent.message,
        .parent_id = move_to_,
    });
    return saved ? judge_saved(*saved, sent) : judge_refusal(saved.error());
}

/// A page goes along when its rule names another parent, unless a person has moved it. What our
/// newest version was written for is in its stamp, so that the write that moves the page is also
/// what tells the next press that it is done.
Result<void> PageWriter::choose_place(const Content& content) {
    move_to_.clear();
    const bool may_differ = page_ && !content.parent.empty() && page_->parent_id != content.parent;
    if (!may_differ || keeps_place_) return {};
    const auto history = place_history();
    if (!history) return std::unexpected(history.error());
    left_under_ = history->parent.value_or("");
    if (history->parent == content.parent && !history->was_restored) return {};
    std::string home;
    if (left_under_.empty() || history->was_restored) {
        auto found = confluence_.home_page(page_->space_id);
        if (!found) return std::unexpected(std::move(found.error()));
        home = *std::move(found);
    }
    // It came back from the trash to there: that is where a refused move leaves it.
    if (history->was_restored && page_->parent_id == home) left_under_.clear();
    if (is_where_we_left_it(*page_, *history, home)) move_to_ = content.parent;
    return {};
}

Result<PlaceHistory> PageWriter::place_history() {
    PlaceHistory history = read_place_history(*page_, run_.page_key(), restoring_versions_);
    if (!history.parent && !history.is_whole) {
        const auto page = confluence_.page(page_id_, 0);
        if (!page && page.error().code == ErrorCode::kTooLarge) {
            note("the page stays where it is: its history is too long to tell who has put it there"
            );
            return history;
        }
        if (!page) return std::unexpected(page.error());
        if (!*page) return history;  // gone since, which the write will tell
        if (!lists_newest(**page)) {
            return fail(
                ErrorCode::kUnavailable,
                "Confluence does not list the newest version of page " + page_id_ + " yet"
            );
        }
        history = read_place_history(**page, run_.page_key(), restoring_versions_);
    }
    if (history.parent || !history.is_whole) return history;
    // None but its creation is ours.
    const auto creation = read_page_identity(confluence_, *page_);
    if (!creation) return std::unexpected(creation.error());
    const bool is_ours = *creation && (*creation)->page_key == run_.page_key();
    if (is_ours) history.parent = (*creation)->parent;
    return history;
}

/// Where a move was refused, the next press is to try it again.
std::string PageWriter::parent_for_stamp(const Content& content) const {
    return keeps_place_ ? left_under_ : content.parent;
}

/// Confluence might rewrite what is sent to the very text that the page shows, which looks like one
/// write after the other that was ignored. Marked content cannot be mistaken.
std::string PageWriter::next_mark() {
    if (restoring_versions_.size() < 2) return {};
    return to_write_mark(run_.active().front()->job.id, version_ + 1);
}

PageWriter::Sent PageWriter::make_ready(Content content) {
    const Job& lead = run_.active().front()->job;
    Sent sent{.content = std::move(content), .message = {}, .text = {}, .old_text = {}};
    sent.text = text_digest(sent.content.title, sent.content.body);
    sent.old_text = page_ ? text_digest(page_->title, page_->body) : run_.record.text_digest;
    sent.message = to_version_message({
        .page_key = run_.page_key(),
        .job_id = lead.id,
        .text = sent.text,
        .failed = sent.content.failed,
        .redrive = lead.redrive,
        .parent = parent_for_stamp(sent.content),
    });
    return sent;
}

/// Whether the last write that was taken sent this text too, and Confluence made the same of it.
bool PageWriter::is_known_rewriting(const std::string& stored, const std::string& sent) const {
    return restoring_versions_.empty() && run_.has_memory && run_.record.page_id == page_id_ &&
           run_.record.sent_text == sent && run_.record.text_digest == stored;
}

Result<PageWriter::Ended> PageWriter::judge_saved(const SavedPage& saved, const Sent& sent) {
    if (saved.version != version_ + 1 || saved.message != sent.message) {
        run_.is_write_open = true;
        must_write_ = true;
        return std::nullopt;
    }
    std::string stored = text_digest_of(saved);
    if (stored.empty()) {
        auto read = text_at(saved.version);
        if (!read) return std::unexpected(std::move(read.error()));
        stored = *std::move(read);
    }
    if (stored.empty()) {
        // Accepted a moment ago, so it is there: whoever presses next finds it by its stamp.
        run_.is_write_open = true;
        return fail(
            ErrorCode::kUnavailable,
            "version " + std::to_string(saved.version) + " of page " + page_id_ +
                " was accepted but cannot be read yet"
        );
    }
    // What people wrote is not marked to tell a title that Confluence rewrites from one that it
    // ignored: that it was ignored three times is not believed.
    const bool is_believed = sent.content.keeps_body && restoring_versions_.size() >= 2;
    if (!is_believed && !has_taken(stored, sent.old_text, sent.text) &&
        !is_known_rewriting(stored, sent.text)) {
        restoring_versions_.insert(saved.version);
        return std::nullopt;
    }
    version_ = saved.version;
    run_.is_write_open = false;
    run_.has_fenced = true;
    run_.record = {
        .page_id = page_id_,
        .version = saved.version,
        .content_hash = shown_hash(sent.content),
        .text_digest = stored,
        .sent_text = sent.text,
        .has_regions = sent.content.has_regions,
        .parent = parent_for_stamp(sent.content),
        .open_token = {},
        .create_sent_at = 0,
    };
    return WriteEnd::kWritten;
}

void PageWriter::note(const std::string& text) {
    if (!note_.empty()) note_ += "; ";
    note_ += text;
}

Result<PageWriter::Ended> PageWriter::judge_refusal(const Error& error) {
    const Deed deed = move_to_.empty() ? Deed::kUpdate : Deed::kMove;
    switch (step_for(deed, error.code)) {
        case Step::kReadAgain:
            return std::nullopt;
        case Step::kReadOnce:
            // Gone since it was read, which the next read tells; or restricted to other editors,
            // which Confluence answers with 404 as well.
            if (std::exchange(was_refused_as_missing_, true)) {
                return fail(
                    ErrorCode::kForbidden,
                    "page " + page_id_ + " cannot be edited by our account: check its restrictions"
                );
            }
            return std::nullopt;
        case Step::kFindStamp:
            run_.is_write_open = true;
            must_write_ = true;
            return std::nullopt;
        case Step::kKeepTitle:
            if (keeps_title_) return std::unexpected(error);
            keeps_title_ = true;
            note("the page keeps its old title: " + error.message);
            return std::nullopt;
        case Step::kKeepPlace:
            keeps_place_ = true;
            note(
                "the page stays where it is, since it cannot be put under page " + move_to_ +
                ", which its rule names: " + error.message
            );
            return std::nullopt;
        case Step::kEnd:
        case Step::kLookAgain:
        case Step::kSettle:
            return std::unexpected(error);
    }
    INVARIANT(false);
}

}  // namespace pagepress::worker
