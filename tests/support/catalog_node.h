// A process that has the catalog, as far as tests of the catalog need it: follower and writer.
#pragma once

#include <chrono>
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

    [[nodiscard]] bool has_read(std::int64_t position) const {
        return catalog.wait_until_position(position, clock.steady_now() + kDeadline);
    }

    Result<std::int64_t> write_rule(
        std::string_view document, std::optional<std::int64_t> if_revision
    ) {
        return writer.write(EntryKind::kRule, "release", std::string(document), if_revision);
    }

    static constexpr std::chrono::seconds kDeadline{60};

    SystemClock clock;
    Catalog catalog;
    Result<std::unique_ptr<CatalogFollower>> follower;
    CatalogWriter writer;
};

}  // namespace pagepress::test
