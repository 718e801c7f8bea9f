// The keys that may be pressed, in the order of their turns: sites by round robin, and within a
// site calls before the jobs of batches.
#pragma once

#include <list>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "common/base/clock.h"
#include "worker/schedule/site_pace.h"

namespace pagepress::worker {

enum class Lane {
    kCalls,    ///< somebody asked for this page
    kBatches,  ///< only batches did
};

/// Passive. Everything takes a time that does not grow with the number of keys.
class ReadyKeys {
public:
    /// @param pace  says how fast each site may be pressed, and outlives this; null: as fast as it
    ///              goes
    explicit ReadyKeys(SitePace* pace = nullptr) : pace_(pace) {}

    /// Of so many keys of a site one is a batch's, as long as the site has both.
    static constexpr int kCallsPerBatchKey = 4;

    using Keys = std::list<std::string>;

    /// Where a key waits, until it is taken or removed.
    struct Place {
        std::string site;
        Lane lane = Lane::kCalls;
        Keys::iterator at;
    };

    /// Adds a key to the end of a lane of its site.
    Place add(const std::string& key, const std::string& site, Lane lane);

    void remove(const Place& place);

    /// The key whose turn it is; empty if there is none. A site that has to wait is passed over.
    std::optional<std::string> take(SteadyTime now);

    /// The press of a key that was taken has ended.
    void end(const Place& place, const std::string& key);

    /// When a site that was passed over by the last `take` is worth asking again.
    [[nodiscard]] std::optional<SteadyTime> held_until() const { return held_until_; }

    [[nodiscard]] bool is_empty() const { return turns_.empty(); }

private:
    struct Site {
        Keys calls;
        Keys batches;
        int calls_in_a_row = 0;  ///< taken while a batch's key waited
        std::list<std::string>::iterator turn;
    };

    using Sites = std::map<std::string, Site>;

    /// The lane whose turn it is, and how many calls were taken in a row if it is taken.
    static std::pair<Keys*, int> next_lane(Site& site);
    void drop_if_empty(Sites::iterator site);

    SitePace* pace_;
    std::optional<SteadyTime> held_until_;
    Sites sites_;                   ///< those with ready keys
    std::list<std::string> turns_;  ///< the same sites; the first one is next
};

}  // namespace pagepress::worker
