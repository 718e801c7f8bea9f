#include "tests/chaos/faults.h"

#include "tests/chaos/fleet.h"

namespace pagepress::chaos {
namespace {

using namespace std::chrono_literals;
using test::KafkaCluster;
using test::Process;

constexpr auto kWorkers = &Fleet::workers;
constexpr auto kIngresses = &Fleet::ingresses;

/// What is done to one of the replicas.
template <auto kReplicas, auto kAct>
void with(Fleet& fleet, std::size_t target) {
    auto& replicas = fleet.*kReplicas;
    (replicas[target % replicas.size()].*kAct)();
}

/// What is done to one of the brokers.
template <auto kAct>
void with_broker(Fleet& fleet, std::size_t target) {
    (fleet.kafka.*kAct)(target % fleet.kafka.size());
}

template <auto kAct>
void with_broker_process(Fleet& fleet, std::size_t target) {
    (fleet.kafka.process(target % fleet.kafka.size()).*kAct)();
}

void leave_one_worker(Fleet& fleet, std::size_t target) {
    const Replica& left = fleet.workers[target % fleet.workers.size()];
    for (Replica& worker : fleet.workers) {
        if (&worker != &left) worker.terminate();
    }
}

void want_all_workers(Fleet& fleet, std::size_t) {
    for (Replica& worker : fleet.workers) worker.want();
}

void kill_all_workers(Fleet& fleet, std::size_t) {
    for (Replica& worker : fleet.workers) worker.kill();
}

void flush_redis(Fleet& fleet, std::size_t) {
    fleet.flush_redis();
}

void kill_redis(Fleet& fleet, std::size_t) {
    fleet.stop_redis();
}

void start_redis(Fleet& fleet, std::size_t) {
    fleet.start_redis();
}

void stop_redis(Fleet& fleet, std::size_t) {
    fleet.redis.process().pause();
}

void continue_redis(Fleet& fleet, std::size_t) {
    fleet.redis.process().resume();
}

void cut_gate(Fleet& fleet, std::size_t) {
    fleet.gate.cut();
}

void hold_gate(Fleet& fleet, std::size_t) {
    fleet.gate.hold();
}

void open_gate(Fleet& fleet, std::size_t) {
    fleet.gate.open();
}

void slow_gate(Fleet& fleet, std::size_t target) {
    fleet.gate.set_delay(Millis(100 + target % 400));
}

void fast_gate(Fleet& fleet, std::size_t) {
    fleet.gate.set_delay(0ms);
}

void nothing(Fleet&, std::size_t) {}

void mend_site(Fleet& fleet, std::size_t) {
    fleet.site.clear_faults();
}

/// What the fake does to all requests, or to writes.
template <const char* kRule>
void break_site(Fleet& fleet, std::size_t) {
    fleet.site.add_fault(kRule);
}

constexpr char kHalfAnswers[] = R"({"kind":"truncate","count":-1})";
constexpr char kRateLimit[] = R"({"kind":"rate_limit","count":-1,"retry_after":1})";
constexpr char kBadGateway[] = R"({"kind":"html","status":502,"count":-1})";
constexpr char kServerErrorDone[] =
    R"([{"kind":"status","status":500,"method":"PUT","effect":"done","count":-1},
        {"kind":"status","status":500,"method":"POST","effect":"done","count":-1}])";
constexpr char kAnswersLost[] = R"({"kind":"reset_after","count":-1})";
constexpr char kRequestsLost[] = R"({"kind":"reset_before","count":-1})";
/// Longer than the workers wait for an answer: the write arrives after its sender has given up.
constexpr char kLateWrites[] =
    R"([{"kind":"delay_effect","method":"PUT","path":"/wiki/","count":6,"delay_ms":2500},
        {"kind":"delay_effect","method":"POST","path":"/wiki/","count":3,"delay_ms":2500}])";
constexpr char kLoginRefused[] = R"({"kind":"lost_credentials","count":-1})";
constexpr char kLoginPage[] = R"({"kind":"login_page","count":-1})";

constexpr auto kKillWorker = with<kWorkers, &Replica::kill>;
constexpr auto kStopWorker = with<kWorkers, &Replica::pause>;
constexpr auto kContinueWorker = with<kWorkers, &Replica::resume>;
constexpr auto kEndWorker = with<kWorkers, &Replica::terminate>;
constexpr auto kWantWorker = with<kWorkers, &Replica::want>;
constexpr auto kKillIngress = with<kIngresses, &Replica::kill>;
constexpr auto kStopIngress = with<kIngresses, &Replica::pause>;
constexpr auto kContinueIngress = with<kIngresses, &Replica::resume>;
constexpr auto kEndIngress = with<kIngresses, &Replica::terminate>;
constexpr auto kWantIngress = with<kIngresses, &Replica::want>;
constexpr auto kKillBroker = with_broker<&KafkaCluster::kill>;
constexpr auto kEndBroker = with_broker<&KafkaCluster::terminate>;
constexpr auto kStartBroker = with_broker<&KafkaCluster::start>;
constexpr auto kStopBroker = with_broker_process<&Process::pause>;
constexpr auto kContinueBroker = with_broker_process<&Process::resume>;

constexpr FaultKind kKinds[] = {
    {"worker killed", Lane::kWorkers, 200ms, 3s, kKillWorker, kWantWorker},
    {"worker stopped past its lease", Lane::kWorkers, 5s, 9s, kStopWorker, kContinueWorker},
    {"worker restarted", Lane::kWorkers, 500ms, 2s, kEndWorker, kWantWorker},
    {"scaled to one worker and back", Lane::kWorkers, 3s, 6s, leave_one_worker, want_all_workers},
    {"all workers killed", Lane::kWorkers, 200ms, 2s, kill_all_workers, want_all_workers},
    {"ingress killed", Lane::kIngresses, 200ms, 4s, kKillIngress, kWantIngress},
    {"ingress stopped", Lane::kIngresses, 2s, 7s, kStopIngress, kContinueIngress},
    {"ingress restarted", Lane::kIngresses, 500ms, 2s, kEndIngress, kWantIngress},
    {"broker killed", Lane::kBrokers, 4s, 8s, kKillBroker, kStartBroker},
    {"broker restarted", Lane::kBrokers, 4s, 8s, kEndBroker, kStartBroker},
    {"broker stopped", Lane::kBrokers, 3s, 7s, kStopBroker, kContinueBroker},
    {"Redis flushed", Lane::kRedis, 0ms, 0ms, flush_redis, nothing},
    {"Redis restarted empty", Lane::kRedis, 200ms, 5s, kill_redis, start_redis},
    {"Redis stopped", Lane::kRedis, 1s, 5s, stop_redis, continue_redis},
    {"site cut off", Lane::kSite, 500ms, 4s, cut_gate, open_gate},
    {"site holds all bytes", Lane::kSite, 1s, 4s, hold_gate, open_gate},
    {"site slow", Lane::kSite, 2s, 6s, slow_gate, fast_gate},
    {"half answers", Lane::kSite, 500ms, 3s, break_site<kHalfAnswers>, mend_site},
    {"429 storm", Lane::kSite, 1s, 5s, break_site<kRateLimit>, mend_site},
    {"502 storm", Lane::kSite, 1s, 5s, break_site<kBadGateway>, mend_site},
    {"500 after the effect", Lane::kSite, 500ms, 3s, break_site<kServerErrorDone>, mend_site},
    {"answers lost", Lane::kSite, 500ms, 3s, break_site<kAnswersLost>, mend_site},
    {"requests lost", Lane::kSite, 500ms, 3s, break_site<kRequestsLost>, mend_site},
    {"late writes", Lane::kSite, 2s, 5s, break_site<kLateWrites>, mend_site},
    {"login refused", Lane::kSite, 500ms, 3s, break_site<kLoginRefused>, mend_site},
    {"login page", Lane::kSite, 500ms, 3s, break_site<kLoginPage>, mend_site},
};

}  // namespace

std::span<const FaultKind> fault_kinds() {
    return kKinds;
}

}  // namespace pagepress::chaos
