// The protocol of the chaos tier: all that a verdict rests on must be in it.
#include "tests/chaos/protocol.h"

#include "tests/support/catch.h"

using namespace pagepress;
using namespace pagepress::chaos;

namespace {

/// Every field has a value of its own.
Evidence full_evidence() {
    return {
        .calls = {{.job_id = "a", .page_key = "acme/page/7", .needs = {{"DEMO-1", 2}}, .at = 11}},
        .versions =
            {{.page = "7",
              .number = 3,
              .page_key = "acme/page/7",
              .job_id = "a",
              .is_own = true,
              .is_restore = true,
              .shows = {{"DEMO-1", 2}},
              .notes = {"note-1", "note-\"2\""},
              .at = 12},
             {.page = "8", .number = 1}},
        .ends =
            {{"a", {.end = End::kCoalesced, .page = "7", .version = 3, .reason = "why\nso"}},
             {"b", {.end = End::kDead}},
             {"c", {.end = End::kOpen}}},
        .records = {"a", "b"},
        .letters = {"b"},
        .shared_pages = {"7"},
        .redis_lost_at = 10,
        .backlog = -1,
        .deaths = {"worker 1 ended with 134 by itself"},
        .missing = {"worker 2 does not listen"},
    };
}

}  // namespace

TEST_CASE("What is read back from a protocol is what it was written of") {
    const Evidence evidence = full_evidence();
    const Verdict verdict = judge(evidence);
    REQUIRE_FALSE(verdict.is_clean());
    const auto read = evidence_from(protocol(evidence, verdict));
    REQUIRE(read);
    CHECK(*read == evidence);
    CHECK(*evidence_from(protocol({}, {})) == Evidence{});
}

TEST_CASE("A line that is none of a protocol is named") {
    const std::string good = protocol(full_evidence(), {});
    const auto foreign = evidence_from(good + "{\"x\":1}\n");
    REQUIRE_FALSE(foreign);
    CHECK(foreign.error().message.contains("none of a protocol"));
    const auto broken = evidence_from("{\"record\":\"a\"}\n{");
    REQUIRE_FALSE(broken);
    CHECK(broken.error().message.contains("line 2"));
}
