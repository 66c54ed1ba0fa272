#!/bin/bash
# A recording begins by itself, is read by any SQLite tool, and replays to the same bits; one flipped bit, one
# damaged page is seen.
. "$2/tests/support/rig.sh"
. "$2/tests/support/recordings.sh"

config stream.decoder="$rig/decoder.safetensors" stream.record_packets=yes stream.bin_us=10000
decoder "$rig/decoder.safetensors" --history 4
start_bcid
start publish /usr/bin/python3 "$support/publish.py" "${conf[stream.neural]}" m1 "${conf[stream.n_units]}" \
	"${conf[stream.bin_us]}" good:60 jump good:20 truncated:3 good:30 loud:2 jump good:150
wait_status 5 '.streams[0].state == "shadow"'
ctl arm >"$rig/arm.log" 2>&1 || fail "bcictl arm ended with $?"
ctl unit mask 3,5 >"$rig/mask.log" 2>&1 || fail "bcictl unit mask ended with $?"
ctl mark "a mark" >"$rig/mark.log" 2>&1 || fail "bcictl mark ended with $?"
ended publish || fail "publish.py ended with $?"
wait_status 5 '.streams[0].state == "idle"'
bins=$(status '.streams[0].bins_in')
intents=$(status '.streams[0].intents_out')
stop bcid

file=$(newest)
[[ ! -e $file-wal && ! -e $file-shm ]] || fail "a journal is left beside the closed file"
same "integrity" "$(sql "$file" 'PRAGMA integrity_check')" ok
same "bins" "$(sql "$file" 'SELECT count(*) FROM bins')" "$bins"
same "results" "$(sql "$file" 'SELECT count(*) FROM results')" "$bins"
same "intents" "$(sql "$file" 'SELECT count(*) FROM intents')" "$intents"
same "rows of the story" "$(sql "$file" 'SELECT count(*) FROM story')" "$bins"
same "packets" "$(sql "$file" 'SELECT count(*) FROM packets')" 265
same "marks" "$(sql "$file" "SELECT text FROM events WHERE kind = 'mark'")" "a mark"
same "masks" "$(sql "$file" "SELECT hex(masked) FROM orders WHERE kind = 'mask'")" 0000000100010000
counts=$(sql "$file" 'SELECT hex(counts) FROM bins LIMIT 1')
same "counts of a bin" "$counts" 01000200030001000200030001000200
same "the decoder" "$(sql "$file" "SELECT hash FROM blobs WHERE name = '$rig/decoder.safetensors'")" \
	"$(sha256sum "$rig/decoder.safetensors" | cut -d' ' -f1)"
same "the configuration" "$(sql "$file" "SELECT hash FROM blobs WHERE name LIKE '%bcid.conf'")" \
	"$(sha256sum "$rig/bcid.conf" | cut -d' ' -f1)"
sql "$file" .schema | grep -q -- "-- uint16 a unit" || fail "the schema does not explain itself"
same "verdicts" "$(sql "$file" 'SELECT DISTINCT verdict FROM intents ORDER BY 1' | xargs)" "clamp hold pass"

gives_the_same_bits "$file"
same "compared" "$(replayed .compared)" $((2 * bins))
"$bcictl" replay "$file" >"$rig/person.log" 2>&1 || fail "bcictl replay ended with $?"
grep -q "the same to the bit" "$rig/person.log" || fail "a person is not told"

# the same file with one bit of an estimate, an intent, a count changed
changed=$rig/changed.db
n=0
for place in "results estimate" "results rates" "intents value" "bins counts"; do
	for row in 0 77 200; do
		cp "$file" "$changed"
		# shellcheck disable=SC2086
		recording flip "$changed" $place "$row" 2
		replay "$changed" && fail "nobody sees a changed bit in $place $row"
		(($(replayed .differences) > 0)) || fail "no difference in $place $row"
		same "lines about it" "$(wc -l <"$rig/replay.log")" 1
		n=$((n + 1))
	done
done

# damage is told in one line, whatever page it hits
for seed in {1..12}; do
	cp "$file" "$changed"
	page=$(recording damage "$changed" "$seed")
	replay "$changed"
	status=$?
	((status == 1)) || fail "replay with page $page damaged ended with $status"
	same "lines about page $page" "$(wc -l <"$rig/replay.log")" 1
done

# another decoder beside
decoder "$rig/other.safetensors" --history 2
replay "$file" --model "$rig/other.safetensors" || fail "replay --model: $(cat "$rig/replay.log")"
same "outputs scored" "$(replayed '.score.outputs | map(.output) | join(",")')" vx,vy
same "bins scored" "$(replayed ".score.outputs[0].bins == $bins")" true
echo "$bins bins, $n changed bits seen"
