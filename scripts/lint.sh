#!/usr/bin/env bash
# Format, house rules, headers that compile alone, clang-tidy. Needs scripts/packages-lint.txt.
# Usage: scripts/lint.sh            everything, which takes long
#        scripts/lint.sh SECONDS    format and house rules; clang-tidy for so long at most, what was
#                                   changed last first; 0: none of it
set -euo pipefail
cd "$(dirname "$0")/.."
limit="${1:-}"
build=build/release

sources() { git ls-files '*.h' '*.cpp'; }

echo "lint: format of $(sources | wc -l) files"
sources | xargs clang-format-14 --dry-run -Werror

echo "lint: house rules"
python3 -B tests/tidy/tidy_self_test.py
python3 -B tests/tidy/tidy.py .

[ "$limit" != 0 ] || exit 0

# What clang-tidy needs beside the sources: how each is compiled, and the generated headers.
cmake --preset release > /dev/null
cmake --build --preset release --target tally_proto tally_peer_proto

if [ -z "$limit" ]; then
    echo "lint: every header alone"
    cmake --build --preset release --target all_verify_interface_header_sets
fi

# The folders of the product, from below: clang-tidy has nothing to say against them.
clean=(base crypto consensus ledger api book storage client testing network node cli)

# Their sources, those of the last commits first.
product() {
    local patterns=("${clean[@]/%//*.cpp}")
    { git log -n 20 --diff-filter=d --name-only --format= -- "${patterns[@]}"
      git ls-files "${patterns[@]}"; } | awk '!seen[$0]++' | while read -r file; do
        [ ! -f "$file" ] || echo "$file"
    done
}

# one FILE...: their findings, if any; nothing more begins once the time is over.
one() {
    [ -z "$until" ] || [ "$(date +%s)" -lt "$until" ] || { echo "$@" >> "$left"; return 0; }
    local said
    # shellcheck disable=SC2086
    if said="$(python3 -B tests/tidy/clang_tidy.py "$build" $1)"; then
        echo "  $1"
    else
        echo "  $1: findings"
        echo "$said"
        return 1
    fi
}
export -f one
export build left until
left="$(mktemp)"
trap 'rm -f "$left"' EXIT
until=""
[ -z "$limit" ] || until=$(($(date +%s) + limit))

echo "lint: clang-tidy of ${clean[*]}${limit:+ for at most $limit s}"
# Each line is what can be looked at together, which saves most of the time.
product | xargs python3 -B tests/tidy/clang_tidy.py --groups |
    xargs -P "$(nproc)" -I FILES bash -c 'one "FILES"'
[ ! -s "$left" ] || echo "lint: no time was left for $(wc -w < "$left") files; \`make lint\` does all"
echo "lint: clean"
