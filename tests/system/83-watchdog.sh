#!/bin/bash
# systemd is told when the daemon is ready and when it stops. Its watchdog is fed while no rig sends anything,
# and not while a bin has waited for its worker for over a second.
. "$2/tests/support/rig.sh"

watchdog_ms=900
start notify /usr/bin/python3 "$support/notify_socket.py" "$rig/notify"
wait_line notify listening
export NOTIFY_SOCKET=$rig/notify WATCHDOG_USEC=$((watchdog_ms * 1000))
start_bcid
unset NOTIFY_SOCKET WATCHDOG_USEC
wait_until 5 said notify "READY=1" || skip "built without libsystemd"
same "first message" "$(sed -n 's/^[0-9]* //p' "$rig/notify.log" | head -n 1)" "READY=1 STATUS=test"

fed() { grep -c "WATCHDOG=1" "$rig/notify.log"; }
fed_times() { (($(fed) >= $1)); }
last_fed_ms() { sed -n 's/ WATCHDOG=1$//p' "$rig/notify.log" | tail -n 1; }
now_ms() { awk '{ printf "%d", $1 * 1000 }' /proc/uptime; }
unfed_ms() { (($(now_ms) - $(last_fed_ms) > $1)); }

wait_until 10 fed_times 5 || fail "fed $(fed) times without a rig"
longest=$(awk '/WATCHDOG=1/ { gap = last ? $1 - last : 0; if (gap > most) most = gap; last = $1 }
	END { print most }' "$rig/notify.log")
((longest < watchdog_ms)) || fail "unfed for $longest ms without a rig"

# A worker without work may sleep as it likes; one that owes a bin may not.
worker=$(grep -lx w1 /proc/"${pids[bcid]}"/task/*/comm)
[[ $worker =~ task/([0-9]+)/ ]] || fail "no thread of the name w1"
start freeze /usr/bin/python3 "$support/freeze.py" "${BASH_REMATCH[1]}"
wait_until 5 said_or_gone freeze .
if said freeze frozen; then
	wait_until 10 fed_times $(($(fed) + 3)) || fail "not fed with an idle worker"
	publish good:10 >"$rig/publish.log" 2>&1 || fail "publish.py ended with $?"
	wait_until 10 unfed_ms $watchdog_ms || fail "fed although a bin waits for its worker"
	before=$(fed)
	stop freeze
	wait_until 10 fed_times $((before + 3)) || fail "not fed again after the worker came back"
	tracing="and not with a stuck worker"
else
	tracing="(no tracing here, so no stuck worker: $(cat "$rig/freeze.log"))"
fi

stop bcid
wait_until 5 said notify "STOPPING=1" || fail "no STOPPING=1"
echo "fed every $((watchdog_ms / 3)) ms, at most $longest ms apart, $tracing"
