// The topics that the admin API creates, as a real broker has them.
#include <random>

#include "common/json/json_value.h"
#include "tests/integration/stack.h"
#include "tests/support/catch.h"
#include "tests/support/topic_settings.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

/// Letters in which no compressor finds a repetition.
std::string random_letters(std::size_t size) {
    std::mt19937 generator(7);
    std::uniform_int_distribution<int> letter('a', 'z');
    std::string text(size, ' ');
    for (char& c : text) c = static_cast<char>(letter(generator));
    return text;
}

}  // namespace

TEST_CASE("Topics are created with what their use needs", "[topics][I4]") {
    Stack stack(0);
    using Settings = std::map<std::string, std::string>;
    const auto settings = [&](const std::string& topic) {
        return settings_of_topic(stack.kafka.bootstrap(), topic);
    };
    constexpr auto kDay = std::chrono::milliseconds(std::chrono::days(1)).count();
    CHECK(
        settings("pagepress.catalog") ==
        Settings{
            {"cleanup.policy", "compact"},
            {"delete.retention.ms", std::to_string(30 * kDay)},
            {"max.message.bytes", "5242880"},
            {"min.insync.replicas", "1"},
        }
    );
    const auto kept = [&](std::int64_t days) {
        return Settings{
            {"cleanup.policy", "delete"},
            {"min.insync.replicas", "1"},
            {"retention.bytes", "-1"},
            {"retention.ms", std::to_string(days * kDay)},
        };
    };
    CHECK(settings("pagepress.jobs") == kept(14));
    CHECK(settings("pagepress.delayed.1m") == kept(14));
    CHECK(settings("pagepress.delayed.10m") == kept(14));
    CHECK(settings("pagepress.delayed.1h") == kept(14));
    CHECK(settings("pagepress.dead") == kept(30));
    CHECK(settings("pagepress.audit") == kept(30));
}

TEST_CASE("A rule with a body of 1 MiB that does not compress is stored", "[topics]") {
    Stack stack(0);
    const std::string body = random_letters(1024 * 1024);
    const auto stored = stack.admin(
        "PUT",
        "/admin/v1/rules/large",
        R"({"site":"acme","page":{"space":"DOC","title":"Large","body":")" + body + R"("}})"
    );
    INFO(stored.body);
    REQUIRE(stored.status == 201);
    const auto read = stack.admin("GET", "/admin/v1/rules/large");
    REQUIRE(read.status == 200);
    CHECK(read.body.find(body) != std::string::npos);
}
