#!/bin/bash
# bcid is killed while a cursor moves: the cursor stands still once its last intent has expired, and stays so
# when bcid is back, which is not armed.
. "$2/tests/support/rig.sh"
. "$2/tests/support/cursors.sh"
valid_ns=100000000 # two bins
least_ns=25000000  # what `other` takes for the way through the network: it reads once a frame

make_model
config stream.effectors="${cursors[*]}"
start_bcid
start_sim
start_cursors
arm

struck=$(strike KILL bcid)
crash bcid
sleep 1
for name in "${cursors[@]}"; do
	expired=$((struck + valid_ns))
	[[ $name == other ]] && ((expired += least_ns))
	frames still "$name" "$expired" || fail "moved after its intent expired"
done

start_bcid
wait_status 10 '.streams[0] | .state == "shadow" and ([.effectors[].alive] | all)'
for name in "${cursors[@]}"; do
	frames still "$name" $((struck + valid_ns + least_ns)) || fail "moved though bcid is not armed"
done
arm
for name in "${cursors[@]}" bcid; do
	stop "$name"
done
