#!/bin/bash
# Not a number, wherever it comes from: an estimate that overflowed is held, with its reason, and the next one
# goes out; a cue with a NaN is dropped.
. "$2/tests/support/rig.sh"

# 4 units x 1.3e33 x 65535 is beyond a float; 4 x 1.3e33 x 2 is not, and is clamped to the limits
decoder "$rig/decoder.safetensors" --gain 1.3e33
config stream.decoder="$rig/decoder.safetensors" stream.cues="ipc://$rig/cues"
start_bcid
start listen /usr/bin/python3 "$support/listen.py" "${conf[daemon.intents]}" m1
start publish publish good:100 loud:5 good:50
wait_status 10 '.streams[0].state == "shadow"'
ctl arm --stream m1 >"$rig/arm.log" 2>&1 || fail "bcictl arm ended with $?"
ended publish 20 || fail "publish.py ended with $?"
wait_status 5 '.streams[0].state == "idle"'

intents=$(grep '^{' "$rig/listen.log")
same "holds for not being finite" "$(jq -c 'select(.reason == "not-finite")' <<<"$intents" | wc -l)" 5
values=$(jq -s -c '[.[] | select(.reason == "not-finite").value[]] | unique' <<<"$intents")
same "their values" "$values" "[0]"
moved=$(jq -c 'select(.verdict == "clamp")' <<<"$intents" | wc -l)
((moved > 50)) || fail "only $moved intents were clamped"
last='(map(.reason == "not-finite") | rindex(true))'
after=$(jq -s -r "$last as \$last | .[\$last + 1].verdict" <<<"$intents")
same "verdict after the last of them" "$after" clamp
status_is '.streams[0].holds_by_reason | any(.name == "not-finite" and .value == 5)' ||
	fail "status lacks them"

publish_cues() {
	/usr/bin/python3 "$support/publish.py" "ipc://$rig/cues" m1 8 20000 "$@"
}
publish_cues cue:2 cue_nan:3 cue >"$rig/cues.log" 2>&1 || fail "publish.py ended with $?"
wait_until 5 said bcid 'dropped \(value\)' || fail "a cue that is not a number was not told"
same "lines about it" "$(grep -c 'dropped (value)' "$rig/bcid.log")" 1
stop bcid
echo "5 held, $moved clamped"
