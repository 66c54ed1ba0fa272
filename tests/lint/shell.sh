#!/bin/bash
# shell.sh ROOT: every shell script of the house goes through shellcheck.
set -eu
cd "$1"
command -v shellcheck >/dev/null || { echo "shellcheck is not installed"; exit 77; }
mapfile -t listed < <(git ls-files -co --exclude-standard 2>/dev/null || find . -type f -not -path './build*')
scripts=()
for path in "${listed[@]}"; do
	[[ -f $path ]] && head -c 80 "$path" | head -n 1 | grep -qE '^#!.*\b(ba)?sh\b' && scripts+=("$path")
done
shellcheck --shell=bash --severity=warning --external-sources --source-path=SCRIPTDIR:. "${scripts[@]}"
echo "${#scripts[@]} scripts"
