#!/bin/bash
# bcictl record: start, stop, status, list; a model that was replaced on the disk is still in the next one.
. "$2/tests/support/rig.sh"
. "$2/tests/support/recordings.sh"

decoder "$rig/decoder.safetensors"
config stream.decoder="$rig/decoder.safetensors" stream.record=no
start_bcid
start publish /usr/bin/python3 "$support/publish.py" "${conf[stream.neural]}" m1 "${conf[stream.n_units]}" \
	"${conf[stream.bin_us]}" good:100000
wait_status 5 '.streams[0].bins_in > 5'
[[ ! -e $sessions ]] || fail "recorded although record = no"
ctl record stop >"$rig/refused.log" 2>&1 && fail "what is off was stopped"
one_line refused "not being recorded"

# replaced by rename, as a new model is: the daemon still runs the old one
hash=$(sha256sum "$rig/decoder.safetensors" | cut -d' ' -f1)
decoder "$rig/new.safetensors" --gain 2
mv "$rig/new.safetensors" "$rig/decoder.safetensors"

for n in 1 2 3; do
	ctl record start >"$rig/start.log" 2>&1 || fail "record start: $(cat "$rig/start.log")"
	ctl record start >"$rig/again.log" 2>&1 && fail "started twice"
	before=$(status '.streams[0].bins_in')
	wait_status 5 ".streams[0].bins_in > $before + 20"
	ctl record stop --json >"$rig/stop.log" 2>&1 || fail "record stop: $(cat "$rig/stop.log")"
	wait_status 5 '.streams[0].record | (.on or .closing) | not'
	gives_the_same_bits "$(newest)"
	(($(replayed .bins) >= 15)) || fail "only $(replayed .bins) bins in recording $n"
	same "the decoder in it" "$(sql "$(newest)" 'SELECT decoder_hash FROM models LIMIT 1')" "$hash"
done
ctl record status >"$rig/status.log" 2>&1 || fail "record status ended with $?"
grep -q OFF "$rig/status.log" || fail "status does not say that it is off"
ctl record list --json >"$rig/list.json" 2>"$rig/list.log" || fail "record list ended with $?"
how=$(jq -r '.recordings | map(.state + " " + .ended_why) | join(",")' "$rig/list.json")
same "how they ended" "$how" "closed by request,closed by request,closed by request"
"$bcictl" record list --folder "$sessions" >"$rig/list.log" 2>&1 || fail "record list --folder ended with $?"
same "their lines" "$(wc -l <"$rig/list.log")" 6

# written over in place: the recording says that it lacks it, and goes on
decoder "$rig/decoder.safetensors" --gain 3 # the file that is open was replaced above: this one is another
ctl record start >"$rig/start.log" 2>&1 || fail "record start: $(cat "$rig/start.log")"
wait_status 5 '.streams[0].record.recorded > 0'
stop bcid
gives_the_same_bits "$(newest)"
start_bcid # with the new decoder
ctl record start >"$rig/start.log" 2>&1 || fail "record start: $(cat "$rig/start.log")"
wait_status 5 '.streams[0].bins_in > 5'
ctl record stop >"$rig/stop.log" 2>&1 || fail "record stop: $(cat "$rig/stop.log")"
wait_status 5 '.streams[0].record | (.on or .closing) | not'
printf 'x' | dd of="$rig/decoder.safetensors" bs=1 seek=200 conv=notrunc status=none
ctl record start >"$rig/start.log" 2>&1 || fail "record start: $(cat "$rig/start.log")"
wait_line bcid "record-trouble.*written over"
before=$(status '.streams[0].bins_in')
wait_status 5 ".streams[0].bins_in > $before + 5"
stop bcid
replay "$(newest)" && fail "replayed without its decoder"
grep -q "is not in it" "$rig/replay.log" || fail "replay said: $(cat "$rig/replay.log")"
echo "5 recordings and one that lacks its decoder"
