#!/bin/bash
# Subscribers that never read: the daemon sends one intent a bin all the same, in order, and does not grow. (A
# subscriber that this machine keeps waiting may miss some: few intents queue up, on purpose.)
. "$2/tests/support/rig.sh"

config stream.bin_us=5000
decoder "$rig/decoder.safetensors"
config stream.decoder="$rig/decoder.safetensors"
start_bcid
for name in deaf stopped; do
	start $name /usr/bin/python3 "$support/listen.py" "${conf[daemon.intents]}" m1 --deaf
	wait_line $name listening
done
start listen /usr/bin/python3 "$support/listen.py" "${conf[daemon.intents]}" m1
wait_line listen listening
kill -STOP "${pids[stopped]}"

publish good:200 >"$rig/publish.log" 2>&1 || fail "publish.py ended with $?"
before=$(awk '/VmRSS/ { print $2 }' "/proc/${pids[bcid]}/status")
wait_status 5 '.streams[0].state == "idle"'
publish good:1000 >"$rig/publish.log" 2>&1 || fail "publish.py ended with $?"
wait_status 5 '.streams[0] | .state == "idle" and .epoch == 2'
after=$(awk '/VmRSS/ { print $2 }' "/proc/${pids[bcid]}/status")

out=$(status '.streams[0].intents_out')
same "intents for bins" "$out" "$(status '.streams[0].bins_in')"
names='[.[] | [.epoch, .bin]]'
seen() { grep '^{' "$rig/listen.log" | jq -e -s "$names | last == [2, 1019]" >/dev/null; }
wait_until 5 seen || fail "the reading subscriber did not get the last intent"
in_order=$(grep '^{' "$rig/listen.log" | jq -s "$names | . == unique and length > $((out * 9 / 10))")
same "nearly all, each once and in order" "$in_order" true
sanitized || ((after - before < 2048)) || fail "bcid grew from $before to $after kB"
stop bcid
echo "$out intents, from $before to $after kB"
