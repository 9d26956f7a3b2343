#!/usr/bin/env bash
# The long tests: simulations over many seeds, clusters killed many times, power cut at every seed,
# and an hour of chaos (TALLY_CHAOS_MINUTES says otherwise).
# Usage: scripts/soak.sh BUILD_FOLDER
set -euo pipefail
build="$1"
export TALLY_CHAOS_MINUTES="${TALLY_CHAOS_MINUTES:-60}"
ran=0
for test in "$build"/tests/*_test; do
    for tag in '[.soak]' '[.slow]' '[.chaos]'; do
        # Catch2 3 takes it for an error when nothing carries the tag.
        [ -n "$("$test" --list-test-names-only "$tag" 2> /dev/null || true)" ] || continue
        echo "== $test $tag"
        "$test" "$tag" --use-colour no || { echo "soak: $test failed" >&2; exit 1; }
        ran=$((ran + 1))
    done
done
echo "soak: $ran groups of tests ran"
[ "$ran" -gt 0 ]
