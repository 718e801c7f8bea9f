// Confluence in memory, with compare-and-set, versions and a trash. Failures are scripted per call.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "worker/confluence/confluence.h"

namespace pagepress::test {

using namespace pagepress::worker;

inline const std::string kHomePage = "9001";

/// What happens to a write instead of success.
enum class WriteFault { kLostBefore, kLostAfter, kConflict, kRateLimited, kCredentials };

/// Thrown where a scripted worker dies: nothing of its press is left but what others keep.
struct WorkerDied {};

class FakeConfluence final : public Confluence {
public:
    explicit FakeConfluence(const Clock& clock) : clock_(clock) {}

    Result<std::optional<Page>> page(const std::string& id, UnixMillis since) override;
    Result<std::optional<Page>> page_at(const std::string& id, std::int64_t version) override;
    Result<std::vector<Page>> find_by_title(const std::string& space_id, const std::string& title)
        override;
    Result<std::vector<Page>> newest_pages(const std::string& space_id) override;
    Result<std::string> space_id(const std::string& space_key) override;
    Result<std::string> home_page(const std::string& space_id) override;
    Result<std::vector<std::string>> pages_in_space(
        const std::string& space_id, const std::vector<std::string>& page_ids
    ) override;
    Result<SavedPage> create(const NewPage& page) override;
    Result<SavedPage> update(const PageUpdate& update) override;
    Result<SavedPage> restore(const PageUpdate& update) override;
    Result<std::optional<PageProperty>> property(const std::string& page_id, const std::string& key)
        override;
    Result<void> set_property(
        const std::string& page_id, const std::string& key, const std::string& value
    ) override;
    Result<void> add_labels(const std::string& page_id, const std::vector<std::string>& labels)
        override;

    [[nodiscard]] std::string page_url(const std::string& page_id) const override {
        return "https://wiki/" + page_id;
    }

    /// A person's page or edit.
    std::string add_page(const std::string& title, const std::string& body);
    void edit(const std::string& page_id, const std::string& body);

    /// Puts a page into the trash.
    void trash(const std::string& page_id) {
        pages.at(page_id).status = PageStatus::kTrashed;
        pages.at(page_id).parent_id.clear();
    }

    /// A person moves a page, which makes no version.
    void move(const std::string& page_id, const std::string& parent_id) {
        pages.at(page_id).parent_id = parent_id;
    }

    /// Versions of all pages that carry the job's stamp, creations included. A version that only
    /// brought a page back from the trash is none of the job's effect.
    [[nodiscard]] int versions_of(const std::string& job_id) const;

    std::map<std::string, Page> pages;
    std::map<std::string, std::string> properties;  ///< `<page>/<key>`
    std::deque<WriteFault> write_faults;            ///< for the next writes, in order
    std::optional<Error> next_property_error;       ///< of property and set_property
    std::optional<Error> next_label_error;          ///< of add_labels
    std::function<void()> before_write;             ///< called once, before the next write
    std::function<void()> after_read;               ///< called once, after the next read of a page
    /// Pages that exist and are listed, but cannot be read by their id yet.
    std::set<std::string> hidden;
    std::set<std::string> gone_parents;  ///< nothing can be put under them
    std::string rewrite;                 ///< text that the server adds to what it saves
    bool tells_body = true;              ///< whether an answer to a write carries title and body
    bool lags = false;                   ///< whether no version can be read by its number yet
    /// Number of the call before which the worker dies, counted from 1; 0: it lives.
    int dies_at_call = 0;
    int calls = 0;
    std::vector<UnixMillis> asked_since;  ///< of `page`

private:
    void count_call();
    Result<SavedPage> write(const PageUpdate& update);
    [[nodiscard]] Result<void> check_parent(const std::string& parent_id) const;
    [[nodiscard]] std::vector<Page> titled(const std::string& title) const;
    [[nodiscard]] bool is_title_taken(const std::string& title, const std::string& by_other_than)
        const;

    const Clock& clock_;
    std::map<std::string, std::map<std::int64_t, Page>> history_;
    std::map<std::string, std::set<std::int64_t>> restores_;
    int next_id_ = 100;
};

}  // namespace pagepress::test
