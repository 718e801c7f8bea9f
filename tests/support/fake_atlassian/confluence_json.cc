#include "tests/support/fake_atlassian/confluence_json.h"

#include <fmt/format.h>

namespace pagepress::test {

namespace {

namespace json = boost::json;

/// A title as Confluence puts it in the address of its page.
std::string title_in_address(std::string_view title) {
    std::string out;
    for (const char letter : title) {
        out += letter == ' ' ? std::string("+") : query_encoded(std::string_view(&letter, 1));
    }
    return out;
}

}  // namespace

json::object space_json(const StoredSpace& space) {
    return {
        {"id", std::to_string(space.id)},
        {"key", space.key},
        {"name", space.name},
        {"type", "global"},
        {"status", "current"},
        {"authorId", "712020:0000-0"},
        {"homepageId", std::to_string(space.homepage)},
        {"createdAt", confluence_time(space.created_at)},
        {"icon", nullptr},
        {"description", nullptr},
        {"_links", json::object{{"webui", "/spaces/" + space.key}}}};
}

json::object version_json(const StoredVersion& version) {
    return {
        {"number", version.number},
        {"message", version.message},
        {"minorEdit", false},
        {"authorId", version.author},
        {"createdAt", confluence_time(version.created_at)},
        {"ncsStepVersion", nullptr}};
}

json::object page_json(
    const StoredPage& page, const StoredSpace& space, const StoredVersion& version, BodyForm form
) {
    json::object body;
    if (form == BodyForm::kStorage) {
        body["storage"] =
            json::object{{"representation", "storage"}, {"value", json::string(*version.body)}};
    }
    const bool has_parent = page.parent != 0;
    return {
        {"id", std::to_string(page.id)},
        {"status", name_of(page.status)},
        {"title", version.title},
        {"spaceId", std::to_string(page.space)},
        {"parentId", has_parent ? json::value(std::to_string(page.parent)) : json::value(nullptr)},
        {"parentType", has_parent ? json::value("page") : json::value(nullptr)},
        {"position", page.id % 10'000},
        {"authorId", page.author},
        {"ownerId", page.author},
        {"lastOwnerId", nullptr},
        {"createdAt", confluence_time(page.created_at)},
        {"version", version_json(version)},
        {"body", std::move(body)},
        {"_links",
         json::object{
             {"webui",
              fmt::format(
                  "/spaces/{}/pages/{}/{}", space.key, page.id, title_in_address(version.title)
              )},
             {"editui", fmt::format("/pages/resumedraft.action?draftId={}", page.id)},
             {"tinyui", fmt::format("/x/{}", page.id)}}}};
}

json::object property_json(const StoredProperty& property) {
    return {
        {"id", std::to_string(property.id)},
        {"key", property.key},
        {"value", property.value},
        {"version",
         json::object{
             {"number", property.version},
             {"message", ""},
             {"minorEdit", false},
             {"authorId", "712020:0000-0"},
             {"createdAt", confluence_time(property.changed_at)}}}};
}

}  // namespace pagepress::test
