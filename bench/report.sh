#!/usr/bin/env bash
# Measures a network of three nodes on this machine, in one run: medians of RUNS runs each.
# Usage: bench/report.sh BINARY [RUNS]     (SECONDS_EACH=5 by default)
#
#   ready     network up, from nothing to three ready nodes
#   load      closed loop, 1 and 64 clients singly, 4 clients in batches of 1,000
#   restart   one node with 100,000 entries, from start to ready, after SIGTERM and after SIGKILL
#   memory    VmHWM of each node after all that
set -euo pipefail

binary=$(readlink -f "$1")
runs=${2:-3}
seconds=${SECONDS_EACH:-5}
work=$(mktemp -d -t tally-bench-XXXXXX)
net="$work/net"
cleanup() {
    "$binary" network clean --yes --dir "$net" > /dev/null 2>&1 || true
    rm -rf "$work"
}
trap cleanup EXIT

now_ms() { date +%s%3N; }
median() { sort -n | awk '{v[NR]=$1} END {print v[int((NR+1)/2)]}'; }
field() { python3 -c 'import json,sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

echo "machine   $(nproc) cores, $(awk -F': ' '/model name/ {print $2; exit}' /proc/cpuinfo)," \
    "$(awk '/MemTotal/ {printf "%d GB", $2/1048576}' /proc/meminfo), $(uname -sr)"
echo "runs      $runs of each, medians; $seconds s of load a run"

for ((run = 0; run < runs; run++)); do
    "$binary" network clean --yes --dir "$net" > /dev/null 2>&1 || true
    "$binary" network init --free-ports --dir "$net" > /dev/null
    begin=$(now_ms)
    "$binary" network up --dir "$net" > /dev/null
    echo $(($(now_ms) - begin)) >> "$work/ready"
done
echo "ready     $(median < "$work/ready") ms"

load() { # name clients batch
    local name=$1 clients=$2 batch=$3 run
    for ((run = 0; run < runs; run++)); do
        "$binary" bench --dir "$net" --clients "$clients" --batch "$batch" --seconds "$seconds" \
            --json > "$work/load.json"
        for key in transactions_per_s p50_ms p99_ms; do
            field $key < "$work/load.json" >> "$work/$name.$key"
        done
    done
    printf 'load      %-22s %8.0f tx/s  p50 %6.1f ms  p99 %6.1f ms\n' "$name" \
        "$(median < "$work/$name.transactions_per_s")" "$(median < "$work/$name.p50_ms")" \
        "$(median < "$work/$name.p99_ms")"
}
load 1-client 1 1
load 64-clients 64 1
load 4-clients-of-1000 4 1000

entries() { "$binary" network status --dir "$net" --json > /dev/null; curl -s "$api/v1/status" | field log_size; }
api=$("$binary" network status --dir "$net" --json |
    python3 -c 'import json,sys; print(json.load(sys.stdin)["nodes"][0]["api"])')
case "$api" in http*) ;; *) api="http://$api" ;; esac
while [ "$(entries)" -lt 100000 ]; do
    "$binary" bench --dir "$net" --clients 2 --batch 1000 --seconds 2 --json > /dev/null
done
echo "entries   $(entries)"

wait_ready() {
    until curl -sf "$api/readyz" > /dev/null; do sleep 0.01; done
}
node_pid() {
    "$binary" network status --dir "$net" --json |
        python3 -c 'import json,sys; print(json.load(sys.stdin)["nodes"][0]["pid"])'
}
restart() { # name signal
    local name=$1 signal=$2 run pid begin
    for ((run = 0; run < runs; run++)); do
        pid=$(node_pid)
        kill "-$signal" "$pid"
        while kill -0 "$pid" 2> /dev/null; do sleep 0.01; done
        begin=$(now_ms)
        "$binary" node --config "$net/n1/node.toml" >> "$net/n1/node.log" 2>&1 &
        disown
        wait_ready
        echo $(($(now_ms) - begin)) >> "$work/restart.$name"
    done
    echo "restart   after SIG$name $(median < "$work/restart.$name") ms"
}
for node in n1 n2 n3; do
    pid=$("$binary" network status --dir "$net" --json | python3 -c \
        'import json,sys; print([n["pid"] for n in json.load(sys.stdin)["nodes"] if n["name"]==sys.argv[1]][0])' $node)
    echo "memory    $node VmHWM $(awk '/VmHWM/ {printf "%d MB", $2/1024}' "/proc/$pid/status")"
done
restart TERM TERM
restart KILL KILL
