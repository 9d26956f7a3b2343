#!/usr/bin/env bash
# The long tests: simulations over many seeds and clusters killed many times.
# Usage: scripts/soak.sh BUILD_FOLDER
set -euo pipefail
build="$1"
for test in "$build"/tests/*_test; do
    echo "== $test [.soak]"
    "$test" '[.soak]' --use-colour no || { echo "soak: $test failed" >&2; exit 1; }
done
