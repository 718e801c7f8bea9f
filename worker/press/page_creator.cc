#include "worker/press/page_creator.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "worker/press/answers.h"
#include "worker/press/page_identity.h"
#include "worker/press/stamp.h"

namespace pagepress::worker {

Result<CreatedPage> PageCreator::create(const Rule& rule, const Content& content) {
    auto space_id = confluence_.space_id(rule.space);
    if (!space_id) return std::unexpected(std::move(space_id.error()));
    space_id_ = *std::move(space_id);
    constexpr int kTries = 2;  // the second one after a title was taken between look-up and create
    for (int i = 0; i < kTries; ++i) {
        auto found = find(content.title);
        if (!found) return std::unexpected(std::move(found.error()));
        if (*found) return **found;
        found = find_sent_earlier(rule);
        if (!found) return std::unexpected(std::move(found.error()));
        if (*found) return **found;
        found = send(rule, content);
        if (!found) return std::unexpected(std::move(found.error()));
        if (*found) return **found;
    }
    return fail(
        ErrorCode::kTitleTaken,
        "space " + rule.space + " has a page '" + content.title +
            "' that our account cannot see: give the account access, or change the rule's title"
    );
}

Result<std::optional<CreatedPage>> PageCreator::find(const std::string& title) {
    const auto pages = confluence_.find_by_title(space_id_, title);
    if (!pages) return std::unexpected(pages.error());
    for (const Page& page : *pages) {
        auto found = own(page);
        if (!found || *found) return found;
    }
    if (pages->empty()) return std::nullopt;
    return fail(
        ErrorCode::kTitleTaken,
        "page " + pages->front().id + " has the title '" + title +
            "' already and does not belong to this rule and issue: rename it, or change the "
            "rule's title"
    );
}

Result<std::optional<CreatedPage>> PageCreator::own(const Page& page) {
    const auto identity = read_page_identity(confluence_, page);
    if (!identity) return std::unexpected(identity.error());
    if (!*identity || (*identity)->page_key != run_.page_key()) return std::nullopt;
    return CreatedPage{
        .id = page.id,
        .creator = **identity,
        .version = page.version,
        .is_adopted = true,
        .text_digest = {},
        .status = page.status,
    };
}

/// A page of this key may stand under another title: the issue was renamed after a create that did
/// not come to link it. The note of such a create may be lost with Redis, at any moment, so the
/// newest pages are looked at before every create.
Result<std::optional<CreatedPage>> PageCreator::find_sent_earlier(const Rule& rule) {
    if (has_waited_) return std::nullopt;
    const auto sent_at = run_.create_sent_at();
    const auto pages = confluence_.newest_pages(space_id_);
    if (!pages) return std::unexpected(pages.error());
    for (const Page& page : *pages) {
        const auto stamp = stamp_from_body(page.body);
        if (!stamp || stamp->page_key != run_.page_key()) continue;
        // A person has thrown it away and the rule wants another; but what a job of this press has
        // made is that job's effect, wherever it is now.
        const bool is_unwanted =
            page.status == PageStatus::kTrashed && rule.on_deleted == OnDeleted::kRecreate;
        if (!is_unwanted || is_active(stamp->job_id)) return own(page);
    }
    if (!sent_at) return std::nullopt;
    const Millis wait(*sent_at + limits_.create_settle.count() - clock_.unix_now());
    has_waited_ = wait <= Millis(0);
    if (has_waited_) return std::nullopt;
    return std::unexpected(Error{
        .code = ErrorCode::kNotYet,
        .message = "a create was sent and its outcome is not known yet",
        .retry_after = wait,
    });
}

bool PageCreator::is_active(const std::string& job_id) {
    return std::ranges::any_of(run_.active(), [&](const WaitingJob* job) {
        return job->job.id == job_id;
    });
}

Result<std::optional<CreatedPage>> PageCreator::send(const Rule& rule, const Content& content) {
    const Stamp stamp{
        .page_key = run_.page_key(),
        .job_id = run_.active().front()->job.id,
        .parent = rule.parent,
    };
    if (const auto renewed = run_.renew_lease(); !renewed) {
        return std::unexpected(renewed.error());
    }
    run_.note_create_sent();
    const auto saved = confluence_.create({
        .space_id = space_id_,
        .parent_id = rule.parent,
        .title = content.title,
        .body = content.body + to_anchor(stamp),
    });
    if (saved) {
        run_.has_created = true;
        return CreatedPage{
            .id = saved->id,
            .creator = stamp,
            .version = saved->version,
            .is_adopted = false,
            .text_digest = text_digest_of(*saved)};
    }
    const Step step = step_for(Deed::kCreate, saved.error().code);
    if (step == Step::kSettle) {
        run_.is_write_open = true;
        return std::unexpected(saved.error());
    }
    run_.forget_create();
    if (step == Step::kLookAgain) return std::nullopt;
    return std::unexpected(explain_refusal(rule, saved.error()));
}

/// Confluence does not tell which of space and parent it misses, or the space may be archived.
Error PageCreator::explain_refusal(const Rule& rule, Error error) {
    constexpr UnixMillis kNoVersions = std::numeric_limits<UnixMillis>::max();
    if (error.code == ErrorCode::kForbidden) {
        error.message =
            "rule " + rule.id + " may not create pages in space " + rule.space +
            ": the space is archived, or our account lacks the permission: " + error.message;
    }
    if (error.code != ErrorCode::kNotFound) return error;
    if (!rule.parent.empty()) {
        const auto parent = confluence_.page(rule.parent, kNoVersions);
        if (!parent) return parent.error();
        if (!*parent || (*parent)->status != PageStatus::kCurrent) {
            const char* const state =
                *parent ? "is in the trash or archived: restore it, or name" : "is gone: name";
            error.message = "page " + rule.parent + ", the parent that rule " + rule.id +
                            " names, " + state + " another page";
            return error;
        }
    }
    const auto space_id = confluence_.space_id(rule.space);
    if (!space_id) return space_id.error();
    if (*space_id != space_id_) {
        error.code = ErrorCode::kUnavailable;  // it was made anew, and is found in the next attempt
    }
    error.message = "rule " + rule.id + " cannot create a page in space " + rule.space +
                    (rule.parent.empty() ? "" : " under page " + rule.parent) + ": " +
                    error.message;
    return error;
}

}  // namespace pagepress::worker
