#include "worker/press/page_identity.h"

#include "common/json/json_text.h"
#include "common/json/json_value.h"

namespace pagepress::worker {

Result<std::optional<Stamp>> read_page_identity(Confluence& confluence, const Page& page) {
    if (auto stamp = stamp_from_body(page.body)) return stamp;
    const auto property = confluence.property(page.id, std::string(kPageProperty));
    if (!property) return std::unexpected(property.error());
    if (!*property) return std::nullopt;
    const auto value = parse_json((*property)->value, "the content property pagepress");
    if (!value) return std::nullopt;
    Stamp stamp{.page_key = string_at(*value, "page_key"), .job_id = string_at(*value, "job")};
    stamp.parent = string_at(*value, "parent");
    if (stamp.page_key.empty()) return std::nullopt;
    return stamp;
}

Result<void> write_page_identity(
    Confluence& confluence, const std::string& page_id, const Stamp& stamp
) {
    std::string value = R"({"page_key":)";
    append_json_string(value, stamp.page_key);
    value.append(R"(,"job":)");
    append_json_string(value, stamp.job_id);
    if (!stamp.parent.empty()) {
        value.append(R"(,"parent":)");
        append_json_string(value, stamp.parent);
    }
    value.push_back('}');
    return confluence.set_property(page_id, std::string(kPageProperty), value);
}

}  // namespace pagepress::worker
