// Schedules, a clock and Kafka under a test's control, and workers that fire.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/iso_time.h"
#include "tests/support/catch.h"
#include "tests/unit/worker/world.h"
#include "worker/firing/firing.h"

namespace pagepress::test {

using namespace std::chrono_literals;

using Lines = std::vector<std::string>;

/// What workers share: Redis.
class FakeFireLog final : public FireLog {
public:
    Result<DecidedTimes> load() override {
        if (is_down) return fail(ErrorCode::kUnavailable, "down");
        return times;
    }

    void save(const DecidedTimes& saved) override {
        if (!is_down) times = saved;
    }

    DecidedTimes times;
    bool is_down = false;
};

/// The catalog and clock of all workers, and the jobs that reached Kafka.
struct FiringWorld {
    explicit FiringWorld(std::string_view now) {
        set_now(now);
        put("site/acme", site(true));
        put("rule/release", R"({"site":"acme","page":{"space":"S","title":"t","body":"b"}})");
    }

    static std::string site(bool is_enabled) {
        return std::string(R"({"enabled":)") + (is_enabled ? "true" : "false") +
               R"(,"jira_url":"https://a.example","confluence_url":"https://a.example/wiki",)"
               R"("auth":"basic","secret_file":"/s"})";
    }

    /// A schedule that refreshes page 12 of `acme`; `members` begin with a comma.
    void schedule(const std::string& id, const std::string& when, const std::string& members = {}) {
        put("schedule/" + id, R"({"site":"acme","refresh":{"page":"12"},)" + when + members + "}");
    }

    void put(const std::string& key, std::string_view document) {
        catalog.apply(key, document, next_offset++, clock.now);
        catalog.confirm(clock.steady_now());
    }

    void set_now(std::string_view iso) { clock.now = parse_iso_time(iso).value(); }

    ManualClock clock;
    Catalog catalog;
    FakeFireLog log;
    FakeBatches batches;
    std::int64_t next_offset = 1;
    std::vector<Job> jobs;  ///< that Kafka has, in order
};

/// One worker's firing and its line to Kafka.
class FiringWorker final : public RecordSink {
public:
    explicit FiringWorker(FiringWorld& world) : world_(world) {}

    Result<void> append(const Record& record, std::uint64_t ticket) override {
        if (is_full) return fail(ErrorCode::kOverloaded, "full");
        sent.emplace_back(ticket, record);
        return {};
    }

    /// Lets Kafka answer what was sent.
    void answer(Persistence persistence = Persistence::kPersisted) {
        for (const auto& [ticket, record] : std::exchange(sent, {})) {
            if (persistence == Persistence::kPersisted) {
                CHECK(record.topic == "jobs");
                world_.jobs.push_back(decode_job(record.value).value());
                CHECK(record.key == route_key(world_.jobs.back()));
            }
            firing.on_delivery({.ticket = ticket, .persistence = persistence, .reason = "x"});
        }
    }

    /// Steps until nothing more is due now.
    void settle() {
        world_.catalog.confirm(world_.clock.steady_now());
        // A step that fires nothing may have decided something all the same.
        for (int i = 0, quiet = 0; i < 5'000 && quiet < 2; ++i) {
            firing.step();
            quiet = sent.empty() ? quiet + 1 : 0;
            answer();
        }
    }

    /// Time goes on until `iso`, in steps; returns the nominal times that were fired on the way.
    Lines run_until(std::string_view iso, Millis step = 30s) {
        const std::size_t before = world_.jobs.size();
        const UnixMillis end = parse_iso_time(iso).value();
        while (world_.clock.now < end) {
            world_.clock.now = std::min(world_.clock.now + step.count(), end);
            settle();
        }
        return fired_since(before);
    }

    [[nodiscard]] Lines fired_since(std::size_t first) const {
        Lines lines;
        for (std::size_t i = first; i < world_.jobs.size(); ++i) {
            lines.push_back(iso_time(world_.jobs[i].accepted_at));
        }
        return lines;
    }

    /// Value of a metric as /metrics has it.
    [[nodiscard]] std::string metric(const std::string& name) const {
        const std::string text = metrics.text();
        const std::size_t at = text.find("\n" + name + " ");
        if (at == std::string::npos) return "none";
        const std::size_t begin = at + name.size() + 2;
        return text.substr(begin, text.find('\n', begin) - begin);
    }

private:
    FiringWorld& world_;

public:
    bool is_full = false;
    std::vector<std::pair<std::uint64_t, Record>> sent;
    Metrics metrics;
    Firing firing{
        {.catalog = world_.catalog,
         .clock = world_.clock,
         .log = world_.log,
         .batches = world_.batches,
         .sink = *this,
         .metrics = metrics},
        "jobs"};
};

}  // namespace pagepress::test
