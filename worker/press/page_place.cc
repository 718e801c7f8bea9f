#include "worker/press/page_place.h"

#include "worker/press/people_edits.h"
#include "worker/press/stamp.h"

namespace pagepress::worker {

PlaceHistory read_place_history(
    const Page& page, std::string_view page_key, const std::set<std::int64_t>& ignored
) {
    PlaceHistory history;
    if (!lists_newest(page)) return history;
    for (const PageVersion& version : page.versions) {
        history.is_whole = version.number <= 1;
        if (is_restore_message(version.message) || ignored.contains(version.number)) {
            history.was_restored = true;
            continue;
        }
        const auto stamp = stamp_from_version_message(version.message);
        if (!stamp || stamp->page_key != page_key) continue;
        history.parent = stamp->parent;
        return history;
    }
    return history;
}

bool is_where_we_left_it(const Page& page, const PlaceHistory& history, const std::string& home) {
    const bool is_at_home = !home.empty() && page.parent_id == home;
    if (history.was_restored && is_at_home) return true;
    if (!history.parent) return false;
    return history.parent->empty() ? is_at_home : page.parent_id == *history.parent;
}

}  // namespace pagepress::worker
