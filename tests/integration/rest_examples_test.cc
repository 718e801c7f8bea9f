// The calls of Atlassian's page "Confluence REST API examples" in their own words, as plain HTTP,
// on the fake Cloud site.
#include <memory>
#include <string>
#include <vector>

#include "common/http_client/curl_client.h"
#include "common/json/json_value.h"
#include "tests/support/catch.h"
#include "tests/support/fake_atlassian_process.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

constexpr const char* kNewPage =
    R"({"type":"page","title":"new page","space":{"key":"TST"},"body":{"storage":)"
    R"({"value":"<p>This is a new page</p>","representation":"storage"}}})";

struct Caller {
    FakeAtlassianProcess fake{1};
    std::unique_ptr<HttpClient> client = make_curl_client({}, [] { return false; });

    HttpAnswer send(
        const std::string& method,
        const std::string& path,
        const std::string& body,
        const std::vector<std::string>& headers = {"Content-Type: application/json"}
    ) {
        HttpCall call{
            .method = method,
            .url = fake.url() + "/wiki/rest/api/" + path,
            .headers = {"Authorization: Basic ZGVtb0BleGFtcGxlLmNvbTpkZW1vLXRva2Vu"},
            .body = body};
        if (!body.empty()) {
            call.headers.insert(call.headers.end(), headers.begin(), headers.end());
        }
        auto answer = client->perform(call);
        REQUIRE(answer.has_value());
        return *std::move(answer);
    }

    boost::json::value json(
        const std::string& method, const std::string& path, const std::string& body = {}
    ) {
        const auto answer = send(method, path, body);
        INFO(answer.body);
        REQUIRE(answer.status == 200);
        return parse_json(answer.body, "an answer").value();
    }
};

}  // namespace

TEST_CASE("The documented examples of Confluence's REST API work", "[fake]") {
    Caller caller;
    const auto space = caller.json(
        "POST",
        "space",
        R"( { "key":"TST", "name":"Test Space", "type":"global", "description":{"plain": )"
        R"({ "value": "Raider Space for raiders","representation": "plain" }}})"
    );
    CHECK(string_at(space, "key") == "TST");
    CHECK(space.at("id").is_number());
    CHECK(string_at(space.at("homepage"), "title") == "Test Space");

    const auto made = caller.json("POST", "content/", kNewPage);
    const std::string id = string_at(made, "id");
    CHECK(string_at(made, "type") == "page");
    CHECK(made.at("version").at("number") == 1);
    CHECK(string_at(made.at("version"), "message").empty());
    const std::string text = string_at(made.at("body").at("storage"), "value");
    CHECK(text.contains("This is a new page"));
    CHECK(made.at("ancestors").as_array().empty());
    CHECK(made.at("space").at("key") == "TST");

    const std::string child = R"({"type":"page","title":"new child", "ancestors":[{"id":)" + id +
                              R"(}], "space":{"key":"TST"},"body":{"storage":{"value":)"
                              R"("<p>This is a new page</p>","representation":"storage"}}})";
    const auto below = caller.json("POST", "content/", child);
    CHECK(string_at(below.at("ancestors").at(0), "id") == id);

    const auto read = caller.json("GET", "content/" + id + "?expand=body.storage");
    CHECK(string_at(read.at("body").at("storage"), "value") == text);
    CHECK(find(read, "version") == nullptr);
    const auto found = caller.json("GET", "content?title=new%20page&spaceKey=TST&expand=history");
    CHECK(found.at("size") == 1);
    CHECK(string_at(found.at("results").at(0), "id") == id);
    CHECK(find_path(found.at("results").at(0), {"history", "createdBy", "displayName"}) != nullptr);
    const auto blogs = caller.json(
        "GET",
        "content?type=blogpost&start=0&limit=10&expand=space,history,body.view,metadata.labels"
    );
    CHECK(blogs.at("results").as_array().empty());

    const std::string update =
        R"({"id":")" + id +
        R"(","type":"page","title":"new page","space":{"key":"TST"},"body":{"storage":{"value":)"
        R"("<p>This is the updated text for the new page</p>","representation":"storage"}},)"
        R"("version":{"number":2}})";
    const auto updated = caller.json("PUT", "content/" + id, update);
    CHECK(updated.at("version").at("number") == 2);
    CHECK(string_at(*find_path(updated, {"body", "storage"}), "value").contains("updated text"));
    const auto stale = caller.send("PUT", "content/" + id, update);
    CHECK(stale.status == 409);
    CHECK(stale.body.contains("Version must be incremented on update. Current version is: 2"));

    const auto view = caller.json(
        "POST",
        "contentbody/convert/view",
        R"({"value":"<ac:structured-macro ac:name=\"cheese\" />","representation":"storage"})"
    );
    CHECK(string_at(view, "representation") == "view");
    const auto storage = caller.json(
        "POST", "contentbody/convert/storage", R"({"value":"{cheese}","representation":"wiki"})"
    );
    CHECK(string_at(storage, "value") == R"(<ac:structured-macro ac:name="cheese" />)");

    const auto comment = caller.json(
        "POST",
        "content",
        R"({"type":"comment","container":{"id":")" + id +
            R"(","type":"page"},"body":{"storage":{"value":"<p>A new comment</p>",)"
            R"("representation":"storage"}}})"
    );
    CHECK(string_at(comment, "type") == "comment");
    CHECK(string_at(caller.json("GET", "space/TST"), "name") == "Test Space");

    CHECK(caller.send("DELETE", "content/" + id, "").status == 204);
    CHECK(caller.send("GET", "content/" + id, "").status == 404);
    CHECK(string_at(caller.json("GET", "content/" + id + "?status=any"), "status") == "trashed");
}

TEST_CASE("The documented upload of an attachment works, with its header only", "[fake]") {
    Caller caller;
    const std::string path = "content/" + caller.fake.weekly_report_page() + "/child/attachment";
    const std::string form =
        "--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"myfile.txt\"\r\n"
        "Content-Type: text/plain\r\n\r\nseven b\r\n"
        "--cut\r\nContent-Disposition: form-data; name=\"comment\"\r\n\r\n"
        "this is my file\r\n--cut--\r\n";
    const std::vector<std::string> type{"Content-Type: multipart/form-data; boundary=cut"};
    CHECK(caller.send("POST", path, form, type).status == 403);
    const std::vector<std::string> headers{type[0], "X-Atlassian-Token: no-check"};
    const auto sent = caller.send("POST", path, form, headers);
    INFO(sent.body);
    REQUIRE(sent.status == 200);
    const auto attachment = parse_json(sent.body, "an answer")->at("results").at(0);
    CHECK(string_at(attachment, "title") == "myfile.txt");
    CHECK(string_at(attachment.at("metadata"), "comment") == "this is my file");
    CHECK(attachment.at("extensions").at("fileSize") == 7);
    const auto again = caller.send("POST", path, form, headers);
    CHECK(again.status == 400);
    CHECK(again.body.contains("same file name as an existing attachment: myfile.txt"));
}

TEST_CASE("What the documented API refuses is refused in its words", "[fake]") {
    Caller caller;
    const auto says = [&](const std::string& body, const std::string& words) {
        const auto answer = caller.send("POST", "content", body);
        INFO(answer.body);
        CHECK(answer.body.contains(words));
        return answer.status;
    };
    CHECK(says(kNewPage, "NotFoundException: No space with the given key exists") == 404);
    CHECK(says(R"({"title":"x"})", "BadRequestException: No space or no content type") == 400);
    const std::string broken = R"({"type":"page","title":"b","space":{"key":"DOC"},"body":)"
                               R"({"storage":{"value":"<p>x","representation":"storage"}}})";
    CHECK(says(broken, "Error parsing xhtml") == 400);
    const auto versionless = caller.send(
        "PUT", "content/" + caller.fake.weekly_report_page(), R"({"type":"page","title":"x"})"
    );
    CHECK(versionless.status == 400);
    CHECK(versionless.body.contains("Must supply an incremented version"));
}
