// What belongs to a page and makes no version: properties, labels, comments, attachments.
#include <algorithm>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "tests/support/fake_atlassian/confluence_model.h"

namespace pagepress::test {

namespace {

constexpr std::string_view kPageNotFound = "Cannot find a page with id [{}]";
constexpr std::string_view kPropertyPageNotFound = "Could not find page with id [{}]";

std::unexpected<ApiError> refuse(int status, std::string code, std::string title) {
    return std::unexpected(ApiError{status, std::move(code), std::move(title)});
}

}  // namespace

ApiResult<const StoredProperty*> ConfluenceModel::create_property(
    ContentId page, const std::string& key, boost::json::value value
) {
    constexpr std::size_t kValueBytesMax = 32 * 1024;
    const auto found = visible(page, kPropertyPageNotFound);
    if (!found) return std::unexpected(found.error());
    if (key.empty())
        return refuse(400, "INVALID_REQUEST_PARAMETER", "Property key cannot be empty");
    if (boost::json::serialize(value).size() > kValueBytesMax) {
        return refuse(413, "PAYLOAD_TOO_LARGE", "Property value is longer than 32768 bytes");
    }
    auto& properties = (*found)->properties;
    if (properties.contains(key)) {
        return refuse(409, "CONFLICT", fmt::format("Property with key [{}] already exists", key));
    }
    StoredProperty made{
        .id = next_id(), .key = key, .value = std::move(value), .changed_at = clock_.unix_now()};
    return &properties.emplace(key, std::move(made)).first->second;
}

ApiResult<const StoredProperty*> ConfluenceModel::update_property(
    ContentId page, ContentId property, boost::json::value value, std::int64_t version
) {
    const auto found = visible(page, kPropertyPageNotFound);
    if (!found) return std::unexpected(found.error());
    for (auto& [key, stored] : (*found)->properties) {
        if (stored.id != property) continue;
        if (version != stored.version + 1) {
            return refuse(
                409,
                "CONFLICT",
                fmt::format(
                    "Version must be incremented when updating a property. Current Version: [{}]. "
                    "Provided version: [{}]",
                    stored.version,
                    version
                )
            );
        }
        stored.version = version;
        stored.value = std::move(value);
        stored.changed_at = clock_.unix_now();
        return &stored;
    }
    return refuse(404, "NOT_FOUND", fmt::format("Could not find property with id [{}]", property));
}

ApiResult<void> ConfluenceModel::remove_property(ContentId page, ContentId property) {
    const auto found = visible(page, kPropertyPageNotFound);
    if (!found) return std::unexpected(found.error());
    const auto erased = std::erase_if((*found)->properties, [&](const auto& entry) {
        return entry.second.id == property;
    });
    if (erased == 0) {
        return refuse(
            404, "NOT_FOUND", fmt::format("Could not find property with id [{}]", property)
        );
    }
    return {};
}

ApiResult<const StoredPage*> ConfluenceModel::add_labels(
    ContentId page, const std::vector<std::string>& labels
) {
    const auto found = visible(page, kPageNotFound);
    if (!found) return std::unexpected(found.error());
    std::vector<std::string>& kept = (*found)->labels;
    for (const std::string& label : labels) {
        if (std::ranges::find(kept, label) == kept.end()) kept.push_back(label);
    }
    return *found;
}

ApiResult<std::size_t> ConfluenceModel::add_comment(ContentId page, const std::string& body) {
    const auto found = visible(page, kPageNotFound);
    if (!found) return std::unexpected(found.error());
    if (const auto good = check_body(body); !good) return std::unexpected(good.error());
    (*found)->comments.push_back(body);
    return (*found)->comments.size();
}

ApiResult<std::size_t> ConfluenceModel::add_attachment(ContentId page, const std::string& name) {
    const auto found = visible(page, kPageNotFound);
    if (!found) return std::unexpected(found.error());
    std::vector<std::string>& kept = (*found)->attachments;
    if (std::ranges::find(kept, name) != kept.end()) {
        return refuse(
            400,
            "BAD_REQUEST",
            "Cannot add a new attachment with same file name as an existing attachment: " + name
        );
    }
    kept.push_back(name);
    return kept.size();
}

}  // namespace pagepress::test
