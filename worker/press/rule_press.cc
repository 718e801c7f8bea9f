#include "worker/press/rule_press.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "common/json/json_value.h"
#include "worker/press/answers.h"
#include "worker/press/page_creator.h"
#include "worker/press/page_identity.h"
#include "worker/press/page_writer.h"
#include "worker/press/stamp.h"

namespace pagepress::worker {

RulePress::RulePress(
    PressRun& run,
    PressPorts& ports,
    const PressLimits& limits,
    std::shared_ptr<const Rule> rule,
    SiteClients clients
)
    : run_(run),
      ports_(ports),
      limits_(limits),
      rule_(std::move(rule)),
      clients_(clients),
      source_(rule_, clients, ports.templates, ports.clock, ports.catalog) {}

Result<void> RulePress::press(const Job& lead) {
    const auto issue_id = find_issue_id(lead);
    if (!issue_id) return std::unexpected(issue_id.error());
    if (!run_.has_active()) return {};
    source_.set_issue_id(*issue_id);
    const std::string page_key = rule_page_key(rule_->site, rule_->id, *issue_id);
    if (auto begun = run_.begin(page_key, rule_->site); !begun) return begun;
    auto pressed = bring_up_to_date();
    if (!pressed && pressed.error().code == ErrorCode::kNotFound && source_.issue() == nullptr) {
        return look_up_again(lead, pressed.error());
    }
    return pressed;
}

/// A remembered id may be of an issue that was deleted and made anew under the same key.
Result<void> RulePress::look_up_again(const Job& lead, const Error& error) {
    if (!has_used_alias_) return std::unexpected(error);
    ports_.aliases.forget(rule_->site, lead.issue);
    ports_.memory.forget_issue_id(rule_->site, lead.issue);
    return std::unexpected(Error{
        .code = ErrorCode::kNotYet,
        .message = "the id remembered for " + lead.issue + " is gone: it is looked up again",
        .retry_after = Millis(1)});
}

Result<std::string> RulePress::find_issue_id(const Job& lead) {
    if (is_numeric_id(lead.issue)) return lead.issue;
    auto id = ports_.aliases.find(rule_->site, lead.issue);
    if (!id) id = ports_.memory.issue_id(rule_->site, lead.issue);
    has_used_alias_ = id.has_value();
    if (!id) {
        run_.count_attempts();
        if (!run_.has_active()) return std::string();
        if (const auto read = source_.read_issue(lead.issue); !read) {
            return std::unexpected(read.error());
        }
        id = source_.issue()->id;
        ports_.memory.remember_issue_id(rule_->site, lead.issue, *id);
    }
    ports_.aliases.remember(rule_->site, lead.issue, *id);
    return *id;
}

Result<void> RulePress::bring_up_to_date() {
    constexpr int kRoundsMax = 4;  // page linked anew, adopted, restored or recreated in between
    for (int i = 0; i < kRoundsMax && run_.has_active(); ++i) {
        const auto page_id = find_page();
        if (!page_id) return std::unexpected(page_id.error());
        auto pressed = page_id->empty() ? create() : update(*page_id);
        if (!pressed) return pressed;
    }
    if (!run_.has_active()) return {};
    return fail(ErrorCode::kConflict, "the page of this issue keeps changing its identity");
}

Result<std::string> RulePress::find_page() {
    if (!run_.record.page_id.empty()) return run_.record.page_id;
    if (source_.issue() == nullptr) {
        if (const auto read = source_.read(); !read) return std::unexpected(read.error());
    }
    const std::string linked = source_.linked_page();
    if (linked.empty() || deleted_pages_.contains(linked)) return std::string();
    const auto is_foreign = belongs_to_other(linked);
    if (!is_foreign) return std::unexpected(is_foreign.error());
    return *is_foreign ? std::string() : linked;
}

/// A cloned issue may carry the property of the issue it was cloned from.
Result<bool> RulePress::belongs_to_other(const std::string& page_id) {
    const auto property = clients_.confluence.property(page_id, std::string(kPageProperty));
    if (!property && property.error().code == ErrorCode::kNotFound) return false;
    if (!property) return std::unexpected(property.error());
    if (!*property) return false;
    const auto value = parse_json((*property)->value, "the content property pagepress");
    return value && string_at(*value, "page_key") != run_.page_key();
}

void RulePress::set_page(const std::string& page_id) {
    if (run_.record.page_id != page_id) {
        creator_ = {};
        run_.record = {
            .page_id = page_id,
            .version = 0,
            .content_hash = {},
            .text_digest = {},
            .sent_text = {},
            .has_regions = true,
            .parent = {},
            .open_token = run_.record.open_token,
            .create_sent_at = run_.record.create_sent_at,
        };
    }
    run_.page_url = clients_.confluence.page_url(page_id);
    source_.expect_page(page_id);
}

bool RulePress::may_skip_read() {
    const PageRecord& record = run_.record;
    const auto may_have_written = [](const WaitingJob* job) { return job->may_have_written; };
    return run_.has_memory && record.version > 0 && record.open_token.empty() &&
           !record.has_regions && !record.text_digest.empty() &&
           (rule_->parent.empty() || record.parent == rule_->parent) &&
           rule_->on_deleted == OnDeleted::kRestore && rule_->on_edited != OnEdited::kKeep &&
           rule_->labels.empty() && std::ranges::none_of(run_.active(), may_have_written);
}

Result<void> RulePress::update(const std::string& page_id) {
    set_page(page_id);
    PageWriter writer(run_, clients_.confluence, source_, limits_);
    const auto end = writer.write(page_id, may_skip_read());
    if (creator_.job_id.empty() && writer.page() != nullptr) note_creator(*writer.page());
    if (run_.has_stamped()) run_.finish_stamped(finish(page_id, writer.page()));
    if (!end) {
        const std::string linked = source_.linked_page();
        if (end.error().code != ErrorCode::kConflict || linked.empty() || linked == page_id) {
            return std::unexpected(end.error());
        }
        return follow_link(linked);
    }
    switch (*end) {
        case WriteEnd::kWritten:
        case WriteEnd::kUnchanged:
            run_.complete(writer.version(), writer.note(), finish(page_id, writer.page()));
            return {};
        case WriteEnd::kStamped:
            return {};
        case WriteEnd::kArchived:
            run_.skip(
                "page " + page_id + " is archived in Confluence: restore it to have it updated"
            );
            return {};
        case WriteEnd::kEdited:
            run_.skip(
                "page " + page_id + " was edited by a person in version " +
                std::to_string(source_.edited_version()) +
                ", and the rule says on_edited: skip-if-edited"
            );
            return {};
        case WriteEnd::kTrashed:
            if (rule_->on_deleted == OnDeleted::kRestore) return restore(*writer.page());
            return replace_deleted(page_id);
        case WriteEnd::kGone:
            is_absence_doubted_ = true;
            return replace_deleted(page_id);
    }
    return {};
}

/// Who created a page whose link has failed so far: only the anchor in its body says so.
void RulePress::note_creator(const Page& page) {
    const auto creator = stamp_from_body(page.body);
    if (creator && creator->page_key == run_.page_key()) creator_ = *creator;
}

/// The issue names another page than the one we know: the right one if it is there and belongs to
/// this rule and issue; else the name is stale, and the next `link` mends it.
Result<void> RulePress::follow_link(const std::string& page_id) {
    constexpr UnixMillis kNoVersions = std::numeric_limits<UnixMillis>::max();
    const auto page = clients_.confluence.page(page_id, kNoVersions);
    if (!page) return std::unexpected(page.error());
    const bool is_there = *page && (*page)->status == PageStatus::kCurrent;
    auto is_foreign = is_there ? belongs_to_other(page_id) : Result<bool>(true);
    if (!is_foreign) return std::unexpected(is_foreign.error());
    if (*is_foreign) {
        source_.ignore_link(page_id);
    } else {
        set_page(page_id);
    }
    return {};
}

Result<void> RulePress::replace_deleted(const std::string& page_id) {
    if (rule_->on_deleted == OnDeleted::kStop) {
        run_.skip("page " + page_id + " was deleted, and the rule says on_deleted: stop");
        return {};
    }
    deleted_pages_.insert(page_id);
    PageRecord record;
    record.open_token = run_.record.open_token;
    record.create_sent_at = run_.record.create_sent_at;
    run_.record = std::move(record);
    source_.ignore_link(page_id);
    source_.expect_page("");
    return {};
}

Result<void> RulePress::restore(const Page& page) {
    const auto restored = clients_.confluence.restore({
        .id = page.id,
        .title = page.title,
        .body = page.body,
        .version = page.version + 1,
        .message = to_restore_message(run_.page_key()),
    });
    run_.record.version = 0;
    if (restored) return {};
    Error error = restored.error();
    if (step_for(Deed::kRestore, error.code) == Step::kReadAgain) return {};
    if (error.code == ErrorCode::kTitleTaken) {
        error.message = "page " + page.id +
                        " cannot come back from the trash, since another page has "
                        "its title by now: rename that, or say on_deleted: recreate (" +
                        error.message + ")";
    }
    return std::unexpected(std::move(error));
}

Result<void> RulePress::create() {
    if (source_.issue() == nullptr) {
        if (auto read = source_.read(); !read) return read;
    }
    const auto content = source_.render(nullptr, {});
    if (!content) return std::unexpected(content.error());
    PageCreator creator(run_, clients_.confluence, ports_.clock, limits_);
    const auto page = creator.create(*rule_, *content);
    if (!page) return std::unexpected(page.error());
    if (is_absence_doubted_ && page->is_adopted && deleted_pages_.contains(page->id)) {
        return fail(
            ErrorCode::kUnavailable,
            "page " + page->id + " is listed by Confluence but cannot be read by its id yet"
        );
    }
    set_page(page->id);
    creator_ = page->creator;
    run_.record.create_sent_at = 0;
    Page shown;
    shown.id = page->id;
    shown.status = page->status;
    if (page->is_adopted) {
        for (WaitingJob* job : run_.active()) {
            if (job->job.id == page->creator.job_id) run_.note_stamped(*job, 1);
        }
        // Before the first update takes the anchor, which is the page's only identity so far.
        auto linked = link(page->id);
        if (run_.has_stamped()) run_.finish_stamped(linked ? label(shown) : linked);
        return linked;
    }
    run_.record.version = page->version;
    run_.record.content_hash = content->hash;
    run_.record.text_digest = page->text_digest;
    run_.record.has_regions = content->has_regions;
    run_.record.parent = rule_->parent;
    run_.is_write_open = false;
    const auto linked = link(page->id);
    // Whoever writes next must read the page, or he takes its anchor away unseen.
    if (!linked) run_.record.text_digest.clear();
    run_.complete(page->version, "", linked ? label(shown) : linked);
    return {};
}

/// What remains once the page shows its content; each step may be taken again.
Result<void> RulePress::finish(const std::string& page_id, const Page* page) {
    if (auto linked = link(page_id); !linked || page == nullptr) return linked;
    return label(*page);
}

/// Adds the labels that the page does not have yet. `page` is as it was read; of one that was just
/// made no label is known. One in the trash or archived gets its labels once it is back.
Result<void> RulePress::label(const Page& page) {
    if (rule_->labels.empty() || page.status != PageStatus::kCurrent) return {};
    auto missing = source_.labels();
    if (!missing) return std::unexpected(std::move(missing.error()));
    std::erase_if(*missing, [&](const std::string& label) {
        return std::ranges::find(page.labels, label) != page.labels.end();
    });
    if (missing->empty()) return {};
    return clients_.confluence.add_labels(page.id, *missing);
}

/// Identity that outlives Redis: the page's property first, because the anchor in its body goes
/// with the next update; the issue's property last, because it says that all is done.
Result<void> RulePress::link(const std::string& page_id) {
    if (source_.issue() == nullptr) {
        source_.expect_page("");
        if (auto read = source_.read(); !read) return read;
    }
    if (source_.linked_page() == page_id) return {};
    const auto property = clients_.confluence.property(page_id, std::string(kPageProperty));
    if (!property) return std::unexpected(property.error());
    if (!*property || !creator_.job_id.empty()) {
        Stamp stamp = creator_;
        stamp.page_key = run_.page_key();
        auto written = write_page_identity(clients_.confluence, page_id, stamp);
        if (!written) return written;
    }
    return source_.link_page(page_id);
}

}  // namespace pagepress::worker
