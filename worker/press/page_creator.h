// Creating the page of a page key once: a create has no version to compare, so its outcome is
// looked for before another one is sent.
#pragma once

#include <optional>
#include <string>

#include "common/catalog/model.h"
#include "worker/press/page_writer.h"
#include "worker/press/press_run.h"
#include "worker/press/stamp.h"

namespace pagepress::worker {

struct CreatedPage {
    std::string id;
    Stamp creator;  ///< `job_id` empty: not known
    std::int64_t version = 1;
    bool is_adopted = false;  ///< made by an earlier press, found now
    std::string text_digest;  ///< of the page as stored; empty if it is not known
    PageStatus status = PageStatus::kCurrent;
};

/// One press' create. Identity: a page is ours if its content property or the anchor in its body
/// names our page key; a page of the same title that does not is never touched.
class PageCreator {
public:
    PageCreator(
        PressRun& run, Confluence& confluence, const Clock& clock, const PressLimits& limits
    )
        : run_(run), confluence_(confluence), clock_(clock), limits_(limits) {}

    /// @errors  kTitleTaken      another page has the title
    ///          kNotYet          an earlier create may still appear; `retry_after`
    ///          kNotFound        no such space or parent, which the message names
    ///          and what Confluence gives
    Result<CreatedPage> create(const Rule& rule, const Content& content);

private:
    Result<std::optional<CreatedPage>> find(const std::string& title);
    Result<std::optional<CreatedPage>> find_sent_earlier(const Rule& rule);
    Result<std::optional<CreatedPage>> own(const Page& page);
    [[nodiscard]] bool is_active(const std::string& job_id);
    Result<std::optional<CreatedPage>> send(const Rule& rule, const Content& content);
    Error explain_refusal(const Rule& rule, Error error);

    PressRun& run_;
    Confluence& confluence_;
    const Clock& clock_;
    const PressLimits& limits_;
    std::string space_id_;
    bool has_waited_ = false;  ///< an earlier create has been waited for in this press
};

}  // namespace pagepress::worker
