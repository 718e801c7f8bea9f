// Reads the catalog topic whole at start and follows it; a thread of its own.
#pragma once

#include <memory>

#include "common/base/clock.h"
#include "common/catalog/catalog.h"
#include "common/kafka/kafka_settings.h"

namespace pagepress {

/// Keeps a Catalog up to date with `read_committed`, and confirms its position about once a second
/// against the topic's end. Kafka gone: keeps trying, and the confirmation grows old.
class CatalogFollower {
public:
    /// Starts the thread. `catalog` and `clock` outlive the follower.
    static Result<std::unique_ptr<CatalogFollower>> start(
        const KafkaSettings& settings, Catalog& catalog, const Clock& clock
    );

    /// Stops and joins the thread; takes at most about a second.
    ~CatalogFollower();

    CatalogFollower(const CatalogFollower&) = delete;
    CatalogFollower& operator=(const CatalogFollower&) = delete;

private:
    class Loop;
    explicit CatalogFollower(std::unique_ptr<Loop> loop);
    std::unique_ptr<Loop> loop_;
};

}  // namespace pagepress
