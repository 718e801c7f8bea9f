#include "worker/idempotency/redis_gates.h"

#include <algorithm>

#include "worker/idempotency/gate_script.h"

namespace pagepress::worker {

namespace {

// KEYS[1]: gates; ARGV: endpoint, wait [ms], kind, closings, reason, how long to keep it [ms]
constexpr std::string_view kCloseScript = R"lua(
local now, wait = now_ms(), tonumber(ARGV[2])
local known = redis.call('HGET', KEYS[1], ARGV[1])
local ends = known and tonumber(known:match('^%d+')) or 0
if ends >= now + wait then return 0 end
redis.call('HSET', KEYS[1], ARGV[1],
           string.format('%.0f %s %s %s', now + wait, ARGV[3], ARGV[4], ARGV[5]))
redis.call('HDEL', KEYS[1], 'probe ' .. ARGV[1])
local kept = wait + tonumber(ARGV[6])
if redis.call('PTTL', KEYS[1]) < kept then redis.call('PEXPIRE', KEYS[1], kept) end
return 1
)lua";

// A gate that somebody has closed meanwhile stays closed. KEYS[1]: gates; ARGV: endpoint
constexpr std::string_view kOpenScript = R"lua(
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known and tonumber(known:match('^%d+')) > now_ms() then return 0 end
return redis.call('HDEL', KEYS[1], ARGV[1], 'probe ' .. ARGV[1])
)lua";

std::string with_gates(std::string_view script) {
    return std::string(kGateLua).append(script);
}

void ignore(const Result<RedisReply>&) {}

}  // namespace

SharedGate gate_from(std::span<const RedisReply> items) {
    SharedGate gate;
    if (items.size() != 4) return gate;
    gate.endpoint = endpoint_from(items[0].text).value_or(Endpoint::kJira);
    gate.kind = gate_kind_from(items[1].text).value_or(GateKind::kAsked);
    gate.closings = static_cast<int>(items[2].integer);
    gate.reason = items[3].text;
    return gate;
}

void RedisGates::close(const std::string& site, const SharedGate& gate) {
    redis_.submit(
        {"EVAL",
         with_gates(kCloseScript),
         "1",
         gate_key(site),
         std::string(name_of(gate.endpoint)),
         std::to_string(std::max<std::int64_t>(1, gate.wait.count())),
         std::string(name_of(gate.kind)),
         std::to_string(gate.closings),
         gate.reason,
         std::string(kGateKeptMs)},
        ignore
    );
}

void RedisGates::open(const std::string& site, Endpoint endpoint) {
    redis_.submit(
        {"EVAL", with_gates(kOpenScript), "1", gate_key(site), std::string(name_of(endpoint))},
        ignore
    );
}

}  // namespace pagepress::worker
