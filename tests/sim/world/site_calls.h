// One HTTP call to a site: the answers that have nothing to do with what was asked.
#pragma once

#include <optional>
#include <utility>

#include "tests/sim/world/sites.h"

namespace pagepress::sim {

enum class Effect { kReads, kWrites };

/// What the site answers instead, if it does.
[[nodiscard]] std::optional<Error> general_refusal(Engine& engine, const SiteServers& site);

/// `apply` gives a Result; it runs at the site.
template <typename F>
auto site_call(Engine& engine, SiteServers& site, Effect effect, F apply) -> decltype(apply()) {
    using R = decltype(apply());
    auto answer =
        call(engine, site.link, [&engine, &site, apply = std::move(apply)]() mutable -> R {
            if (auto refusal = general_refusal(engine, site)) return std::unexpected(*refusal);
            return apply();
        });
    if (answer.value) return *std::move(answer.value);
    if (answer.sent == Sent::kNo || effect == Effect::kReads) {
        return fail(ErrorCode::kUnavailable, "the site does not answer");
    }
    return fail(ErrorCode::kUnknownOutcome, "the answer was lost");
}

}  // namespace pagepress::sim
