#!/usr/bin/env bash
# Checks the model of the agreement (model/agreement.pml) with Spin: two terms and logs of two
# entries, every order of events. Then each mutant of it, which must be found. About two minutes.
# Usage: scripts/model.sh
set -euo pipefail

model="$(realpath "$(dirname "$0")/../model/agreement.pml")"
work="$(mktemp -d "${TMPDIR:-/tmp}/tallystick-model-XXXXXX")"
trap 'rm -rf "$work"' EXIT

# check NAME OPTION...: what Spin says of the model with these definitions, in NAME.
check() {
    local name="$1"
    shift
    mkdir "$work/$name"
    cp "$model" "$work/$name/agreement.pml"
    (cd "$work/$name" && spin -a "$@" agreement.pml && cc -O2 -w -DSAFETY -DCOLLAPSE -o pan pan.c &&
        ./pan -m100000 -w24 > said 2>&1) || { cat "$work/$name/said" >&2; exit 1; }
    if grep -q 'max search depth too small' "$work/$name/said"; then
        echo "model: $name was not searched to its end" >&2
        exit 1
    fi
}
errors() { sed -n 's/.*errors: \([0-9]*\).*/\1/p' "$work/$1/said"; }
states() { awk '/states, stored/ { print $1; exit }' "$work/$1/said"; }

small=(-DTERMS=2 -DLEN=2)
check as_built "${small[@]}"
[ "$(errors as_built)" = 0 ] || { cat "$work/as_built/said" >&2; exit 1; }
echo "as built: no error in $(states as_built) states"
for mutant in FORGETS_VOTE NOT_NOTICED VOTES_MEANWHILE GOES_AT_ONCE; do
    check "$mutant" "${small[@]}" "-D$mutant"
    [ "$(errors "$mutant")" = 1 ] || { echo "model: $mutant was not found" >&2; exit 1; }
    echo "$mutant: found after $(states "$mutant") states"
done
