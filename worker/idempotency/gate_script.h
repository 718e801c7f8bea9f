// The part of the worker's scripts that knows the shared gates.
#pragma once

#include <string>
#include <string_view>

namespace pagepress::worker {

/// Hash of a site's gates. Of each closed one a field `<endpoint>` with `<until> <kind> <closings>
/// <reason>`, where until is a time of Redis' clock [Unix ms]; and while it is probed `probe
/// <endpoint>`, until when others wait for that.
[[nodiscard]] inline std::string gate_key(std::string_view site) {
    return "pagepress:gate:" + std::string(site);
}

/// How long gates are kept after their time, in case that nobody comes to probe them.
inline constexpr std::string_view kGateKeptMs = "600000";

/// Lua: `now_ms()`, the time of Redis' clock, and `gates(fields, now)`: of the gates in a hash the
/// one that is closed for longest, {wait [ms], endpoint, kind, closings, reason} or nil, and a list
/// of those that wait for a probe, {endpoint, kind, closings, reason} each.
inline constexpr std::string_view kGateLua = R"lua(
local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function gates(fields, now)
  local probed = {}
  for i = 1, #fields, 2 do
    local endpoint = fields[i]:match('^probe (.+)$')
    if endpoint then probed[endpoint] = tonumber(fields[i + 1]) end
  end
  local closed, probes = nil, {}
  for i = 1, #fields, 2 do
    local ends, kind, closings, reason = fields[i + 1]:match('^(%d+) (%a+) (%d+) (.*)$')
    if ends then
      local wait = tonumber(ends) - now
      if wait <= 0 and kind ~= 'asked' then
        local left = (probed[fields[i]] or 0) - now
        if left > 0 then
          -- The probe may be over long before its time: ask again soon.
          wait = math.min(left, 500)
        else
          probes[#probes + 1] = {fields[i], kind, tonumber(closings), reason}
        end
      end
      if wait > 0 and (not closed or wait > closed[1]) then
        closed = {wait, fields[i], kind, tonumber(closings), reason}
      end
    end
  end
  return closed, probes
end
)lua";

}  // namespace pagepress::worker
