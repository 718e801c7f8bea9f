#include "tests/sim/world/oracle.h"

#include <algorithm>

#include "worker/press/stamp.h"

namespace pagepress::sim {

void Oracle::violate(const std::string& what) {
    engine_.trace("ORACLE", what);
    if (violation_.empty()) violation_ = what;
}

void Oracle::on_parsed(const Job& job) {
    Known& known = jobs_[job.id];
    if (!known.job.id.empty()) return;  // a repeat of the same call
    known.job = job;
    known.accepted_at = Engine::moment_of(job.accepted_at);
}

void Oracle::on_acknowledged(const std::string& job_id) {
    jobs_.at(job_id).is_acknowledged = true;
    reach("calls acknowledged");
}

void Oracle::on_appended(
    std::int32_t partition, std::int64_t offset, const Job& job, Origin origin
) {
    uncommitted_[partition][offset] = {.job_id = job.id, .redrive = job.redrive};
    if (origin == Origin::kReturned) --jobs_.at(job.id).copies[job.redrive];
}

void Oracle::on_delayed(const Job& job) {
    ++jobs_.at(job.id).copies[job.redrive];
}

bool Oracle::is_at_end(const Appended& record) const {
    const Known& known = jobs_.at(record.job_id);
    return known.is_ended || known.letter >= record.redrive;
}

/// Whether a copy of its job waits on a delayed topic, or another record of it is not committed.
bool Oracle::is_stood_for(const Appended& record) const {
    const auto& copies = jobs_.at(record.job_id).copies;
    const bool waits = std::ranges::any_of(copies, [&](const auto& copy) {
        return copy.first >= record.redrive && copy.second > 0;
    });
    return waits || std::ranges::any_of(uncommitted_, [&](const auto& partition) {
               return std::ranges::any_of(partition.second, [&](const auto& entry) {
                   const Appended& other = entry.second;
                   return other.job_id == record.job_id && other.redrive >= record.redrive;
               });
           });
}

void Oracle::on_committed(std::int32_t partition, std::int64_t offset) {
    auto& records = uncommitted_[partition];
    while (!records.empty() && records.begin()->first < offset) {
        const Appended record = records.begin()->second;
        records.erase(records.begin());
        if (!is_at_end(record) && !is_stood_for(record)) {
            violate(
                "P1: the offset of job " + record.job_id + " is committed before the job's end"
            );
        }
    }
}

void Oracle::on_letter(const Job& job) {
    Known& known = jobs_.at(job.id);
    known.letter = std::max(known.letter, job.redrive);
    reach("dead letters");
}

void Oracle::on_recorded(const JobStatus& status) {
    if (!is_terminal(status.state) || status.state == JobState::kDead) return;
    Known& known = jobs_.at(status.job.id);
    known.is_ended = true;
    if (status.state != JobState::kSkipped) known.is_complete = true;
}

void Oracle::on_result(const PressResult& result, const Reads& reads) {
    for (const JobResult& job : result.results) {
        Known& known = jobs_.at(job.job.job.id);
        switch (job.verdict) {
            case Verdict::kRetry:
            case Verdict::kSnooze:
            case Verdict::kDead:
                continue;
            case Verdict::kFinished: {
                reach("jobs found finished");
                const bool had_died = known.letter >= 0 || job.job.job.redrive > 0;
                const bool is_here = std::ranges::any_of(result.results, [&](const auto& other) {
                    return other.job.job.id == job.job.job.id &&
                           other.verdict != Verdict::kFinished;
                });
                if (!known.is_ended && !had_died && !is_here) {
                    violate("P1: job " + job.job.job.id + " is said to be finished and is not");
                }
                continue;
            }
            case Verdict::kSkipped:
                known.is_ended = true;
                reach("jobs skipped");
                continue;
            case Verdict::kDone:
            case Verdict::kCoalesced:
                break;
        }
        if (job.effect == PageEffect::kUnchanged) {
            reach("pages left unchanged");
            const std::string key = truth_.page_key_of(known.job);
            for (const auto& [subject, when] : reads) {
                Millis& best = best_[key + "#" + subject];
                best = std::max(best, when);
                // Whoever writes from now on must not show older data.
                Millis& shown = pages_[job.status.page_id].read_at[subject];
                shown = std::max(shown, when);
            }
        }
        known.is_ended = known.is_complete = true;
        reach(job.verdict == Verdict::kDone ? "jobs done" : "jobs coalesced");
        if (job.verdict == Verdict::kDone) check_labels(known, job.status.page_id);
        check_complete(known);
    }
}

bool Oracle::has_shown(const Known& known, const std::string& subject) const {
    const std::string page_key = truth_.page_key_of(known.job);
    const auto best = best_.find(page_key + "#" + subject);
    if (best != best_.end() && best->second >= known.accepted_at) return true;
    return std::ranges::any_of(pages_, [&](const auto& page) {
        return page.second.page_key == page_key &&
               truth_.shows(page.first, subject, known.accepted_at);
    });
}

void Oracle::check_complete(const Known& known) {
    for (const std::string& subject : truth_.subjects_of(known.job)) {
        if (has_shown(known, subject)) continue;
        violate(
            "P3: job " + known.job.id + " is complete, and its page never showed " + subject +
            " as read after the trigger"
        );
    }
}

void Oracle::add_effect(const std::string& job_id, const std::string& page_id) {
    const auto found = jobs_.find(job_id);
    if (found == jobs_.end()) {
        violate("P2: page " + page_id + " has an effect of job " + job_id + ", which nobody sent");
        return;
    }
    found->second.effects.push_back(page_id);
    if (found->second.effects.size() > 1) {
        violate("P2: job " + job_id + " has a second effect, on page " + page_id);
    }
}

/// Nobody sees the version of a page in the trash, nor does the job that comes again look there
/// once another job has made the page's successor. Making the successor itself is never excused.
void Oracle::forget_trashed(const std::string& job_id, const std::string& written_page) {
    const auto found = jobs_.find(job_id);
    if (found == jobs_.end()) return;
    std::erase_if(found->second.effects, [&](const std::string& page_id) {
        return page_id != written_page && !truth_.is_current(page_id);
    });
}

void Oracle::show(const std::string& page_id, const std::string& page_key, const Reads& reads) {
    Shown& page = pages_[page_id];
    page.page_key = page_key;
    for (const auto& [subject, when] : reads) {
        Millis& best = best_[page_key + "#" + subject];
        const auto before = page.read_at.find(subject);
        const bool is_older = before != page.read_at.end() && when < before->second;
        if (is_older && !truth_.shows(page_id, subject, before->second)) {
            violate(
                "P3: page " + page_id + " goes back from data read at " +
                std::to_string(before->second.count()) + " to data read at " +
                std::to_string(when.count())
            );
        }
        page.read_at[subject] = when;
        best = std::max(best, when);
    }
}

void Oracle::on_written(
    const std::string& page_id,
    std::int64_t version,
    const std::string& message,
    bool is_restoring,
    const Reads& reads
) {
    const auto stamp = stamp_from_version_message(message);
    if (is_restoring) pages_[page_id].is_persons_place = false;  // it is under the home page now
    engine_.trace("page " + page_id, "version by " + (stamp ? stamp->job_id : message), version);
    if (!stamp && !is_restoring) {
        violate("P2: page " + page_id + " gets a version of ours without a stamp");
    }
    if (!stamp) return;
    reach(is_restoring ? "writes that only restored" : "versions written");
    if (is_restoring) return;
    forget_trashed(stamp->job_id, page_id);
    add_effect(stamp->job_id, page_id);
    show(page_id, stamp->page_key, reads);
}

void Oracle::on_created(
    const std::string& page_id,
    const std::string& body,
    const std::string& parent,
    const Reads& reads
) {
    const auto stamp = stamp_from_body(body);
    if (!stamp) {
        violate("P2: page " + page_id + " is created without a stamp");
        return;
    }
    engine_.trace("page " + page_id, "created by " + stamp->job_id);
    reach("pages created");
    for (const auto& [other_id, other] : pages_) {
        const bool is_of_people = other.touched_by_person >= Millis(0);  // renamed, taken back
        if (other.page_key != stamp->page_key || is_of_people) continue;
        if (!truth_.is_current(other_id)) continue;
        violate("P2: page " + page_id + " is created while page " + other_id + " is there");
    }
    pages_[page_id].left_under = parent;
    add_effect(stamp->job_id, page_id);
    show(page_id, stamp->page_key, reads);
}

void Oracle::on_person_moved(const std::string& page_id) {
    pages_[page_id].is_persons_place = true;
    reach("pages moved by people");
}

/// A page that a person has put back to where we had left it may go along with its rule.
void Oracle::on_moved(const std::string& page_id, const std::string& from, const std::string& to) {
    reach("pages moved by us");
    Shown& page = pages_[page_id];
    if (page.is_persons_place && (from != page.left_under || to == page.left_under)) {
        violate(
            "P5: page " + page_id + " is put from page " + from + " under page " + to +
            ", and a person had put it there"
        );
    }
    page.left_under = to;
    page.is_persons_place = false;
}

void Oracle::check_labels(const Known& known, const std::string& page_id) {
    const bool is_of_person = pages_[page_id].touched_by_person >= known.accepted_at;
    if (is_of_person || !truth_.is_current(page_id) || truth_.has_labels(page_id, known.job))
        return;
    violate("P1: job " + known.job.id + " is done, and page " + page_id + " lacks its labels");
}

void Oracle::on_person(const std::string& page_id) {
    pages_[page_id].touched_by_person = engine_.now();
    reach("people's acts");
}

void Oracle::on_edit_buried(const std::string& page_id, std::int64_t version) {
    violate(
        "P5: version " + std::to_string(version) + " of page " + page_id +
        " is written over a person's, and its rule says to skip the page"
    );
}

void Oracle::on_purged(const std::string& page_id) {
    on_person(page_id);
    for (auto& [id, known] : jobs_) std::erase(known.effects, page_id);
}

bool Oracle::is_quiet() const {
    if (std::ranges::any_of(uncommitted_, [](const auto& p) { return !p.second.empty(); })) {
        return false;
    }
    return std::ranges::all_of(jobs_, [](const auto& entry) {
        const Known& known = entry.second;
        return !known.is_acknowledged || known.is_ended || known.letter >= 0;
    });
}

/// After the last trigger of a page: what it shows now, unless a person has acted since.
void Oracle::check_last(const Known& last) {
    const std::string page_key = truth_.page_key_of(last.job);
    std::vector<std::string> ids;
    for (const auto& [page_id, page] : pages_) {
        if (page.page_key != page_key) continue;
        if (page.touched_by_person >= last.accepted_at) return;
        ids.push_back(page_id);
    }
    for (const std::string& subject : truth_.subjects_of(last.job)) {
        const bool is_shown = std::ranges::any_of(ids, [&](const std::string& id) {
            return truth_.is_current(id) && truth_.shows(id, subject, last.accepted_at);
        });
        if (is_shown) continue;
        violate(
            "P3: after its last trigger " + last.job.id + " the page of " + page_key +
            " does not show " + subject + " as read since"
        );
    }
}

void Oracle::check_end() {
    if (!is_quiet()) {
        for (const auto& [id, known] : jobs_) {
            if (known.is_acknowledged && !known.is_ended && known.letter < 0) {
                violate("P4: job " + id + " has no end");
            }
        }
        for (const auto& [partition, records] : uncommitted_) {
            if (!records.empty()) {
                violate("P4: partition " + std::to_string(partition) + " is not committed");
            }
        }
        return;
    }
    std::map<std::string, const Known*> last;
    for (const auto& [id, known] : jobs_) {
        if (!known.is_complete) continue;
        for (const std::string& subject : truth_.subjects_of(known.job)) {
            const Known*& latest = last[truth_.page_key_of(known.job) + "#" + subject];
            if (latest == nullptr || latest->accepted_at < known.accepted_at) latest = &known;
        }
    }
    for (const auto& [key, known] : last) check_last(*known);
}

}  // namespace pagepress::sim
