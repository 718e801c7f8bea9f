// One press under way: its jobs, its lease and what is remembered of its page.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "worker/press/press_ports.h"
#include "worker/press/press_result.h"
#include "worker/schedule/keyed_scheduler.h"

namespace pagepress::worker {

/// Used by one executor. Every job ends with exactly one verdict; `end` collects them.
class PressRun {
public:
    PressRun(PressPorts& ports, const PressLimits& limits, Press press);

    /// Counts the attempt of every job before the page key is known, for presses that have to read
    /// to find it out. Jobs that are finished already get their verdict.
    void count_attempts();

    /// Takes the leases of `page_key` and reads what is remembered. Jobs that are finished already
    /// get their verdict. Without memory the press goes on, and reads more.
    /// @errors  kNotYet
    Result<void> begin(const std::string& page_key, const std::string& site);

    /// Keeps the lease alive before a write.
    /// @errors  kNotYet  it went to another press, or Redis is back: nothing may be written any
    /// more
    Result<void> renew_lease();

    /// Jobs that still ask for a write, in order of arrival; the first one leads: its id is in the
    /// stamp.
    [[nodiscard]] std::vector<WaitingJob*> active();

    [[nodiscard]] bool has_active() { return !active().empty(); }

    [[nodiscard]] const std::string& page_key() const { return page_key_; }

    /// Memory of the page: as read by `begin`, and as the press changes it.
    PageRecord record;
    bool has_memory = false;
    /// Whether a write of this press may still be under way.
    bool is_write_open = false;
    /// Whether a version of ours was accepted, which fences off every older write.
    bool has_fenced = false;
    /// Whether the page was made by this press.
    bool has_created = false;
    /// Where people find the page; known once the page is.
    std::string page_url;

    /// Notes that a create is about to be sent: from now on its outcome may be unknown.
    void note_create_sent();

    /// Notes that the create was refused: nothing of it can appear any more.
    void forget_create();

    /// When a create with unknown outcome was sent, as far as anybody knows.
    [[nodiscard]] std::optional<UnixMillis> create_sent_at();

    /// Notes that a job's stamp was found on the page: its body is written at `version`, and only
    /// the steps after that remain. `failed` names snapshots that are missing from it.
    void note_stamped(WaitingJob& job, std::int64_t version, const std::string& failed = {});

    [[nodiscard]] bool has_stamped() const;

    /// Verdict for the stamped jobs: done, or what the failure of the remaining steps asks for, or
    /// dead where snapshots are missing.
    void finish_stamped(const Result<void>& remaining_steps);

    /// Verdict for one job.
    void settle(WaitingJob& job, Verdict verdict, const std::string& reason, std::int64_t version);

    /// The page shows the effect of every active job at `version`: the others are coalesced, and
    /// the lead is done, or gets what the failure of the remaining steps asks for.
    void complete(
        std::int64_t version, const std::string& note, const Result<void>& remaining_steps
    );

    /// Verdict for every active job: there is nothing to do, for this reason.
    void skip(const std::string& reason);

    /// Folds an error into a verdict for one job, or for every active one.
    void fail_job(WaitingJob& job, const Error& error);
    void fail(const Error& error);

    /// Gives the lease back and records what is known.
    PressResult end();

private:
    struct Stamped {
        std::int64_t version = 0;
        std::string failed;
    };

    struct Entry {
        WaitingJob job;
        std::optional<JobResult> result;
        std::optional<Stamped> stamped;
        bool is_repeat = false;  ///< another entry with the same job id decides
        std::size_t decided_by = 0;
        int attempts = 1;
    };

    void appoint_deciding();

    [[nodiscard]] Entry& deciding_of(const Entry& entry) { return entries_[entry.decided_by]; }

    [[nodiscard]] Entry& entry_of(const WaitingJob& job);
    [[nodiscard]] JobResult& result_of(const WaitingJob& job);
    /// Each once, though two records of it be here: they are one attempt.
    [[nodiscard]] std::vector<const Job*> jobs() const;
    [[nodiscard]] Result<void> read_memory();
    [[nodiscard]] Result<void> look_for_memory();
    [[nodiscard]] Result<void> wait_for_gate(const SharedGate& gate);
    void note_known(const std::vector<JobRecord>& known);
    void note_suspects();
    void settle_repeats();
    [[nodiscard]] PageEffect effect_of(const Entry& entry, Verdict verdict) const;
    [[nodiscard]] std::string open_token_at_end() const;
    void settle_failed(WaitingJob& job, Verdict verdict, const Error& error);
    [[nodiscard]] Verdict judge(const Error& error, int attempts);
    void park_for(Millis wait);
    [[nodiscard]] Millis age_of(const WaitingJob& job) const;
    void delay_long_waits();
    [[nodiscard]] bool is_told(const Entry& entry) const;
    void record_end();

    PressPorts& ports_;
    const PressLimits& limits_;
    const std::string key_;
    std::vector<Entry> entries_;
    std::string page_key_;
    std::string site_;
    std::string token_;
    LocalLeases::Lease local_lease_;
    bool has_counted_ = false;
    bool has_begun_ = false;
    bool has_noted_create_ = false;
    std::optional<std::uint64_t> suspect_press_;
    SteadyTime lease_until_{};
    SteadyTime not_before_{};
};

}  // namespace pagepress::worker
