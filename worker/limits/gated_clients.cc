#include "worker/limits/gated_clients.h"

#include <algorithm>
#include <utility>

namespace pagepress::worker {

namespace {

Error not_now(const GatedPress& press, const ClosedGate& gate, SteadyTime now) {
    return {
        .code = ErrorCode::kNotYet,
        .message = "the gate of site " + press.site + " is closed for " +
                   std::string(name_of(gate.endpoint)) + ": " + gate.reason,
        .retry_after = std::max(Millis(1), std::chrono::ceil<Millis>(gate.until - now)),
    };
}

/// Makes a call through the gate of an endpoint.
class Passage {
public:
    Passage(SiteGates& gates, const Clock& clock, const GatedPress& press, Endpoint endpoint)
        : gates_(gates), clock_(clock), press_(press), endpoint_(endpoint) {}

    /// @param call  returns a Result
    auto pass(const auto& call) const -> decltype(call()) {
        auto result = pass_quietly(call);
        if (result) gates_.note_success(press_.site, endpoint_);
        return result;
    }

    /// A call that may be answered from memory: its success says nothing of the site.
    auto pass_quietly(const auto& call) const -> decltype(call()) {
        if (const auto gate = gates_.turn_away(press_.site, endpoint_)) {
            return std::unexpected(not_now(press_, *gate, clock_.steady_now()));
        }
        auto result = call();
        if (!result) gates_.note_error(press_.site, endpoint_, press_.page, result.error());
        return result;
    }

private:
    SiteGates& gates_;
    const Clock& clock_;
    const GatedPress& press_;
    const Endpoint endpoint_;
};

}  // namespace

// ---- Confluence -----------------------------------------------------------------------------

GatedConfluence::GatedConfluence(
    Confluence& inner, SiteGates& gates, const Clock& clock, GatedPress press
)
    : inner_(inner), gates_(gates), clock_(clock), press_(std::move(press)) {}

Result<std::optional<Page>> GatedConfluence::page(const std::string& id, UnixMillis since) {
    return Passage(gates_, clock_, press_, Endpoint::kConfluenceReads).pass([&] {
        return inner_.page(id, since);
    });
}

Result<std::optional<Page>> GatedConfluence::page_at(const std::string& id, std::int64_t version) {
    return Passage(gates_, clock_, press_, Endpoint::kConfluenceReads).pass([&] {
        return inner_.page_at(id, version);
    });
}

Result<std::vector<Page>> GatedConfluence::find_by_title(
    const std::string& space_id, const std::string& title
) {
    return Passage(gates_, clock_, press_, Endpoint::kConfluenceReads).pass([&] {
        return inner_.find_by_title(space_id, title);
    });
}

Result<std::vector<Page>> GatedConfluence::newest_pages(const std::string& space_id) {
    return Passage(gates_, clock_, press_, Endpoint::kConfluenceReads).pass([&] {
        return inner_.newest_pages(space_id);
    });
}

Result<std::string> GatedConfluence::space_id(const std::string& space_key) {
    return Passage(gates_, clock_, press_, Endpoint::kConfluenceReads).pass_quietly([&] {
        return inner_.space_id(space_key);
    });
}

Result<std::string> GatedConfluence::home_page(const std::string& space_id) {
    return Passage(gates_, clock_, press_, Endpoint::kConfluenceReads).pass_quietly([&] {
        return inner_.home_page(space_id);
    });
}

Result<std::vector<std::string>> GatedConfluence::pages_in_space(
    const std::string& space_id, const std::vector<std::string>& page_ids
) {
    return Passage(gates_, clock_, press_, Endpoint::kConfluenceReads).pass([&] {
        return inner_.pages_in_space(space_id, page_ids);
    });
}

Result<SavedPage> GatedConfluence::create(const NewPage& page) {
    return Passage(gates_, clock_, press_, Endpoint::kConfluenceWrites).pass([&] {
        return inner_.create(page);
    });
}

Result<SavedPage> GatedConfluence::update(const PageUpdate& update) {
    return Passage(gates_, clock_, press_, Endpoint::kConfluenceWrites).pass([&] {
        return inner_.update(update);
    });
}

Result<SavedPage> GatedConfluence::restore(const PageUpdate& update) {
    return Passage(gates_, clock_, press_, Endpoint::kConfluenceWrites).pass([&] {
        return inner_.restore(update);
    });
}

Result<std::optional<PageProperty>> GatedConfluence::property(
    const std::string& page_id, const std::string& key
) {
    return Passage(gates_, clock_, press_, Endpoint::kConfluenceReads).pass([&] {
        return inner_.property(page_id, key);
    });
}

Result<void> GatedConfluence::set_property(
    const std::string& page_id, const std::string& key, const std::string& value
) {
    return Passage(gates_, clock_, press_, Endpoint::kConfluenceWrites).pass([&] {
        return inner_.set_property(page_id, key, value);
    });
}

Result<void> GatedConfluence::add_labels(
    const std::string& page_id, const std::vector<std::string>& labels
) {
    return Passage(gates_, clock_, press_, Endpoint::kConfluenceWrites).pass([&] {
        return inner_.add_labels(page_id, labels);
    });
}

std::string GatedConfluence::page_url(const std::string& page_id) const {
    return inner_.page_url(page_id);
}

// ---- Jira -----------------------------------------------------------------------------------

GatedJira::GatedJira(Jira& inner, SiteGates& gates, const Clock& clock, GatedPress press)
    : inner_(inner), gates_(gates), clock_(clock), press_(std::move(press)) {}

Result<Issue> GatedJira::issue(const std::string& id_or_key, const std::string& property) {
    return Passage(gates_, clock_, press_, Endpoint::kJira).pass([&] {
        return inner_.issue(id_or_key, property);
    });
}

Result<void> GatedJira::set_issue_property(
    const std::string& issue_id, const std::string& key, const std::string& value
) {
    return Passage(gates_, clock_, press_, Endpoint::kJira).pass([&] {
        return inner_.set_issue_property(issue_id, key, value);
    });
}

Result<SearchResult> GatedJira::search(
    const std::string& jql, const std::vector<std::string>& fields, std::size_t issues_max
) {
    auto result = Passage(gates_, clock_, press_, Endpoint::kJira).pass_quietly([&] {
        return inner_.search(jql, fields, issues_max);
    });
    // Lost credentials find nothing, and are not told.
    if (result && !result->issues.empty()) gates_.note_success(press_.site, Endpoint::kJira);
    return result;
}

Result<std::vector<std::string>> GatedJira::search_ids(
    const std::string& jql, std::size_t issues_max
) {
    auto ids = Passage(gates_, clock_, press_, Endpoint::kJira).pass_quietly([&] {
        return inner_.search_ids(jql, issues_max);
    });
    if (ids && !ids->empty()) gates_.note_success(press_.site, Endpoint::kJira);
    return ids;
}

Result<void> GatedJira::myself() {
    return Passage(gates_, clock_, press_, Endpoint::kJira).pass([&] { return inner_.myself(); });
}

}  // namespace pagepress::worker
