#include "common/job/batch_status.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "common/base/invariant.h"

namespace pagepress {

namespace {

constexpr std::array<std::string_view, 6> kStateNames{
    "unknown", "queued", "running", "done", "cancelled", "dead"};

/// What is read of a batch's hash, in this order.
constexpr std::array<std::string_view, 11> kMembers{
    "site",
    "batch",
    "total",
    "cancelled",
    "reason",
    "#queued",
    "#running",
    "#done",
    "#coalesced",
    "#skipped",
    "#dead"};

constexpr std::string_view kNoteScript = R"lua(
redis.call('HSETNX', KEYS[1], 'site', ARGV[1])
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
)lua";

// ARGV[1]: life of the hash [ms], ARGV[2]: site of the caller or nothing, then kMembers.
// Reply: {whether it was marked, kMembers as they were}. What is at its end is what `state_of` has
// for final.
constexpr std::string_view kCancelScript = R"lua(
local known = redis.call('HMGET', KEYS[1], unpack(ARGV, 3))
local site, batch, total, cancelled = known[1], known[2], known[3], known[4]
if not site or (ARGV[2] ~= '' and site ~= ARGV[2]) then return {0, known} end
if cancelled or batch == 'skipped' or batch == 'dead' then return {0, known} end
if batch == 'done' and total then
  local function count(at) return tonumber(known[at] or '0') end
  local open = count(6) + count(7)
  local ended = count(8) + count(9) + count(10) + count(11)
  if open == 0 and ended >= tonumber(total) then return {0, known} end
end
redis.call('HSET', KEYS[1], 'cancelled', '1')
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return {1, known}
)lua";

RedisCommand command_of(
    std::string_view script, std::string_view batch_id, std::initializer_list<std::string_view> more
) {
    RedisCommand command{"EVAL", std::string(script), "1", batch_status_key(batch_id)};
    for (const std::string_view argument : more) command.emplace_back(argument);
    return command;
}

/// The state of the batch from that of its own job and from its jobs' counts.
BatchState state_of(
    std::string_view batch, bool is_cancelled, bool has_total, const BatchStatus& status
) {
    if (status.site.empty()) return BatchState::kUnknown;
    if (is_cancelled || batch == "skipped") return BatchState::kCancelled;
    if (batch == "dead") return BatchState::kDead;
    if (batch == "running") return BatchState::kRunning;
    if (batch != "done") return batch.empty() ? BatchState::kQueued : BatchState::kUnknown;
    // Some were lost with Redis: their ends are not known.
    if (!has_total || status.counts.sum() < status.total) return BatchState::kUnknown;
    const bool is_open = status.counts.queued > 0 || status.counts.running > 0;
    return is_open ? BatchState::kRunning : BatchState::kDone;
}

}  // namespace

std::string_view name_of(BatchState state) {
    return kStateNames[static_cast<std::size_t>(state)];
}

bool is_terminal(BatchState state) {
    return state == BatchState::kDone || state == BatchState::kCancelled ||
           state == BatchState::kDead;
}

std::string batch_status_key(std::string_view batch_id) {
    return "pagepress:batch:" + std::string(batch_id);
}

BatchEntry batch_entry_of(const Job& job) {
    if (job.kind == JobKind::kBatch) return {.key = batch_status_key(job.id), .member = "batch"};
    if (job.parent.empty()) return {};
    return {.key = batch_status_key(job.parent), .member = job.id};
}

RedisCommand read_batch_command(std::string_view batch_id) {
    RedisCommand command{"HMGET", batch_status_key(batch_id)};
    for (const std::string_view member : kMembers) command.emplace_back(member);
    return command;
}

BatchStatus batch_status_from(const RedisReply& reply) {
    if (reply.items.size() != kMembers.size()) return {};
    const auto text = [&](std::size_t index) -> const std::string& {
        return reply.items[index].text;
    };
    const auto count = [&](std::size_t index) {
        std::int64_t number = 0;
        std::from_chars(text(index).data(), text(index).data() + text(index).size(), number);
        return number;
    };
    BatchStatus status{
        .site = text(0),
        .total = count(2),
        .counts =
            {.queued = count(5),
             .running = count(6),
             .done = count(7),
             .coalesced = count(8),
             .skipped = count(9),
             .dead = count(10)},
        .reason = text(4),
    };
    status.state = state_of(text(1), !text(3).empty(), !text(2).empty(), status);
    status.total = std::max(status.total, status.counts.sum());
    return status;
}

RedisCommand note_batch_command(std::string_view batch_id, std::string_view site) {
    return command_of(kNoteScript, batch_id, {site, kStatusTtlMs});
}

RedisCommand cancel_batch_command(std::string_view batch_id, std::string_view site) {
    RedisCommand command = command_of(kCancelScript, batch_id, {kStatusTtlMs, site});
    for (const std::string_view member : kMembers) command.emplace_back(member);
    return command;
}

BatchCancel batch_cancel_from(const RedisReply& reply) {
    if (reply.items.size() != 2) return {};
    return {
        .is_marked = reply.items[0].integer == 1,
        .before = batch_status_from(reply.items[1]),
    };
}

}  // namespace pagepress
