// Jobs that wait on the delayed topics, through real binaries and a real Kafka, with tiers of
// seconds: they come back, once or twice, and end as they should.
#include <algorithm>
#include <map>
#include <set>

#include "common/job/job.h"
#include "common/json/json_value.h"
#include "common/kafka/producer.h"
#include "tests/integration/stack.h"
#include "tests/support/catch.h"
#include "tests/support/eventually.h"
#include "tests/support/kafka_reader.h"
#include "worker/press/stamp.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

constexpr std::chrono::minutes kPatience{2};

using Options = std::map<std::string, std::string>;

/// Tiers of 0.3 s, 1 s and 4 s.
Options short_tiers(const Options& more = {}) {
    Options options{
        {"--park-max-ms", "200"},
        {"--delayed-1m-ms", "300"},
        {"--delayed-10m-ms", "1000"},
        {"--delayed-1h-ms", "4000"},
    };
    for (const auto& [name, value] : more) options[name] = value;
    return options;
}

std::string header_of(const Record& record, std::string_view name) {
    const auto found = std::ranges::find(record.headers, name, &RecordHeader::name);
    return found == record.headers.end() ? std::string() : found->value;
}

class Delayed {
public:
    explicit Delayed(int workers, const Options& more = {}) : stack(workers, short_tiers(more)) {}

    /// Edits and triggers the issues 1 … `count`.
    void trigger(int count) {
        for (int i = 1; i <= count; ++i) {
            const std::string issue = "DEMO-" + std::to_string(i);
            summaries[issue] = "state " + std::to_string(i);
            stack.site.edit_issue(issue, R"({"summary":")" + summaries[issue] + R"("})");
            const auto answer = stack.trigger_rule("page", issue);
            REQUIRE(answer.status == 202);
            jobs.push_back(job_id_of(answer));
        }
    }

    /// Every read of an issue is answered so.
    void refuse_issues(const std::string& fault) {
        stack.site.add_fault(
            R"({"method":"GET","path":"/rest/api/3/issue","count":-1,)" + fault + "}"
        );
    }

    /// The site is well again, and the dead letters are sent again: the first job gets done.
    void mend_and_redrive() {
        stack.site.clear_faults();
        const auto sent =
            stack.admin("POST", "/admin/v1/dead-letters/redrive", R"({"filter":{"rule":"page"}})");
        CHECK(sent.status == 200);
        CHECK(stack.unfinished(jobs).empty());
        CHECK(string_at(stack.job(jobs[0]), "status") == "done");
    }

    std::vector<Record> on_topic(const std::string& name) {
        std::vector<Record> records;
        for (auto& read : read_topic_to_end(stack.kafka.bootstrap(), "pagepress." + name)) {
            records.push_back(std::move(read.record));
        }
        return records;
    }

    /// Records on the jobs topic that came back from a delayed one.
    std::vector<Record> returned() {
        std::vector<Record> records = on_topic("jobs");
        std::erase_if(records, [](const Record& record) {
            return header_of(record, "due_at").empty();
        });
        return records;
    }

    std::set<std::string> jobs_on_delayed_topics() {
        std::set<std::string> ids;
        for (const std::string_view name : kDelayedTopics) {
            for (const Record& record : on_topic(std::string(name))) {
                ids.insert(decode_job(record.value).value().id);
            }
        }
        return ids;
    }

    bool has_metric(std::size_t worker, const std::string& line) {
        return stack.ask_worker(worker, "/metrics").contains("\n" + line + "\n");
    }

    Stack stack;
    std::vector<std::string> jobs;
    std::map<std::string, std::string> summaries;
};

void produce(Stack& stack, const std::vector<Record>& records) {
    auto producer = Producer::create(
        {.brokers = stack.kafka.bootstrap(), .topic_prefix = {}}, {}, [](const Delivery&) {}
    );
    REQUIRE(producer);
    std::uint64_t ticket = 0;
    for (const Record& record : records) REQUIRE((*producer)->append(record, ++ticket));
    REQUIRE((*producer)->flush(std::chrono::seconds(30)) == 0);
}

}  // namespace

TEST_CASE("A site that asks for time holds no offsets: its jobs wait on Kafka", "[delay][W31]") {
    Delayed delayed(2);
    delayed.refuse_issues(R"("kind":"rate_limit","retry_after":8)");
    delayed.trigger(20);
    // All of them have left the workers' memory, and none is at its end.
    const auto has_left = [&] {
        return delayed.jobs_on_delayed_topics() ==
                   std::set(begin(delayed.jobs), end(delayed.jobs)) &&
               delayed.has_metric(0, "pagepress_records_in_flight 0") &&
               delayed.has_metric(1, "pagepress_records_in_flight 0");
    };
    CHECK(eventually(kPatience, has_left));
    for (const std::string& id : delayed.jobs) {
        CHECK(string_at(delayed.stack.job(id), "status") == "running");
    }
    delayed.stack.site.clear_faults();
    CHECK(delayed.stack.unfinished(delayed.jobs).empty());
    CHECK(violations(delayed.stack.site, delayed.summaries) == std::vector<std::string>{});
    for (const Record& record : delayed.returned()) {
        const std::string code = header_of(record, "code");
        CHECK((code == "rate_limited" || code == "not_yet"));
        CHECK(header_of(record, "attempts") == "0");  // the site's fault, not the jobs'
    }
    for (const std::string& id : delayed.jobs) {
        CHECK(string_at(delayed.stack.job(id), "status") == "done");
    }
}

TEST_CASE("A worker killed while copies go back presses no job twice", "[delay][W20]") {
    Delayed delayed(2);
    delayed.refuse_issues(R"("kind":"rate_limit","retry_after":3)");
    delayed.trigger(40);
    REQUIRE(eventually(kPatience, [&] { return delayed.on_topic("delayed.10m").size() >= 40; }));
    delayed.stack.site.clear_faults();
    // Between their acknowledgement and the commit of the offsets, up to half a second later.
    const auto before = delayed.returned().size();
    REQUIRE(eventually(kPatience, [&] { return delayed.returned().size() > before; }));
    delayed.stack.kill_worker(0);
    CHECK(delayed.stack.unfinished(delayed.jobs).empty());
    delayed.stack.restart_worker(0);
    CHECK(violations(delayed.stack.site, delayed.summaries) == std::vector<std::string>{});
    CHECK(delayed.on_topic("dead").empty());
}

TEST_CASE(
    "A copy that exists twice makes one version, though Redis knows nothing", "[delay][W20]"
) {
    Delayed delayed(1);
    delayed.refuse_issues(R"("kind":"rate_limit","retry_after":2)");
    delayed.trigger(10);
    REQUIRE(eventually(kPatience, [&] { return delayed.on_topic("delayed.10m").size() >= 10; }));
    delayed.stack.site.clear_faults();
    CHECK(delayed.stack.unfinished(delayed.jobs).empty());
    const auto versions = delayed.stack.site.versions().size();

    // What a worker leaves that dies before it has stored its offsets: the same copies once more.
    std::vector<Record> copies = delayed.on_topic("delayed.10m");
    for (Record& copy : copies) copy.topic = "pagepress.delayed.1m";
    const auto before = delayed.returned().size();
    delayed.stack.redis.flush_all();
    produce(delayed.stack, copies);
    const auto are_recognised = [&] {
        return delayed.returned().size() >= before + copies.size() &&
               delayed.has_metric(0, "pagepress_records_in_flight 0") &&
               delayed.stack.unfinished(delayed.jobs).empty();
    };
    CHECK(eventually(kPatience, are_recognised));
    CHECK(delayed.stack.site.versions().size() == versions);
    CHECK(violations(delayed.stack.site, delayed.summaries) == std::vector<std::string>{});
}

TEST_CASE("Attempts outlast Redis: a job that always fails is given up", "[delay][W32]") {
    Delayed delayed(
        1, {{"--attempts-max", "4"}, {"--backoff-base-ms", "400"}, {"--backoff-cap-ms", "900"}}
    );
    delayed.refuse_issues(R"("kind":"status","status":503)");
    delayed.trigger(1);
    const auto is_dead = [&] {
        delayed.stack.redis.flush_all();
        return !delayed.on_topic("dead").empty();
    };
    REQUIRE(eventually(kPatience, is_dead));
    const std::vector<Record> letters = delayed.on_topic("dead");
    REQUIRE(letters.size() == 1);
    CHECK(header_of(letters[0], "attempts") == "4");
    CHECK(header_of(letters[0], "code") == "unavailable");
    CHECK_FALSE(header_of(letters[0], "reason").empty());
    const auto first = std::stoll(header_of(letters[0], "first_failed_at"));
    const auto last = std::stoll(header_of(letters[0], "failed_at"));
    CHECK(last - first >= 3 * 400);  // three waits lay between
    CHECK(decode_job(letters[0].value)->id == delayed.jobs[0]);
    CHECK(delayed.returned().size() == 3);

    delayed.mend_and_redrive();
}

TEST_CASE("A job that is delayed for too long is given up, and can be sent again", "[delay]") {
    Delayed delayed(1, {{"--job-age-max-ms", "3000"}});
    delayed.refuse_issues(R"("kind":"rate_limit","retry_after":1)");
    delayed.trigger(1);
    REQUIRE(delayed.stack.unfinished(delayed.jobs).empty());
    const auto job = delayed.stack.job(delayed.jobs[0]);
    CHECK(string_at(job, "status") == "dead");
    CHECK(string_at(job, "reason").starts_with("not done within 3 s: "));
    delayed.mend_and_redrive();
}

TEST_CASE("A batch that is spread over hours waits on Kafka", "[delay]") {
    Delayed delayed(1, {{"--delayed-1h-ms", "3600000"}});
    const auto begun = delayed.stack.call({
        .method = "POST",
        .url = "/v1/batches",
        .headers = {"jira-snapshots-api-key: " + delayed.stack.key("site")},
        .body = R"({"rule":"page","spread":"10h","issues":["DEMO-1","DEMO-2","DEMO-3","DEMO-4"]})",
    });
    REQUIRE(begun.status == 202);
    const auto waits = [&] {
        return delayed.on_topic("delayed.1h").size() == 3 &&
               delayed.has_metric(0, "pagepress_records_in_flight 0");
    };
    CHECK(eventually(kPatience, waits));
    CHECK(delayed.returned().empty());
}

TEST_CASE("A job that kills its worker is given up though Redis is away", "[delay][W22]") {
    const TempDir folder;
    Delayed delayed(
        1,
        {{"--attempts-max", "2"},
         {"--state-dir", folder.path("state")},
         {"--http-timeout-ms", "5000"}}
    );
    delayed.stack.redis.stop();
    delayed.stack.site.add_fault(
        R"({"kind":"delay","method":"GET","path":"/rest/api/3/issue","count":-1,"delay_ms":4000})"
    );
    const auto count_reads = [&] {
        std::int64_t reads = 0;
        const auto calls = delayed.stack.site.control("GET", "calls?log=1");
        for (const auto& call : find(calls, "log")->as_array()) {
            if (string_at(call, "target").contains("/rest/api/3/issue/")) ++reads;
        }
        return reads;
    };
    delayed.trigger(1);
    for (int deaths = 1; deaths <= 2; ++deaths) {
        REQUIRE(eventually(kPatience, [&] { return count_reads() >= deaths; }));
        delayed.stack.kill_worker(0);
        delayed.stack.restart_worker(0);
    }
    REQUIRE(eventually(kPatience, [&] { return !delayed.on_topic("dead").empty(); }));
    const Record letter = delayed.on_topic("dead").front();
    CHECK(header_of(letter, "attempts") == "2");
    CHECK(header_of(letter, "reason").contains("none came to an end"));
    CHECK(count_reads() == 2);
}
