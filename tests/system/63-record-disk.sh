#!/bin/bash
# A disk that is full, or may only be read: the loop goes on, an alarm is raised once, nothing is lost for
# half a minute; beyond, the recording says what is missing.
[[ -n ${BCID_TEST_MOUNTS:-} ]] || {
	unshare -m true 2>/dev/null || { echo "no mounts of our own here (unshare -m)"; exit 77; }
	BCID_TEST_MOUNTS=1 exec unshare -m bash "$0" "$@"
}
. "$2/tests/support/rig.sh"
. "$2/tests/support/recordings.sh"

config stream.decoder="$rig/decoder.safetensors" stream.bin_us=5000 stream.record_packets=yes
decoder "$rig/decoder.safetensors" --history 3
mkdir -p "$sessions"

# disk OPTIONS: a new one of its own for the recordings
disk() { mount -t tmpfs -o "$1" none "$sessions" || skip "no tmpfs here"; }
change_disk() { mount -o "remount,$1" "$sessions" || fail "remount $1"; }

feed() {
	start publish /usr/bin/python3 "$support/publish.py" "${conf[stream.neural]}" m1 \
		"${conf[stream.n_units]}" "${conf[stream.bin_us]}" "$@"
}

stop_feed() {
	kill "${pids[publish]}" 2>/dev/null
	ended publish
	true
}

# The loop closes bins and publishes intents as if nothing were.
goes_on() {
	local before
	before=$(status '.streams[0].intents_out')
	wait_status 5 ".streams[0] | .intents_out > $before + 100 and .bins_in - .intents_out < 10"
	same "late" "$(status '.streams[0].overruns')" 0
}

alarms() { grep -c "record-$1" "$rig/bcid.log"; }

# full, then larger within the half minute: nothing is lost
disk size=300k
start_bcid
feed good:100000
wait_line bcid "record-trouble.*full"
wait_status 5 '.streams[0].record.troubled'
goes_on
change_disk size=64m
wait_line bcid "record-better"
goes_on
same "alarms" "$(alarms trouble)" 1
same "lost" "$(status '.streams[0].record.lost')" 0
stop bcid
gives_the_same_bits "$(newest)"
same "records lost or vanished" "$(replayed '.lost_records + .vanished_records')" 0
(($(replayed .bins) > 200)) || fail "only $(replayed .bins) bins"
first=$(replayed .bins)
stop_feed
umount "$sessions"

# read-only from the start
disk ro,size=64m
start_bcid
feed good:100000
wait_line bcid "record-trouble.*[Rr]ead-only"
goes_on
change_disk rw,size=64m
wait_line bcid "record-better"
goes_on
stop bcid
gives_the_same_bits "$(newest)"
same "records lost or vanished" "$(replayed '.lost_records + .vanished_records')" 0
stop_feed
umount "$sessions"

# full for longer than the memory reaches (which large packets fill faster than half a minute would)
disk size=300k
start_bcid
feed good:300 bulk:20 good:20 bulk:20 good:20 bulk:30 good:100000
wait_line bcid "record-lost"
goes_on
(($(status '.streams[0].record.lost') > 0)) || fail "nothing is counted as lost"
change_disk size=256m
wait_line bcid "record-resumed"
goes_on
lost=$(status '.streams[0].record.lost')
stop bcid
replay "$(newest)" || fail "replay: $(cat "$rig/replay.log")"
same "records that it says were lost" "$(replayed .lost_records)" "$lost"
same "records vanished" "$(replayed .vanished_records)" 0
same "differences" "$(replayed .differences)" 0
after=$(sql "$(newest)" "SELECT count(*) FROM results WHERE n > (SELECT max(n) FROM losses)")
(($(replayed .estimates) > after / 2)) || fail "only $(replayed .estimates) compared, $after after the loss"
echo "$first bins through a full disk; $lost records lost where it was full for too long"
