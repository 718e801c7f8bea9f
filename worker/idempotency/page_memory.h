// Port to what workers remember together: leases, page memory, job statuses, aliases, gates. Losing
// all of it costs extra reads and at most one redundant version per page (three where Confluence
// rewrites the very text that is sent), never correctness.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/job/job_status.h"
#include "worker/limits/gate.h"
#include "worker/schedule/waiting_job.h"

namespace pagepress::worker {

/// What is remembered about the page of a page key. Every member may be missing or old.
struct PageRecord {
    std::string page_id;
    std::int64_t version = 0;  ///< page version that our last finished write made; 0 unknown
    std::string content_hash;  ///< of what that write sent
    std::string text_digest;   ///< of title and body as Confluence stored them in it
    std::string sent_text;     ///< digest of them as that write sent them
    bool has_regions = true;   ///< whether that version holds snapshot regions
    std::string parent = {};   ///< that the rule named when it was last seen to; empty: none
    /// Token of an earlier press whose write may be unfinished; empty: none.
    std::string open_token;
    /// When a create was sent whose outcome nobody recorded [Unix ms]; 0: none.
    UnixMillis create_sent_at = 0;
};

/// What was known of one job when the press began.
struct JobRecord {
    std::optional<JobState> finished;  ///< terminal state of this job and redrive, if it has one
    int attempts = 1;                  ///< attempts begun, this one included
    bool is_cancelled = false;         ///< its batch was called off before the job was begun
};

/// A press has begun and the lease is held under `token`, or else a gate of the site is closed.
struct Begun {
    PageRecord page;
    std::vector<JobRecord> jobs;  ///< in the order asked
    /// The gate that stops the press: nothing has begun, and there is nothing else in here.
    std::optional<SharedGate> closed = std::nullopt;
    /// Half-open gates of which this press is the probe.
    std::vector<SharedGate> probes = {};
};

struct BeginRequest {
    std::string page_key;
    std::string site;
    std::string token;
    Millis lease{};
    UnixMillis now = 0;
    std::vector<const Job*> jobs;
    bool has_counted = false;  ///< `count_attempts` has counted this one already
    Millis probe_max{30'000};  ///< how long others wait if this press becomes a probe
};

/// How a press ends in memory. Statuses are written in any case; the page record only while the
/// lease is still ours.
struct EndRequest {
    std::string page_key;
    std::string token;
    PageRecord page;         ///< `open_token`: what to leave; empty only if no write is open
    bool keeps_page = true;  ///< false: nothing new is known of the page
    /// A status that is not terminal never replaces a terminal one.
    std::vector<JobStatus> statuses;
};

/// Thread-safe; every call blocks for one round trip at most.
class PageMemory {
public:
    virtual ~PageMemory() = default;

    /// Counts an attempt for every job that is not finished, before the page key is known: what a
    /// press reads to find it out may kill the worker.
    ///
    /// @return  what was known of the jobs, in the order asked
    /// @errors  kUnavailable  no memory
    virtual Result<std::vector<JobRecord>> count_attempts(
        const std::vector<const Job*>& jobs, UnixMillis now
    ) = 0;

    /// Takes the lease of the page key, counts an attempt for every job that is not finished, and
    /// marks the page record open under `token`, in one step; unless a shared gate of the site is
    /// closed. Of a gate whose time is over and that a probe must open, one press of all workers
    /// becomes the probe, and to the others it stays closed.
    ///
    /// @errors  kNotYet       another press holds the lease
    ///          kUnavailable  no memory: the press goes on without it
    virtual Result<Begun> begin(const BeginRequest& request) = 0;

    /// Extends the lease, or takes it again if it has expired meanwhile.
    /// @errors kNotYet (another press has it), kUnavailable
    virtual Result<void> renew(
        const std::string& page_key, const std::string& token, Millis lease
    ) = 0;

    /// Notes, before a create is sent, when that was, so that a later press waits for its outcome;
    /// 0 takes the note back.
    virtual Result<void> note_create(const std::string& page_key, UnixMillis now) = 0;

    /// Ends the press and gives the lease back.
    virtual Result<void> end(const EndRequest& request) = 0;

    /// Records a job's status by itself, unless the job is at its end already; does not wait and
    /// cannot fail.
    virtual void record(const JobStatus& status) = 0;

    /// Numeric id of an issue key seen before; empty if unknown or without memory.
    virtual std::optional<std::string> issue_id(
        const std::string& site, const std::string& issue_key
    ) = 0;

    virtual void forget_issue_id(const std::string& site, const std::string& issue_key) = 0;

    virtual void remember_issue_id(
        const std::string& site, const std::string& issue_key, const std::string& issue_id
    ) = 0;
};

}  // namespace pagepress::worker
