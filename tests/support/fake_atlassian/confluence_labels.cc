// Labels of pages: API v1 adds and lists them, v2 shows them.
#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "common/json/json_value.h"
#include "tests/support/fake_atlassian/confluence_exchange.h"

namespace pagepress::test {

namespace {

namespace json = boost::json;

constexpr std::size_t kLabelBytesMax = 255;
constexpr std::string_view kRefused = ":;,.?&[]()#^*!@<>";

std::unexpected<ApiError> refuse(std::string_view reason) {
    return std::unexpected(ApiError{
        400,
        "BAD_REQUEST",
        fmt::format(
            "com.atlassian.confluence.api.service.exceptions.BadRequestException: {}", reason
        )});
}

/// What a request names, one label or an array of them; spaces part labels.
ApiResult<std::vector<std::string>> read_labels(const json::value& body) {
    const json::array one{body};
    const json::array& entries = body.is_array() ? body.get_array() : one;
    std::vector<std::string> labels;
    for (const json::value& entry : entries) {
        const std::string name = string_at(entry, "name");
        if (name.empty()) return refuse("Could not parse Labels");
        if (name.find_first_of(kRefused) != std::string::npos || name.size() > kLabelBytesMax) {
            return refuse("Could not add labels to content");
        }
        for (std::size_t at = 0; at < name.size();) {
            const std::size_t end = std::min(name.find(' ', at), name.size());
            if (end > at) labels.push_back(lower_case(name.substr(at, end - at)));
            at = end + 1;
        }
    }
    return labels;
}

}  // namespace

json::array label_list(const StoredPage& page) {
    json::array labels;
    for (const std::string& label : page.labels) {
        const std::string id = std::to_string(page.id * 100 + static_cast<int>(labels.size()));
        labels.push_back(json::object{{"id", id}, {"name", label}, {"prefix", "global"}});
    }
    return labels;
}

json::object labels_json(const StoredPage& page) {
    return {
        {"results", label_list(page)},
        {"meta", json::object{{"hasMore", false}, {"cursor", ""}}},
        {"_links", json::object{{"self", fmt::format("/wiki/api/v2/pages/{}/labels", page.id)}}}};
}

Outcome post_labels(const Exchange& exchange) {
    const auto id = id_in_path(exchange, 4);
    if (!id) return std::unexpected(id.error());
    const auto body = parse_json(exchange.request.body, "the request body");
    if (!body) return refuse("Could not parse Labels");
    const auto labels = read_labels(*body);
    if (!labels) return std::unexpected(labels.error());
    const auto page = exchange.confluence.add_labels(*id, *labels);
    if (!page) return std::unexpected(page.error());
    json::array results = label_list(**page);
    const auto size = results.size();
    return json_answer(
        200,
        json::object{{"results", std::move(results)}, {"start", 0}, {"limit", 200}, {"size", size}}
    );
}

}  // namespace pagepress::test
