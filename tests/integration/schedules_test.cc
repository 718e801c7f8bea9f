// Schedules on real Kafka and Redis, fired by real workers.
#include <map>
#include <set>

#include "common/base/iso_time.h"
#include "common/job/job.h"
#include "common/redis/redis_connection.h"
#include "tests/integration/stack.h"
#include "tests/support/catch.h"
#include "tests/support/eventually.h"
#include "tests/support/kafka_reader.h"
#include "worker/firing/redis_fire_log.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

using namespace std::chrono_literals;

/// More than one nominal time away, and the time after which a killed worker is missed.
constexpr std::chrono::minutes kPatience{3};
constexpr UnixMillis kInterval = 5'000;

bool has_fired(const Stack& stack, std::size_t worker) {
    return stack.worker_log(worker).find("schedule fired") != std::string::npos;
}

/// Batches on the jobs topic, the first of each nominal time.
std::map<UnixMillis, std::set<std::string>> batch_ids_by_time(const Stack& stack) {
    std::map<UnixMillis, std::set<std::string>> ids;
    for (const ReadRecord& read : read_topic_to_end(stack.kafka.bootstrap(), "pagepress.jobs")) {
        const Job job = decode_job(read.record.value).value();
        if (job.kind == JobKind::kBatch) ids[job.accepted_at].insert(job.id);
    }
    return ids;
}

}  // namespace

TEST_CASE(
    "Each time of a schedule is one job, also when its worker is killed", "[schedules][W24]"
) {
    Stack stack(2);
    const UnixMillis written_at = SystemClock().unix_now();
    const std::string document =
        R"({"site":"acme","every":"5s","refresh":{"rule":"sheet","issues":["DEMO-1"]}})";
    const auto written = stack.admin("PUT", "/admin/v1/schedules/often", document);
    INFO(written.body);
    REQUIRE(written.status == 201);
    REQUIRE(eventually(kPatience, [&] { return has_fired(stack, 0) || has_fired(stack, 1); }));
    const std::size_t owner = has_fired(stack, 0) ? 0 : 1;
    CHECK_FALSE(has_fired(stack, 1 - owner));
    stack.kill_worker(owner);
    // Who applies the same document again drops no time.
    const auto again = stack.admin("PUT", "/admin/v1/schedules/often", document);
    CHECK(again.status == 200);
    CHECK(again.body == written.body);
    INFO(stack.worker_log(1 - owner));
    REQUIRE(eventually(kPatience, [&] { return has_fired(stack, 1 - owner); }));
    // The first of these may be a time that the killed worker fired and had no time to note.
    REQUIRE(eventually(kPatience, [&] { return batch_ids_by_time(stack).size() >= 2; }));

    const auto ids = batch_ids_by_time(stack);
    CHECK(ids.begin()->first > written_at);
    UnixMillis expected = ids.begin()->first;
    std::vector<std::string> jobs;
    for (const auto& [time, of_time] : ids) {
        CHECK(time == expected);  // none left out
        CHECK(of_time.size() == 1);
        jobs.push_back(*of_time.begin());
        expected += kInterval;
    }
    CHECK(stack.unfinished(jobs).empty());
    const auto shows_issue = [&] {
        for (const PublishedVersion& version : stack.site.versions()) {
            if (version.title == "Sheet of DEMO-1") return true;
        }
        return false;
    };
    CHECK(eventually(kPatience, shows_issue));
    CHECK(violations(stack.site, {}).empty());
}

TEST_CASE("What was fired last is in Redis, as a whole or not at all", "[schedules]") {
    const RedisServer server({"--maxmemory-policy", "noeviction"});
    RedisConnection redis({.address = server.address(), .username = {}, .password = {}});
    worker::RedisFireLog log(redis);
    REQUIRE(log.load());
    CHECK(log.load()->empty());
    const worker::DecidedTimes times{{"daily", 1'767'225'600'000}, {"weekly.2", 0}};
    log.save(times);
    CHECK(log.load().value() == times);
    log.save({});
    CHECK(log.load()->empty());
    REQUIRE(redis.call({"SET", "pagepress:schedules", "a\nb x\nc -1\n\nd 5\ne 7x\n f\ng 9"}));
    CHECK(log.load().value() == worker::DecidedTimes{{"d", 5}, {"g", 9}});
    server.flush_all();
    CHECK(log.load()->empty());
}
