#!/usr/bin/env bash
# Makes sure that every package of the lists is installed. As root, or with CI=1 or CI=true, it
# installs what is missing; otherwise it prints the exact line to run and fails.
# Usage: scripts/deps.sh LIST...
set -euo pipefail

installed() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

if ! command -v dpkg-query > /dev/null; then
    echo "deps: not a Debian system; see $* for what is needed" >&2
    exit 0
fi

missing=()
while IFS= read -r line; do
    line="${line%%#*}"
    line="${line//[[:space:]]/}"
    [ -n "$line" ] || continue
    found=
    IFS='|' read -ra choices <<< "$line"
    for package in "${choices[@]}"; do
        if installed "$package"; then found=1; fi
    done
    [ -n "$found" ] || missing+=("$line")
done < <(cat "$@")
[ "${#missing[@]}" -gt 0 ] || exit 0

pick() { # the first choice that this release offers
    IFS='|' read -ra choices <<< "$1"
    for package in "${choices[@]}"; do
        if apt-cache show "$package" > /dev/null 2>&1; then echo "$package"; return; fi
    done
    echo "${choices[0]}"
}

sudo=
[ "$(id -u)" -eq 0 ] || sudo=sudo
may_install=
[ "$(id -u)" -ne 0 ] || may_install=1
case "${CI:-}" in 1|true) may_install=1 ;; esac
if [ -n "$may_install" ]; then $sudo apt-get update -qq > /dev/null; fi
packages=()
for line in "${missing[@]}"; do packages+=("$(pick "$line")"); done
if [ -z "$may_install" ]; then
    echo "deps: missing packages; run:" >&2
    echo "  sudo apt-get install -y --no-install-recommends ${packages[*]}" >&2
    exit 1
fi
echo "deps: installing ${packages[*]}"
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends \
    "${packages[@]}" > /dev/null
