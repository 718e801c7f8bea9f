#include "tests/chaos/plan.h"

#include <algorithm>
#include <random>
#include <utility>

#include <fmt/format.h>

namespace pagepress::chaos {
namespace {

constexpr Millis kFirst{2'000};
constexpr Millis kGapMin{1'500};
constexpr Millis kGapMax{6'000};
/// Every loss of Redis takes the statuses with it, which are evidence, and sends all workers back
/// to reading pages: between two of them there must be time for what works with Redis.
constexpr int kRedisPatience = 5;

/// std::uniform_int_distribution is not the same everywhere; a seed must be.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : random_(seed) {}

    std::size_t below(std::size_t count) { return static_cast<std::size_t>(random_() % count); }

    Millis between(Millis low, Millis high) {
        return low + Millis(static_cast<std::int64_t>(
                         below(static_cast<std::size_t>((high - low).count()) + 1)
                     ));
    }

    void shuffle(std::vector<const FaultKind*>& deck) {
        for (std::size_t i = deck.size(); i > 1; --i) std::swap(deck[i - 1], deck[below(i)]);
    }

private:
    std::mt19937_64 random_;
};

void plan_lane(
    std::vector<const FaultKind*> deck, Millis length, Dice& dice, std::vector<Step>& plan
) {
    if (deck.empty()) return;
    const int patience = deck.front()->lane == Lane::kRedis ? kRedisPatience : 1;
    Millis at = kFirst + dice.between(Millis(0), kGapMax);
    for (std::size_t next = 0;; ++next) {
        if (next % deck.size() == 0) dice.shuffle(deck);
        const FaultKind& kind = *deck[next % deck.size()];
        const Step step{
            .at = at,
            .kind = &kind,
            .target = dice.below(1'000),
            .length = dice.between(kind.length_min, kind.length_max)};
        if (step.at + step.length > length) return;
        plan.push_back(step);
        at += step.length + patience * dice.between(kGapMin, kGapMax);
    }
}

}  // namespace

std::vector<Step> make_plan(std::span<const FaultKind> kinds, const PlanRequest& request) {
    Dice dice(request.seed);
    std::vector<Step> plan;
    for (const Lane lane : kLanes) {
        std::vector<const FaultKind*> deck;
        for (const FaultKind& kind : kinds) {
            const bool is_asked = kind.name.find(request.only) != std::string_view::npos;
            if (kind.lane == lane && is_asked) deck.push_back(&kind);
        }
        plan_lane(std::move(deck), request.length, dice, plan);
    }
    std::ranges::sort(plan, {}, [](const Step& step) {
        return std::pair(step.at, step.kind->lane);
    });
    return plan;
}

std::string to_text(const Step& step) {
    return fmt::format(
        "{:7.1f} s  {} ({}) for {:.1f} s",
        static_cast<double>(step.at.count()) / 1'000,
        step.kind->name,
        step.target,
        static_cast<double>(step.length.count()) / 1'000
    );
}

}  // namespace pagepress::chaos
