// Pages that move, through the real binaries; and doctor's proof that a stale write is refused, on
// which all writes rest.
#include "common/json/json_value.h"
#include "tests/integration/stack.h"
#include "tests/support/catch.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

/// The rule `page` and its pages.
class Tree {
public:
    explicit Tree(Stack& stack) : stack_(stack) {}

    std::string add_parent(const std::string& title) {
        return string_at(
            stack_.site.control(
                "POST", "pages", R"({"space":"DOC","body":"<p/>","title":")" + title + R"("})"
            ),
            "id"
        );
    }

    void name_parent(const std::string& parent) {
        const auto answer = stack_.admin(
            "PUT",
            "/admin/v1/rules/page",
            R"({"site":"acme","page":{"space":"DOC","parent":")" + parent +
                R"(","title":"$#Key","body":"<p>$#{Summary}</p>"}})"
        );
        INFO(answer.body);
        REQUIRE(answer.status < 300);
    }

    /// The job's document at its end.
    boost::json::value press(const std::string& issue) {
        const auto answer = stack_.trigger_rule("page", issue);
        REQUIRE(answer.status == 202);
        REQUIRE(stack_.unfinished({job_id_of(answer)}).empty());
        return stack_.job(job_id_of(answer));
    }

    std::string parent_of(const std::string& page) {
        return string_at(stack_.site.control("GET", "pages/" + page), "parent");
    }

private:
    Stack& stack_;
};

}  // namespace

TEST_CASE("Pages go along with their rule, but for those that people have moved", "[moves]") {
    Stack stack(1, {{"--doctor-writes-to", "acme:DOC"}});
    Tree tree(stack);
    const std::string old_place = tree.add_parent("Old place");
    const std::string new_place = tree.add_parent("New place");
    const std::string elsewhere = tree.add_parent("Elsewhere");
    tree.name_parent(old_place);
    const std::string first = string_at(tree.press("DEMO-1"), "pageId");
    const std::string second = string_at(tree.press("DEMO-2"), "pageId");
    CHECK(tree.parent_of(first) == old_place);
    stack.site.control("POST", "pages/" + second + "/move", R"({"parent":")" + elsewhere + R"("})");

    tree.name_parent(new_place);
    CHECK(string_at(tree.press("DEMO-1"), "status") == "done");
    CHECK(string_at(tree.press("DEMO-2"), "status") == "done");
    CHECK(tree.parent_of(first) == new_place);
    CHECK(tree.parent_of(second) == elsewhere);
    CHECK(stack.site.versions(first).size() == 2);

    // A person takes the move back, and Redis does not know of it.
    stack.site.control("POST", "pages/" + first + "/move", R"({"parent":")" + old_place + R"("})");
    stack.redis.flush_all();
    stack.site.edit_issue("DEMO-1", R"({"summary":"changed"})");
    CHECK(string_at(tree.press("DEMO-1"), "status") == "done");
    CHECK(tree.parent_of(first) == old_place);
    CHECK(stack.site.versions(first).back().body.contains("changed"));

    stack.site.trash_page(new_place);
    const auto refused = tree.press("DEMO-3");
    CHECK(string_at(refused, "status") == "dead");
    CHECK(string_at(refused, "reason").contains("page " + new_place + ", the parent that rule page")
    );

    const std::string doctor = stack.ask_worker(0, "/doctor");
    INFO(doctor);
    CHECK(doctor.contains("site acme: stale write in space DOC"));
    CHECK(doctor.contains("a stale write was refused, as it must be"));
}
