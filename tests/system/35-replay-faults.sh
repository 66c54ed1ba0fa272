#!/bin/bash
# What `bcisim replay` does wrong on purpose is what bcid counts, each kind under its own reason, and the bins
# that suffered are the gaps.
. "$2/tests/support/rig.sh"

"$bcisim" generate --units 8 --seconds 20 --bin-ms 20 --seed 3 --output "$rig/recording.safetensors" ||
	fail "bcisim generate ended with $?"
config daemon.clock_speed=4
start_bcid
start replay "$bcisim" replay "$rig/recording.safetensors" --to "${conf[stream.neural]}" --speed 4 --wait 10 \
	--json --loss 0.05,3 --duplicate 0.05 --reorder 0.05 --truncate 0.05 --wrong-units 0.05
ended replay 30 || fail "bcisim replay ended with $?"
wait_status 10 '.streams[0].state == "idle"' # the epoch is over, and all of its bins with it

sent() { tail -n 1 "$rig/replay.log" | jq "$1"; }
((bad = $(sent '.dropped + .truncated + .wrong_units')))
((bad > 100)) || fail "only $bad bad packets"
same "packets" "$(sent .packets)" 1000
same "fates" "$(sent '.intact + .dropped + .duplicated + .reordered + .truncated + .wrong_units')" 1000
same "received" "$(message_count received)" "$(sent .sent)"
same "truncated" "$(message_count truncated)" "$(sent .truncated)"
same "of wrong units" "$(message_count units)" "$(sent .wrong_units)"
same "duplicates" "$(message_count duplicate)" "$(sent .duplicated)"
same "lost numbers" "$(message_count lost)" "$bad"
same "used" "$(message_count used)" $((1000 - bad))

# The 20 empty bins after the last packet are gaps too.
same "bins" "$(status '.streams[0].bins_in')" 1020
same "gaps" "$(status '.streams[0].gaps')" $((bad + 20))
same "epochs" "$(status '.streams[0].epoch')" 1
stop bcid
