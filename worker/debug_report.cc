#include "worker/debug_report.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "common/base/iso_time.h"

namespace pagepress::worker {

namespace {

namespace json = boost::json;

constexpr std::size_t kRowsMax = 1'000;

json::object as_json(const PressBoard::Running& row, UnixMillis now) {
    return {
        {"key", row.key},
        {"site", row.site},
        {"jobs", row.jobs},
        {"firstJob", row.first_job},
        {"since", iso_time(row.since)},
        {"runningMs", now - row.since}};
}

json::object as_json(const PressBoard::Parked& row) {
    return {
        {"key", row.key},
        {"site", row.site},
        {"jobs", row.jobs},
        {"firstJob", row.first_job},
        {"attempts", row.attempts},
        {"since", iso_time(row.since)},
        {"until", iso_time(row.until)},
        {"reason", row.reason}};
}

json::object as_json(const SiteGates::GateReport& report, const Clock& clock) {
    const char* const state =
        report.is_closed ? "closed" : (report.is_half_open ? "half-open" : "open");
    json::object gate{
        {"endpoint", name_of(report.gate.endpoint)},
        {"state", state},
        {"failuresInARow", report.failures}};
    if (!report.is_closed && !report.is_half_open) return gate;
    const auto wait = std::chrono::ceil<Millis>(report.gate.until - clock.steady_now());
    gate["kind"] = name_of(report.gate.kind);
    gate["until"] = iso_time(clock.unix_now() + wait.count());
    gate["reason"] = report.gate.reason;
    return gate;
}

json::object as_json(const SiteGates::SiteReport& report, const Clock& clock) {
    json::array gates;
    for (const auto& gate : report.gates) gates.push_back(as_json(gate, clock));
    json::object limits;
    if (report.limits.requests_per_second) {
        limits["requestsPerSecond"] = *report.limits.requests_per_second;
    }
    if (report.limits.presses) limits["presses"] = *report.limits.presses;
    json::object site{
        {"site", report.site},
        {"running", report.running},
        {"heldBy", report.held_by},
        {"gates", std::move(gates)},
        {"limits", std::move(limits)}};
    if (report.held_ms) site["heldMs"] = *report.held_ms;
    if (report.presses_while_opening) site["pressesWhileOpening"] = *report.presses_while_opening;
    return site;
}

}  // namespace

std::string debug_report(const PressBoard& board, const SiteGates& gates, const Clock& clock) {
    const auto now = clock.unix_now();
    const PressBoard::View view = board.view(kRowsMax);
    json::array running;
    for (const auto& row : view.running) running.push_back(as_json(row, now));
    json::array parked;
    for (const auto& row : view.parked) parked.push_back(as_json(row));
    json::array sites;
    for (const auto& site : gates.report()) {
        if (sites.size() < kRowsMax) sites.push_back(as_json(site, clock));
    }
    const PartitionShare share = gates.share();
    const json::object report{
        {"now", iso_time(now)},
        {"partitions", json::object({{"own", share.own}, {"all", share.all}})},
        {"running", std::move(running)},
        {"runningCount", view.running_count},
        {"parked", std::move(parked)},
        {"parkedCount", view.parked_count},
        {"sites", std::move(sites)}};
    return json::serialize(report) + "\n";
}

}  // namespace pagepress::worker
