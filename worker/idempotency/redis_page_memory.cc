#include "worker/idempotency/redis_page_memory.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <map>
#include <span>

#include "common/base/ascii.h"
#include "common/job/batch_status.h"
#include "worker/idempotency/batch_script.h"
#include "worker/idempotency/gate_script.h"
#include "worker/idempotency/redis_gates.h"

namespace pagepress::worker {

namespace {

constexpr std::string_view kPageTtlMs = "2592000000";  // 30 days
constexpr std::string_view kAliasTtlMs = kStatusTtlMs;

// Counts an attempt of the jobs whose status keys begin at `first_key`; as many keys of their
// batches' hashes (or nothing) follow. Their arguments (text, redrive, member in the batch) begin
// at `first_argument`. Adds {state, attempts} of each to the reply. ARGV[1]: now [Unix ms],
// ARGV[2]: life of a status [ms], ARGV[3]: what to add to the attempts, ARGV[4]: site.
constexpr std::string_view kCountJobs = R"lua(
local function count_jobs(reply, first_key, first_argument)
  local count = (#KEYS - first_key + 1) / 2
  for i = 1, count do
    local status, batch = KEYS[first_key - 1 + i], KEYS[first_key - 1 + count + i]
    local at = first_argument + (i - 1) * 3
    local member = ARGV[at + 2]
    local known = redis.call('HMGET', status, 'state', 'redrive')
    local redrive = tonumber(known[2] or ARGV[at + 1])
    local is_older = redrive < tonumber(ARGV[at + 1])
    local may_cancel = batch ~= '' and (member == 'batch' or not known[1])
    if redrive > tonumber(ARGV[at + 1]) then
      -- It was sent again because it had died: what comes late of it is at its end.
      reply[#reply + 1] = 'dead'
      reply[#reply + 1] = 0
    elseif known[1] and known[1] ~= 'running' and not is_older then
      reply[#reply + 1] = known[1]
      reply[#reply + 1] = 0
    elseif may_cancel and redis.call('HEXISTS', batch, 'cancelled') == 1 then
      reply[#reply + 1] = 'cancelled'
      reply[#reply + 1] = 0
    else
      if is_older then redis.call('DEL', status) end
      reply[#reply + 1] = 'running'
      reply[#reply + 1] = redis.call('HINCRBY', status, 'attempts', ARGV[3])
      redis.call('HSET', status, 'state', 'running', 'job', ARGV[at],
                 'redrive', ARGV[at + 1], 'updated_at', ARGV[1])
      redis.call('PEXPIRE', status, ARGV[2])
      note(batch, member, 'running', ARGV[2])
      if member == 'batch' then redis.call('HSET', batch, 'site', ARGV[4]) end
    end
  end
  return reply
end
)lua";

// Reply: {state, attempts, state, attempts, …}
constexpr std::string_view kCountScript = R"lua(
return count_jobs({}, 1, 5)
)lua";

// KEYS[1]: lease, KEYS[2]: page, KEYS[3]: gates
// ARGV[5]: token, ARGV[6]: lease [ms], ARGV[7]: life of a page record [ms], ARGV[8]: of a probe
// Reply: {0, page hash, probes, state, attempts, state, attempts, …} | {1, lease ms}
//        | {2, gate ms, endpoint, kind, closings, reason}
constexpr std::string_view kBeginScript = R"lua(
local probes, now = {}, 0
local fields = redis.call('HGETALL', KEYS[3])
if #fields > 0 then
  local closed
  now = now_ms()
  closed, probes = gates(fields, now)
  if closed then return {2, unpack(closed)} end
end
if not redis.call('SET', KEYS[1], ARGV[5], 'NX', 'PX', ARGV[6]) then
  return {1, redis.call('PTTL', KEYS[1])}
end
for _, probe in ipairs(probes) do
  redis.call('HSET', KEYS[3], 'probe ' .. probe[1], now + tonumber(ARGV[8]))
end
local reply = {0, redis.call('HGETALL', KEYS[2]), probes}
redis.call('HSET', KEYS[2], 'open', ARGV[5])
redis.call('PEXPIRE', KEYS[2], ARGV[7])
return count_jobs(reply, 4, 9)
)lua";

constexpr std::string_view kRenewScript = R"lua(
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('HSET', KEYS[2], 'open', ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return 1
)lua";

// ARGV: token, page ttl, status ttl, number of statuses, fields per status, keeps page,
//       page id, version, hash, regions, open, create sent at, stored text, sent text, parent, then
//       the statuses' fields, of which the third is the state and the eighth the reason, then their
//       members in their batches
// KEYS: lease, page, the statuses, the hash of its batch (or nothing) for each
constexpr std::string_view kEndScript = R"lua(
local statuses = tonumber(ARGV[4])
local width = tonumber(ARGV[5])
if redis.call('GET', KEYS[1]) == ARGV[1] then
  if ARGV[6] == '1' then
    redis.call('HSET', KEYS[2], 'page_id', ARGV[7], 'version', ARGV[8], 'hash', ARGV[9],
               'regions', ARGV[10], 'create_sent_at', ARGV[12], 'stored_text', ARGV[13],
               'sent_text', ARGV[14], 'parent', ARGV[15])
  end
  if ARGV[11] == '' then redis.call('HDEL', KEYS[2], 'open')
  else redis.call('HSET', KEYS[2], 'open', ARGV[11]) end
  if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('PEXPIRE', KEYS[2], ARGV[2]) end
  redis.call('DEL', KEYS[1])
end
for i = 1, statuses do
  local first = 16 + (i - 1) * width
  local known = redis.call('HMGET', KEYS[2 + i], 'state', 'redrive')
  local was_redriven = known[2] and tonumber(known[2]) > tonumber(ARGV[first + 3])
  local is_open = not known[1] or known[1] == 'running'
  if not was_redriven and (ARGV[first + 5] ~= 'running' or is_open) then
    redis.call('HSET', KEYS[2 + i], unpack(ARGV, first, first + width - 1))
    redis.call('PEXPIRE', KEYS[2 + i], ARGV[3])
    local batch, member = KEYS[2 + statuses + i], ARGV[15 + statuses * width + i]
    note(batch, member, ARGV[first + 5], ARGV[3])
    if member == 'batch' then redis.call('HSET', batch, 'reason', ARGV[first + 15]) end
  end
end
return 1
)lua";

void ignore(const Result<RedisReply>&) {}

std::string lease_key(std::string_view page_key) {
    return "pagepress:lease:" + std::string(page_key);
}

std::string record_key(std::string_view page_key) {
    return "pagepress:page:" + std::string(page_key);
}

std::string alias_key(std::string_view site, std::string_view issue_key) {
    return "pagepress:alias:" + std::string(site) + ":" + upper_cased(issue_key);
}

std::int64_t number_from(std::string_view text) {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

PageRecord page_record_from(const RedisReply& hash) {
    std::map<std::string_view, std::string_view> fields;
    for (std::size_t i = 0; i + 1 < hash.items.size(); i += 2) {
        fields[hash.items[i].text] = hash.items[i + 1].text;
    }
    return {
        .page_id = std::string(fields["page_id"]),
        .version = number_from(fields["version"]),
        .content_hash = std::string(fields["hash"]),
        .text_digest = std::string(fields["stored_text"]),
        .sent_text = std::string(fields["sent_text"]),
        .has_regions = fields["regions"] != "0",
        .parent = std::string(fields["parent"]),
        .open_token = std::string(fields["open"]),
        .create_sent_at = number_from(fields["create_sent_at"]),
    };
}

std::optional<JobState> finished_state(std::string_view name) {
    constexpr std::array kFinished{
        JobState::kDone, JobState::kCoalesced, JobState::kSkipped, JobState::kDead};
    for (const JobState state : kFinished) {
        if (name_of(state) == name) return state;
    }
    return std::nullopt;
}

/// Records of jobs from the {state, attempts} pairs of a reply.
Result<std::vector<JobRecord>> jobs_from(std::span<const RedisReply> items, std::size_t job_count) {
    if (items.size() != 2 * job_count) {
        return fail(ErrorCode::kUnavailable, "Redis answered a script with another shape");
    }
    std::vector<JobRecord> jobs;
    for (std::size_t i = 0; i < job_count; ++i) {
        const std::string& state = items[2 * i].text;
        jobs.push_back({
            .finished = finished_state(state),
            .attempts = static_cast<int>(items[2 * i + 1].integer),
            .is_cancelled = state == "cancelled",
        });
    }
    return jobs;
}

struct Call {
    std::vector<std::string> keys;
    std::vector<std::string> arguments;
};

void append_jobs(Call& call, const std::vector<const Job*>& jobs) {
    std::vector<std::string> batches;
    for (const Job* job : jobs) {
        BatchEntry entry = batch_entry_of(*job);
        call.keys.push_back(job_status_key(job->id));
        batches.push_back(std::move(entry.key));
        call.arguments.push_back(encode_summary(*job));
        call.arguments.push_back(std::to_string(job->redrive));
        call.arguments.push_back(std::move(entry.member));
    }
    std::ranges::move(batches, std::back_inserter(call.keys));
}

std::unexpected<Error> held_by_other(const RedisReply& reply) {
    // A press usually ends long before its lease would: ask again soon, not when it expires.
    constexpr Millis kLeaseRetry(250);
    const Millis wait(std::max<std::int64_t>(1, reply.items.at(1).integer));
    return std::unexpected(Error{
        .code = ErrorCode::kNotYet,
        .message = "another worker is pressing this page",
        .retry_after = std::min(wait, kLeaseRetry),
    });
}

Begun stopped_by_gate(const RedisReply& reply) {
    Begun begun{.page = {}, .jobs = {}};
    begun.closed = gate_from(std::span(reply.items).subspan(2));
    begun.closed->wait = Millis(std::max<std::int64_t>(1, reply.items[1].integer));
    return begun;
}

}  // namespace

RedisPageMemory::RedisPageMemory(Redis& redis)
    : redis_(redis),
      backlog_(redis),
      count_(with_note(std::string(kCountJobs) + std::string(kCountScript))),
      begin_(with_note(std::string(kGateLua) + std::string(kCountJobs) + std::string(kBeginScript))
      ),
      renew_(std::string(kRenewScript)),
      end_(with_note(kEndScript)) {}

Result<std::vector<JobRecord>> RedisPageMemory::count_attempts(
    const std::vector<const Job*>& jobs, UnixMillis now
) {
    Call call{
        .keys = {},
        .arguments = {std::to_string(now), std::string(kStatusTtlMs), "1", jobs.front()->site}};
    append_jobs(call, jobs);
    const auto reply = count_.call(redis_, call.keys, call.arguments);
    if (!reply) return std::unexpected(reply.error());
    return jobs_from(reply->items, jobs.size());
}

Result<Begun> RedisPageMemory::begin(const BeginRequest& request) {
    Call call{
        .keys = {lease_key(request.page_key), record_key(request.page_key), gate_key(request.site)},
        .arguments = {
            std::to_string(request.now),
            std::string(kStatusTtlMs),
            request.has_counted ? "0" : "1",
            request.site,
            request.token,
            std::to_string(request.lease.count()),
            std::string(kPageTtlMs),
            std::to_string(request.probe_max.count()),
        }};
    append_jobs(call, request.jobs);
    const auto reply = begin_.call(redis_, call.keys, call.arguments);
    if (!reply) return std::unexpected(reply.error());
    if (reply->items.size() < 2 || (reply->items.front().integer == 0 && reply->items.size() < 3)) {
        return fail(ErrorCode::kUnavailable, "Redis answered a script with another shape");
    }
    if (reply->items.front().integer == 1) return held_by_other(*reply);
    if (reply->items.front().integer == 2) return stopped_by_gate(*reply);
    auto jobs = jobs_from(std::span(reply->items).subspan(3), request.jobs.size());
    if (!jobs) return std::unexpected(std::move(jobs.error()));
    Begun begun{.page = page_record_from(reply->items[1]), .jobs = *std::move(jobs)};
    for (const RedisReply& probe : reply->items[2].items) {
        begun.probes.push_back(gate_from(probe.items));
    }
    return begun;
}

Result<void> RedisPageMemory::renew(
    const std::string& page_key, const std::string& token, Millis lease
) {
    const auto reply = renew_.call(
        redis_,
        {lease_key(page_key), record_key(page_key)},
        {token, std::to_string(lease.count()), std::string(kPageTtlMs)}
    );
    if (!reply) return std::unexpected(reply.error());
    if (reply->integer == 1) return {};
    return fail(ErrorCode::kNotYet, "the lease of this page went to another press");
}

Result<void> RedisPageMemory::note_create(const std::string& page_key, UnixMillis now) {
    const auto reply =
        redis_.call({"HSET", record_key(page_key), "create_sent_at", std::to_string(now)});
    if (!reply) return std::unexpected(reply.error());
    redis_.submit({"PEXPIRE", record_key(page_key), std::string(kPageTtlMs)}, ignore);
    return {};
}

Result<void> RedisPageMemory::end(const EndRequest& request) {
    std::vector<std::string> keys{lease_key(request.page_key), record_key(request.page_key)};
    std::vector<std::string> fields;
    std::vector<std::string> batches;
    std::vector<std::string> members;
    for (const JobStatus& status : request.statuses) {
        BatchEntry entry = batch_entry_of(status.job);
        keys.push_back(job_status_key(status.job.id));
        batches.push_back(std::move(entry.key));
        members.push_back(std::move(entry.member));
        std::vector<std::string> more = to_redis_fields(status);
        fields.insert(fields.end(), more.begin(), more.end());
    }
    std::ranges::move(batches, std::back_inserter(keys));
    const std::size_t width =
        request.statuses.empty() ? 0 : fields.size() / request.statuses.size();
    std::vector<std::string> arguments{
        request.token,
        std::string(kPageTtlMs),
        std::string(kStatusTtlMs),
        std::to_string(request.statuses.size()),
        std::to_string(width),
        request.keeps_page ? "1" : "0",
        request.page.page_id,
        std::to_string(request.page.version),
        request.page.content_hash,
        request.page.has_regions ? "1" : "0",
        request.page.open_token,
        std::to_string(request.page.create_sent_at),
        request.page.text_digest,
        request.page.sent_text,
        request.page.parent,
    };
    arguments.insert(arguments.end(), fields.begin(), fields.end());
    std::ranges::move(members, std::back_inserter(arguments));
    const auto reply = end_.call(redis_, keys, arguments);
    if (reply) return {};
    for (const JobStatus& status : request.statuses) {
        if (is_terminal(status.state)) backlog_.record_later(status);
    }
    backlog_.release_later(lease_key(request.page_key), request.token);
    return std::unexpected(reply.error());
}

void RedisPageMemory::record(const JobStatus& status) {
    backlog_.record(status);
}

void RedisPageMemory::send_again() {
    backlog_.send_again();
}

std::optional<std::string> RedisPageMemory::issue_id(
    const std::string& site, const std::string& issue_key
) {
    const auto reply = redis_.call({"GET", alias_key(site, issue_key)});
    if (!reply || !is_numeric_id(reply->text)) return std::nullopt;
    return reply->text;
}

void RedisPageMemory::remember_issue_id(
    const std::string& site, const std::string& issue_key, const std::string& issue_id
) {
    redis_.submit(
        {"SET", alias_key(site, issue_key), issue_id, "PX", std::string(kAliasTtlMs)}, ignore
    );
}

void RedisPageMemory::forget_issue_id(const std::string& site, const std::string& issue_key) {
    redis_.submit({"DEL", alias_key(site, issue_key)}, ignore);
}

Result<void> check_redis_policy(Redis& redis) {
    const auto reply = redis.call({"CONFIG", "GET", "maxmemory-policy"});
    if (!reply) return std::unexpected(reply.error());
    if (reply->items.size() == 2 && reply->items[1].text != "noeviction") {
        return fail(
            ErrorCode::kInvalidInput,
            "Redis has maxmemory-policy " + reply->items[1].text +
                ": set it to noeviction, so that leases are not dropped to make room"
        );
    }
    return {};
}

}  // namespace pagepress::worker
