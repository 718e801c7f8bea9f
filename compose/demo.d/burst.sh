# For compose/demo, which sets the names used here: sending the triggers with plain curl, following
# the jobs, and telling what became of them.

# requests METHOD OUTPUT-DIR: lines `URL<tab>HEADER-FILE<tab>NAME` become a configuration of curl.
requests() {
    local url header name next=
    while IFS=$'\t' read -r url header name; do
        printf '%srequest = %s\nurl = "%s"\nheader = "@%s"\noutput = "%s/%s.json"\n' \
            "$next" "$1" "$url" "$header" "$2" "$name"
        printf 'write-out = "%%{http_code}\\n"\n'
        next=$'next\n'
    done
}

send_burst() {
    local i rule
    mkdir -p "$dir/replies" "$dir/status"
    {
        for ((i = 0; i < triggers; i++)); do
            rule="${rules[i / issues % 2]}"
            printf '%s/v1/trigger?method=triggerRule&ruleId=%s&issueId=DEMO-%d\t%s\trule-%d\n' \
                "$public" "$rule" $((i % issues + 1)) "$dir/$rule.header" "$i"
        done
        for ((i = 0; i < snapshots; i++)); do
            printf '%s/v1/snapshots/open-issues\t%s\tsnapshot-%d\n' \
                "$public" "$dir/open-issues.header" "$i"
        done
    } | requests POST "$dir/replies" >"$dir/burst.curl"
    curl --parallel --parallel-max 32 --config "$dir/burst.curl" >"$dir/codes" 2>"$dir/curl.log" || true
    jq -r 'select(.jobId) | .jobId' "$dir"/replies/*.json 2>"$dir/replies.log" | sort >"$dir/jobs" ||
        fail "an answer to a trigger was not JSON: see $dir/replies"
}

# Asks for the jobs that are not at their end yet; leaves the counts in `counts`.
poll_jobs() {
    local id state
    while read -r id; do
        printf '%s/admin/v1/jobs/%s\t%s\t%s\n' "$admin" "$id" "$dir/admin.header" "$id"
    done <"$dir/pending" | requests GET "$dir/status" >"$dir/poll.curl"
    curl --parallel --parallel-max 8 --config "$dir/poll.curl" >/dev/null 2>"$dir/curl.log" || true
    jq -r '"\(.jobId) \(.status)"' "$dir"/status/*.json >"$dir/states"
    awk '$2 ~ /^(done|coalesced|skipped|dead)$/ { print $1 }' "$dir/states" | sort |
        comm -13 - "$dir/jobs" >"$dir/pending"
    counts=([done]=0 [coalesced]=0 [skipped]=0 [dead]=0)
    while read -r _ state; do
        counts[$state]=$((${counts[$state]:-0} + 1))
    done <"$dir/states"
    counts[pending]="$(wc -l <"$dir/pending")"
}

# Until every accepted job is at its end, at most three minutes.
watch_jobs() {
    local deadline=$((SECONDS + 180)) end=$'\n' line='' shown=''
    [[ ! -t 1 ]] || end=$'\r'
    cp "$dir/jobs" "$dir/pending"
    while [[ -s $dir/pending ]] && ((SECONDS < deadline)); do
        poll_jobs
        line="$(printf '  %4d done  %4d coalesced  %4d skipped  %4d dead  %4d to go' "${counts[done]}" \
            "${counts[coalesced]}" "${counts[skipped]}" "${counts[dead]}" "${counts[pending]}")"
        [[ $line == "$shown" ]] || printf '%s%s' "$line" "$end"
        shown="$line"
        [[ ! -s $dir/pending ]] || sleep 0.3
    done
    [[ $end == $'\n' ]] || printf '\n'
}

list_pages() {
    confluence "spaces/$space/pages?limit=250" |
        jq -r '.results[] | [.id, .parentId // "-", .version.number, .title] | @tsv'
}

# Children below their parents, two spaces deeper each.
print_tree() {
    sort -t $'\t' -k4V "$dir/pages" | awk -F '\t' '
        { title[$1] = $4; version[$1] = $3; kids[$2] = kids[$2] " " $1; up[$1] = $2 }
        function show(id, depth,   i, n, list) {
            printf "  %*sv%-3d %s\n", depth * 2, "", version[id], title[id]
            n = split(kids[id], list, " ")
            for (i = 1; i <= n; i++) show(list[i], depth + 1)
        }
        END { for (id in up) if (!(up[id] in title)) show(id, 0) }'
}

versions_in() { awk -F '\t' '{ sum += $3 } END { print sum + 0 }' "$1"; }

print_summary() {
    list_pages >"$dir/pages"
    say "Pages, with their version numbers:"
    print_tree
    cat <<END

Sent       $((triggers + snapshots)) calls: $triggers of ${#rules[@]} rules over $issues issues, $snapshots of a snapshot
Answered   $(sort "$dir/codes" | uniq -c | awk '{ printf "%s%d x %s", sep, $1, $2; sep = ", " }')
Jobs       ${counts[done]} done, ${counts[coalesced]} coalesced into another's write, ${counts[skipped]} skipped, ${counts[dead]} dead, ${counts[pending]} unfinished
Written    $(($(versions_in "$dir/pages") - $(versions_in "$dir/pages.before"))) page versions for $(wc -l <"$dir/jobs") accepted calls, in $1 s
END
}
