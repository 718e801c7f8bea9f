// A process that has the catalog, as far as tests of the catalog need it: follower and writer.
#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/invariant.h"
#include "common/catalog/catalog.h"
#include "common/catalog/follower.h"
#include "common/catalog/writer.h"
#include "tests/support/eventually.h"

namespace pagepress::test {

struct CatalogNode {
    explicit CatalogNode(const KafkaSettings& settings)
        : follower(CatalogFollower::start(settings, catalog, clock)),
          writer(settings, catalog, clock) {
        INVARIANT(follower.has_value());
    }

    /// Whether the catalog becomes known to be complete at some time after `when`.
    [[nodiscard]] bool is_confirmed_after(SteadyTime when) const {
        return eventually(kDeadline, [&] {
            const auto confirmed_at = catalog.confirmed_at();
            return confirmed_at && *confirmed_at > when;
        });
    }

    /// Whether the catalog gets old: no confirmation for so long that a check of the topic's end
    /// must be under way, or have failed.
    [[nodiscard]] bool grows_stale() const {
        constexpr std::chrono::seconds kStale{3};
        return eventually(kDeadline, [&] {
            const auto confirmed_at = catalog.confirmed_at();
            return confirmed_at && clock.steady_now() - *confirmed_at > kStale;
        });
    }

    /// Whether the follower, which must not be used afterwards, stops while no broker answers.
    /// `rescue` must bring the brokers back: it is called if it does not, so that the test ends.
    template <typename Rescue>
    [[nodiscard]] bool stops_following(Rescue rescue) {
        auto stopping = std::async(std::launch::async, [this] { follower->reset(); });
        const bool has_stopped = stopping.wait_for(kStopMax) == std::future_status::ready;
        if (!has_stopped) rescue();
        stopping.get();
        return has_stopped;
    }

    [[nodiscard]] bool has_read(std::int64_t position) const {
        return catalog.wait_until_position(position, clock.steady_now() + kDeadline);
    }

    Result<std::int64_t> write_rule(
        std::string_view document, std::optional<std::int64_t> if_revision
    ) {
        return writer.write(EntryKind::kRule, "release", std::string(document), if_revision);
    }

    static constexpr std::chrono::seconds kDeadline{60};
    /// Far more than the second or two that it takes on an idle machine.
    static constexpr std::chrono::seconds kStopMax{20};

    SystemClock clock;
    Catalog catalog;
    Result<std::unique_ptr<CatalogFollower>> follower;
    CatalogWriter writer;
};

}  // namespace pagepress::test
