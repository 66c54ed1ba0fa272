#!/bin/bash
# Sequence numbers: a duplicate and one from long ago are dropped, those that never came are counted as lost,
# and the epoch goes on.
. "$2/tests/support/rig.sh"

start_bcid
# 80 bins, so that number 0 is further back than the daemon remembers
publish good:80 duplicate:3 good:2 backward:2 good:2 jump good:10 >"$rig/publish.log" 2>&1 ||
	fail "publish.py ended with $?"
wait_status 5 '.streams[0].state == "idle"'
same "used" "$(message_count used)" 94
same "duplicates" "$(message_count duplicate)" 3
same "backward" "$(message_count backward)" 2
same "lost" "$(message_count lost)" 3
for reason in duplicate backward; do
	same "lines about $reason" "$(grep -c "dropped ($reason)" "$rig/bcid.log")" 1
done
# what was dropped spoiled no bin: all gaps are those of lost_bins, after the end
same "epochs, gaps" "$(status '.streams[0] | "\(.epoch) \(.gaps)"')" "1 20"

# Another publisher, started over: a new epoch at once, from number 0.
publish good:10 >"$rig/publish.log" 2>&1 || fail "publish.py ended with $?"
wait_status 5 '.streams[0] | .state == "idle" and .epoch == 2'
same "used" "$(message_count used)" 104
stop bcid
echo "94 packets used of one source, 10 of the next"
