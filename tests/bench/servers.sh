# For tests/bench/ingress, which sets `dir` and `build`: the servers that it measures and needs.

build_all() {
    local targets=(pagepress-ingress pagepressctl bare-beast fill-catalog) groups=(build bench)
    [[ $kafka == apache ]] || targets+=(embedded-kafka)
    [[ $kafka == embedded ]] || groups+=(kafka)
    tests/install "${groups[@]}"
    if [[ $kafka != embedded && -z ${PAGEPRESS_TEST_KAFKA_LIBS:-} ]]; then
        tests/support/kafka/fetch
    fi
    [[ -f $build/build.ninja ]] || cmake --preset release >/dev/null
    cmake --build --preset release --target "${targets[@]}" >"$dir/build.log" || {
        tail -n 30 "$dir/build.log" >&2
        fail "the build failed, as shown above"
    }
}

# The worker process, which nginx starts once it listens; fails while there is none.
nginx_worker() {
    pgrep -P "${pids[-1]}"
}

start_nginx() {
    local body='{"jobId":"00000000000000000000000000000000","status":"queued"' port tries
    body+=',"statusUrl":"/v1/jobs/00000000000000000000000000000000"}'
    for tries in 1 2 3 4 5; do
        port=$((20000 + RANDOM % 12000))
        cat >"$dir/nginx.conf" <<END
daemon off;
worker_processes 1;
pid $dir/nginx.pid;
error_log $dir/nginx.error.log;
events { worker_connections 4096; }
http {
    access_log off;
    default_type application/json;
    keepalive_requests 1000000000;
    client_body_temp_path $dir; proxy_temp_path $dir; fastcgi_temp_path $dir;
    uwsgi_temp_path $dir; scgi_temp_path $dir;
    server {
        listen 127.0.0.1:$port reuseport backlog=4096;
        add_header Location /v1/jobs/00000000000000000000000000000000;
        return 202 '$body';
    }
}
END
        start "nginx-$tries" nginx -c "$dir/nginx.conf" -p "$dir" -e "$dir/nginx.error.log"
        # nginx gives up on a port that is taken after some tries.
        while kill -0 "${pids[-1]}" 2>/dev/null && ! nginx_worker >/dev/null; do sleep 0.05; done
        if kill -0 "${pids[-1]}" 2>/dev/null; then
            nginx_pids="${pids[-1]} $(nginx_worker)"
            nginx_url="http://127.0.0.1:$port"
            return
        fi
    done
    fail "nginx does not start; see its logs"
}

start_bare_beast() {
    start bare-beast "$build/tests/bare-beast" "$dir/bare-beast.ports"
    bare_beast_pid="${pids[-1]}"
    wait_for 10 bare-beast test -s "$dir/bare-beast.ports"
    bare_beast_url="http://127.0.0.1:$(port_of bare-beast listen)"
}

# start_kafka BROKER: sets kafka_pid and kafka_address.
start_kafka() {
    local name="kafka-$1"
    if [[ $1 == apache ]]; then
        start "$name" tests/support/kafka/serve "$dir/kafka" \
            "${PAGEPRESS_TEST_KAFKA_LIBS:-build/kafka/libs}"
        wait_for 60 "$name" test -s "$dir/kafka/ports"
        ln -s kafka/ports "$dir/$name.ports"
    else
        start "$name" "$build/tests/embedded-kafka" --ports-file "$dir/$name.ports" \
            --topics "pagepress.catalog:1,pagepress.jobs:$partitions,pagepress.dead:1,pagepress.audit:1,pagepress.delayed.1m:1,pagepress.delayed.10m:1,pagepress.delayed.1h:1"
        wait_for 20 "$name" test -s "$dir/$name.ports"
    fi
    kafka_pid="${pids[-1]}"
    kafka_address="127.0.0.1:$(port_of "$name" kafka)"
    wait_for 60 "$name" bash -c "exec 3<>/dev/tcp/${kafka_address/://}"
}

# start_ingress BROKER [NAME]: one trigger thread, ready. Sets public and admin.
start_ingress() {
    local name="ingress-$1${2:-}"
    (umask 077 && head -c 24 /dev/urandom | base64 >"$dir/admin-token")
    start "$name" "$build/pagepress-ingress" --kafka-brokers "$kafka_address" \
        --redis-address "127.0.0.1:$redis_port" --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 \
        --admin-token-file "$dir/admin-token" --ports-file "$dir/$name.ports"
    wait_for 30 "$name" test -s "$dir/$name.ports"
    public="http://127.0.0.1:$(port_of "$name" listen)"
    admin="http://127.0.0.1:$(port_of "$name" admin)"
    [[ $1 == embedded ]] || wait_for 60 "$name" ctl topics create --partitions "$partitions"
    wait_for 60 "$name" curl -fsS "$admin/readyz"
}

# fill_catalog BROKER: writes $dir/BROKER.calls.rule and .snapshot; returns when the ingress knows
# the last entry and has accepted these calls, so that what is not 202 under load is for the load.
fill_catalog() {
    "$build/tests/fill-catalog" "$kafka_address" pagepress.catalog "$rules" "$dir/$1.calls" ||
        fail "no catalog"
    wait_for 60 "ingress-$1" is_called "$dir/$1.calls.snapshot"
    are_called "$dir/$1.calls.rule" "$dir/$1.calls.snapshot" ||
        fail "some calls of the bench are not accepted: $(<"$dir/answers")"
}

# is_called CALLS: whether the last call of the file is accepted.
is_called() {
    local path header key
    read -r path header key < <(tail -n 1 "$1")
    [[ $(curl -sS -o "$dir/answer" -w '%{http_code}' -X POST -H "$header: $key" "$public$path") \
        == 202 ]]
}

# are_called CALLS...: whether the first thousand calls of each file are all accepted; writes how
# many answers there are of each status to $dir/answers.
are_called() {
    head -qn 1000 "$@" | awk -v public="$public" -v out="$dir/answer" '{
        if (NR > 1) print "next"
        printf "request = POST\nurl = \"%s%s\"\nheader = \"%s: %s\"\n", public, $1, $2, $3
        printf "output = \"%s\"\nwrite-out = \"%%{http_code}\\n\"\n", out
    }' | curl -sS -K - | sort | uniq -c >"$dir/answers"
    [[ $(awk '$2 != 202' "$dir/answers") == "" ]]
}

ctl() {
    "$build/pagepressctl" --admin-url "$admin" --admin-token-file "$dir/admin-token" "$@"
}
