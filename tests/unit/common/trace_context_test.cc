#include "common/base/trace_context.h"

#include <algorithm>

#include "tests/support/catch.h"

using namespace pagepress;

namespace {

class SameBytes final : public Random {
public:
    explicit SameBytes(unsigned char byte) : byte_(byte) {}

    void fill(std::span<unsigned char> bytes) override {
        std::fill(bytes.begin(), bytes.end(), byte_);
    }

private:
    unsigned char byte_;
};

std::string continued(std::string_view presented, unsigned char byte = 0xAB) {
    SameBytes random(byte);
    std::string out = "what was there before, which is longer than what comes instead of it now";
    continue_trace(out, presented, random);
    return out;
}

const std::string kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string kNew = "00-abababababababababababababababab-abababababababab-00";

}  // namespace

TEST_CASE("A trace is continued with a parent of our own and the caller's sampling", "[trace]") {
    CHECK(
        continued("00-" + kTrace + "-00f067aa0ba902b7-01") ==
        "00-" + kTrace + "-abababababababab-01"
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

TEST_CASE("An id is never all zeros, and the trace id can be read back", "[trace]") {
    const std::string text = continued("", 0);
    CHECK(trace_id_of(text) == std::string(31, '0') + "1");
    CHECK(trace_id_of(kNew) == "abababababababababababababababab");
}
