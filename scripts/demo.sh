#!/usr/bin/env bash
# A network, a book of credit, a leader that dies, an audit, a proof: shown and timed step by step.
# Exit status 0 only if everything held.
#
# Usage: scripts/demo.sh TALLYSTICK
#   DEMO=full   100,000 transactions instead of 10,000
#   KEEP=1      leave the network running and say how to look at it
#   SEED=N      another book (default 1)
set -euo pipefail

tallystick="$(realpath "${1:?usage: scripts/demo.sh TALLYSTICK}")"
export TALLYSTICK_BINARY="$tallystick"
unset TALLYSTICK_DIR
transactions=10000
[ "${DEMO:-}" != full ] || transactions=100000
borrowers=1000
seed="${SEED:-1}"
keep="${KEEP:-}"

folder="$(mktemp -d "${TMPDIR:-/tmp}/tallystick-demo-XXXXXX")"
network=""
import_pid=""
cleanup() {
    [ -z "$import_pid" ] || kill "$import_pid" 2> /dev/null || true
    if [ -n "$keep" ] && [ -n "$network" ]; then return; fi
    [ -z "$network" ] || "$tallystick" network clean --yes --dir "$network" > /dev/null 2>&1 || true
    rm -rf "$folder"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

now_ms() { date +%s%3N; }
begin=$(now_ms)
step_begin=$begin
number=0
failures=0
# step WHAT: begins a step; done_step RESULT: says how it ended and how long it took.
step() { number=$((number + 1)); step_begin=$(now_ms); printf '%2d  %-58s' "$number" "$1"; }
done_step() { printf '%6d ms  %s\n' $(($(now_ms) - step_begin)) "$1"; }
# expect WHAT TRUE_OR_FALSE: counts what did not hold.
expect() { [ "$2" = true ] || { failures=$((failures + 1)); echo "    FAILED: $1"; }; }
stop() { echo; echo "demo: $1" >&2; exit 1; }
# pick EXPRESSION [JSON]: a value out of a JSON document `d`, in Python; true and false as such.
pick() {
    python3 -c 'import json, sys
d = json.loads(sys.argv[2])
found = eval(sys.argv[1])
print(str(found).lower() if isinstance(found, bool) else found)' "$1" "$2"
}
run() { "$tallystick" "$@" --dir "$network"; }
ask() { run "$@" --json; }

echo "Tallystick demo: $transactions transactions of $borrowers borrowers, seed $seed"
echo

step "a network of three nodes, from nothing"
up="$("$tallystick" network up --nodes 3 --ephemeral --json)" || stop "the network did not come up"
network="$(pick 'd["dir"]' "$up")"
done_step "leader $(pick 'd["leader"]' "$up")"

step "a book of credit, with attempts that must be refused"
book="$folder/book.csv"
made="$("$tallystick" generate --seed "$seed" --transactions "$transactions" \
    --borrowers "$borrowers" --out "$book" --json)"
attempts="$(pick 'sum(d["to_be_refused"].values())' "$made")"
done_step "$attempts such attempts"

step "the book goes in; its leader is killed (kill -9) on the way"
receipts="$folder/receipts.jsonl"
# The import speaks to the leader, so that its client feels the kill and has to try again.
urls=()
for url in $(pick '" ".join(n["api"] for n in sorted(d["nodes"],
    key=lambda n: n["name"] != d["leader"]))' "$up"); do urls+=(--url "$url"); done
"$tallystick" import "$book" --key lender --key lender-2 --key funder --key servicer \
    --key servicer-2 --key regulator --key collector --key bank --key auditor --key trustee \
    --check --json --receipts "$receipts" --batch 100 --dir "$network" "${urls[@]}" \
    > "$folder/import.json" 2> "$folder/import.err" &
import_pid=$!
# The leader dies once about a third is in, or whatever is in after half a minute.
for _ in $(seq 1 1500); do
    lines=$(wc -l 2> /dev/null < "$receipts" || echo 0)
    [ "$lines" -lt $((transactions / 3)) ] || break
    kill -0 "$import_pid" 2> /dev/null || break
    sleep 0.02
done
before=$(wc -l 2> /dev/null < "$receipts" || echo 0)
killed="$(ask network kill leader)" || stop "the leader could not be killed"
killed_in_flight=true
kill -0 "$import_pid" 2> /dev/null || killed_in_flight=false
killed="$(pick 'd["node"]' "$killed")"
import_code=0
wait "$import_pid" || import_code=$?
import_pid=""
[ -s "$folder/import.json" ] || { cat "$folder/import.err" >&2; stop "the import failed"; }
import="$(cat "$folder/import.json")"
done_step "$killed killed after $before rows"
expect "the import ends well (exit code $import_code)" "$([ "$import_code" = 0 ] && echo true)"
expect "the leader died while the import was running" "$killed_in_flight"
imported() { pick "$1" "$import"; }
refused="$(imported 'sum(d["refused"].values())')"
expect "every row was acknowledged" "$(imported 'd["acknowledged"] == d["rows"]')"
expect "what had to be refused was refused, nothing else" \
    "$(imported "d['unexpected'] == 0 and sum(d['refused'].values()) == $attempts")"
expect "every acknowledged row is found" \
    "$(imported 'd.get("check", {}).get("found") == d["acknowledged"]')"
expect "nothing is doubled" "$(imported 'd.get("check", {}).get("doubled") == 0')"

step "the killed node comes back and catches up"
run network up > /dev/null || stop "$killed did not come back"
caught_up=false
whole="$(imported 'd["applied_index"]')"
for _ in $(seq 1 500); do
    caught_up="$(pick "min(n['applied'] for n in d['nodes']) >= $whole" "$(ask network status)")"
    [ "$caught_up" != true ] || break
    sleep 0.05
done
done_step "three nodes in step"
expect "all nodes applied the whole book" "$caught_up"

# An audit vouches for what a certified checkpoint covers: `prove` waits until one has the last entry.
step "audit of all three data folders, beside the running nodes"
last="$(pick "max(json.loads(line)['entry'] for line in open('$receipts'))" '{}')"
run prove --entry "$last" --out "$folder/last.json" > /dev/null || stop "entry $last is not certified"
audit="$(ask audit)" || true
done_step "$(pick '"%s, %d signatures" % (d["verdict"],
    sum(n["signatures"] for n in d["nodes"]))' "$audit")"
expect "the audit passes" "$(pick 'd["verdict"] == "PASSED"' "$audit")"
expect "every row of the book is certified in every node's copy" \
    "$(pick "all(n['anchor']['size'] > $last for n in d['nodes'])" "$audit")"

step "one borrower's history, and a proof of a payment in it"
# The borrower of the last payment that was accepted.
while read -r receipt; do
    payment="$(ask entry "$(pick 'd["entry"]' "$receipt")")"
    [ "$(pick 'd["type"]' "$payment")" != REPAYMENT ] || break
done < <(grep '"outcome":"accepted"' "$receipts" | tail -n 200 | tac)
borrower="$(pick 'next(l["id"] for l in d["links"] if l["class"] == "borrower")' "$payment")"
history="$(ask borrower "$borrower" --history --limit 0)"
entries="$(pick 'len(d["items"])' "$history")"
proven="$(pick 'next((i for i in d["items"] if i["type"] == "REPAYMENT"
    and i["outcome"] == "accepted"), d["items"][0])["entry"]' "$history")"
run prove --entry "$proven" --out "$folder/proof.json" > /dev/null || stop "no proof to be had"
done_step "$entries entries, entry $proven proven"
run borrower "$borrower" --history --limit 5 | cut -c 1-110 | sed 's/^/    /'

memory() { # of one node's process, the most that it ever held
    awk '/^VmHWM/ { printf "%.0f MB", $2 / 1024 }' "/proc/$1/status" 2> /dev/null || echo "?"
}
status="$(ask network status)"
memories=""
for node in $(pick '" ".join("%s:%s" % (n["name"], n["pid"]) for n in d["nodes"])' "$status"); do
    memories="$memories${memories:+, }${node%%:*} $(memory "${node##*:}")"
done

cp "$network/network.pub" "$folder/network.pub"
if [ -z "$keep" ]; then
    step "the network goes down; the proof is checked offline"
    run network down > /dev/null
else
    step "the proof is checked offline"
fi
verified="$("$tallystick" verify "$folder/proof.json" --trust "$folder/network.pub")" || true
done_step "$(head -n 1 <<< "$verified")"
expect "the proof verifies" "$([ "$(head -n 1 <<< "$verified")" = "VERIFIED: accepted" ] && echo true)"
grep -E '^  (what|signed by|when|cosigned by)' <<< "$verified" | cut -c 1-110 | sed 's/^/  /'

step "the same proof with one amount altered"
python3 - "$folder/proof.json" > "$folder/altered.json" << 'ALTER'
import json, sys
proof = json.load(open(sys.argv[1]))
shown = proof["transaction"]
field = next(f for f in ("amount", "principal", "limit") if f in shown)
shown[field] += 1
json.dump(proof, sys.stdout)
ALTER
altered_code=0
altered="$("$tallystick" verify "$folder/altered.json" --trust "$folder/network.pub")" ||
    altered_code=$?
done_step "$(head -n 1 <<< "$altered")"
expect "it is refused as FAILED: transaction, exit code 3 (got $altered_code)" \
    "$([ "$(head -n 1 <<< "$altered")" = "FAILED: transaction" ] && [ "$altered_code" = 3 ] && echo true)"

total=$(($(now_ms) - begin))
cat << SUMMARY

    rate          $(imported 'int(d["rate"])') transactions a second, each signed by who answers for it, through the kill
    acknowledged  $(imported 'd["acknowledged"]'), of them accepted $(imported 'd["accepted"]'), refused $refused
    found         $(imported 'd.get("check", {}).get("found")')
    doubled       $(imported 'd.get("check", {}).get("doubled")')
    retries       $(imported 'd["retries"]') attempts that the client repeated, with the same ids
    memory        $memories (VmHWM)
    time          $((total / 1000)).$(printf '%03d' $((total % 1000))) s in all
SUMMARY
if [ -n "$keep" ]; then
    echo
    echo "The network is still running. Look around, for example:"
    echo "    $tallystick network status --dir $network"
    echo "    $tallystick borrower $borrower --history --dir $network"
    echo "    $tallystick network clean --dir $network    # when done; and rm -r $folder"
fi
echo
if [ "$failures" -gt 0 ]; then
    echo "demo: $failures things did not hold" >&2
    exit 1
fi
echo "Everything held."
