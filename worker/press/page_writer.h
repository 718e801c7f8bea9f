// The write: know the version → read the source → write version + 1, until nobody was in between.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "worker/press/page_place.h"
#include "worker/press/press_run.h"
#include "worker/press/stamp.h"

namespace pagepress::worker {

/// What a press writes.
struct Content {
    std::string title;
    std::string body;
    std::string hash;  ///< of everything that came from the source; empty: never the same twice
    bool has_regions = false;  ///< whether the body holds snapshot regions
    bool keeps_body = false;   ///< the body is the very one that the page shows
    /// Snapshots that could not be taken, as a stamp names them; empty: nothing is missing.
    std::string failed = {};
    /// Page under which the page belongs; empty: it stays where it is.
    std::string parent = {};
};

/// Digest of the text that a write stored; empty if the server did not send title and body.
[[nodiscard]] std::string text_digest_of(const SavedPage& saved);

/// Port: where the content of a page comes from.
class ContentSource {
public:
    virtual ~ContentSource() = default;

    /// Reads the source data anew (Jira).
    virtual Result<void> read() = 0;

    /// Content from the data last read. `current` is the page as it is; null if it was not read.
    /// `mark` is markup to add where the next content takes it away again; empty: none.
    virtual Result<Content> render(const Page* current, const std::string& mark) = 0;

    /// Whether the page may be written as it is; asked after each read of it. A page that was not
    /// read shows our last version, or the write is refused and it is read.
    virtual Result<bool> may_write(const Page& current) {
        (void)current;
        return true;
    }

    /// Saves what the write is about to take away, or refuses it. `current` is the page as it is;
    /// null if it was not read.
    /// @errors  kNotYet  the source has changed since it was rendered; and what a client gives
    virtual Result<void> prepare_write(const Page* current) {
        (void)current;
        return {};
    }
};

enum class WriteEnd {
    kWritten,    ///< a version of ours was accepted
    kUnchanged,  ///< the page shows the content already; nothing was sent
    kStamped,    ///< no job asks for a write any more: their stamps were found on the page
    kGone,       ///< the page does not exist any more
    kTrashed,
    kArchived,
    kEdited,  ///< its source does not want it written as it is
};

/// One press' write to one existing page. A Confluence update is accepted only with the current
/// version + 1, so whatever is written was read from the source after the version it replaced
/// existed. If anything wrote in between, the write is refused and starts again from knowing the
/// version, source read included; only where every version in between is a person's, which carries
/// no source data, is the source data kept.
///
/// A write to a page that a person has just put into the trash restores it and ignores what was
/// sent: such a version carries our stamp and shows the text of the version before. So a stamp
/// counts only where its version shows what was sent with it, and the content is written again in a
/// version of its own.
class PageWriter {
public:
    PageWriter(PressRun& run, Confluence& confluence, ContentSource& source, PressLimits limits)
        : run_(run), confluence_(confluence), source_(source), limits_(limits) {}

    /// @param may_skip_read  the remembered version may be used without reading the page first
    Result<WriteEnd> write(const std::string& page_id, bool may_skip_read);

    /// Version of the page after kWritten and kUnchanged, and when it was last read.
    [[nodiscard]] std::int64_t version() const { return version_; }

    /// The page as last read; null if it was not.
    [[nodiscard]] const Page* page() const { return page_ ? &*page_ : nullptr; }

    /// Something a person should know of a write that succeeded; empty: nothing.
    [[nodiscard]] const std::string& note() const { return note_; }

private:
    using Ended = std::optional<WriteEnd>;

    /// A write that was sent.
    struct Sent {
        Content content;
        std::string message;   ///< the version message
        std::string text;      ///< digest of the text that was sent
        std::string old_text;  ///< digest of the text that it replaces
    };

    Result<Ended> read_page();
    Result<Ended> write_once();
    Result<void> read_source();
    Result<void> choose_place(const Content& content);
    Result<PlaceHistory> place_history();
    [[nodiscard]] std::string parent_for_stamp(const Content& content) const;
    [[nodiscard]] std::string next_mark();
    [[nodiscard]] Sent make_ready(Content content);
    Result<void> note_stamps(UnixMillis since);
    Result<void> note_stamp(const Stamp& stamp, std::int64_t version);
    Result<bool> shows_what_was_sent(const Stamp& stamp, std::int64_t version);
    Result<std::string> text_at(std::int64_t version);
    [[nodiscard]] bool is_source_current() const;
    [[nodiscard]] std::string shown_hash(const Content& content) const;
    [[nodiscard]] bool is_unchanged(const Content& content) const;
    [[nodiscard]] bool is_known_rewriting(const std::string& stored, const std::string& sent) const;
    Result<Ended> judge_saved(const SavedPage& saved, const Sent& sent);
    Result<Ended> judge_refusal(const Error& error);
    Result<void> note_creator();
    void note(const std::string& text);

    PressRun& run_;
    Confluence& confluence_;
    ContentSource& source_;
    const PressLimits limits_;
    std::string page_id_;
    std::int64_t version_ = 0;
    std::optional<Page> page_;
    /// Version that was known when the source was last read.
    std::optional<std::int64_t> source_version_;
    bool keeps_title_ = false;
    bool keeps_place_ = false;  ///< moving it was refused
    std::string move_to_;       ///< page that the next write puts it under; empty: it stays
    std::string left_under_;    ///< parent that our newest version was written for
    bool must_write_ = false;
    bool was_refused_as_missing_ = false;
    /// Versions of ours that brought the page back from the trash and do not show what was sent.
    std::set<std::int64_t> restoring_versions_;
    std::string note_;
};

}  // namespace pagepress::worker
