// Several pages by API v1: by title, by id, the newest of a space.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <utility>

#include <boost/json/array.hpp>

#include "common/base/iso_time.h"
#include "common/json/json_value.h"
#include "worker/confluence/v1_client.h"

namespace pagepress::worker {

namespace {

namespace json = boost::json;

constexpr std::size_t kTitlePartsMax = 8;
/// Of a space that is listed to its end, of 200 pages or more each.
constexpr std::size_t kSpacePartsMax = 500;
constexpr std::size_t kPagesPerQuestion = 50;  ///< and how many ids a question names
/// With bodies of up to 5 MB each, so many still fit into one answer.
constexpr std::size_t kLargePagesPerAnswer = 4;

/// Whether its title is taken by it; those of pages in the trash are free.
bool is_in_space(const Page& page) {
    return page.status == PageStatus::kCurrent || page.status == PageStatus::kArchived;
}

}  // namespace

Result<std::vector<Page>> V1Confluence::find_by_title(
    const std::string& space_id, const std::string& title
) {
    auto pages = list_pages(
        {.path = "/rest/api/content?type=page&spaceKey=" + percent_encoded(space_id) + "&title=" +
                 percent_encoded(title) + "&status=any&expand=" + std::string(kV1WithBody),
         .parts_max = kTitlePartsMax,
         .pages_max = SIZE_MAX}
    );
    if (!pages) return pages;
    // Those in the trash have no claim to their titles.
    std::erase_if(*pages, [&](const Page& page) {
        return !is_in_space(page) || !is_same_title(page.title, title);
    });
    return pages;
}

Result<std::vector<Page>> V1Confluence::newest_pages(const std::string& space_id) {
    if (dialect_.sorts_pages) return sorted_newest(space_id);
    const auto ids = newest_ids(space_id);
    if (!ids) return std::unexpected(ids.error());
    return pages_by_id(*ids, kV1WithBody);
}

Result<std::vector<Page>> V1Confluence::sorted_newest(const std::string& space) {
    const std::string path = "/rest/api/content?type=page&spaceKey=" + percent_encoded(space) +
                             "&status=any&orderby=" + percent_encoded("history.createdDate desc") +
                             "&expand=" + std::string(kV1WithBody) + "&limit=";
    Result<std::vector<Page>> pages;
    for (const std::size_t limit : {kPagesPerQuestion, kLargePagesPerAnswer}) {
        pages = list_pages(
            {.path = path + std::to_string(limit),
             .parts_max = (dialect_.newest_pages + limit - 1) / limit * 2,
             .pages_max = dialect_.newest_pages}
        );
        if (pages || pages.error().code != ErrorCode::kTooLarge) break;
    }
    if (pages) std::erase_if(*pages, [](const Page& p) { return p.status == PageStatus::kOther; });
    return pages;
}

/// Newest first. Ids do not grow with time: each node of a cluster hands out a block of its own.
Result<std::vector<std::string>> V1Confluence::newest_ids(const std::string& space) {
    std::vector<std::pair<UnixMillis, std::string>> found;
    const auto done = walk(
        {.path = "/rest/api/content/scan?spaceKey=" + percent_encoded(space) +
                 "&status=any&expand=history&limit=500",
         .parts_max = kSpacePartsMax},
        [&](const json::value& part) -> Result<bool> {
            const json::array* results = results_of(part);
            if (results == nullptr) {
                return fail(ErrorCode::kCorrupt, "Confluence sent a list of pages without results");
            }
            for (const json::value& entry : *results) {
                const json::value* history = find(entry, "history");
                const auto created_at = parse_iso_time(
                    history == nullptr ? std::string() : string_at(*history, "createdDate")
                );
                std::string id = string_at(entry, "id");
                if (!created_at || id.empty()) {
                    return fail(ErrorCode::kCorrupt, "Confluence listed a page without id or time");
                }
                found.emplace_back(*created_at, std::move(id));
            }
            return true;
        }
    );
    if (!done) return std::unexpected(done.error());
    if (!*done) {
        return fail(
            ErrorCode::kTooLarge, "space " + space + " has too many pages to look through them"
        );
    }
    std::ranges::sort(found, std::greater());
    std::vector<std::string> ids;
    for (auto& [created_at, id] : found) {
        if (ids.size() == dialect_.newest_pages) break;
        ids.push_back(std::move(id));
    }
    return ids;
}

/// Those that are there, in the order of `ids`.
Result<std::vector<Page>> V1Confluence::pages_by_id(
    const std::vector<std::string>& ids, std::string_view expand
) {
    std::vector<Page> pages;
    for (std::size_t from = 0; from < ids.size(); from += kPagesPerQuestion) {
        const auto begin = ids.begin() + static_cast<std::ptrdiff_t>(from);
        const auto count = std::min(kPagesPerQuestion, ids.size() - from);
        const std::vector<std::string> some(begin, begin + static_cast<std::ptrdiff_t>(count));
        auto found =
            dialect_.takes_ids ? pages_in_one_answer(some, expand) : pages_singly(some, expand);
        if (!found && found.error().code == ErrorCode::kTooLarge) {
            found = pages_singly(some, expand);
        }
        if (!found) return found;
        std::ranges::move(*found, std::back_inserter(pages));
    }
    return pages;
}

Result<std::vector<Page>> V1Confluence::pages_in_one_answer(
    const std::vector<std::string>& ids, std::string_view expand
) {
    std::string path = "/rest/api/content?status=any&expand=" + std::string(expand) +
                       "&limit=" + std::to_string(ids.size());
    for (const std::string& id : ids) {
        if (auto good = check_content_id(id, "page"); !good) return std::unexpected(good.error());
        path.append("&ids=").append(id);
    }
    auto pages = list_pages({.path = path, .parts_max = ids.size(), .pages_max = SIZE_MAX});
    if (!pages) return pages;
    const auto place = [&](const Page& page) { return std::ranges::find(ids, page.id); };
    if (std::ranges::any_of(*pages, [&](const Page& page) { return place(page) == ids.end(); })) {
        return fail(
            ErrorCode::kInvalidInput,
            "Confluence sent other pages than asked for by ids: it must be Data Center 9.0 or later"
        );
    }
    std::ranges::sort(*pages, std::less(), place);
    return pages;
}

Result<std::vector<Page>> V1Confluence::pages_singly(
    const std::vector<std::string>& ids, std::string_view expand
) {
    std::vector<Page> pages;
    for (const std::string& id : ids) {
        const auto answer = get_content(id, "status=any&expand=" + std::string(expand));
        if (!answer) return std::unexpected(answer.error());
        if (!*answer) continue;
        auto page = content_from(**answer);
        if (!page) return std::unexpected(page.error());
        pages.push_back(std::move(*page));
    }
    return pages;
}

Result<std::vector<std::string>> V1Confluence::pages_in_space(
    const std::string& space_id, const std::vector<std::string>& page_ids
) {
    const auto pages = pages_by_id(page_ids, "version,space");
    if (!pages) return std::unexpected(pages.error());
    std::vector<std::string> found;
    for (const Page& page : *pages) {
        if (page.space_id == space_id && is_in_space(page)) found.push_back(page.id);
    }
    return found;
}

}  // namespace pagepress::worker
