#include "worker/confluence/http_confluence.h"

#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "common/job/job.h"
#include "common/json/json_value.h"
#include "worker/confluence/page_json.h"

namespace pagepress::worker {

namespace {

namespace json = boost::json;

constexpr std::size_t kVersionPartsMax = 100;  ///< of at least 50 versions each
constexpr int kPropertyTries = 4;

}  // namespace

Result<void> check_content_id(const std::string& id, const char* what) {
    if (is_numeric_id(id)) return {};
    return fail(ErrorCode::kInvalidInput, std::string(what) + " id '" + id + "' is not a number");
}

// ---- lists ----------------------------------------------------------------------------------

Result<bool> HttpConfluence::walk(Walk walk, const TakePart& take) {
    std::string path = std::move(walk.path);
    for (std::size_t part = 0; part < walk.parts_max; ++part) {
        const auto list = session_.get(path);
        if (!list) return std::unexpected(list.error());
        const auto goes_on = take(*list);
        if (!goes_on) return std::unexpected(goes_on.error());
        auto next = next_path_of(*list, shape_.root);
        if (!next) return std::unexpected(next.error());
        if (next->empty() || !*goes_on) return true;
        path = std::move(*next);
    }
    return false;
}

Result<std::vector<Page>> HttpConfluence::list_pages(const PageList& list) {
    std::vector<Page> pages;
    const auto done = walk(
        {.path = list.path, .parts_max = list.parts_max},
        [&](const json::value& part) -> Result<bool> {
            const json::array* results = results_of(part);
            if (results == nullptr) {
                return fail(ErrorCode::kCorrupt, "Confluence sent a list of pages without results");
            }
            for (const json::value& entry : *results) {
                auto page = shape_.page(entry);
                if (!page) return std::unexpected(page.error());
                pages.push_back(std::move(*page));
            }
            return pages.size() < list.pages_max;
        }
    );
    if (!done) return std::unexpected(done.error());
    return pages;
}

Result<std::vector<PageVersion>> HttpConfluence::list_versions(
    const std::string& id, std::string path, UnixMillis since
) {
    std::vector<PageVersion> all;
    const auto done = walk(
        {.path = std::move(path), .parts_max = kVersionPartsMax},
        [&](const json::value& part) -> Result<bool> {
            const auto versions = versions_from(part, shape_.version_time);
            if (!versions) return std::unexpected(versions.error());
            all.insert(all.end(), versions->begin(), versions->end());
            return std::ranges::none_of(*versions, [&](const PageVersion& version) {
                return version.created_at < since;
            });
        }
    );
    if (!done) return std::unexpected(done.error());
    if (!*done) {
        return fail(
            ErrorCode::kTooLarge,
            "page " + id + " has more than " + std::to_string(all.size()) +
                " versions to look through"
        );
    }
    sort_newest_first(all);
    return all;
}

Error HttpConfluence::no_space(const std::string& space_key) {
    return {
        .code = ErrorCode::kNotFound,
        .message = "there is no space '" + space_key + "' at " + base_url_ +
                   ", or the account may not see it"};
}

// ---- properties -----------------------------------------------------------------------------

Result<std::optional<PageProperty>> HttpConfluence::property(
    const std::string& page_id, const std::string& key
) {
    auto found = find_property(page_id, key);
    if (!found && found.error().code == ErrorCode::kNotFound) return std::optional<PageProperty>();
    return found;
}

Result<void> HttpConfluence::set_property(
    const std::string& page_id, const std::string& key, const std::string& value
) {
    const auto wanted = parse_json(value, "the value of the property '" + key + "'");
    if (!wanted) return fail(ErrorCode::kInvalidInput, wanted.error().message);
    Error last{.code = ErrorCode::kConflict, .message = {}};
    for (int turn = 0; turn < kPropertyTries; ++turn) {
        const auto existing = find_property(page_id, key);
        if (!existing) {
            last = existing.error();
            break;
        }
        if (*existing && (*existing)->value == json::serialize(*wanted)) return {};
        auto written = write_property(page_id, key, *wanted, *existing);
        if (written) return {};
        last = std::move(written.error());
        // Somebody created, changed or (404) deleted it since it was read.
        const bool is_race =
            last.code == ErrorCode::kConflict || (*existing && last.code == ErrorCode::kNotFound);
        if (!is_race) break;
    }
    // A page that was just created can read as 404 for a moment.
    if (last.code == ErrorCode::kNotFound) last.code = ErrorCode::kUnavailable;
    return std::unexpected(std::move(last));
}

// ---- labels ---------------------------------------------------------------------------------

// Of API v1 on every site: v2 only reads them.
Result<void> HttpConfluence::add_labels(
    const std::string& page_id, const std::vector<std::string>& labels
) {
    if (auto good = check_content_id(page_id, "page"); !good) return good;
    const std::string body = json::serialize(labels_json(labels));
    const auto answer = session_.send("POST", "/rest/api/content/" + page_id + "/label", body);
    if (answer) return {};
    Error error = answer.error();
    // A page that was just created can read as 404 for a moment.
    if (error.code == ErrorCode::kNotFound) error.code = ErrorCode::kUnavailable;
    // A token that may do all but this is no reason to leave the whole site alone.
    const bool lacks_scope = error.message.contains("scope");
    if (error.code == ErrorCode::kCredentialsRejected && lacks_scope) {
        error.code = ErrorCode::kForbidden;
    }
    return std::unexpected(std::move(error));
}

}  // namespace pagepress::worker
