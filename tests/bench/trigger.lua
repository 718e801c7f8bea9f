-- wrk's side of tests/bench/ingress: AutoPage's call, a different issue each time, and one line of
-- figures that the script reads: accepted requests_per_s p50_us p99_us other_answers lost.
local requests = {}
local next_request = 0

function init()
    local headers = { ["x-autopage-api-key"] = os.getenv("BENCH_KEY") }
    for issue = 1, 1000 do
        local path = "/v1/trigger?method=triggerRule&ruleId=bench&issueId=BENCH-" .. issue
        requests[issue] = wrk.format("POST", path, headers)
    end
end

function request()
    next_request = next_request % #requests + 1
    return requests[next_request]
end

function done(summary, latency)
    local errors = summary.errors
    local accepted = summary.requests - errors.status
    print(string.format(
        "figures %d %.0f %d %d %d %d",
        accepted,
        accepted / (summary.duration / 1e6),
        latency:percentile(50),
        latency:percentile(99),
        errors.status,
        errors.connect + errors.read + errors.write + errors.timeout
    ))
end
