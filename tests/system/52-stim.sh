#!/bin/bash
# Pulses on commands: none without the operator's enable, one train a command with it, none once it has run
# out; none from a daemon that was killed; and no old one after the client was stopped.
. "$2/tests/support/rig.sh"
valid_ms=100 # two bins
config stream.n_units=8 stream.bin_us=50000 stream.grace_ms=20 stream.deadline_ms=40 stream.effectors=stim \
	stream.decoder="$rig/decoder.safetensors" gate.effector_kind=stimulation gate.max_commands_per_s=10

monotonic_ns() { /usr/bin/python3 -c 'import time; print(time.monotonic_ns())'; }

# pulses WHAT SINCE_NS [ARGUMENT]
pulses() { /usr/bin/python3 "$support/pulses.py" "$1" "$rig/trains" "${@:2}"; }
some() { pulses some "$1" "$2" >/dev/null; }

start_stim() {
	local at=(--intents "${conf[daemon.intents]}" --control "${conf[daemon.control]}" --stream m1)
	start stim "$build/client/stim" "${at[@]}" --same-host --class 0=10,100 1=20,200,3,300 \
		--log "$rig/trains" --json
}

arm() { wait_until 10 ctl arm >"$rig/arm.log" 2>&1 || fail "not armed: $(cat "$rig/arm.log")"; }

enable() { ctl enable --for "$1" >"$rig/enable.log" 2>&1 || fail "not enabled: $(cat "$rig/enable.log")"; }

bins() { status '.streams[0].bin'; }
held() { status "[.streams[0].holds_by_reason[] | select(.name == \"not-enabled\") | .value] | add // 0"; }
is_held() { (($(held) > $1)); }

decoder "$rig/decoder.safetensors" --command 1
"$bcisim" generate --units 8 --seconds 60 --seed 3 --output "$rig/rig.safetensors" || fail "no recording"
start_bcid
start sim "$bcisim" replay "$rig/rig.safetensors" --to "${conf[stream.neural]}" --repeat 10
start_stim
wait_line stim "class_1 is a class of m1"

# Armed, but not enabled.
begin=$(monotonic_ns)
arm
wait_until 10 is_held 20 || fail "not held for the enable"
pulses none "$begin" || fail "a pulse without the operator's enable"

# Enabled, for a while.
enable 3
wait_until 3 some "$begin" 4 || fail "no pulses: $(pulses some "$begin" 4)"
wait_status 5 '.streams[0].enabled_for_ns == 0'
ran_out=$(($(monotonic_ns) + 20000000)) # the intent that was on its way
held=$(held)
wait_until 10 is_held $((held + 20)) || fail "not held once the enable had run out"
pulses none "$ran_out" || fail "a pulse after the enable had run out"

# Stopped for a while: bcid disarms; at its return nothing of that time is acted on.
enable 60
since=$(monotonic_ns)
wait_until 5 some "$since" 2 || fail "no pulses when enabled again"
struck=$(monotonic_ns)
kill -STOP "${pids[stim]}"
wait_status 5 '.streams[0] | .state == "shadow" and (.why | test("heartbeat"))'
kill -CONT "${pids[stim]}"
wait_status 5 '.streams[0].effectors[0].alive'
pulses none $((struck + 1000000 * valid_ms)) || fail "a pulse after it was stopped"
arm
since=$(monotonic_ns)
wait_until 5 some "$since" 2 || fail "no pulses when armed again"

# bcid is killed.
struck=$(monotonic_ns)
crash bcid
sleep 1
pulses none $((struck + 1000000 * valid_ms)) || fail "a pulse of a daemon that was gone"
pulses fresh 0 $valid_ms || fail "a pulse on an old command"
stop stim
same "trains of the summary" "$(tail -n 1 "$rig/stim.log" | jq .trains)" \
	"$(grep -c ' train ' "$rig/trains")"
same "class of all" "$(grep -c ' train class_1 ' "$rig/trains")" "$(grep -c ' train ' "$rig/trains")"

# Where its heartbeats are not required, bcid stays armed: it goes on with fresh commands only.
config stream.effectors=
write_config
start_bcid
start_stim
arm
enable 60
begin=$(monotonic_ns)
wait_until 5 some "$begin" 2 || fail "no pulses without heartbeats"
kill -STOP "${pids[stim]}"
last=$(bins)
bins_later() { (($(bins) > last + 40)); }
wait_until 10 bins_later || fail "no bins"
kill -CONT "${pids[stim]}"
since=$(monotonic_ns)
wait_until 5 some "$since" 2 || fail "does not go on"
same "state" "$(status '.streams[0].state')" armed
pulses fresh "$begin" $valid_ms || fail "a pulse on an old command"
pulses some "$begin" 4 || fail "a command was acted on twice"
stop stim
stop bcid

# No hardware.
start hardware "$build/client/stim" --intents "${conf[daemon.intents]}" --control "${conf[daemon.control]}" \
	--stream m1 --class 1 --backend cerestim
ended hardware
same "exit status for hardware" $? 2
one_line hardware "cerestim is refused"
