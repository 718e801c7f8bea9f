// Regions of a body: a line with a snapshot id, a line with new content, then the body. Nothing
// outside of a region changes, and what was well-formed stays so.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/invariant.h"
#include "common/catalog/documents.h"
#include "tests/fuzz/fuzz_input.h"
#include "worker/render/regions.h"
#include "worker/render/storage_format.h"

using namespace pagepress;
using namespace pagepress::worker;

namespace {

std::vector<Region> checked_regions(std::string_view body) {
    std::vector<Region> regions = find_regions(body);
    std::size_t begin = 0;
    for (const Region& region : regions) {
        INVARIANT(begin <= region.begin && region.begin < region.content_begin);
        INVARIANT(region.content_begin <= region.content_end);
        INVARIANT(region.content_end < region.end && region.end <= body.size());
        INVARIANT(body[region.begin] == '<' && body[region.end - 1] == '>');
        begin = region.begin;
    }
    return regions;
}

bool has_region(const std::vector<Region>& regions, std::string_view snapshot) {
    return std::ranges::find(regions, snapshot, &Region::snapshot) != regions.end();
}

/// `changed` is `body` but for the content of the snapshot's regions.
void check_bytes_outside(
    std::string_view body,
    std::string_view snapshot,
    std::string_view content,
    std::string_view changed
) {
    std::size_t copied = 0;
    const auto take = [&](std::string_view expected) {
        INVARIANT(changed.starts_with(expected));
        changed.remove_prefix(expected.size());
    };
    bool found = false;
    for (const Region& region : find_regions(body)) {
        if (region.snapshot != snapshot || region.begin < copied) continue;
        take(body.substr(copied, region.content_begin - copied));
        if (region.is_empty_tag) take("<ac:rich-text-body>");
        take(content);
        if (region.is_empty_tag) take("</ac:rich-text-body>");
        copied = region.content_end;
        found = true;
    }
    take(body.substr(copied));
    INVARIANT(found == changed.empty());
}

void check_replacement(
    std::string_view body, const std::string& snapshot, std::string_view content
) {
    const std::string changed = with_region(body, snapshot, content);
    check_bytes_outside(body, snapshot, content, changed);
    if (!check_storage_format(body) || !check_storage_format(content)) return;
    // Deeper than the parser goes is all that may go wrong.
    const auto checked = check_storage_format(changed);
    INVARIANT(checked || checked.error().message.find("deep") != std::string::npos);
    INVARIANT(has_region(checked_regions(changed), snapshot));
    if (has_region(checked_regions(content), snapshot)) return;
    INVARIANT(with_region(changed, snapshot, content) == changed);
}

void check_merge(std::string_view new_body, std::string_view old_body) {
    const std::string merged = with_regions_of(new_body, old_body);
    const std::vector<Region> old_regions = checked_regions(old_body);
    if (old_regions.empty()) INVARIANT(merged == new_body);
    if (!check_storage_format(new_body) || !check_storage_format(old_body)) return;
    const auto checked = check_storage_format(merged);
    INVARIANT(checked || checked.error().message.find("deep") != std::string::npos);
    if (!checked_regions(new_body).empty()) return;
    const std::vector<Region> kept = checked_regions(merged);
    for (const Region& region : old_regions) INVARIANT(has_region(kept, region.snapshot));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    test::FuzzInput input(data, size);
    const std::string_view name = input.part('\n');
    const std::string snapshot(is_entry_id(name) ? name : "weekly");
    const std::string_view content = input.part('\n');
    const std::string_view body = input.rest();
    checked_regions(body);
    check_replacement(body, snapshot, content);
    check_merge(body, content);
    check_merge(content, body);
    return 0;
}
