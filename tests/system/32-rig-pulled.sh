#!/bin/bash
# The rig is pulled out while a cursor moves: the cursor stands still within valid_for_ms of the last bin's
# intent. bcid holds, ends the epoch and disarms; data that come back do not move it until someone arms.
. "$2/tests/support/rig.sh"
. "$2/tests/support/cursors.sh"
# the last bin's intent was sent by its deadline, and is valid for two bins; `other` adds a frame
after_ns=$((20000000 + 100000000 + 25000000))

make_model
config stream.effectors="${cursors[*]}"
start_bcid
start_sim
start_cursors
arm

struck=$(strike KILL sim)
crash sim
wait_status 5 '.streams[0].state == "idle"'
same "gaps until the epoch ended" "$(status '.streams[0].gaps >= 20')" true
for name in "${cursors[@]}"; do
	frames still "$name" $((struck + after_ns)) || fail "moved without data"
done

start_sim
wait_status 10 '.streams[0] | .state == "shadow" and .epoch == 2 and ([.effectors[].alive] | all)'
for name in "${cursors[@]}"; do
	frames still "$name" $((struck + after_ns)) || fail "moved though bcid is not armed"
done
arm
for name in "${cursors[@]}" bcid; do
	stop "$name"
done
