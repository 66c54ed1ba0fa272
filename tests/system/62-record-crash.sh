#!/bin/bash
# SIGKILL at random moments (20; 200 with --long): what was published before the last commit interval is in
# the file, which replays to the same bits; the next daemon goes on with its masks within a second, in shadow.
. "$2/tests/support/rig.sh"
. "$2/tests/support/recordings.sh"

times=20
[[ ${BCID_TEST_LONG:-no} == yes ]] && times=200
commit_ms=20
flight_ms=250 # a commit under way, on a machine that others use, too
seed=${BCID_SEED:-$RANDOM}
RANDOM=$seed
echo "seed $seed (BCID_SEED)"

config stream.decoder="$rig/decoder.safetensors" stream.bin_us=5000 stream.record_commit_ms=$commit_ms
decoder "$rig/decoder.safetensors" --history 3
start publish /usr/bin/python3 "$support/publish.py" "${conf[stream.neural]}" m1 "${conf[stream.n_units]}" \
	"${conf[stream.bin_us]}" good:1000000
start listen /usr/bin/python3 "$support/listen.py" "${conf[daemon.intents]}" m1
wait_line listen listening

masks=()
shown_masks() { status '[.streams[0].unit | to_entries[] | select(.value.masked) | .key] | join(",")'; }
total=0
held=0
for ((i = 0; i < times; i++)); do
	started=${EPOCHREALTIME/[.,]/}
	begun=$(recording now)
	start_bcid
	wait_status 5 '.streams[0].bins_in > 0'
	took_ms=$(((${EPOCHREALTIME/[.,]/} - started) / 1000))
	same "state after start $i" "$(status '.streams[0].state')" shadow
	same "masks after start $i" "$(shown_masks)" "${masks[*]:-}"
	((took_ms < 1000)) || fail "start $i took $took_ms ms"
	masks=($((i % 8)))
	ctl unit mask "${masks[0]}" >"$rig/mask.log" 2>&1 || fail "unit mask: $(cat "$rig/mask.log")"
	wait_until 5 test -e "$sessions/kept.safetensors"
	ctl arm >"$rig/arm.log" 2>&1 || fail "arm: $(cat "$rig/arm.log")"
	sleep "0.$((RANDOM % 900 + 50))"
	killed=$(recording kill "${pids[bcid]}")
	{ wait "${pids[bcid]}"; } 2>/dev/null
	unset "pids[bcid]"
	file=$(newest)
	recording holds "$file" "$rig/listen.log" "$begun" $((killed - (commit_ms + flight_ms) * 1000000)) \
		>"$rig/holds.log" || fail "after kill $i: $(cat "$rig/holds.log")"
	held=$((held + $(sed -n 's/ intents published.*//p' "$rig/holds.log")))
	gives_the_same_bits "$file"
	total=$((total + $(replayed .compared)))
done
same "crashed recordings" "$("$bcictl" record list --folder "$sessions" --json |
	jq '[.recordings[] | select(.state == "open")] | length')" "$times"
((held > times * 20)) || fail "only $held intents were looked for"
echo "$times times, $held intents found, $total compared"
