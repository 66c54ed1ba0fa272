#!/bin/bash
# Ten thousand steady bins of 1 ms, armed, with a cursor alive: no call of the allocator on the worker, and
# none in bcid's own code on the loop. The guard keeps the first one, with its stack.
. "$2/tests/support/rig.sh"

guard=$build/tests/system/libguard-alloc.so
[[ -f $guard ]] || skip "there is no $(basename "$guard")"
sanitized && skip "the sanitizer's allocator is not ours to guard"

config stream.n_units=96 stream.bin_us=1000 stream.effectors=cursor stream.deadline_ms=20 stream.grace_ms=5
decoder "$rig/decoder.safetensors" --history 10
config stream.decoder="$rig/decoder.safetensors"
"$bcisim" generate --units 96 --seconds 16 --bin-ms 1 --seed 4 --output "$rig/recording.safetensors" \
	>"$rig/generate.log" 2>&1 || fail "bcisim generate ended with $?"
write_config

start bcid env BCID_GUARD="$rig/guard" LD_PRELOAD="$guard" "$bcid" --config "$rig/bcid.conf"
wait_line bcid "rig test:"
start cursor "$build/client/cursor" --intents "${conf[daemon.intents]}" --control "${conf[daemon.control]}" \
	--stream m1 --name cursor --same-host
start replay "$bcisim" replay "$rig/recording.safetensors" --repeat 4 --to "${conf[stream.neural]}"
wait_status 10 '.streams[0] | .state == "shadow" and .effectors[0].alive'
ctl arm --stream m1 >"$rig/arm.log" 2>&1 || fail "bcictl arm ended with $?"
wait_status 10 '.streams[0].bin > 2000'


# bcictl's questions are no part of a steady state: the intents tell how far it is
start listen /usr/bin/python3 "$support/listen.py" "${conf[daemon.intents]}" m1 --count 10000
wait_line listen '^\{'
/usr/bin/python3 "$support/guard.py" "$rig/guard" arm
ended listen 40 || fail "listen.py ended with $?"
/usr/bin/python3 "$support/guard.py" "$rig/guard" read >"$rig/guard.log"
verdict=$?
cat "$rig/guard.log"
same "state" "$(status '.streams[0].state')" armed
passed=$(grep -c '"verdict": "pass"' "$rig/listen.log")
((passed > 9000)) || fail "only $passed of 10000 intents passed"
stop bcid
((verdict == 0)) || fail "the hot path calls the allocator"
