# cursors.sh: three cursors in a loop with a simulated rig. Source rig.sh first.
#
# `c` is client/cursor on bcid's host, `other` the same taking bcid for another host's, `py` is
# client/cursor.py. Each logs a line a frame to $rig/NAME.frames.
cursors=(c other py)
config stream.n_units=48 stream.bin_us=50000 stream.grace_ms=5 stream.deadline_ms=20

# A recording and a decoder of its velocities.
make_model() {
	"$bcisim" generate --units 48 --seconds 120 --seed 7 --output "$rig/rig.safetensors" &&
		"$bcitrain" fit-decoder --data "$rig/rig.safetensors" --target kinematics --kind ridge \
			--output "$rig/decoder.safetensors" >"$rig/fit.log" 2>&1 || fail "no decoder"
	config stream.decoder="$rig/decoder.safetensors"
}

start_sim() { start sim "$bcisim" replay "$rig/rig.safetensors" --to "${conf[stream.neural]}" --repeat 10; }

start_cursors() {
	local name at=(--intents "${conf[daemon.intents]}" --control "${conf[daemon.control]}" --stream m1)
	for name in "${cursors[@]}"; do
		local command=("$build/client/cursor")
		[[ $name == py ]] && command=(/usr/bin/python3 "$source_root/client/cursor.py")
		[[ $name == other ]] || command+=(--same-host)
		BCID_PROTO_PYTHON=$rig/proto start "$name" "${command[@]}" "${at[@]}" --name "$name" \
			--log "$rig/$name.frames"
	done
}

frames() { /usr/bin/python3 "$support/frames.py" "$1" "$rig/$2.frames" "${@:3}"; }

all_moved() {
	local name
	for name in "${cursors[@]}"; do
		frames moved "$name" "$1" >/dev/null || return 1
	done
}

# Arm, and wait until each of them has moved since.
arm() {
	local since
	wait_until 10 ctl arm >"$rig/arm.log" 2>&1 || fail "not armed: $(cat "$rig/arm.log")"
	since=$(monotonic_ns)
	wait_until 10 all_moved "$since" || fail "a cursor does not move"
}

monotonic_ns() { /usr/bin/python3 -c 'import time; print(time.monotonic_ns())'; }

# strike SIGNAL NAME…: send it to all of them; the instant after
strike() {
	local name signal=$1 targets=()
	shift
	for name; do
		targets+=("${pids[$name]}")
	done
	/usr/bin/python3 -c 'import os, signal, sys, time
for pid in sys.argv[2:]:
    os.kill(int(pid), getattr(signal, "SIG" + sys.argv[1]))
print(time.monotonic_ns())' "$signal" "${targets[@]}"
}
