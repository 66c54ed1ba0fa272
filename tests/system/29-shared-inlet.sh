#!/bin/bash
# Streams that share an endpoint which bcid binds: one socket, one lock, data for each; a second daemon is kept
# from it.
. "$2/tests/support/rig.sh"

shared="$rig/shared"
write_config
# Not the first stream: it has an endpoint of its own.
for name in b c; do
	printf '[stream %s]\nneural = @ipc://%s\nn_units = %s\ngrace_ms = 100\ndeadline_ms = 200\n' "$name" "$shared" 8
done >>"$rig/bcid.conf"
start_bcid

"$bcisim" generate --units 8 --seconds 30 --seed 3 --output "$rig/recording.safetensors" >"$rig/generate.log" 2>&1 ||
	fail "bcisim generate ended with $?"
for name in b c; do
	start "rig-$name" "$bcisim" replay "$rig/recording.safetensors" --to "ipc://$shared" --connect --stream "$name"
done
for i in 1 2; do
	wait_status 10 ".streams[$i] | .state == \"shadow\" and .bins_in > 5"
done

# everything else is its own
for name in "${!conf[@]}"; do
	[[ ${conf[$name]} == *"$rig/"* ]] && conf[$name]=${conf[$name]//$rig/$rig/other}
done
mkdir "$rig/other"
conf[stream.neural]="@ipc://$shared"
write_config "$rig/second.conf"
start second "$bcid" --config "$rig/second.conf"
ended second && fail "a second bcid started"
one_line second "$shared.lock: another bcid is running here"
stop bcid
