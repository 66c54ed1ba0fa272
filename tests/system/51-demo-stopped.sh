#!/bin/bash
# Ctrl-C in the middle of client/demo, a closed terminal, a daemon that is killed: nothing is left running,
# and nothing in the temporary folder.
. "$2/tests/support/rig.sh"
mkdir "$rig/tmp"
cd "$rig" || exit 1

# A foreground process group of its own, as a terminal gives it; a shell's background would ignore SIGINT.
start_demo() {
	start demo env --default-signal=INT TMPDIR="$rig/tmp" BCID_BUILD="$build" \
		setsid "$source_root/client/demo"
	wait_line demo "^streaming" 120
	wait_until 20 said_armed || fail "it was never armed"
}

said_armed() { grep -qs "shadow -> armed" "$rig"/tmp/bcid-demo.*/bcid.log; }
nothing_runs() { ! pgrep -f "$rig/tmp/" >/dev/null; }

nothing_left() {
	wait_until 5 nothing_runs || fail "still running: $(pgrep -af "$rig/tmp/")"
	same "left in the temporary folder" "$(ls "$rig/tmp")" ""
}

for signal in INT HUP; do
	start_demo
	kill -"$signal" -- -"${pids[demo]}"
	ended demo
	status=$?
	((status > 128)) || fail "after SIG$signal it ended with $status"
	nothing_left
done

start_demo
kill -KILL "$(pgrep -x bcid -P "${pids[demo]}")"
ended demo 20
same "status without a daemon" $? 1
grep -q "^demo: the run did not come to its end" demo.log || fail "no word about it"
nothing_left
[[ ! -e demo-report.svg ]] || fail "a picture of a run that was not"
