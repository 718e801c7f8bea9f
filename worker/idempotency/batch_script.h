// The part that the worker's scripts share: a job's state in the hash of its batch.
#pragma once

#include <string>
#include <string_view>

namespace pagepress::worker {

/// Lua: `note(batch, member, state, ttl)` keeps the state of a job and the number of jobs in each
/// state (`#done`, …). The number follows from what the hash holds, in one step with it, so that a
/// repeat does not count twice. `batch` may be '' and `member` the batch job itself, which is not
/// counted.
inline constexpr std::string_view kNoteLua = R"lua(
local function note(batch, member, state, ttl)
  if batch == '' then return end
  local old = redis.call('HGET', batch, member)
  if old ~= state then
    redis.call('HSET', batch, member, state)
    if member ~= 'batch' then
      if old then redis.call('HINCRBY', batch, '#' .. old, -1) end
      redis.call('HINCRBY', batch, '#' .. state, 1)
    end
  end
  redis.call('PEXPIRE', batch, ttl)
end
)lua";

/// A script that can use it.
[[nodiscard]] inline std::string with_note(std::string_view script) {
    return std::string(kNoteLua).append(script);
}

}  // namespace pagepress::worker
