#include "common/base/trace_context.h"

#include "tests/support/catch.h"

using namespace pagepress;

namespace {

const std::string kId = "ab54a98ceb1f0ad2c0ffee0000000001";

std::string continued(std::string_view presented) {
    std::string out = "what was there before, which is longer than what comes instead of it now";
    continue_trace(out, presented, kId);
    return out;
}

const std::string kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string kNew = "00-" + kId + "-ab54a98ceb1f0ad2-00";

}  // namespace

TEST_CASE("A trace is continued with a parent of our own and the caller's sampling", "[trace]") {
    CHECK(
        continued("00-" + kTrace + "-00f067aa0ba902b7-01") ==
        "00-" + kTrace + "-ab54a98ceb1f0ad2-01"
    );
    CHECK(continued("00-" + kTrace + "-00f067aa0ba902b7-fe").ends_with("-00"));
    CHECK(continued("cc-" + kTrace + "-00f067aa0ba902b7-01-more").starts_with("00-" + kTrace));
}

TEST_CASE("What is no valid traceparent begins a new trace", "[trace]") {
    for (const std::string& bad : std::vector<std::string>{
             "",
             "00-" + kTrace + "-00f067aa0ba902b7",
             "00-" + kTrace + "-00f067aa0ba902b7-01-more",
             "cc-" + kTrace + "-00f067aa0ba902b7-01more",
             "ff-" + kTrace + "-00f067aa0ba902b7-01",
             "00-" + std::string(32, '0') + "-00f067aa0ba902b7-01",
             "00-" + kTrace + "-0000000000000000-01",
             "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
             "00-" + kTrace + "_00f067aa0ba902b7-01",
             "00-" + kTrace + "-00f067aa0ba902bz-01",
         }) {
        INFO(bad);
        CHECK(continued(bad) == kNew);
        CHECK(trace_id_of(bad).empty());
    }
}

TEST_CASE("The trace id can be read back", "[trace]") {
    CHECK(trace_id_of(kNew) == kId);
    CHECK(trace_id_of(continued("00-" + kTrace + "-00f067aa0ba902b7-01")) == kTrace);
}
