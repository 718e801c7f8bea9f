#include "worker/firing/firing.h"

#include <algorithm>
#include <utility>

#include "common/base/iso_time.h"
#include "common/base/log.h"
#include "common/base/trace_context.h"

namespace pagepress::worker {

namespace {

using namespace std::chrono_literals;

/// A fire that is no later than this is on time, whatever `catch_up` says.
constexpr Millis kOnTime = 1min;
/// A decision farther in the future than this was made under a wrong clock.
constexpr Millis kClockSkewMax = 1min;
/// A catalog that was not confirmed for this long may hold schedules that are gone.
constexpr Millis kCatalogStaleMax = 30s;
/// How long a new owner waits for Redis before it goes on without.
constexpr Millis kLoadPatience = 10s;
constexpr Millis kLoadInterval = 500ms;
/// What is saved is written anew this often, so that a Redis that lost it has it again.
constexpr Millis kSaveInterval = 1min;
constexpr Millis kWarningInterval = 1min;
constexpr int kMissedCountMax = 1000;

std::vector<double> lateness_buckets_s() {
    return {0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 21'600, 86'400};
}

/// Why a fire would be of no use; empty if it is of some. A switch that is off is no obstacle but a
/// pause, see `is_paused`.
std::string obstacle_of(const Schedule& schedule, const Catalog& catalog) {
    const std::string& rule_id = schedule.refresh.rule;
    if (rule_id.empty()) return {};
    const auto rule = catalog.rule(rule_id);
    if (rule == nullptr || rule->site != schedule.site) {
        return "the rule '" + rule_id + "' of the schedule is gone";
    }
    if (!rule->enabled) return "the rule '" + rule_id + "' of the schedule is switched off";
    return {};
}

bool is_paused(const Schedule& schedule, const Catalog& catalog) {
    const auto site = catalog.site(schedule.site);
    return !schedule.enabled || site == nullptr || !site->enabled;
}

}  // namespace

Job job_of_fire(
    const Schedule& schedule, UnixMillis nominal, UnixMillis now, std::int64_t catalog_offset
) {
    const bool is_made_up_for = now - nominal > kOnTime.count();
    Job job{
        .id = derived_job_id(schedule.site, "schedule/" + schedule.id, std::to_string(nominal)),
        .kind = JobKind::kBatch,
        .site = schedule.site,
        .rule = {},
        .issue = {},
        .snapshot = {},
        .page_id = {},
        .accepted_at = nominal,
        .catalog_offset = catalog_offset,
    };
    if (is_made_up_for) job.not_before = now;
    job.batch = schedule.refresh;
    return job;
}

Firing::Firing(const FiringPorts& ports, std::string jobs_topic)
    : ports_(ports),
      jobs_topic_(std::move(jobs_topic)),
      fired_(ports.metrics.counter(
          "pagepress_schedule_fires_total", "Fires of schedules that Kafka has taken."
      )),
      skipped_(ports.metrics.counter(
          "pagepress_schedule_fires_skipped_total",
          "Fires that were left out because the schedule's rule is gone or off."
      )),
      missed_(ports.metrics.counter(
          "pagepress_schedule_fires_missed_total",
          "Fires that were too late to be made up for, or that a change of the schedule "
          "dropped."
      )),
      lateness_s_(ports.metrics.histogram(
          "pagepress_schedule_lateness_seconds",
          "Time from the nominal time of a fire until Kafka had it.",
          lateness_buckets_s()
      )) {}

void Firing::begin_term() {
    term_ = Term::kBegun;
    decided_.clear();
    versions_.clear();
    open_.clear();
    being_fired_.clear();
    next_load_ = ports_.clock.steady_now();
    load_until_ = next_load_ + kLoadPatience;
    log_info("this worker fires the schedules");
}

void Firing::end_term() {
    if (term_ == Term::kNone) return;
    term_ = Term::kNone;
    decided_.clear();
    versions_.clear();
    open_.clear();
    being_fired_.clear();
    log_info("another worker fires the schedules");
}

bool Firing::is_ready() {
    if (term_ == Term::kNone) return false;
    const auto confirmed_at = ports_.catalog.confirmed_at();
    const SteadyTime now = ports_.clock.steady_now();
    if (!confirmed_at || now - *confirmed_at > kCatalogStaleMax) return false;
    return term_ == Term::kLoaded || has_loaded();
}

/// Without what others decided, everything within `catch_up` is fired again, under the same ids.
bool Firing::has_loaded() {
    const SteadyTime now = ports_.clock.steady_now();
    if (now < next_load_) return false;
    next_load_ = now + kLoadInterval;
    auto loaded = ports_.log.load();
    if (!loaded && now < load_until_) return false;
    if (!loaded) {
        log_warn(
            "what was fired last cannot be read: recent fires are fired again",
            {{"reason", loaded.error().message}}
        );
    }
    decided_ = std::move(loaded).value_or(DecidedTimes{});
    saved_ = Saved::kStale;
    term_ = Term::kLoaded;
    return true;
}

void Firing::step() {
    if (!is_ready()) return;
    const auto schedules = ports_.catalog.schedules();
    forget_removed(schedules);
    const UnixMillis now = ports_.clock.unix_now();
    for (const WrittenSchedule& written : schedules) {
        if (!being_fired_.contains(written.schedule->id)) serve(written, now);
    }
    save_if_due();
}

void Firing::forget_removed(const std::vector<WrittenSchedule>& schedules) {
    const auto is_removed = [&](const auto& decided) {
        const auto id_of = [](const WrittenSchedule& written) -> const std::string& {
            return written.schedule->id;
        };
        return !std::ranges::binary_search(schedules, decided.first, {}, id_of);
    };
    if (std::erase_if(decided_, is_removed) > 0) saved_ = Saved::kStale;
    std::erase_if(versions_, is_removed);
}

/// Decides at most one nominal time; the next step goes on from there.
void Firing::serve(const WrittenSchedule& written, UnixMillis now) {
    const Schedule& schedule = *written.schedule;
    note_version(written);
    if (is_paused(schedule, ports_.catalog)) {
        UnixMillis& decided = decided_[schedule.id];
        decided = std::max(decided, now);
        return;
    }
    const UnixMillis since = undecided_since(written, now);
    const auto due = schedule.timetable.next(since);
    if (!due || *due > now) return;
    const UnixMillis in_time = now - std::max(schedule.catch_up, kOnTime).count();
    if (*due >= in_time) return fire(schedule, *due, now);
    const UnixMillis last_missed = schedule.timetable.latest(since, in_time - 1).value_or(*due);
    const bool is_made_up_for = schedule.missed == Schedule::Missed::kOnce;
    // Where nothing is known of the past, nothing is known to have been missed.
    if (decided_.contains(schedule.id)) {
        report_missed(
            schedule,
            since,
            is_made_up_for ? last_missed - 1 : last_missed,
            "they were missed for longer than 'catch_up'"
        );
    }
    if (is_made_up_for) return fire(schedule, last_missed, now);
    decide(schedule.id, last_missed);
}

/// Tells of times that were due by the version before and not fired yet when it was replaced.
void Firing::note_version(const WrittenSchedule& written) {
    const auto [known, is_new] = versions_.try_emplace(written.schedule->id, written);
    if (is_new || known->second.schedule == written.schedule) return;
    const WrittenSchedule before = std::exchange(known->second, written);
    const auto decided = decided_.find(written.schedule->id);
    if (decided == decided_.end() || !before.schedule->enabled) return;
    report_missed(
        *before.schedule,
        std::max(decided->second, before.written_at),
        written.written_at,
        "the schedule was changed before they were fired"
    );
}

/// Fires later than this are still to be decided. Nothing before this revision of the schedule was
/// ever due, nor before its site was switched on: an off time that no owner saw is known from the
/// catalog alone.
UnixMillis Firing::undecided_since(const WrittenSchedule& written, UnixMillis now) {
    const std::string& id = written.schedule->id;
    const auto found = decided_.find(id);
    const UnixMillis begun =
        std::max(written.written_at, ports_.catalog.site_enabled_since(written.schedule->site));
    if (found == decided_.end()) return written.written_at == 0 ? now : begun;
    if (found->second > now + kClockSkewMax.count()) {
        log_warn(
            "the clock has gone back: the schedule goes on from now",
            {{"schedule", id}, {"decided", iso_time(found->second)}, {"now", iso_time(now)}}
        );
        decide(id, now);
    }
    return std::max(found->second, begun);
}

void Firing::fire(const Schedule& schedule, UnixMillis nominal, UnixMillis now) {
    if (const std::string obstacle = obstacle_of(schedule, ports_.catalog); !obstacle.empty()) {
        log_warn(
            "a fire is left out",
            {{"schedule", schedule.id}, {"due", iso_time(nominal)}, {"reason", obstacle}}
        );
        skipped_.add();
        return decide(schedule.id, nominal);
    }
    Job job = job_of_fire(schedule, nominal, now, ports_.catalog.position());
    std::string traceparent;
    continue_trace(traceparent, {}, job.id);
    const Record record{
        .topic = jobs_topic_,
        .key = route_key(job),
        .value = encode(job),
        .headers = {{.name = std::string(kTraceHeader), .value = std::move(traceparent)}}};
    const std::uint64_t ticket = next_ticket_++;
    // Refused: the next step tries again.
    if (!ports_.sink.append(record, ticket)) return;
    open_.emplace(
        ticket,
        OpenFire{
            .schedule = schedule.id,
            .site = std::move(job.site),
            .nominal = nominal,
            .job_id = std::move(job.id)}
    );
    being_fired_.insert(schedule.id);
}

/// Counts and tells of the nominal times in (after, until].
void Firing::report_missed(
    const Schedule& schedule, UnixMillis after, UnixMillis until, std::string_view reason
) {
    int count = 0;
    for (auto time = schedule.timetable.next(after); time && *time <= until;
         time = schedule.timetable.next(*time)) {
        if (++count == kMissedCountMax) break;
    }
    if (count == 0) return;
    missed_.add(count);
    log_warn(
        "fires are given up",
        {{"schedule", schedule.id},
         {"reason", reason},
         {"count", count},
         {"after", iso_time(after)},
         {"until", iso_time(until)}}
    );
}

void Firing::decide(const std::string& schedule, UnixMillis nominal) {
    decided_.insert_or_assign(schedule, nominal);
    saved_ = Saved::kStale;
}

void Firing::on_delivery(const Delivery& delivery) {
    const auto found = open_.find(delivery.ticket);
    if (found == open_.end()) return;  // of a former term
    const OpenFire fire = std::move(found->second);
    open_.erase(found);
    being_fired_.erase(fire.schedule);
    if (delivery.persistence != Persistence::kPersisted) {
        // Decided anew by the next step; what reached a log all the same has the same id.
        const SteadyTime now = ports_.clock.steady_now();
        if (now < next_warning_) return;
        next_warning_ = now + kWarningInterval;
        log_warn(
            "a fire did not reach Kafka: tried again",
            {{"schedule", fire.schedule}, {"reason", delivery.reason}}
        );
        return;
    }
    ports_.batches.note_accepted(fire.job_id, fire.site);
    const UnixMillis now = ports_.clock.unix_now();
    fired_.add();
    lateness_s_.observe(std::max(0.0, static_cast<double>(now - fire.nominal) / 1000));
    log_info(
        "schedule fired",
        {{"schedule", fire.schedule}, {"due", iso_time(fire.nominal)}, {"job", fire.job_id}}
    );
    decide(fire.schedule, fire.nominal);
}

void Firing::save_if_due() {
    const SteadyTime now = ports_.clock.steady_now();
    if (saved_ == Saved::kAll && now < next_save_) return;
    ports_.log.save(decided_);
    saved_ = Saved::kAll;
    next_save_ = now + kSaveInterval;
}

}  // namespace pagepress::worker
