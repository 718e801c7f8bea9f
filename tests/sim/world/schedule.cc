#include "tests/sim/world/schedule.h"

#include <algorithm>

namespace pagepress::sim {

namespace {

/// What the issue says must come to an end within this after the last fault.
constexpr Millis kEndMax{60'000};
/// Everything that was under way when all jobs ended has arrived after this.
constexpr Millis kSettled{1'500};
constexpr Millis kCheckInterval{50};

constexpr Millis kHttpTimeout{400};
constexpr Millis kCreateSettle{1'000};
constexpr Millis kLease{1'200};

}  // namespace

Schedule::Schedule(std::uint64_t seed, Trace trace)
    : engine_(seed),
      setting_(setting_with(static_cast<int>(engine_.random.draw(0, kPolicies - 1)))),
      oracle_(engine_, *this),
      faults_until_(engine_.random.draw(1'000, 6'000)),
      memory_(engine_),
      site_(engine_),
      broker_(engine_, oracle_, static_cast<int>(engine_.random.draw(1, 3))),
      ingress_(engine_, broker_, oracle_, setting_.catalog),
      people_(engine_, site_, oracle_),
      limits_(draw_limits()),
      outside_(engine_.make_process("outside")) {
    engine_.keeps_trace = trace == Trace::kLines;
    site_.spares_edits = setting_.policies.on_edited == OnEdited::kSkip;
    (void)site_.confluence.add_page("Report", "<p>Report</p>");
    for (const IssueName& issue : kIssues) {
        site_.jira.add_issue(std::string(issue.id), std::string(issue.key));
    }
    plan_network();
    plan_memory();
    plan_broker();
    plan_site();
    plan_calls();
    plan_people();
    plan_workers();
    plan_catalog();
    engine_.at(faults_until_, [this] { end_faults(); });
}

Schedule::~Schedule() {
    for (Slot& slot : slots_) slot.worker.reset();
    engine_.kill_all();
    if (has_changed_rules_) setting_.name_parent(kParents[0]);
}

Millis Schedule::draw_moment() {
    return Millis(engine_.random.draw(0, faults_until_.count()));
}

/// Most faults are absent from most schedules, so that each is met in the company of few others.
int Schedule::draw_rate(int per_mille_of_schedules, int rate_max) {
    if (!engine_.random.chance(per_mille_of_schedules)) return 0;
    return static_cast<int>(engine_.random.draw(1, rate_max));
}

WorkerLimits Schedule::draw_limits() {
    WorkerLimits limits;
    limits.concurrency = static_cast<int>(engine_.random.draw(1, 3));
    limits.press.attempts_max = engine_.random.chance(300) ? 2 : 12;
    limits.press.lease = kLease;
    limits.press.http_timeout = kHttpTimeout;
    limits.press.create_settle = kCreateSettle;
    limits.gates = {
        .failing_wait = Millis(40),
        .credentials_wait = Millis(200),
        .wait_max = Millis(1'000),
        .probe_max = kHttpTimeout,
        .hold_max = {},
    };
    limits.press.backoff = {.base = Millis(20), .cap = Millis(400)};
    const Millis park_max(engine_.random.draw(20, 500));
    limits.press.park_max = limits.delay.park_max = limits.gates.hold_max = park_max;
    limits.delay.delays = {park_max * 2, park_max * 4, park_max * 8};
    if (engine_.random.chance(100)) limits.press.age_max = Millis(engine_.random.draw(500, 3'000));
    limits.poll.window_max = engine_.random.chance(200) ? 2 : 4096;
    limits.poll.held_max = engine_.random.chance(100) ? 4 : 100'000;
    limits.poll.revoke_wait = Millis(engine_.random.draw(0, 1'500));
    limits.poll.store_interval = Millis(50);
    limits.poll.poll_wait = Millis(100);
    broker_.refetches = draw_rate(200, 200);
    return limits;
}

void Schedule::plan_network() {
    site_.link = {
        .faults =
            {.refused = draw_rate(300, 100),
             .lost_before = draw_rate(400, 150),
             .lost_after = draw_rate(400, 200),
             .late = draw_rate(400, 200),
             .doubled = draw_rate(300, 200),
             .slow = draw_rate(300, 200),
             .until = faults_until_},
        .usual = Millis(engine_.random.draw(2, 40)),
        .timeout = kHttpTimeout,
        .late_max = kCreateSettle - kHttpTimeout - Millis(100),
    };
    memory_link_ = {
        .faults =
            {.refused = draw_rate(300, 100),
             .lost_before = draw_rate(300, 100),
             .lost_after = draw_rate(300, 100),
             .late = draw_rate(200, 50),
             .until = faults_until_},
        .usual = Millis(engine_.random.draw(1, 5)),
        .timeout = Millis(100),
        .late_max = Millis(200),
    };
}

void Schedule::plan_memory() {
    if (engine_.random.chance(250)) {
        engine_.at(draw_moment(), [this] {
            engine_.trace("redis", "loses everything");
            oracle_.reach("Redis lost everything");
            memory_.lose_everything();
        });
    }
    if (engine_.random.chance(250)) {
        const Millis copied = draw_moment();
        engine_.at(copied, [this] { memory_.copy(); });
        engine_.at(copied + draw_moment() / 2, [this] {
            if (engine_.now() > faults_until_) return;
            engine_.trace("redis", "falls back to an old copy");
            oracle_.reach("Redis fell back to an old copy");
            memory_.fall_back();
        });
    }
    if (engine_.random.chance(250)) {
        const Millis from = draw_moment();
        engine_.at(from, [this] { memory_link_.is_down = engine_.now() < faults_until_; });
        engine_.at(from + draw_moment(), [this] { memory_link_.is_down = false; });
    }
}

void Schedule::plan_broker() {
    broker_.faults = {
        .refused = draw_rate(300, 200),
        .unknown_persisted = draw_rate(300, 300),
        .unknown_lost = draw_rate(300, 200),
        .until = faults_until_,
    };
    const std::int64_t rebalances = engine_.random.chance(500) ? engine_.random.draw(1, 3) : 0;
    for (std::int64_t i = 0; i < rebalances; ++i) {
        engine_.at(draw_moment(), [this] {
            engine_.trace("group", "rebalances");
            oracle_.reach("rebalances");
            broker_.rebalance();
        });
    }
    if (engine_.random.chance(300)) engine_.at(draw_moment(), [this] { ingress_.crash(); });
    if (engine_.random.chance(500)) {
        broker_.on_letter = [this](const Job& job) {
            if (engine_.now() < faults_until_ && engine_.random.chance(500)) send_again(job);
        };
    }
}

/// An operator redrives a dead letter.
void Schedule::send_again(Job job) {
    ++job.redrive;
    engine_.after(Millis(engine_.random.draw(1, 500)), [this, job] {
        oracle_.reach("letters sent again");
        broker_.append(
            {.topic = "jobs", .key = route_key(job), .value = encode(job), .headers = {}},
            Origin::kSent
        );
    });
}

void Schedule::plan_site() {
    site_.rate_limited = draw_rate(200, 150);
    site_.errors = draw_rate(200, 150);
    site_.confluence.tells_body = engine_.random.chance(700);
    if (engine_.random.chance(100)) {
        const Millis from = draw_moment();
        engine_.at(from, [this] { site_.jira.knows_us = engine_.now() >= faults_until_; });
        engine_.at(from + draw_moment(), [this] { site_.jira.knows_us = true; });
    }
}

Call Schedule::draw_call() {
    SeededRandom& random = engine_.random;
    Call call;
    if (random.chance(400)) call.idempotency_key = "call-" + std::to_string(random.draw(1, 99));
    if (random.chance(700)) {
        const IssueName& issue = kIssues.at(random.chance(750) ? 0 : 1);
        call.rule = kRules.at(random.chance(750) ? 0 : 1);
        call.issue = random.chance(500) ? issue.id : issue.key;
        return call;
    }
    call.kind = random.chance(500) ? Call::Kind::kSnapshot : Call::Kind::kPage;
    call.snapshot = kSnapshots.at(random.chance(500) ? 0 : 1).id;
    call.page = kSnapshotPage;
    return call;
}

void Schedule::plan_calls() {
    const std::int64_t count = engine_.random.draw(2, 8);
    for (std::int64_t i = 0; i < count; ++i) {
        const Call call = draw_call();
        // Most of what can happen needs a page that is there.
        const bool is_early = i == 0 && engine_.random.chance(700);
        const Millis when = is_early ? Millis(engine_.random.draw(0, 50)) : draw_moment();
        if (engine_.random.chance(600)) {
            engine_.at(when - Millis(std::min<std::int64_t>(when.count(), 1)), [this] {
                people_.change_issue();
            });
        }
        ++open_calls_;
        engine_.at(when, [this, call] {
            engine_.spawn(outside_, [this, call] { make_call(call); });
        });
    }
}

/// A client: he tries again while he has no 202.
void Schedule::make_call(const Call& call) {
    constexpr int kTries = 4;
    for (int i = 0; i < kTries; ++i) {
        auto status = std::make_shared<int>(0);
        Task* const caller = engine_.current();
        engine_.sleep(Millis(engine_.random.draw(0, 10)));
        ingress_.handle(call, [this, status, caller](int answered) {
            *status = answered;
            engine_.wake(*caller);
        });
        if (*status == 0) (void)engine_.wait(Millis(300));
        if (*status == 202) break;
        oracle_.reach("calls made again");
        engine_.sleep(Millis(engine_.random.draw(20, 300)));
    }
    --open_calls_;
}

void Schedule::plan_people() {
    const std::int64_t acts = engine_.random.chance(500) ? engine_.random.draw(1, 4) : 0;
    for (std::int64_t i = 0; i < acts; ++i) {
        engine_.at(draw_moment(), [this] { people_.act_on_a_page(); });
    }
    site_.people_in_between = draw_rate(300, 400);
    site_.act_on = [this](const std::string& page_id) { people_.act_on(page_id); };
    const std::int64_t changes = engine_.random.draw(0, 4);
    for (std::int64_t i = 0; i < changes; ++i) {
        engine_.at(draw_moment(), [this] { people_.change_issue(); });
    }
}

/// An admin gives the rules another parent, which all machines know at once.
void Schedule::plan_catalog() {
    if (!engine_.random.chance(300)) return;
    engine_.at(draw_moment(), [this] {
        engine_.trace("admin", "names another parent");
        oracle_.reach("rules changed");
        has_changed_rules_ = true;
        setting_.name_parent(kParents[1]);
    });
}

void Schedule::plan_workers() {
    const bool are_many = engine_.random.chance(50);
    slots_.resize(static_cast<std::size_t>(engine_.random.draw(1, are_many ? 8 : 3)));
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        const Millis when = i == 0 ? Millis(0) : draw_moment() / 2;
        engine_.at(when, [this, i] { start(i); });
    }
    const std::int64_t faults = engine_.random.chance(700) ? engine_.random.draw(1, 4) : 0;
    for (std::int64_t i = 0; i < faults; ++i) plan_worker_fault();
}

void Schedule::plan_worker_fault() {
    SeededRandom& random = engine_.random;
    const auto slot =
        static_cast<std::size_t>(random.draw(0, static_cast<std::int64_t>(slots_.size()) - 1));
    const Millis when = draw_moment();
    const Millis away(random.draw(50, 2'500));
    switch (random.draw(0, 2)) {
        case 0:
            engine_.at(when, [this, slot] { crash(slot); });
            engine_.at(when + away, [this, slot] { start(slot); });
            return;
        case 1:
            engine_.at(when, [this, slot, away] {
                if (slots_[slot].worker == nullptr) return;
                oracle_.reach("workers stalled");
                engine_.trace(slots_[slot].worker->process().name, "stalls", away.count());
                slots_[slot].worker->process().frozen_until = engine_.now() + away;
            });
            return;
        default:
            engine_.at(when, [this, slot] {
                if (slots_[slot].worker == nullptr) return;
                oracle_.reach("workers stopped");
                slots_[slot].worker->stop();
            });
            engine_.at(when + away, [this, slot] { start(slot); });
    }
}

void Schedule::start(std::size_t slot) {
    Slot& its = slots_[slot];
    if (its.worker != nullptr && !its.worker->has_ended()) {
        // Its successor waits for its end, as an orchestrator does.
        if (its.worker->is_stopping()) engine_.after(Millis(100), [this, slot] { start(slot); });
        return;
    }
    its.worker.reset();
    const std::string name =
        "worker " + std::to_string(slot) + "." + std::to_string(++its.incarnation);
    engine_.trace(name, "starts");
    its.worker = std::make_unique<WorkerNode>(
        WorkerPorts{
            .engine = engine_,
            .oracle = oracle_,
            .broker = broker_,
            .site = site_,
            .memory = memory_,
            .memory_link = memory_link_,
            .catalog = setting_.catalog,
            .templates = setting_.templates,
            .metrics = setting_.metrics,
        },
        limits_,
        name
    );
}

void Schedule::crash(std::size_t slot) {
    Slot& its = slots_[slot];
    if (its.worker == nullptr) return;
    engine_.trace(its.worker->process().name, "crashes");
    oracle_.reach("workers crashed");
    its.worker.reset();
}

void Schedule::end_faults() {
    engine_.trace("world", "has no more faults");
    broker_.refetches = 0;
    memory_link_.is_down = false;
    site_.jira.knows_us = true;
    for (std::size_t i = 0; i < slots_.size(); ++i) start(i);
}

void Schedule::run_until_quiet() {
    Millis next_check = std::max(engine_.now(), faults_until_);
    while (oracle_.violation().empty() && engine_.step()) {
        if (engine_.now() < next_check) continue;
        next_check = engine_.now() + kCheckInterval;
        if (engine_.now() > faults_until_ + kEndMax) return;
        if (open_calls_ == 0 && oracle_.is_quiet()) return;
    }
}

/// What comes late has its time too.
void Schedule::settle() {
    const Millis settled = engine_.now() + kSettled;
    while (oracle_.violation().empty() && engine_.now() < settled && engine_.step()) {
    }
}

Outcome Schedule::run() {
    do {
        run_until_quiet();
        settle();
    } while (oracle_.violation().empty() && !oracle_.is_quiet() &&
             engine_.now() <= faults_until_ + kEndMax);
    if (oracle_.violation().empty()) oracle_.check_end();
    return {
        .violation = oracle_.violation(),
        .trace_hash = engine_.trace_hash(),
        .took = engine_.now(),
        .reached = oracle_.reached(),
        .lines = engine_.lines,
    };
}

}  // namespace pagepress::sim
