// What is promised, checked at every effect: no loss, one visible effect per job, never stale, and
// an end for every job.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/job/job_status.h"
#include "tests/sim/world/engine.h"
#include "worker/press/press_result.h"

namespace pagepress::sim {

using namespace pagepress::worker;

/// When a press has read what, by subject: an issue id, or a search.
using Reads = std::map<std::string, Millis>;

/// What the oracle looks up in the world.
class Truth {
public:
    virtual ~Truth() = default;

    [[nodiscard]] virtual std::string page_key_of(const Job& job) const = 0;
    /// Subjects whose data the job's page must show.
    [[nodiscard]] virtual std::vector<std::string> subjects_of(const Job& job) const = 0;
    /// Whether the page shows the subject as it was at some time from `from` on.
    [[nodiscard]] virtual bool shows(
        const std::string& page_id, const std::string& subject, Millis from
    ) const = 0;
    [[nodiscard]] virtual bool is_current(const std::string& page_id) const = 0;
    /// Whether the page has the labels of the job's rule.
    [[nodiscard]] virtual bool has_labels(const std::string& page_id, const Job& job) const = 0;
};

/// Where a record of the jobs comes from.
enum class Origin {
    kSent,      ///< a call, or an operator
    kReturned,  ///< a delayed topic
};

/// Passive. The first violation is kept.
class Oracle {
public:
    Oracle(Engine& engine, const Truth& truth) : engine_(engine), truth_(truth) {}

    void on_parsed(const Job& job);
    void on_acknowledged(const std::string& job_id);
    void on_appended(std::int32_t partition, std::int64_t offset, const Job& job, Origin origin);
    void on_delayed(const Job& job);
    void on_committed(std::int32_t partition, std::int64_t offset);
    void on_letter(const Job& job);
    void on_result(const PressResult& result, const Reads& reads);
    void on_recorded(const JobStatus& status);

    /// A version of ours was accepted; `is_restoring`: it shows the text of the one before.
    void on_written(
        const std::string& page_id,
        std::int64_t version,
        const std::string& message,
        bool is_restoring,
        const Reads& reads
    );
    void on_created(
        const std::string& page_id,
        const std::string& body,
        const std::string& parent,
        const Reads& reads
    );
    void on_person(const std::string& page_id);

    /// A person has put the page elsewhere.
    void on_person_moved(const std::string& page_id);

    /// A version of ours has put the page from one parent under another.
    void on_moved(const std::string& page_id, const std::string& from, const std::string& to);

    /// A version of ours follows a person's, although the rule says skip-if-edited.
    void on_edit_buried(const std::string& page_id, std::int64_t version);

    /// A person has deleted the page for good: nobody sees what jobs did to it, nor can find it
    /// out.
    void on_purged(const std::string& page_id);

    /// Whether every record of the log is committed and every acknowledged job at its end.
    [[nodiscard]] bool is_quiet() const;

    /// To be called when everything has had its time.
    void check_end();

    [[nodiscard]] const std::string& violation() const { return violation_; }

    /// What the schedules reached, so that one that reaches nothing is seen.
    [[nodiscard]] const std::map<std::string, std::int64_t>& reached() const { return reached_; }

    void reach(const std::string& what) { ++reached_[what]; }

private:
    struct Known {
        Job job;
        Millis accepted_at{0};
        bool is_acknowledged = false;
        bool is_complete = false;          ///< done or coalesced
        bool is_ended = false;             ///< by a verdict that needs no letter, told or recorded
        int letter = -1;                   ///< highest redrive number with a dead letter
        std::map<int, int> copies;         ///< on delayed topics, by redrive number
        std::vector<std::string> effects;  ///< the pages that show it
    };

    struct Shown {
        std::map<std::string, Millis> read_at;  ///< of what the page shows, by subject
        std::string page_key;
        Millis touched_by_person{-1};
        std::string left_under;         ///< where pagepress has last put it
        bool is_persons_place = false;  ///< a person has put it elsewhere since
    };

    struct Appended {
        std::string job_id;
        int redrive = 0;
    };

    void violate(const std::string& what);
    void add_effect(const std::string& job_id, const std::string& page_id);
    void forget_trashed(const std::string& job_id, const std::string& written_page);
    void show(const std::string& page_id, const std::string& page_key, const Reads& reads);
    void check_complete(const Known& known);
    void check_labels(const Known& known, const std::string& page_id);
    [[nodiscard]] bool has_shown(const Known& known, const std::string& subject) const;
    [[nodiscard]] bool is_at_end(const Appended& record) const;
    [[nodiscard]] bool is_stood_for(const Appended& record) const;
    void check_last(const Known& last);

    Engine& engine_;
    const Truth& truth_;
    std::string violation_;
    std::map<std::string, Known> jobs_;
    std::map<std::int32_t, std::map<std::int64_t, Appended>> uncommitted_;
    std::map<std::string, Shown> pages_;
    /// Latest read that a page key has shown, or was found to show, by `<page key>#<subject>`.
    std::map<std::string, Millis> best_;
    std::map<std::string, std::int64_t> reached_;
};

}  // namespace pagepress::sim
