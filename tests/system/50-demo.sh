#!/bin/bash
# client/demo on a real recording, 20 times as fast as real time: every bin has its intent, the velocity is
# decoded as well as it is offline, and the live estimates are those of `bcitrain decode`.
. "$2/tests/support/rig.sh"
recording=${BCID_SHARED:-}/data/motor/m1_reach50.safetensors
[[ -r $recording ]] || skip "there is no $recording"
cd "$rig" || exit 1

# is TEXT FILTER: of the summary
is() {
	jq -e "$2" summary.json >/dev/null || fail "$1: $(cat summary.json)"
}

BCID_BUILD=$build "$source_root/client/demo" "$recording" --speed 20 --json --keep kept >out.log 2>demo.log ||
	fail "the demo ended with $?"
tail -n 1 out.log >summary.json
same "lines on stdout" "$(wc -l <out.log)" 1
is "bins in are the last 15 % and ten of warm-up" '.bins_in == 2341'
is "an intent for each bin" '.intents_out == .bins_in'
is "few gaps" '.gaps < 117'
is "armed for most of it" '.holds < 1170'
is "the velocity" '.r2 | length == 2 and (add / 2 > 0.75) and (add / 2 < 0.79)'
is "all stages" '.latency_us | keys == ["bin", "edge_to_sent", "gate", "queue", "send", "step", "wire"]'
is "percentiles" '[.latency_us[] | .p50 > 0 and .p50 <= .p99 and .p99 <= .p999 and .p999 <= .max] | all'
grep -q '</svg>' demo-report.svg || fail "demo-report.svg is no picture"

"$bcitrain" decode --model kept/decoder.safetensors --input "$recording" --output offline.safetensors \
	>decode.log 2>&1 || fail "bcitrain decode ended with $?"
/usr/bin/python3 "$support/estimates.py" kept/estimates.safetensors offline.safetensors 10 ||
	fail "live and offline estimates differ"
