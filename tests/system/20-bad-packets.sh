#!/bin/bash
# Every kind of bad packet is counted under its reason and said once; the stream goes on as if none had come.
. "$2/tests/support/rig.sh"

decoder "$rig/decoder.safetensors"
config stream.decoder="$rig/decoder.safetensors"
start_bcid

# what is sent : how often : the counter that it must go to
bad=(
	truncated:20:truncated
	garbage:1:truncated
	hostile:1:truncated
	empty:2:empty
	no-source:2:empty
	units-many:2:units
	units-few:2:units
	unit-beyond:2:units
	value:2:value
	backward-time:2:time
	long-span:2:time
	straddle:1:straddle
	chunk:2:unsupported
	topic-other:2:topic
	one-frame:2:frames
	three-frames:2:frames
)
actions=(good:10)
declare -A wanted=()
for one in "${bad[@]}"; do
	IFS=: read -r action times reason <<<"$one"
	actions+=("$action:$times" good:2)
	[[ $action == hostile ]] && times=5
	wanted[$reason]=$((${wanted[$reason]:-0} + times))
done
publish "${actions[@]}" good:10 >"$rig/publish.log" 2>&1 || fail "publish.py ended with $?"

good=$((10 + 2 * ${#bad[@]} + 10))
wait_status 5 "[.streams[0].messages[] | select(.name == \"used\") | .value] == [$good]"
for reason in "${!wanted[@]}"; do
	same "dropped for $reason" "$(message_count "$reason")" "${wanted[$reason]}"
	same "lines about $reason" "$(grep -c "dropped ($reason)" "$rig/bcid.log")" 1
done
same "lost" "$(message_count lost)" 0
# the last bins are those of lost_bins, closed without data before the epoch ended
all=$((good + 20))
wait_status 5 ".streams[0] | .epoch == 1 and .bins_in == $all and .intents_out == $all and .gaps == 20"
stop bcid
echo "$good good packets, ${#bad[@]} kinds of bad ones"
