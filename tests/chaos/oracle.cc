#include "tests/chaos/oracle.h"

#include <algorithm>
#include <ranges>
#include <utility>

namespace pagepress::chaos {
namespace {

bool shows_content(const PageVersion& version) {
    return version.is_own && !version.is_restore;
}

std::string place_of(const PageVersion& version) {
    return "version " + std::to_string(version.number) + " of page " + version.page;
}

class Judge {
public:
    explicit Judge(const Evidence& evidence) : evidence_(evidence) {}

    Verdict run() {
        if (evidence_.calls.empty()) {
            add(Violation::kUnproven, "no call was answered with 202, so nothing is proven");
        }
        for (const std::string& death : evidence_.deaths) add(Violation::kDeath, death);
        for (const std::string& what : evidence_.missing) {
            add(Violation::kMissing, what + " though everything was mended");
        }
        check_backlog();
        read_versions();
        for (const auto& [job, calls] : calls_by_job()) check_job(job, *calls.front());
        for (const AcceptedCall& call : evidence_.calls) check_effect(call);
        check_pages();
        return std::move(verdict_);
    }

private:
    using Calls = std::vector<const AcceptedCall*>;

    void add(Violation violation, std::string sentence) {
        verdict_.findings.push_back({.violation = violation, .sentence = std::move(sentence)});
    }

    /// Two calls with one idempotency key are one job.
    [[nodiscard]] std::map<std::string, Calls> calls_by_job() const {
        std::map<std::string, Calls> calls;
        for (const AcceptedCall& call : evidence_.calls) calls[call.job_id].push_back(&call);
        return calls;
    }

    void check_backlog() {
        if (evidence_.backlog == 0) return;
        add(Violation::kUnfinished,
            evidence_.backlog < 0
                ? "the brokers do not tell which records of jobs are not committed"
                : std::to_string(evidence_.backlog) + " records of jobs are not committed");
    }

    void read_versions() {
        for (const PageVersion& version : evidence_.versions) {
            made_.emplace(version.page, version.number);
            check_order(version);
            check_notes(version);
            if (shows_content(version)) read_own(version);
            last_by_page_[version.page] = &version;
        }
        for (const auto& [job, versions] : versions_by_job_) {
            if (versions.size() < 2) continue;
            std::string sentence = "job " + job + " made";
            for (const PageVersion* version : versions) sentence += " " + place_of(*version) + ",";
            sentence.back() = '.';
            add(Violation::kDuplicate, sentence);
        }
    }

    void read_own(const PageVersion& version) {
        if (version.job_id.empty()) {
            add(Violation::kUntrue, place_of(version) + " is ours and carries no stamp");
            return;
        }
        if (!evidence_.records.contains(version.job_id)) {
            add(Violation::kUntrue,
                place_of(version) + " was made by job " + version.job_id + ", which nobody sent");
        }
        versions_by_job_[version.job_id].push_back(&version);
        latest_by_key_[version.page_key] = &version;
        pages_by_key_[version.page_key].insert(version.page);
    }

    /// Whatever is on a page was read after the version it replaced existed, so of every issue it
    /// shows no less. A person's version says nothing about when data was read.
    void check_order(const PageVersion& version) {
        if (!shows_content(version)) return;
        Freshness& before = shown_by_page_[version.page];
        for (const auto& [issue, seq] : before) {
            const auto now = version.shows.find(issue);
            const bool is_gone = now == version.shows.end();
            if (!is_gone && now->second >= seq) continue;
            add(Violation::kStale,
                place_of(version) + " shows " +
                    (is_gone ? "nothing of " + issue : issue + " at " + std::to_string(now->second)
                    ) +
                    " after " + std::to_string(seq) + " had been shown");
        }
        const auto last = last_by_page_.find(version.page);
        const bool follows_own = last != last_by_page_.end() && shows_content(*last->second);
        if (follows_own && version.shows == before) ++verdict_.redundant;
        before = version.shows;
    }

    void check_notes(const PageVersion& version) {
        if (!evidence_.shared_pages.contains(version.page)) return;
        std::set<std::string>& kept = notes_by_page_[version.page];
        if (version.is_own && !std::ranges::includes(version.notes, kept)) {
            add(Violation::kEditLost, place_of(version) + " lacks what a person wrote before");
        }
        kept = version.notes;
    }

    void check_job(const std::string& job, const AcceptedCall& call) {
        if (!evidence_.records.contains(job)) {
            add(Violation::kLost, "job " + job + " got a 202 and is not on the topic");
        }
        const JobEnd end = end_of(job);
        if (end.end == End::kOpen) {
            add(Violation::kUnfinished, "job " + job + " is not at its end: " + end.reason);
        }
        const bool is_forgotten = evidence_.redis_lost_at > 0 && call.at <= evidence_.redis_lost_at;
        if (end.end == End::kUnknown && !is_forgotten) {
            add(Violation::kLost,
                "job " + job + " has no status, though Redis has lost nothing since its call");
        }
        if (end.end == End::kDead && !evidence_.letters.contains(job)) {
            add(Violation::kUntrue, "job " + job + " is said to be dead and has no letter");
        }
        if (end.end == End::kDone && end.version > 0 && !made_.contains({end.page, end.version})) {
            add(Violation::kUntrue,
                "job " + job + " is said to be done in version " + std::to_string(end.version) +
                    " of page " + end.page + ", which is not there");
        }
    }

    /// After a job that is done, its page shows what the issues were at when it was called, or
    /// more.
    void check_effect(const AcceptedCall& call) {
        const End end = end_of(call.job_id).end;
        // A dead or skipped job promises no effect, nor does an open one, which is a finding
        // itself.
        if (end == End::kOpen || end == End::kDead || end == End::kSkipped) return;
        if (end == End::kUnknown && evidence_.letters.contains(call.job_id)) return;
        const auto latest = latest_by_key_.find(call.page_key);
        if (latest == latest_by_key_.end()) {
            add(Violation::kLost,
                "job " + call.job_id + " left no page: there is none of " + call.page_key);
            return;
        }
        for (const auto& [issue, seq] : call.needs) {
            const Freshness& shown = latest->second->shows;
            const auto now = shown.find(issue);
            if (now != shown.end() && now->second >= seq) continue;
            add(Violation::kStale,
                place_of(*latest->second) + " is the last of " + call.page_key + " and shows " +
                    (now == shown.end() ? "nothing" : std::to_string(now->second)) + " of " +
                    issue + ", job " + call.job_id + " came after " + std::to_string(seq));
        }
    }

    void check_pages() {
        for (const auto& [key, pages] : pages_by_key_) {
            if (pages.size() < 2) continue;
            std::string sentence = key + " has the pages";
            for (const std::string& page : pages) sentence += " " + page;
            add(Violation::kDuplicate, sentence);
        }
    }

    [[nodiscard]] JobEnd end_of(const std::string& job) const {
        const auto found = evidence_.ends.find(job);
        return found == evidence_.ends.end() ? JobEnd{} : found->second;
    }

    const Evidence& evidence_;
    Verdict verdict_;
    std::map<std::string, std::vector<const PageVersion*>> versions_by_job_;
    std::map<std::string, const PageVersion*> latest_by_key_;
    std::map<std::string, std::set<std::string>> pages_by_key_;
    std::map<std::string, Freshness> shown_by_page_;
    std::map<std::string, std::set<std::string>> notes_by_page_;
    std::map<std::string, const PageVersion*> last_by_page_;
    std::set<std::pair<std::string, std::int64_t>> made_;  ///< page and version number
};

}  // namespace

std::string_view name_of(Violation violation) {
    switch (violation) {
        case Violation::kLost:
            return "lost";
        case Violation::kDuplicate:
            return "duplicate";
        case Violation::kStale:
            return "stale";
        case Violation::kUntrue:
            return "untrue";
        case Violation::kUnfinished:
            return "unfinished";
        case Violation::kEditLost:
            return "edit lost";
        case Violation::kDeath:
            return "death";
        case Violation::kMissing:
            return "missing";
        case Violation::kUnproven:
            break;
    }
    return "unproven";
}

std::size_t Verdict::count(Violation violation) const {
    return static_cast<std::size_t>(std::ranges::count(findings, violation, &Finding::violation));
}

Verdict judge(const Evidence& evidence) {
    return Judge(evidence).run();
}

}  // namespace pagepress::chaos
