# For compose/demo and tests/bench/ingress, which set `dir`: starting, waiting for and ending
# processes.
names=() pids=()

# Ends what `start` started, the newest first, and nothing else.
stop_all() {
    local status=$? i tries
    trap '' INT TERM
    for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
        kill -TERM "${pids[i]}" 2>/dev/null || continue
        for ((tries = 0; tries < 150; tries++)); do
            kill -0 "${pids[i]}" 2>/dev/null || break
            sleep 0.1
        done
        kill -KILL "${pids[i]}" 2>/dev/null || true
    done
    wait
    if [[ $status -eq 0 ]]; then
        rm -rf "$dir"
    else
        say "${0##*/}: the logs are in $dir" >&2
    fi
    exit "$status"
}
# start NAME COMMAND...: in the background, out of reach of the terminal's Ctrl-C.
start() {
    setsid "${@:2}" >"$dir/$1.log" 2>&1 </dev/null &
    names+=("$1")
    pids+=("$!")
}

# wait_for SECONDS NAME COMMAND...: until the command succeeds; gives up when NAME has ended.
wait_for() {
    local deadline=$((SECONDS + $1)) name="$2" i
    shift 2
    until "$@" >/dev/null 2>&1; do
        for i in "${!names[@]}"; do
            if [[ ${names[i]} == "$name" ]] && ! kill -0 "${pids[i]}" 2>/dev/null; then
                tail -n 5 "$dir/$name.log" >&2
                fail "$name has ended, see above"
            fi
        done
        ((SECONDS < deadline)) || fail "$name was not ready in time; see its log"
        sleep 0.1
    done
}

# Names of what `start` started and has ended since.
ended_processes() {
    local i ended=()
    for i in "${!pids[@]}"; do
        kill -0 "${pids[i]}" 2>/dev/null || ended+=("${names[i]}")
    done
    echo "${ended[*]}"
}

# port_of NAME LISTENER: from the file that the process writes when it listens.
port_of() { sed -n "s/^$2=//p" "$dir/$1.ports"; }

# Sets redis_port.
start_redis() {
    local tries
    for tries in 1 2 3 4 5; do
        redis_port=$((20000 + RANDOM % 12000))
        start "redis-$tries" redis-server --bind 127.0.0.1 --port "$redis_port" --dir "$dir" \
            --save '' --appendonly no --maxmemory-policy noeviction
        # Until it says so itself, or has ended because the port is taken.
        while kill -0 "${pids[-1]}" 2>/dev/null; do
            grep -qs 'Ready to accept connections' "$dir/redis-$tries.log" && return
            sleep 0.1
        done
    done
    fail "redis-server does not start; see its logs"
}
