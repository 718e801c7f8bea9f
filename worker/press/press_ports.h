// What a press needs from outside, and its limits.
#pragma once

#include <cstddef>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/metrics.h"
#include "common/base/random.h"
#include "common/catalog/catalog.h"
#include "worker/batch/job_writer.h"
#include "worker/batch/put_turns.h"
#include "worker/confluence/confluence.h"
#include "worker/idempotency/batch_memory.h"
#include "worker/idempotency/issue_aliases.h"
#include "worker/idempotency/local_leases.h"
#include "worker/idempotency/page_memory.h"
#include "worker/idempotency/suspects.h"
#include "worker/jira/jira.h"
#include "worker/limits/site_gates.h"
#include "worker/press/template_cache.h"
#include "worker/schedule/backoff.h"

namespace pagepress::worker {

/// The clients of one site, for one executor thread.
struct SiteClients {
    Confluence& confluence;
    Jira& jira;
};

/// Port: gives an executor the clients of a site. Used by one thread.
class ClientSource {
public:
    virtual ~ClientSource() = default;

    /// The references stay valid until the next call.
    /// @errors  kCredentialsRejected  the site's secret file cannot be read
    virtual Result<SiteClients> clients(const Site& site) = 0;
};

struct PressLimits {
    int attempts_max = 12;
    /// Versions that others may write between our read and our write in one attempt.
    int conflicts_max = 5;
    Millis lease{60'000};
    /// Longest HTTP call; the lease is renewed before a write if no more than this remains.
    Millis http_timeout{30'000};
    /// After a create with unknown outcome no new create is sent before this has passed.
    Millis create_settle{90'000};
    BackoffLimits backoff;
    /// Longer waits are not spent in memory but on the delayed topics.
    Millis park_max{30'000};
    /// A job that must be tried again is given up once it is older than this.
    Millis age_max{7 * 24 * 3'600'000};
    std::size_t snapshot_issues_max = 10'000;
    /// Most issues that the search of a batch may find.
    std::size_t batch_issues_max = 10'000;
    /// Batches of different sites whose jobs are found and put on Kafka at the same time; the
    /// other executors are left to presses of pages.
    std::size_t batches_at_once = 16;
};

/// Shared by all executors except `clients`, which is the executor's own.
struct PressPorts {
    const Catalog& catalog;
    PageMemory& memory;
    BatchMemory& batches;
    JobWriter& jobs;
    IssueAliases& aliases;
    LocalLeases& leases;
    PutTurns& put_turns;
    SiteGates& gates;
    TemplateCache& templates;
    ClientSource& clients;
    const Clock& clock;
    Random& random;
    Metrics& metrics;
    Suspects* suspects = nullptr;  ///< counts attempts where Redis cannot; null: nobody does
};

}  // namespace pagepress::worker
