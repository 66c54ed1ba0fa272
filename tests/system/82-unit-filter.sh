#!/bin/bash
# Under the unit's own system call filter, and as a user without rights, the daemon works, ends well, and is
# granted SCHED_FIFO, a processor and locked memory, as without the filter.
. "$2/tests/support/rig.sh"

unit=$build/systemd/bcid@.service
[[ -f $unit ]] || skip "built without libsystemd: no unit"
command -v systemd-analyze >/dev/null || skip "systemd-analyze is not installed"
/usr/bin/python3 -c "import seccomp" 2>/dev/null || skip "python3-seccomp is not installed"
[[ $(option b_sanitize) == none ]] || skip "a sanitizer needs calls that the filter forbids"

# The limits of the unit. Where this machine does not let them be raised, a capability stands in: it is the
# filter that is tested here.
setting() { sed -n "s/^$1=//p" "$unit"; }
limits=(prlimit)
caps=-all
if prlimit --rtprio="$(setting LimitRTPRIO)" true 2>/dev/null; then
	limits+=(--rtprio="$(setting LimitRTPRIO)")
else
	caps+=,+sys_nice
fi
if prlimit --memlock=unlimited true 2>/dev/null; then
	limits+=(--memlock=unlimited)
else
	caps+=,+ipc_lock
fi
user=()
if ((EUID == 0)); then
	user=(setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps="$caps" --ambient-caps="$caps"
		--bounding-set="$caps" --no-new-privs)
fi

# That user may not look into the build folder, but may use the publisher's socket.
umask 000
cp "$bcid" "$support/under_unit.py" "$rig/"
cp "$unit" "$rig/unit.service"
# killed where the unit says EPERM: nothing that it does is outside
sed '/^SystemCallErrorNumber=/d' "$unit" >"$rig/kill.service"
# the same without what this is about
sed 's/^RestrictRealtime=no/RestrictRealtime=yes/' "$unit" >"$rig/less.service"
decoder "$rig/decoder.safetensors"
((EUID == 0)) && chown -R 65534:65534 "$rig"

cpu=$(sed -n 's/^Cpus_allowed_list:\s*\([0-9]*\).*/\1/p' /proc/self/status)
config daemon.fifo=20 daemon.cpu="$cpu" daemon.lock_memory=yes worker.fifo=10 worker.cpu="$cpu" \
	daemon.intents=tcp://127.0.0.1:* daemon.monitor=tcp://127.0.0.1:* \
	stream.decoder="$rig/decoder.safetensors"
write_config

# run NAME [UNIT [OPTION…]]: with twenty bins; what was granted and refused goes to $rig/NAME.json
run() {
	local name=$1 filter=()
	shift
	(($#)) && filter=(/usr/bin/python3 "$rig/under_unit.py" "$rig/$1" "${@:2}" --)
	start bcid "${limits[@]}" "${user[@]}" "${filter[@]}" "$rig/bcid" --config "$rig/bcid.conf"
	wait_line bcid "rig test:"
	publish good:20 >"$rig/publish.log" 2>&1 || fail "publish.py ended with $?"
	wait_status 5 ".streams[0].intents_out >= 20"
	status '[.loop, .workers[0]] | map({granted, refused})' >"$rig/$name.json"
	stop bcid
}
# granted NAME REGEX, refused NAME REGEX: how many lines, of the loop and the worker
granted() { jq --arg what "$2" '[.[].granted[] | select(test($what))] | length' "$rig/$1.json"; }
refused() { jq --arg what "$2" '[.[].refused[] | select(test($what))] | length' "$rig/$1.json"; }

run free
run unit unit.service
same "granted under the unit's filter" "$(cat "$rig/unit.json")" "$(cat "$rig/free.json")"
run kill kill.service
same "granted under a filter that kills" "$(cat "$rig/kill.json")" "$(cat "$rig/free.json")"
run less less.service --deny sched_setaffinity --deny mlockall
same "refused under a stricter filter" "$(refused less "Operation not permitted")" 5

# in the status : threads that ask for it
for one in SCHED_FIFO:2 cpu:2 mlockall:1; do
	what=${one%:*}
	[[ $(refused free "^$what") == 0 ]] || skip "this machine refuses $what even without a filter"
	[[ $what == mlockall ]] && what="memory locked"
	same "threads granted $what" "$(granted unit "^$what")" "${one#*:}"
done
echo "granted: $(jq -c 'map(.granted)' "$rig/unit.json")"
