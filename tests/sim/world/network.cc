#include "tests/sim/world/network.h"

namespace pagepress::sim {

Fate draw_fate(Engine& engine, const Link& link) {
    SeededRandom& random = engine.random;
    const LinkFaults& faults = link.faults;
    Fate fate;
    fate.there = Millis(random.draw(0, link.usual.count()));
    fate.back = Millis(random.draw(0, link.usual.count()));
    if (link.is_down) {
        fate.is_sent = false;
        return fate;
    }
    if (engine.now() >= faults.until) return fate;
    if (random.chance(50)) fate.pause = Millis(random.draw(0, 3 * link.usual.count()));
    int dice = static_cast<int>(random.draw(0, 999));
    const auto falls = [&dice](int per_mille) {
        dice -= per_mille;
        return dice < 0;
    };
    if (falls(faults.refused)) {
        fate.is_sent = false;
    } else if (falls(faults.lost_before)) {
        fate.is_applied = false;
    } else if (falls(faults.lost_after)) {
        fate.is_answered = false;
    } else if (falls(faults.late)) {
        fate.there = link.timeout + Millis(random.draw(0, link.late_max.count()));
    } else if (falls(faults.doubled)) {
        fate.is_doubled = true;
    } else if (falls(faults.slow)) {
        fate.there = link.timeout - link.usual - Millis(random.draw(1, link.usual.count()));
    }
    return fate;
}

}  // namespace pagepress::sim
