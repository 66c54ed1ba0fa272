#!/bin/bash
# A cursor is stopped for 5 s and goes on: it acts on no intent of that time, and bcid has disarmed since its
# heartbeats ceased. Where its heartbeats are not required it goes on with fresh intents only.
. "$2/tests/support/rig.sh"
. "$2/tests/support/cursors.sh"
pause=5
most_ms=200 # sent within 20, valid for 100, and what a loaded machine adds

make_model
config stream.effectors="${cursors[*]}"
start_bcid
start_sim
start_cursors
arm
struck=$(strike STOP "${cursors[@]}")
sleep $pause
strike CONT "${cursors[@]}" >"$rig/continued"
wait_status 5 '.streams[0] | .state == "shadow" and ([.effectors[].alive] | all)'
same "disarmed for the heartbeat" "$(status '.streams[0].why | test("heartbeat")')" true
sleep 1
for name in "${cursors[@]}"; do
	frames still "$name" $((struck + 1000000000)) || fail "moved after it was stopped"
done
arm
for name in "${cursors[@]}" bcid; do
	stop "$name"
done

config stream.effectors=
write_config
start_bcid
start_cursors
arm
struck=$(strike STOP "${cursors[@]}")
sleep $pause
strike CONT "${cursors[@]}" >"$rig/continued"
wait_until 5 all_moved "$(cat "$rig/continued")" || fail "does not go on"
for name in "${cursors[@]}"; do
	frames fresh "$name" "$struck" $most_ms || fail "acts on old intents"
done
same "state" "$(status '.streams[0].state')" armed
for name in "${cursors[@]}" bcid; do
	stop "$name"
done
