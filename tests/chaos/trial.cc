#include "tests/chaos/trial.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/job/job.h"
#include "common/json/json_value.h"
#include "tests/chaos/page_version.h"
#include "tests/support/consumer_group.h"
#include "tests/support/eventually.h"
#include "tests/support/kafka_reader.h"

namespace pagepress::chaos {
namespace {

using namespace std::chrono_literals;

End end_from(const std::string& word) {
    static const std::map<std::string, End> kEnds{
        {"unknown", End::kUnknown},
        {"queued", End::kOpen},
        {"running", End::kOpen},
        {"done", End::kDone},
        {"coalesced", End::kCoalesced},
        {"skipped", End::kSkipped},
        {"dead", End::kDead},
    };
    const auto found = kEnds.find(word);
    return found == kEnds.end() ? End::kOpen : found->second;
}

/// Records of jobs that no worker has committed: new ones, and copies that wait for their time.
/// -1: the brokers do not tell.
std::int64_t backlog_of_jobs(const std::string& brokers) {
    const std::string group(kWorkerGroup);
    const std::pair<std::string, std::string> kTopics[] = {
        {std::string(kJobsTopicName), group},
        {"pagepress.delayed.1m", group + "-delayed"},
        {"pagepress.delayed.10m", group + "-delayed"},
        {"pagepress.delayed.1h", group + "-delayed"},
    };
    std::int64_t backlog = 0;
    for (const auto& [topic, consumers] : kTopics) {
        const auto open = test::backlog_of(brokers, consumers, topic);
        if (!open) return -1;
        backlog += *open;
    }
    return backlog;
}

bool is_known(const JobEnd& end) {
    return end.end != End::kUnknown && end.end != End::kOpen;
}

}  // namespace

void Trial::tend() {
    std::ranges::move(fleet.tend(), std::back_inserter(deaths_));
    read_versions();
}

void Trial::read_versions() {
    for (;;) {
        const auto news = fleet.site.versions_after(last_entry_);
        if (news.empty()) return;
        last_entry_ = news.back().entry;
        for (const auto& published : news) versions_.push_back(page_version_from(published));
    }
}

std::optional<JobEnd> Trial::read_end(const std::string& job_id) {
    const auto answer = fleet.admin("GET", "/admin/v1/jobs/" + job_id);
    const auto status = parse_json(answer.body, "job");
    if (answer.status != 200 || !status) return std::nullopt;
    return JobEnd{
        .end = end_from(string_at(*status, "status")),
        .page = string_at(*status, "pageId"),
        .version = integer_at(*status, "pageVersion").value_or(0),
        .reason = string_at(*status, "reason"),
    };
}

bool Trial::note_ends(std::chrono::milliseconds patience) {
    const SystemClock clock;
    const SteadyTime until = clock.steady_now() + patience;
    for (const AcceptedCall& call : ledger.accepted()) {
        JobEnd& end = ends_.try_emplace(call.job_id, JobEnd{.end = End::kOpen}).first->second;
        if (is_known(end)) continue;
        const auto now = read_end(call.job_id);
        if (!now) return false;
        end = *now;
        if (clock.steady_now() > until) return false;
    }
    return true;
}

void Trial::drain(std::chrono::milliseconds patience) {
    (void)test::eventually(patience, [this] {
        tend();
        return fleet.is_whole();
    });
    (void)test::eventually(patience, [this] {
        tend();
        backlog_ = backlog_of_jobs(fleet.kafka.bootstrap());
        if (backlog_ != 0 || !note_ends(1min)) return false;
        return std::ranges::none_of(ends_, [](const auto& entry) {
            return entry.second.end == End::kOpen;
        });
    });
    tend();
}

std::set<std::string> Trial::job_ids_on(std::string_view topic) {
    std::set<std::string> ids;
    for (const auto& read :
         test::read_topic_to_end(fleet.kafka.bootstrap(), std::string(topic), 2min)) {
        if (const auto job = decode_summary(read.record.value)) ids.insert(job->id);
    }
    return ids;
}

Evidence Trial::collect() {
    (void)note_ends(1min);
    tend();
    return {
        .calls = ledger.accepted(),
        .versions = versions_,
        .ends = ends_,
        .records = job_ids_on(kJobsTopicName),
        .letters = job_ids_on(kDeadTopicName),
        .shared_pages = {fleet.doors.report_page},
        .redis_lost_at = fleet.redis_lost_at(),
        .backlog = backlog_,
        .deaths = deaths_,
        .missing = fleet.missing(),
    };
}

}  // namespace pagepress::chaos
