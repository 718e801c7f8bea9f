#include "worker/press/people_edits.h"

#include "worker/press/stamp.h"

namespace pagepress::worker {

bool lists_newest(const Page& page) {
    return !page.versions.empty() && page.versions.front().number >= page.version;
}

std::optional<std::int64_t> find_persons_version(const Page& page, std::string_view page_key) {
    if (!lists_newest(page)) return std::nullopt;
    for (const PageVersion& version : page.versions) {
        if (const auto stamp = stamp_from_version_message(version.message)) {
            if (stamp->page_key == page_key) return 0;
            continue;
        }
        if (is_restore_message(version.message)) continue;
        return version.number <= 1 ? 0 : version.number;
    }
    return std::nullopt;
}

}  // namespace pagepress::worker
