#!/usr/bin/env bash
# The command line as its users type it, against real processes on free ports.
# Usage: end_to_end.sh TALLYSTICK EXAMPLES
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
tallystick="$1"
examples="$2"
export TALLYSTICK_BINARY="$tallystick"
folder="$(mktemp -d "${TMPDIR:-/tmp}/tallystick-e2e-XXXXXX")"
network=""
book_network=""
forger=""
cleanup() {
    [ -z "$forger" ] || kill "$forger" 2> /dev/null || true
    [ -z "$book_network" ] ||
        "$tallystick" network clean --yes --dir "$book_network" > /dev/null 2>&1 || true
    [ -z "$network" ] || "$tallystick" network clean --yes --dir "$network" > /dev/null 2>&1 || true
    rm -rf "$folder"
}
trap cleanup EXIT
cd "$folder"

checks=0
# run CODE COMMAND...: the command must end with this exit code; its output is in $out.
out=""
# Repeats a command until it succeeds, for 20 seconds at most.
await() {
    local until=$((SECONDS + 20))
    until "$tallystick" "$@" > /dev/null 2>&1 || [ $SECONDS -ge $until ]; do sleep 0.1; done
    run 0 "$@"
}
run() {
    local wanted="$1" code=0
    shift
    out="$("$tallystick" "$@" 2>&1)" || code=$?
    checks=$((checks + 1))
    [ "$code" = "$wanted" ] && return
    echo "FAILED: tallystick $* ended with $code, not $wanted:"
    echo "$out"
    exit 1
}
says() {
    checks=$((checks + 1))
    grep -qF -- "$1" <<< "$out" && return
    echo "FAILED: expected \"$1\" in:"
    echo "$out"
    exit 1
}
pick() { # EXPRESSION over the JSON document d in $out, behind what was noted before it
    python3 -c 'import json, sys
d = json.loads(sys.argv[2][sys.argv[2].index("{"):])
print(eval(sys.argv[1]))' "$1" "$out"
}

echo "network"
run 0 network up --ephemeral --json
network="$(pick 'd["dir"]')"
api="$(pick 'd["nodes"][0]["api"]')"
export TALLYSTICK_DIR="$network"
run 0 network status
says leader
run 0 network up # all run already
for command in "network status" "network down" "members"; do # it could ask nobody
    code=0
    # shellcheck disable=SC2086
    out="$(ulimit -n 12 && "$tallystick" $command 2>&1)" || code=$?
    [ "$code" = 1 ] || { echo "FAILED: $command with 12 files ended with $code: $out"; exit 1; }
    says "ulimit -n 1024"
done
run 0 network logs n1 --lines 5
run 0 network pause n3
says "network resume n3"
await network status # if it led, another one is elected first
says paused
run 0 network up # two of three serve, and the third is named
says "network resume n3"
run 0 network resume --node n3

echo "submit"
line=11111111111111111111111111111111
borrower=22222222222222222222222222222222
contract=33333333333333333333333333333333
run 0 submit "$examples/setup.json" --key lender --key regulator --key servicer
run 0 submit "$examples/setup.json" --key lender --key regulator --key servicer
says "on record before"
run 0 days
says 2026-01-31
cat > grant.json << JSON
[{"type": "ASSESSMENT", "id": "0190f3c2-a1b2-7c3d-8e4f-5a6b7c8d9e0e",
  "business_date": "2026-01-31", "assessment": "dd000000000000000000000000000001", "borrower": "$borrower",
  "model": "cc000000000000000000000000000001", "inputs": "$(printf '12%.0s' {1..32})",
  "band": 1, "decision": "approved", "currency": "CNY", "limit": 600000, "valid_to": "2026-12-31"},
 {"type": "LIMIT_GRANT", "id": "0190f3c2-a1b2-7c3d-8e4f-5a6b7c8d9e0f", "line": "$line",
  "business_date": "2026-01-31",
  "assessment": "dd000000000000000000000000000001", "borrower": "$borrower", "currency": "CNY",
  "limit": 500000, "valid_from": "2026-01-31", "valid_to": "2027-01-31"}]
JSON
cat > buy.json << JSON
{"type": "CAPTURE", "contract": "$contract", "line": "$line", "principal": 100000, "periods": 3,
 "product": "bb000000000000000000000000000001", "terms_hash": "$(printf '34%.0s' {1..32})",
 "shares": [{"funder": "funder", "share": 1000000}]}
JSON
cat > pay.json << JSON
[{"type": "DAY_OPEN", "business_date": "2026-02-28"},
 {"type": "REPAYMENT", "contract": "$contract", "amount": 33833, "source_ref": "bank-1"},
 {"type": "REPAYMENT", "contract": "$contract", "amount": 20000, "source_ref": "bank-2",
  "id": "66666666666666666666666666666666"}]
JSON
run 0 submit grant.json --key lender
says accepted
run 0 submit grant.json --key lender --wait certified # the same id: the first outcome, awaited
says "on record before"
says "by the checkpoint of"
run 1 submit buy.json --key lender
says signer_missing
run 0 submit buy.json --key lender --key funder --wait certified
says "by the checkpoint of"
run 1 submit buy.json --key lender --key funder --atomic
says contract_exists
run 0 submit pay.json --key servicer --not-after +60
cat > again.json << JSON
{"type": "REPAYMENT", "contract": "$contract", "amount": 20000, "source_ref": "bank-2"}
JSON
run 1 submit again.json --key servicer
says source_ref_used
sed 's/^{/{"id": "66666666666666666666666666666666", /' again.json > retry.json
run 0 submit retry.json --key servicer # what it leaves out is on record under its id
says "on record before"
cat > closed.json << JSON
{"type": "MODEL_REGISTER", "model": "cc0000000000000000000000000000f5", "name": "unheard",
 "commitment": "$(printf '57%.0s' {1..32})"}
JSON
for closed in "<&- >&- 2>&-" ">&- 2>&-" ">&-"; do # nobody hears the outcome: it stays open
    code=0
    eval '"$tallystick" submit closed.json --key lender '"$closed" || code=$?
    [ "$code" = 1 ] || { echo "FAILED: with $closed submit ended with $code"; exit 1; }
    ls closed.json.retry-*.tally > retry.list
done
run 0 submit closed.json --key lender
says "on record before"
[ -z "$(compgen -G 'closed.json.retry-*' || true)" ]
code=0
"$tallystick" submit again.json --key servicer >&- 2> closed.err || code=$?
grep -q 'error\[io_failed\]: standard output' closed.err || { cat closed.err; exit 1; }
run 4 submit buy.json --key lender --key funder --dry-run --url http://127.0.0.1:1 # nobody to ask
code=0
"$tallystick" generate --transactions 2000 --borrowers 50 2> pipe.err | head -1 > /dev/null || code="${PIPESTATUS[0]}"
[ "$code" = 1 ] || { echo "FAILED: into a closed pipe generate ended with $code"; exit 1; }
grep -q 'error\[io_failed\]: standard output' pipe.err || { cat pipe.err; exit 1; }
run 0 contract "$contract"
says "476.67 CNY"
says "annual percentage rate  8.9777 %"

echo "one bad node"
run 0 network down --node n3
says "n3 stopped"
run 0 network status
says "network up --node n3"
says "2 of 3 nodes run, 2 are needed: the network goes on"
mv "$network/n3" "$folder/n3-away"
run 0 network status
says "n3 is out: $network/n3/node.toml"
run 0 network up
says "n3 is out: $network/n3/node.toml"
run 1 network up --node n3
says "n3/node.toml"
run 0 days
cat > model.json << JSON
{"type": "MODEL_REGISTER", "model": "cc0000000000000000000000000000f4", "name": "another",
 "commitment": "$(printf '56%.0s' {1..32})"}
JSON
run 0 submit model.json --key lender
mv "$folder/n3-away" "$network/n3"
run 0 network up --node n3 --json
[ "$(pick 'd["nodes"][2]["ready"], d["quorum"], d["nodes"][2]["fault"]')" = "(True, True, '')" ]
run 0 network logs --node n3
run 0 network kill --node n3
says "starts again with \`tallystick network up --dir"
"$tallystick" network up > up-1 2>&1 & # two at once: neither ends what the other starts
first=$!
run 0 network up
wait "$first"
run 0 network status --json
[ "$(pick '[node["state"] for node in d["nodes"]]')" = "['running', 'running', 'running']" ]

echo "foreground"
# foreground NODES ARGUMENT...: stays, says that it started those nodes, and is ended.
foreground() {
    rm -f foreground.txt  # what an earlier call said is none of this one's
    "$tallystick" network up --foreground "${@:2}" > foreground.txt 2>&1 &
    local stays=$! until=$((SECONDS + 30))
    until grep -qsF "$1" foreground.txt || [ $SECONDS -ge $until ]; do sleep 0.1; done
    kill -TERM "$stays"
    wait "$stays" || { echo "FAILED: network up --foreground: $(cat foreground.txt)"; exit 1; }
    out="$(cat foreground.txt)"
    says "$1"
}
states() {
    local code=0
    out="$("$tallystick" network status --json)" || code=$?
    [ "$(pick '" ".join(node["state"] for node in d["nodes"])')" = "$1" ] ||
        { echo "FAILED: expected the states $1 in: $out"; exit 1; }
}
foreground "No node was started" # all run already
foreground "No node was started" --node n1
states "running running running"
run 0 network down --node n3
foreground "Ctrl-C ends what was started: n3." --node n3
states "running running stopped"
foreground "Ctrl-C ends what was started: n3."
states "running running stopped"
run 0 network up

# The end of the terminal ends it too, and nothing stays behind.
"$tallystick" network up --ephemeral --nodes 1 --foreground > hangup.txt 2>&1 &
stays=$!
until_=$((SECONDS + 30))
until grep -qsF "Ctrl-C ends what was started" hangup.txt || [ $SECONDS -ge $until_ ]; do sleep 0.1; done
left="$(grep -o '/[^ ]*/n1/node.log' hangup.txt)"
[ -e "$left" ] || { echo "FAILED: network up --ephemeral --foreground: $(cat hangup.txt)"; exit 1; }
kill -HUP "$stays"
wait "$stays" || { echo "FAILED: hung up, it ended with $?: $(cat hangup.txt)"; exit 1; }
[ ! -e "${left%/n1/node.log}" ] || { echo "FAILED: SIGHUP left ${left%/n1/node.log}"; exit 1; }

echo "a folder that was renamed, or lacks its network.pub"
run 0 network up --ephemeral --nodes 1 --json
lost="$(pick 'd["dir"]')"
pid="$(pick 'd["nodes"][0]["pid"]')"
mv "$lost" "$folder/renamed"
rm "$folder/renamed/network.pub"
run 1 network status --dir "$folder/renamed"
says "n1 (process $pid)"
says "network down --dir $folder/renamed"
run 1 network clean --yes --dir "$folder/renamed"
says "n1 (process $pid)"
run 0 network down --dir "$folder/renamed"
says "ended n1"
# One that has ended and that nobody has waited for has no command line.
[ -z "$(tr -d '\0' 2> /dev/null < "/proc/$pid/cmdline" || true)" ] || { echo "FAILED: process $pid is left"; exit 1; }
run 1 network down --dir "$folder/renamed" # nothing of it runs any more
says "has no network.pub"
sed 's/^/x/' "$folder/renamed/n1/genesis.bin" > "$folder/renamed/genesis.bin" # nor is that one whole
echo damaged > "$folder/renamed/network.pub"
run 1 network status --dir "$folder/renamed"
says "\`tallystick network trust $folder/renamed/n1/genesis.bin > $folder/renamed/network.pub\` writes"
run 1 network trust "$folder/renamed/genesis.bin"
run 0 network trust "$folder/renamed/n1/genesis.bin"
echo "$out" > "$folder/renamed/network.pub"
cp "$folder/renamed/n1/genesis.bin" "$folder/renamed/genesis.bin"
run 1 network status --dir "$folder/renamed"
says "mv -T $folder/renamed $lost" # all that it still lacks is its place
mv -T "$folder/renamed" "$lost"
run 4 network status --dir "$lost" # whole, and nothing of it runs
run 0 network clean --yes --dir "$lost"

echo "signing one after the other"
sed 's/33333333333333333333333333333333/33333333333333333333333333333334/' buy.json > more.json
run 0 prepare more.json --signer lender --signer funder --out more.tally
run 1 submit more.tally
says 'error[signatures_missing]: more.tally: not signed yet by lender, funder'
run 0 sign more.tally --key funder --yes
says 33333333333333333333333333333334
run 1 sign more.tally --key servicer --yes
says 'error[signer_not_listed]'
run 0 sign more.tally --yes --key lender --out whole.tally
run 0 submit whole.tally
says accepted
run 0 submit whole.tally
says "on record before"
# Two keys of one member: the same amount is waived with them, and refused without.
cat > waive.json << JSON
{"type": "WAIVE", "contract": "$contract",
 "parts": [{"instalment": 2, "component": "fee", "amount": 1}]}
JSON
run 1 submit waive.json --key lender
says two_keys_required
run 0 submit waive.json --key lender --key lender-2
says accepted
run 0 submit waive.json --key lender --key lender-2 --dry-run # another one, which is said
says "a WAIVE of the same amounts is on record for this contract, entry"
# The id that the note shows makes it the one that is on record.
waive_id=$(printf '%s' "$out" | grep -o '"id": "[0-9a-f]\{32\}"' | head -1)
[ -n "$waive_id" ] || { echo "FAILED: no id in the note"; exit 1; }
sed "s/{\"type\": \"WAIVE\"/{$waive_id, &/; s/, {/, /" waive.json > waive-again.json
run 0 submit waive-again.json --key lender --key lender-2
says "on record before"
# One count of instalments everywhere, from 0.
run 0 contract "$contract" --history
says "instalment 2 fee 0.01 CNY"
run 0 contract "$contract"
says "instalment 2"
# Each time that it is sent a close without a day would close another one.
echo '{"type": "DAY_CLOSE"}' > close.json
run 2 submit close.json --key servicer
says "which day to close? The oldest open one is 2026-01-31"
echo '{"type": "DAY_CANCEL"}' > cancel.json
run 2 submit cancel.json --key servicer --key lender
says "which day to cancel?"
echo '{"type": "DAY_CLOSE", "business_date": "2026-01-31"}' > close.json
run 0 submit close.json --key servicer
says "DAY_CLOSE  2026-01-31  accepted"
run 1 submit close.json --key servicer
says 2026-01-31
cat > replan.json << JSON
{"type": "RESCHEDULE", "contract": "$contract", "periods": 3, "rate_ppm": 900000}
JSON
run 1 submit replan.json --key lender
says 'error[rate_differs]'
says "so nobody can say what was left out, carried_"

run 0 line "$line"
says "5,000.00 CNY"
run 0 borrower "$borrower" --history --json
[ "$(pick 'len(d["items"])')" -ge 7 ] || { echo "FAILED: a short history"; exit 1; }
run 1 borrower 99999999999999999999999999999999
says 'error[not_found]'
run 0 transaction 0190f3c2a1b27c3d8e4f5a6b7c8d9e0f # whoever submitted it
says LIMIT_GRANT
says "5,000.00 CNY"
run 0 transaction 66666666666666666666666666666666
says "200.00 CNY"
run 0 contract "$contract" --history
says "amount 200.00 CNY"
run 2 transaction 0190f3c2a1b27c3d8e4f5a6b7c8d9e0f more
says "more: was not expected"

echo "prove and verify"
run 0 prove 0190f3c2a1b27c3d8e4f5a6b7c8d9e0f --member lender --out proof.json
says "VERIFIED: accepted"
run 0 verify proof.json --trust "$network/network.pub" --expect accepted
says "VERIFIED: accepted"
says "It does not show"
sed 's/"limit":500000/"limit":500001/' proof.json > altered.json
run 3 verify altered.json --trust "$network/network.pub"
says "FAILED: transaction"
run 0 network init --dir other --api-port 7901 --peer-port 7951
run 3 verify proof.json --trust "$network/network.pub" --expect refused
run 3 verify proof.json --trust other/network.pub
says "another network"

echo "the life of one contract"
# Known results of the rules, day by day, as a servicer and an auditor see them.
run 0 network up --ephemeral --nodes 1 --json
book_network="$(pick 'd["dir"]')"
life() { run "$1" "${@:2}" --dir "$book_network"; }
on() { # DATE FIELDS...: each must be in what the contract shows on that date
    life 0 contract "$contract" --as-of "$1" --json
    for field in "${@:2}"; do
        [ "$(pick "$field")" = True ] || { echo "FAILED: on $1: $field: $out"; exit 1; }
    done
}
sed 's/2026-01-31/2024-01-31/' "$examples/setup.json" > life_setup.json
life 0 submit life_setup.json --key lender --key regulator --key servicer
sed 's/2026-/2024-/g; s/2027-/2025-/g' grant.json > life_grant.json
life 0 submit life_grant.json --key lender
life 0 submit buy.json --key lender --key funder
cat > life.json << JSON
[{"type": "DAY_OPEN", "business_date": "2024-02-29"},
 {"type": "REPAYMENT", "contract": "$contract", "amount": 33833, "source_ref": "bank-1"},
 {"type": "DAY_OPEN", "business_date": "2024-04-10"}]
JSON
life 0 submit life.json --key servicer
on 2024-03-31 'd["ageing"]["days_past_due"] == 0'
on 2024-04-10 'd["ageing"]["days_past_due"] == 10' 'd["penalty"]["accrued"] == 169'
cat > late.json << JSON
[{"type": "PENALTY_ASSESS", "contract": "$contract", "business_date": "2024-04-10"},
 {"type": "REPAYMENT", "contract": "$contract", "amount": 20000, "source_ref": "bank-2",
  "business_date": "2024-04-10"}]
JSON
life 0 submit late.json --key servicer
on 2024-04-10 'd["statement"][-1]["allocation"] == [
    {"instalment": 1, "component": "penalty", "amount": 169},
    {"instalment": 1, "component": "fee", "amount": 500},
    {"instalment": 1, "component": "principal", "amount": 19331}]'
on 2024-04-30 'd["ageing"]["days_past_due"] == 30' 'd["penalty"]["to_assess"] == 140'
on 2024-05-01 'd["ageing"]["days_past_due"] == 31' 'd["payable"] == 47836'
on 2024-06-29 'd["ageing"]["days_past_due"] == 90' 'd["ageing"]["bucket"] == "M3"'
on 2024-06-30 'd["ageing"]["days_past_due"] == 91' 'd["ageing"]["class"] == "substandard"'
life 1 contract "$contract" --as-of 2024-01-30
life 0 contract "$contract" --as-of 2024-04-10 --known-at 12 --lang zh
says 逾期天数
run 0 network clean --yes --dir "$book_network"
book_network=""

echo "import"
# A book opens its own days from the first on, so it needs a network without any.
run 0 generate --seed 9 --transactions 2000 --borrowers 150 --refused 5 --out book.csv
run 0 network up --ephemeral --nodes 1 --json
book_network="$(pick 'd["dir"]')"
signers=(--key lender --key lender-2 --key funder --key servicer --key servicer-2 --key regulator
    --key collector --key bank --key auditor --key trustee --dir "$book_network")
run 0 import book.csv "${signers[@]}" --check --json --receipts receipts.jsonl
[ "$(pick 'd["acknowledged"] == d["check"]["found"] == d["rows"] and d["unexpected"] == 0')" = True ] ||
    { echo "FAILED: $out"; exit 1; }
rows="$(pick 'd["rows"]')"
[ "$(wc -l < receipts.jsonl)" = "$rows" ] || { echo "FAILED: receipts"; exit 1; }
# A payment is signed by the servicer alone, who submitted it.
run 0 member servicer --limit 30 --json --dir "$book_network"
run 0 entry "$(pick 'next(i["header_entry"] for i in d["items"] if i["type"] == "REPAYMENT")')" \
    --json --dir "$book_network"
[ "$(pick '[s["name"] for s in d["header"]["signers"]]')" = "['servicer']" ] ||
    { echo "FAILED: $out"; exit 1; }
run 1 import book.csv "${signers[@]}" --strict --batch 77 --json
[ "$(pick 'd["replayed"] == d["rows"] and d["unexpected"] == 0')" = True ] ||
    { echo "FAILED: $out"; exit 1; }
run 0 network clean --yes --dir "$book_network"
# A part of a book first, then the whole of it, cut short by a kill, then the whole again.
awk 'NR > 700 && /^DAY_OPEN/ { exit } { print }' book.csv > part.csv
run 0 network up --ephemeral --nodes 1 --json
book_network="$(pick 'd["dir"]')"
signers[21]="$book_network"
run 0 import part.csv "${signers[@]}" --json
timeout --signal=KILL 0.3 "$tallystick" import book.csv "${signers[@]}" --batch 20 > killed.txt 2>&1 || true
run 0 import book.csv "${signers[@]}" --check --json
[ "$(pick 'd["acknowledged"] == d["check"]["found"] == d["rows"] and d["unexpected"] == 0')" = True ] ||
    { echo "FAILED: $out"; exit 1; }
[ "$(pick 'd["replayed"] >= 690 and d["check"]["doubled"] == 0')" = True ] ||
    { echo "FAILED: $out"; exit 1; }
run 0 audit "$book_network"
run 0 network clean --yes --dir "$book_network"
book_network=""
# Payments on a contract that the book does not hold: its state is fetched, and a repeated import
# still gives the same transactions.
cat > later.csv << CSV
type,business_date,contract,amount,source_ref
REPAYMENT,2026-02-28,$contract,10000,bank-3
REPAYMENT,2026-02-28,$contract,13833,bank-4
CSV
run 0 import later.csv --key servicer --check
run 0 contract "$contract"
says "238.33 CNY"
run 0 import later.csv --key servicer --check --json
[ "$(pick 'd["replayed"] == 2 and d["accepted"] == 2 and d["check"]["doubled"] == 0')" = True ] ||
    { echo "FAILED: $out"; exit 1; }
# A row that states its id is compared with the record under it.
printf 'id,type,business_date,contract,amount,source_ref\n' > stated.csv
printf '55555555555555555555555555555555,REPAYMENT,2026-02-28,%s,100,bank-5\n' "$contract" >> stated.csv
run 0 import stated.csv --key servicer
run 0 import stated.csv --key servicer
sed 's/,100,/,101,/' stated.csv > edited.csv
run 1 import edited.csv --key servicer
says "line 2: amount: differs from what is on record"
says "to run the import again does not help"
case "$out" in *"run the same import again"*) echo "FAILED: $out"; exit 1 ;; esac

echo "a program by another name"
# It starts nodes of itself, not of another build that is at hand.
cp "$tallystick" "$folder/ledger"
[ -z "$book_network" ] || run 0 network clean --yes --dir "$book_network"
book_network=""
out="$(env -u TALLYSTICK_BINARY "$folder/ledger" network up --ephemeral --nodes 1 --json)"
book_network="$(pick 'd["dir"]')"
[ "$(readlink "/proc/$(pick 'd["nodes"][0]["pid"]')/exe")" = "$(readlink -f "$folder/ledger")" ] ||
    { echo "FAILED: another program was started"; exit 1; }

echo "bench"
# Somebody keeps a book here: a script is told what stays in it, once nobody can be asked.
run 0 bench --clients 2 --batch 50 --seconds 1 --mix purchases
says "holds a book that bench did not begin"
says "on record for good"
run 0 bench --clients 2 --batch 50 --seconds 1 --json --yes
[ "$(pick 'd["transactions"] > 0 and d["p99_ms"] >= d["p50_ms"] > 0 and not d["errors"]')" = True ] ||
    { echo "FAILED: $out"; exit 1; }

echo "audit"
run 0 audit
says PASSED
says "certified up to entry"
run 0 audit --url "$api" --trust "$network/network.pub" --json
[ "$(pick 'd["passed"] and d["nodes"][0]["signatures"] > 0')" = True ] ||
    { echo "FAILED: $out"; exit 1; }
run 0 audit "$network/n1"
run 3 audit "$network/n1" --trust other/network.pub

echo "evidence"
run 0 evidence
says "n3: no evidence against any node"
run 0 evidence --url "$api" --trust "$network/network.pub" --out evidence.json --json
[ "$(pick 'd["verified"] and not d["sources"][0]["records"]')" = True ] ||
    { echo "FAILED: $out"; exit 1; }
run 0 evidence evidence.json
run 3 evidence evidence.json --trust other/network.pub
run 1 evidence --out evidence.json
says "is there already"

echo "a proxy that makes up receipts"
run 0 network status --json
urls="$(pick '" ".join(sorted((n["api"] for n in d["nodes"]), key=lambda u: u == next(
    n["api"] for n in d["nodes"] if n["name"] == d["leader"])))')" # who leads comes last
python3 "$here/forging_proxy.py" "${urls%% *}" > forger.txt &
forger=$!
until [ -s forger.txt ]; do sleep 0.05; done
cat > forged.json << JSON
{"type": "LIMIT_CHANGE", "line": "$line", "limit": 123456}
JSON
# Who leads is not named: a command that knows where the leader is goes there.
rest="${urls#* }"
named=(--url "$(cat forger.txt)" --url "${rest%% *}")
run 0 submit forged.json --key lender "${named[@]}" --trust "$network/network.pub" --wait certified
says accepted
run 0 line "$line" --json
[ "$(pick 'd["limit"] == 123456')" = True ] || { echo "FAILED: not booked: $out"; exit 1; }
# What the forger says it booked no other node confirms, and an import takes it for nothing.
printf 'type,business_date,line,limit\nLIMIT_CHANGE,2026-01-31,%s,123457\n' "$line" > forged.csv
run 4 import forged.csv --key lender "${named[@]}" --trust "$network/network.pub" --timeout 5
says "neither a second node nor a proof shows it"
says "acknowledged  0"
kill "$forger"
wait "$forger" 2> /dev/null || true
run 0 import forged.csv --key lender --check

echo "no quorum"
run 0 network kill n1
run 0 network kill n2
run 4 network status
says "No quorum: 1 of 3 nodes reachable, 2 needed. Not reachable: n1" # whether or not it is ready still
cat > raise.json << JSON
{"type": "LIMIT_CHANGE", "business_date": "2026-02-28", "line": "$line", "limit": 600000}
JSON
run 4 submit raise.json --key lender --timeout 2
says "tallystick submit $PWD/raise.json.retry-" # from wherever it is pasted
cat > last.csv << CSV
type,business_date,contract,amount,source_ref
REPAYMENT,2026-02-28,$contract,10,bank-9
CSV
run 4 import last.csv --key servicer --timeout 3
says "what was signed is kept in last.csv.retry-"
says "tallystick import $PWD/last.csv --key servicer --dir $network --timeout 3" # likewise
run 0 submit grant.json --key lender # on record: any node may say so
run 0 line "$line" # not confirmed, and says so
says "no quorum confirmed this"
run 0 network up
run 0 submit raise.json --key lender # the same bytes, whatever became of them
says "goes out once more"
[ -z "$(ls raise.json.retry-* 2> /dev/null)" ] || { echo "FAILED: a retry file is left"; exit 1; }
run 0 line "$line"
says "6,000.00 CNY"
run 0 import last.csv --key servicer
says "goes out once more"
says "replayed      1"
[ -z "$(ls last.csv.retry-* 2> /dev/null)" ] || { echo "FAILED: a retry file is left"; exit 1; }
run 0 network down
run 4 network status
run 0 audit --json
[ "$(pick 'd["passed"] and len({n["log_root"] for n in d["nodes"]}) == 1')" = True ] ||
    { echo "FAILED: $out"; exit 1; }
# A changed byte in a copy of the data is found.
cp -r "$network/n1" damaged
python3 - << 'DAMAGE'
import glob, os
path = max(glob.glob("damaged/blocks/*"), key=os.path.getsize)
data = bytearray(open(path, "rb").read())
data[len(data) // 2] ^= 1
open(path, "wb").write(data)
DAMAGE
run 3 audit damaged
says FAILED
run 0 network clean --yes
[ ! -e "$network" ] || { echo "FAILED: clean left $network"; exit 1; }
network=""
echo "end to end: $checks checks held"
