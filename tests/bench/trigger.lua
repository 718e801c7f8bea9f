-- wrk's side of tests/bench/ingress: the calls of a file in turn, and one line of figures that the
-- script reads: accepted requests_per_s p50_us p99_us p99.9_us other_answers lost.
-- The file, BENCH_CALLS: a line each, `PATH HEADER KEY`.
local requests = {}
local next_request = 0

function init()
    for line in io.lines(os.getenv("BENCH_CALLS")) do
        local path, header, key = line:match("^(%S+) (%S+) (%S+)$")
        requests[#requests + 1] = wrk.format("POST", path, { [header] = key })
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
        "figures %d %.0f %d %d %d %d %d",
        accepted,
        accepted / (summary.duration / 1e6),
        latency:percentile(50),
        latency:percentile(99),
        latency:percentile(99.9),
        errors.status,
        errors.connect + errors.read + errors.write + errors.timeout
    ))
end
