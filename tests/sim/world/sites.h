// Jira and Confluence: what they hold, what people do there, and one executor's clients of them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/world/network.h"
#include "tests/sim/world/oracle.h"
#include "tests/unit/worker/fake_confluence.h"
#include "worker/jira/jira.h"
#include "worker/press/press_ports.h"

namespace pagepress::sim {

/// Issues and their history.
class JiraServer {
public:
    explicit JiraServer(const Engine& engine) : engine_(engine) {}

    void add_issue(const std::string& id, const std::string& key);

    /// A person gives the issue another text; texts come back, as they do in life.
    void change(const std::string& id, int text);

    [[nodiscard]] Result<Issue> issue(const std::string& id_or_key, const std::string& property)
        const;
    [[nodiscard]] SearchResult search() const;

    void set_property(const std::string& id, const std::string& key, const std::string& value);

    /// Whether `text` shows the issue as it was at some time from `from` on.
    [[nodiscard]] bool shows(const std::string& text, const std::string& id, Millis from) const;

    [[nodiscard]] std::string id_of(const std::string& id_or_key) const;

    bool knows_us = true;

private:
    struct Kept {
        Issue issue;
        std::vector<std::pair<Millis, int>> texts;  ///< since when which one
    };

    const Engine& engine_;
    std::map<std::string, Kept> issues_;
};

/// Both products of one site, and the network to them.
struct SiteServers {
    explicit SiteServers(Engine& engine) : confluence(engine), jira(engine) {}

    test::FakeConfluence confluence;
    JiraServer jira;
    Link link;
    int rate_limited = 0;  ///< per 1000 calls until the link's faults end
    int errors = 0;        ///< per 1000 calls: 5xx before a write has its effect
    /// Per 1000 writes: a person acts on the page while the write is on its way.
    int people_in_between = 0;
    std::function<void(const std::string& page_id)> act_on;
    /// Whether the rules say to leave pages alone that people have edited.
    bool spares_edits = false;
    /// When a create was last sent: people leave new pages alone for a while, see README.
    Millis create_sent_at{-60'000};
};

/// Confluence over the network.
class ConfluenceClient final : public Confluence {
public:
    ConfluenceClient(Engine& engine, SiteServers& site, Oracle& oracle)
        : engine_(engine), site_(site), oracle_(oracle) {}

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
        return "https://wiki.test/" + page_id;
    }

private:
    Engine& engine_;
    SiteServers& site_;
    Oracle& oracle_;
};

/// Jira over the network. Notes when what was read, for the oracle.
class JiraClient final : public Jira {
public:
    JiraClient(Engine& engine, SiteServers& site) : engine_(engine), site_(site) {}

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
    Engine& engine_;
    SiteServers& site_;
};

/// The clients of one executor.
class Clients final : public ClientSource {
public:
    Clients(Engine& engine, SiteServers& site, Oracle& oracle)
        : confluence_(engine, site, oracle), jira_(engine, site) {}

    Result<SiteClients> clients(const Site&) override {
        return SiteClients{.confluence = confluence_, .jira = jira_};
    }

private:
    ConfluenceClient confluence_;
    JiraClient jira_;
};

}  // namespace pagepress::sim
