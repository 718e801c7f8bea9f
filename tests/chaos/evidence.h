// What a run leaves behind that the oracle decides by: what callers were promised, what the site
// published, what the product says about its jobs, what is on Kafka.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/base/clock.h"

namespace pagepress::chaos {

/// How new the data of issues is: issue key → the number behind `seq-` in its summary, which grows
/// with every edit.
using Freshness = std::map<std::string, std::int64_t>;

/// A call that was answered with 202.
struct AcceptedCall {
    std::string job_id;
    std::string page_key;  ///< `acme/rule/page/10001`, `acme/page/98322`
    Freshness needs = {};  ///< what the issues were at before the call was sent
    UnixMillis at = 0;     ///< when it was sent
    bool operator==(const AcceptedCall&) const = default;
};

/// One version that was made of a page, in the order of making.
struct PageVersion {
    std::string page;  ///< Confluence's id
    std::int64_t number = 0;
    std::string page_key = {};  ///< of its stamp; empty: it has none
    std::string job_id = {};    ///< of its stamp
    bool is_own = false;        ///< written with the product's account, not by a person
    bool is_restore = false;    ///< only took the page out of the trash, as it was
    Freshness shows = {};
    std::set<std::string> notes = {};  ///< what people have written into it: `note-7`
    UnixMillis at = 0;
    bool operator==(const PageVersion&) const = default;
};

/// What the status of a job says.
enum class End { kUnknown, kOpen, kDone, kCoalesced, kSkipped, kDead };

struct JobEnd {
    End end = End::kUnknown;
    std::string page = {};  ///< Confluence's id
    std::int64_t version = 0;
    std::string reason = {};
    bool operator==(const JobEnd&) const = default;
};

struct Evidence {
    std::vector<AcceptedCall> calls = {};
    std::vector<PageVersion> versions = {};
    std::map<std::string, JobEnd> ends = {};  ///< by job id
    std::set<std::string> records = {};       ///< job ids on the topic `jobs`
    std::set<std::string> letters = {};       ///< job ids on the topic `dead`
    std::set<std::string> shared_pages = {};  ///< Confluence's ids: people's text stays on them
    UnixMillis redis_lost_at = 0;             ///< when Redis last lost its data; 0: never
    std::int64_t backlog = 0;                 ///< records that no worker has committed
    std::vector<std::string> deaths = {};     ///< processes that ended by themselves
    std::vector<std::string> missing = {};    ///< what does not run though everything was mended
    bool operator==(const Evidence&) const = default;
};

}  // namespace pagepress::chaos
