// What the clients of Jira's two REST APIs have in common.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "worker/atlassian/session.h"
#include "worker/jira/jira.h"

namespace pagepress::worker {

/// How an API differs from the other.
struct JiraShape {
    std::string_view root;          ///< `/rest/api/3`
    std::size_t issues_per_answer;  ///< of searches with fields
    std::size_t ids_per_answer;     ///< the most that Jira takes
};

/// Blocking; used by one thread at a time.
class HttpJira : public Jira {
public:
    HttpJira(
        const SessionTarget& target, const JiraShape& shape, HttpClient& http, const Clock& clock
    )
        : shape_(shape), session_(target, http, clock) {}

    Result<Issue> issue(const std::string& id_or_key, const std::string& property) final;
    Result<void> set_issue_property(
        const std::string& issue_id, const std::string& key, const std::string& value
    ) final;
    Result<SearchResult> search(
        const std::string& jql, const std::vector<std::string>& fields, std::size_t issues_max
    ) final;
    Result<std::vector<std::string>> search_ids(const std::string& jql, std::size_t issues_max)
        final;

    Result<void> myself() final { return session_.probe(); }

protected:
    struct Search {
        std::string jql;  ///< one line
        boost::json::array fields;
        std::size_t results_max;  ///< of one answer
        std::size_t issues_max;   ///< of all; one more is too many
        enum class Names { kWanted, kNone } names = Names::kNone;
    };

    /// What becomes of a search's answers.
    struct Taker {
        /// Takes one part in; gives how many of its issues are new.
        std::function<Result<std::size_t>(const boost::json::value& part)> take;
        std::function<void()> forget;  ///< all parts: the search begins again
    };

    virtual Result<void> search_parts(const Search& search, const Taker& taker) = 0;

    Session& session() { return session_; }

    [[nodiscard]] std::string path_of(std::string_view rest) const {
        return std::string(shape_.root).append(rest);
    }

private:
    const JiraShape shape_;
    Session session_;
};

/// The list in one part of a search's answer; null if there is none.
[[nodiscard]] const boost::json::array* issues_of(const boost::json::value& part);

/// More issues are found than may be.
[[nodiscard]] std::unexpected<Error> too_many_issues(std::size_t issues_max);

}  // namespace pagepress::worker
