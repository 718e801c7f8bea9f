// Confluence and Jira behind the gates of their site.
#pragma once

#include <string>

#include "worker/confluence/confluence.h"
#include "worker/jira/jira.h"
#include "worker/limits/site_gates.h"

namespace pagepress::worker {

/// Whose calls they are.
struct GatedPress {
    std::string site;
    std::string page;  ///< what tells presses of different pages apart
};

/// Asks the gate before each call and tells it what became of it. A call whose gate is closed is
/// not made: kNotYet, with the time that remains. Used by one thread; refers to what it is made of.
class GatedConfluence final : public Confluence {
public:
    GatedConfluence(Confluence& inner, SiteGates& gates, const Clock& clock, GatedPress press);

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
    [[nodiscard]] std::string page_url(const std::string& page_id) const override;

private:
    Confluence& inner_;
    SiteGates& gates_;
    const Clock& clock_;
    const GatedPress press_;
};

/// The same for Jira.
class GatedJira final : public Jira {
public:
    GatedJira(Jira& inner, SiteGates& gates, const Clock& clock, GatedPress press);

    Result<Issue> issue(const std::string& id_or_key, const std::string& property) override;
    Result<void> set_issue_property(
        const std::string& issue_id, const std::string& key, const std::string& value
    ) override;
    Result<SearchResult> search(
        const std::string& jql, const std::vector<std::string>& fields, std::size_t issues_max
    ) override;
    Result<std::vector<std::string>> search_ids(const std::string& jql, std::size_t issues_max)
        override;
    Result<void> myself() override;

private:
    Jira& inner_;
    SiteGates& gates_;
    const Clock& clock_;
    const GatedPress press_;
};

}  // namespace pagepress::worker
