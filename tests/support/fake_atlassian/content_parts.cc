// What API v1 hangs on pages: comments and attachments; and its conversion of bodies.
#include <algorithm>

#include <fmt/format.h>

#include "common/json/json_value.h"
#include "tests/support/fake_atlassian/content_exchange.h"
#include "tests/support/fake_atlassian/storage_html.h"

namespace pagepress::test {

namespace {

namespace json = boost::json;

/// Text between two others, from `at` on; empty if they are not there.
std::string_view between(std::string_view text, std::string_view begin, std::string_view end) {
    const auto from = text.find(begin);
    if (from == std::string_view::npos) return {};
    text.remove_prefix(from + begin.size());
    return text.substr(0, text.find(end));
}

struct Upload {
    std::string name;
    std::string comment;
    std::size_t bytes = 0;
};

/// The parts `file` and `comment` of a form, RFC 7578.
ApiResult<Upload> read_upload(const ApiRequest& request) {
    const auto mark = request.content_type.find("boundary=");
    const std::string_view body = request.body;
    const auto file = body.find("name=\"file\"");
    if (mark == std::string::npos || file == std::string_view::npos) {
        return bad_request("At least one attachment file is required");
    }
    const std::string end = "\r\n--" + request.content_type.substr(mark + 9);
    const std::string_view part = body.substr(file);
    Upload upload;
    upload.name = between(part, "filename=\"", "\"");
    upload.bytes = between(part, "\r\n\r\n", end).size();
    const auto comment = body.find("name=\"comment\"");
    if (comment != std::string_view::npos) {
        upload.comment = between(body.substr(comment), "\r\n\r\n", end);
    }
    return upload;
}

/// Macros without parameters, and else a paragraph for each line.
std::string storage_of_wiki(std::string_view wiki) {
    std::string storage;
    while (!wiki.empty()) {
        const std::string_view line = wiki.substr(0, wiki.find('\n'));
        wiki.remove_prefix(std::min(line.size() + 1, wiki.size()));
        const bool is_macro = line.starts_with('{') && line.ends_with('}') && line.size() > 2;
        storage += is_macro ? fmt::format(
                                  "<ac:structured-macro ac:name=\"{}\" />",
                                  html_escaped(line.substr(1, line.size() - 2))
                              )
                            : "<p>" + html_escaped(line) + "</p>";
    }
    return storage;
}

}  // namespace

Outcome post_comment(const Exchange& exchange, const json::value& body) {
    const json::value* container = find(body, "container");
    const auto page = container == nullptr ? std::nullopt : integer_at(*container, "id");
    if (!page) return bad_request("A comment needs a container");
    const json::value* storage = find_path(body, {"body", "storage"});
    const auto number = exchange.confluence.add_comment(
        *page, storage == nullptr ? std::string() : string_at(*storage, "value")
    );
    if (!number) return no_content(*page);
    return json_answer(
        200,
        json::object{
            {"id", fmt::format("{}{:03}", *page, *number)},
            {"type", "comment"},
            {"status", "current"},
            {"container", json::object{{"id", std::to_string(*page)}, {"type", "page"}}},
            {"version", json::object{{"number", 1}}}}
    );
}

Outcome post_attachment(const Exchange& exchange) {
    const auto id = id_in_path(exchange, 4);
    if (!id) return std::unexpected(id.error());
    if (!exchange.request.xsrf_token.starts_with("no")) {
        return std::unexpected(ApiError{403, "FORBIDDEN", "XSRF check failed"});
    }
    const auto upload = read_upload(exchange.request);
    if (!upload) return std::unexpected(upload.error());
    const auto number = exchange.confluence.add_attachment(*id, upload->name);
    if (!number) return std::unexpected(number.error());
    json::object attachment{
        {"id", fmt::format("att{}{:03}", *id, *number)},
        {"type", "attachment"},
        {"status", "current"},
        {"title", upload->name},
        {"metadata", json::object{{"comment", upload->comment}}},
        {"extensions", json::object{{"fileSize", upload->bytes}}}};
    return json_answer(
        200, json::object{{"results", json::array{std::move(attachment)}}, {"size", 1}}
    );
}

Outcome post_convert(const Exchange& exchange) {
    const auto body = read_body(exchange);
    if (!body) return std::unexpected(body.error());
    const std::string value = string_at(*body, "value");
    const std::string from = string_at(*body, "representation");
    const std::string& to = exchange.request.segments[5];
    std::string converted;
    if (from == "storage" && to == "view") {
        converted = storage_as_html(value);
    } else if (from == "wiki" && to == "storage") {
        converted = storage_of_wiki(value);
    } else {
        return bad_request("the conversion of " + from + " to " + to + " is not simulated here");
    }
    return json_answer(200, json::object{{"value", converted}, {"representation", to}});
}

}  // namespace pagepress::test
