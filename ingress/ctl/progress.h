// Progress of a batch on a terminal as a bar, elsewhere as lines.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

#include <boost/json/value.hpp>

#include "common/base/clock.h"

namespace pagepress::ctl {

/// Counts of a batch's status.
struct BatchCounts {
    std::int64_t total = 0;  ///< 0: not known yet
    std::int64_t done = 0;
    std::int64_t coalesced = 0;
    std::int64_t skipped = 0;
    std::int64_t dead = 0;

    [[nodiscard]] std::int64_t over() const { return done + coalesced + skipped + dead; }

    bool operator==(const BatchCounts&) const = default;
};

[[nodiscard]] BatchCounts counts_of(const boost::json::value& status);

/// `40 of 100: done 30, coalesced 5, skipped 3, dead 2`.
[[nodiscard]] std::string progress_text(const BatchCounts& counts);

/// `[########------------]  40 %  40 of 100: …  12/s, 5 s left`.
[[nodiscard]] std::string progress_bar(const BatchCounts& counts, Millis since_begin);

/// Draws progress over and over.
class Progress {
public:
    enum class Style { kBar, kLines };

    Progress(std::ostream& out, const Clock& clock, Style style)
        : out_(out), clock_(clock), style_(style), began_at_(clock.steady_now()) {}

    /// A bar is drawn over the one before; a line is written only if the counts changed.
    void show(const boost::json::value& status);

    /// Ends the line of a bar.
    void finish();

private:
    std::ostream& out_;
    const Clock& clock_;
    const Style style_;
    const SteadyTime began_at_;
    std::optional<BatchCounts> first_;
    std::optional<BatchCounts> shown_;
};

}  // namespace pagepress::ctl
