#include "tests/chaos/report.h"

#include <algorithm>
#include <iterator>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace pagepress::chaos {
namespace {

namespace json = boost::json;

std::string_view name_of(End end) {
    switch (end) {
        case End::kOpen:
            return "open";
        case End::kDone:
            return "done";
        case End::kCoalesced:
            return "coalesced";
        case End::kSkipped:
            return "skipped";
        case End::kDead:
            return "dead";
        case End::kUnknown:
            break;
    }
    return "unknown";
}

json::object to_json(const Freshness& freshness) {
    json::object out;
    for (const auto& [issue, seq] : freshness) out[issue] = seq;
    return out;
}

json::object to_json(const AcceptedCall& call) {
    return {
        {"call", call.job_id},
        {"page_key", call.page_key},
        {"needs", to_json(call.needs)},
        {"at", call.at}};
}

json::object to_json(const PageVersion& version) {
    return {
        {"page", version.page},
        {"number", version.number},
        {"page_key", version.page_key},
        {"job", version.job_id},
        {"own", version.is_own},
        {"restore", version.is_restore},
        {"shows", to_json(version.shows)},
        {"notes", json::array(version.notes.begin(), version.notes.end())},
        {"at", version.at}};
}

void append_line(std::string& text, const json::object& line) {
    text += json::serialize(line) + "\n";
}

std::string jobs_line(const Evidence& evidence) {
    std::map<std::string_view, int> ends;
    for (const auto& [job, end] : evidence.ends) ++ends[name_of(end.end)];
    std::string line = fmt::format("jobs      {:>7}", evidence.ends.size());
    for (const auto& [name, count] : ends)
        fmt::format_to(std::back_inserter(line), "  {} {}", name, count);
    const auto is_promised = [&](const std::string& id) { return evidence.ends.contains(id); };
    const auto unpromised =
        evidence.records.size() -
        static_cast<std::size_t>(std::ranges::count_if(evidence.records, is_promised));
    return line + fmt::format("; on the topic without a 202: {}\n", unpromised);
}

std::string versions_line(const Evidence& evidence, const Verdict& verdict) {
    std::set<std::string> pages;
    int people = 0;
    int restores = 0;
    for (const PageVersion& version : evidence.versions) {
        pages.insert(version.page);
        people += version.is_own ? 0 : 1;
        restores += version.is_own && version.is_restore ? 1 : 0;
    }
    return fmt::format(
        "versions  {:>7}  of {} pages; people's {}, out of the trash {}, that show nothing new "
        "{}\n",
        evidence.versions.size(),
        pages.size(),
        people,
        restores,
        verdict.redundant
    );
}

}  // namespace

std::string faults_table(const PlanRun& run) {
    std::string text = fmt::format("{:<32} {:>5} {:>9}\n", "fault", "times", "seconds");
    int times = 0;
    for (const auto& [name, count] : run.counts()) {
        times += count.times;
        text += fmt::format(
            "{:<32} {:>5} {:>9.1f}\n",
            name,
            count.times,
            static_cast<double>(count.length.count()) / 1'000
        );
    }
    return text + fmt::format("{:<32} {:>5}\n", "all", times);
}

std::string outcome_table(
    const Evidence& evidence, const std::map<int, std::int64_t>& answers, const Verdict& verdict
) {
    std::int64_t calls = 0;
    std::string by_status;
    for (const auto& [status, count] : answers) {
        calls += count;
        by_status +=
            status == 0 ? fmt::format("  none {}", count) : fmt::format("  {} {}", status, count);
    }
    std::string text = fmt::format("calls     {:>7}{}\n", calls, by_status);
    text += jobs_line(evidence) + versions_line(evidence, verdict);
    for (const Violation violation :
         {Violation::kLost,
          Violation::kDuplicate,
          Violation::kStale,
          Violation::kUntrue,
          Violation::kUnfinished,
          Violation::kEditLost,
          Violation::kDeath}) {
        text += fmt::format("{:<10}{:>7}\n", name_of(violation), verdict.count(violation));
    }
    return text;
}

std::string protocol(const Evidence& evidence, const Verdict& verdict) {
    std::string text;
    for (const Finding& finding : verdict.findings) {
        append_line(text, {{"finding", name_of(finding.violation)}, {"what", finding.sentence}});
    }
    for (const AcceptedCall& call : evidence.calls) append_line(text, to_json(call));
    for (const PageVersion& version : evidence.versions) append_line(text, to_json(version));
    for (const auto& [job, end] : evidence.ends) {
        append_line(
            text,
            {{"end", job},
             {"is", name_of(end.end)},
             {"page", end.page},
             {"version", end.version},
             {"reason", end.reason}}
        );
    }
    for (const std::string& job : evidence.records)
        append_line(text, json::object{{"record", job}});
    for (const std::string& job : evidence.letters)
        append_line(text, json::object{{"letter", job}});
    return text;
}

}  // namespace pagepress::chaos
