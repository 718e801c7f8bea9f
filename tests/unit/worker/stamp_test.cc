// Stamps in version messages and bodies, and the digest that says whether a version shows a write.
#include "worker/press/stamp.h"

#include "tests/support/catch.h"
#include "worker/render/storage_text.h"

using namespace pagepress;
using namespace pagepress::worker;

namespace {

const std::string kJobId(32, 'a');

}  // namespace

TEST_CASE("A stamp survives its version message", "[stamp]") {
    const Stamp stamp{.page_key = "acme/rule/release/10042", .job_id = kJobId};
    CHECK(to_version_message(stamp) == "pagepress page=acme/rule/release/10042 job=" + kJobId);
    CHECK(stamp_from_version_message(to_version_message(stamp)) == stamp);
}

TEST_CASE("A stamp tells what was sent, what is missing from it, and its redrive", "[stamp]") {
    const Stamp stamp{
        .page_key = "acme/page/7",
        .job_id = kJobId,
        .text = "0123456789abcdef",
        .failed = "weekly+2",
        .redrive = 3};
    const std::string message = to_version_message(stamp);
    CHECK(message.ends_with(" text=0123456789abcdef failed=weekly+2 redrive=3"));
    CHECK(stamp_from_version_message(message) == stamp);
    CHECK(stamp_from_version_message(message + " later=1") == stamp);
}

TEST_CASE("A person's message is no stamp", "[stamp]") {
    for (const std::string message :
         {"", "pagepress", "pagepress page=a", "pagepress page=a job=xyz", "fixed a typo"}) {
        CHECK_FALSE(stamp_from_version_message(message));
    }
}

TEST_CASE("The anchor of a created page is found among attributes Confluence adds", "[stamp]") {
    const Stamp stamp{.page_key = "acme/rule/r/1", .job_id = kJobId};
    CHECK(stamp_from_body("<p>x</p>" + to_anchor(stamp)) == stamp);
    const std::string rewritten =
        R"(<p>x</p><p local-id="1"><ac:structured-macro ac:name="anchor" ac:schema-version="1">)"
        R"(<ac:parameter ac:name="">pagepress:acme/rule/r/1:)" +
        kJobId + "</ac:parameter></ac:structured-macro></p>";
    CHECK(stamp_from_body(rewritten) == stamp);
}

TEST_CASE("Text of an issue cannot forge an anchor", "[stamp]") {
    CHECK_FALSE(stamp_from_body("<p>pagepress:acme/rule/r/1:" + kJobId + "</p>"));
}

TEST_CASE("The mark of a write is no stamp", "[stamp]") {
    CHECK_FALSE(stamp_from_body(to_write_mark(kJobId, 7)));
    CHECK(to_write_mark(kJobId, 7) != to_write_mark(kJobId, 8));
}

TEST_CASE("The text of a page is the same however Confluence writes it", "[stamp]") {
    const std::string sent = R"(<p>Caf&eacute; &quot;x&quot;</p><time datetime="2026-01-02"/>)";
    const std::string stored = R"(<p local-id="1">Café "x"</p> <time datetime="2026-01-02" />)";
    CHECK(text_digest("T ", sent) == text_digest("T", stored));
}

TEST_CASE("The text of a page covers title, text and attributes that show data", "[stamp]") {
    const std::string body = R"(<p>a <time datetime="2026-01-02"/><a href="x">b</a></p>)";
    const std::string digest = text_digest("T", body);
    CHECK(digest.size() == 16);
    CHECK(text_digest("U", body) != digest);
    CHECK(text_digest("T", R"(<p>c <time datetime="2026-01-02"/><a href="x">b</a></p>)") != digest);
    CHECK(text_digest("T", R"(<p>a <time datetime="2026-01-03"/><a href="x">b</a></p>)") != digest);
    CHECK(text_digest("T", R"(<p>a <time datetime="2026-01-02"/><a href="y">b</a></p>)") != digest);
    CHECK(
        text_digest("T", R"(<p><ac:link><ri:user ri:account-id="1"/></ac:link></p>)") !=
        text_digest("T", R"(<p><ac:link><ri:user ri:account-id="2"/></ac:link></p>)")
    );
    CHECK(text_digest("T", "<p>a</p>") != text_digest("T", "<h2>a</h2>"));
    CHECK(text_digest("T", "<h1>a</h1>") != text_digest("T", "<h2>a</h2>"));
    CHECK(
        text_digest("T", R"(<ac:image ac:alt="Open"/>)") !=
        text_digest("T", R"(<ac:image ac:alt="Done"/>)")
    );
    CHECK(text_digest("T", "<b>a</b>") == text_digest("T", "<strong>a</strong>"));
}

TEST_CASE("The parent that a rule names is in its stamps", "[stamp]") {
    Stamp stamp{.page_key = "acme/rule/a:b/10042", .job_id = std::string(32, 'a')};
    for (const char* const parent : {"", "98400"}) {
        stamp.parent = parent;
        CHECK(stamp_from_version_message(to_version_message(stamp)) == stamp);
        CHECK(stamp_from_body("<p>x</p>" + to_anchor(stamp)) == stamp);
    }
    CHECK(to_version_message(stamp).ends_with(" parent=98400"));
}
