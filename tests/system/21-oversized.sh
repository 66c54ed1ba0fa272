#!/bin/bash
# A message beyond ZMQ_MAXMSGSIZE costs its sender the connection and nothing else: it comes back by itself,
# what was lost in between is counted, and the daemon has not grown.
. "$2/tests/support/rig.sh"

start_bcid
publish good:10 oversized good:100 >"$rig/publish.log" 2>&1 || fail "publish.py ended with $?"
wait_status 5 '.streams[0].state == "idle"'
used=$(message_count used)
lost=$(message_count lost)
same "used and lost together" $((used + lost)) 110
((used >= 60)) || fail "only $used of 110 packets were used"
same "oversized" "$(message_count oversized)" 1
same "lines about it" "$(grep -c 'dropped (oversized)' "$rig/bcid.log")" 1
grep -q "epoch-end" "$rig/bcid.log" || fail "the end of the data was not told"
peak=$(awk '/VmHWM/ { print $2 }' "/proc/${pids[bcid]}/status")
((peak < 64 * 1024)) || fail "bcid grew to $peak kB"
stop bcid
echo "$used packets used, $lost lost while the connection was down, at most $peak kB"
