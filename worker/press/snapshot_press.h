// A press of snapshots: run their searches and freeze the results into their regions of one page,
// in one version.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/catalog/model.h"
#include "worker/press/page_writer.h"
#include "worker/press/press_run.h"

namespace pagepress::worker {

/// One press; used by one executor. Its jobs may ask for single snapshots and for all of the page.
class SnapshotPress final : public ContentSource {
public:
    SnapshotPress(
        PressRun& run,
        PressPorts& ports,
        const PressLimits& limits,
        std::shared_ptr<const Site> site,
        SiteClients clients
    );

    /// Gives jobs their verdicts. Jobs that are still active afterwards share the error.
    Result<void> press(const std::string& page_id);

    /// Runs every search. A search that can never succeed gives its jobs their verdict; the others
    /// go on.
    Result<void> read() override;

    Result<Content> render(const Page* current, const std::string& mark) override;

private:
    struct Taken {
        std::shared_ptr<const Snapshot> snapshot;
        SearchResult result;
        UnixMillis taken_at = 0;
    };

    void choose_snapshots(const std::string& page_id);
    Result<void> take(const std::shared_ptr<const Snapshot>& snapshot);
    [[nodiscard]] std::string failed_names() const;
    void settle_failed();
    void settle_partly_failed();
    [[nodiscard]] bool is_chosen(const std::string& snapshot_id) const;

    PressRun& run_;
    PressPorts& ports_;
    const PressLimits& limits_;
    std::shared_ptr<const Site> site_;
    SiteClients clients_;
    std::vector<std::shared_ptr<const Snapshot>> chosen_;
    std::vector<Taken> taken_;
    std::map<std::string, Error> failures_;  ///< by snapshot id
};

}  // namespace pagepress::worker
