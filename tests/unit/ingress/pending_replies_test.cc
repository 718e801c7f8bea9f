#include "ingress/triggers/pending_replies.h"

#include <algorithm>
#include <string>

#include "ingress/triggers/accepted_reply.h"
#include "tests/support/catch.h"

using namespace pagepress;
using namespace pagepress::ingress;
using std::chrono::milliseconds;

namespace {

const SteadyTime kStart{};

}  // namespace

TEST_CASE("Replies are taken once, in any order, by their ticket", "[ingress]") {
    PendingReplies<std::string> pending({});
    const std::uint64_t announced = pending.next_ticket();
    const std::uint64_t a = pending.add("a", 1, kStart);
    CHECK(a == announced);
    const std::uint64_t b = pending.add("b", 2, kStart + milliseconds(5));
    const std::uint64_t c = pending.add("c", 4, kStart + milliseconds(7));
    CHECK(pending.bytes() == 7);
    CHECK(pending.take(b, kStart)->reply == "b");
    CHECK_FALSE(pending.take(b, kStart).has_value());
    CHECK(pending.count() == 2);
    CHECK(pending.oldest_age(kStart + milliseconds(10)) == milliseconds(10));
    const auto taken = pending.take(a, kStart);
    CHECK(taken->added_at == kStart);
    CHECK(pending.oldest_age(kStart + milliseconds(10)) == milliseconds(3));
    CHECK_FALSE(pending.take(a, kStart).has_value());
    CHECK(pending.take(c, kStart)->reply == "c");
    CHECK(pending.count() == 0);
    CHECK(pending.bytes() == 0);
    CHECK(pending.oldest_age(kStart + milliseconds(10)) == milliseconds(0));
    CHECK_FALSE(pending.take(c, kStart).has_value());
    CHECK_FALSE(pending.take(c + 1, kStart).has_value());
    CHECK_FALSE(pending.take(0, kStart).has_value());
    CHECK(pending.add("d", 1, kStart) == c + 1);
}

TEST_CASE("Pending replies are bounded by count, bytes and the age of the oldest", "[ingress]") {
    PendingReplies<int> pending({.count_max = 2, .bytes_max = 100, .age_max = milliseconds(50)});
    CHECK(pending.has_room(100, kStart));
    CHECK_FALSE(pending.has_room(101, kStart));
    const std::uint64_t first = pending.add(1, 60, kStart);
    CHECK(pending.has_room(40, kStart));
    CHECK_FALSE(pending.has_room(41, kStart));
    CHECK(pending.has_room(1, kStart + milliseconds(50)));
    CHECK_FALSE(pending.has_room(1, kStart + milliseconds(51)));
    pending.add(2, 1, kStart + milliseconds(51));
    CHECK_FALSE(pending.has_room(1, kStart));
    pending.take(first, kStart);
    CHECK(pending.has_room(1, kStart + milliseconds(90)));
}

TEST_CASE("What may wait is what Kafka does in the longest wait, however much comes", "[ingress]") {
    PendingReplies<int> pending({.age_max = milliseconds(2'000)});
    std::uint64_t oldest = pending.next_ticket();
    std::size_t most = 0;
    milliseconds longest{0};
    int refused = 0;
    // Kafka does one in a millisecond; five come.
    for (SteadyTime now = kStart; now < kStart + std::chrono::seconds(60); now += milliseconds(1)) {
        for (int i = 0; i < 5; ++i) {
            if (pending.has_room(1, now)) {
                pending.add(1, 1, now);
            } else {
                ++refused;
            }
        }
        most = std::max(most, pending.count());
        longest = std::max(longest, pending.oldest_age(now));
        REQUIRE(pending.take(oldest++, now).has_value());  // Kafka always has something to do
    }
    CHECK(most > 1'800);
    CHECK(most < 2'200);
    CHECK(longest < milliseconds(2'200));
    CHECK(refused > 200'000);
}

TEST_CASE(
    "While Kafka does nothing, what may wait is what comes in the longest wait", "[ingress]"
) {
    PendingReplies<int> pending({.age_max = milliseconds(2'000)});
    SteadyTime now = kStart;
    for (int i = 0; i < 1'000; ++i, now += milliseconds(1)) {  // done 3 ms after they came
        pending.add(1, 1, now);
        if (i >= 3) pending.take(static_cast<std::uint64_t>(i - 2), now);
    }
    std::size_t taken = 0;
    for (; pending.has_room(1, now); now += milliseconds(1), ++taken) pending.add(1, 1, now);
    CHECK(taken > 1'900);
    CHECK(taken < 2'100);
}

TEST_CASE("The 202 names the job three times", "[ingress]") {
    const std::string id = "0123456789abcdef0123456789abcdef";
    CHECK(
        AcceptedReply("https://hooks.example").with_job(id) ==
        "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 140\r\n"
        "Location: https://hooks.example/v1/jobs/" +
            id +
            "\r\n\r\n"
            "{\"jobId\":\"" +
            id +
            "\",\"status\":\"queued\",\"statusUrl\":"
            "\"https://hooks.example/v1/jobs/" +
            id + "\"}\n"
    );
    CHECK(AcceptedReply("").with_job(id).find("Location: /v1/jobs/" + id) != std::string::npos);
}
