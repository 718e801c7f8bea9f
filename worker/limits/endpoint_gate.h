// The gate of one site and endpoint.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "worker/limits/gate.h"

namespace pagepress::worker {

/// Passive, without a lock.
///
/// Open → closed until a time → half-open: one press goes as the probe, the others wait for what
/// becomes of it. A success opens the gate. A probe that ends without one or a failure leaves the
/// gate open on probation: the next failure closes it.
class EndpointGate {
public:
    /// Failures in a row that close it, and on how many pages at the least: no single page, whose
    /// calls fail for a reason of its own, closes a site.
    static constexpr int kFailuresMax = 5;
    static constexpr std::size_t kPagesMin = 2;

    /// Whether calls are not to be made now.
    [[nodiscard]] bool is_closed(SteadyTime now) const { return is_shut_ && until_ > now; }

    /// Whether its time is over and nothing has succeeded or failed since.
    [[nodiscard]] bool is_half_open(SteadyTime now) const { return is_shut_ && until_ <= now; }

    /// When to ask again whether a press may begin; empty: it may, as the probe if `is_half_open`.
    [[nodiscard]] std::optional<SteadyTime> stops_until(SteadyTime now) const;

    void begin_probe(const std::string& key, SteadyTime until);

    /// @return  whether this key was the probe, and nothing came of it
    bool end_probe(const std::string& key, SteadyTime now);

    /// Counts a failure of an open gate. Returns whether it has to be closed for it.
    bool count_failure(const std::string& page);

    /// A call succeeded: nothing is held against the endpoint any more.
    void open() { *this = {}; }

    /// Open, but the next failure closes it.
    void open_on_probation();

    struct Closing {
        GateKind kind = GateKind::kAsked;
        SteadyTime until{};
        std::string reason;
        int closings = 1;
    };

    /// Closes it; also for a shorter time than before.
    void close(Closing closing);

    [[nodiscard]] GateKind kind() const { return kind_; }

    [[nodiscard]] SteadyTime until() const { return until_; }

    [[nodiscard]] const std::string& reason() const { return reason_; }

    [[nodiscard]] int closings() const { return closings_; }

    [[nodiscard]] int failures() const { return failures_; }

private:
    bool is_shut_ = false;  ///< closed or half-open
    GateKind kind_ = GateKind::kAsked;
    SteadyTime until_{};
    std::string reason_;
    int closings_ = 0;  ///< in a row, without a success in between
    int failures_ = 0;  ///< in a row, while open
    std::set<std::string> failing_pages_;
    std::string probe_;  ///< key of the press that goes first; empty: none does
    SteadyTime probe_until_{};
};

}  // namespace pagepress::worker
