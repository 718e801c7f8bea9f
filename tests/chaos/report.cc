#include "tests/chaos/report.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "tests/chaos/protocol.h"

namespace pagepress::chaos {
namespace {

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
    for (const Violation violation : kViolations) {
        text += fmt::format("{:<10}{:>7}\n", name_of(violation), verdict.count(violation));
    }
    return text;
}

std::string findings_text(const Verdict& verdict) {
    std::string text;
    for (const Finding& finding : verdict.findings) {
        text += fmt::format("{}: {}\n", name_of(finding.violation), finding.sentence);
    }
    return text;
}

}  // namespace pagepress::chaos
