#!/bin/bash
# A wrong configuration: status 2 and one line with file, line and key. --check-config and the start agree.
. "$2/tests/support/rig.sh"

file=$rig/bad.conf

# refused NAME LINE PATTERN: LINE is where the fault is, or "" where the whole file is wrong
refused() {
	local how status
	for how in check start; do
		if [[ $how == check ]]; then
			start "$1" "$bcid" --config "$file" --check-config
		else
			start "$1" "$bcid" --config "$file"
		fi
		ended "$1"
		status=$?
		same "$1: exit status ($how)" "$status" 2
		one_line "$1" "bad\.conf${2:+:$2:}.*$3"
	done
}

# write LINE…
write() {
	{
		echo "[daemon]"
		printf '%s\n' "control = ipc://$rig/control" "intents = ipc://$rig/intents"
		printf '%s\n' "monitor = ipc://$rig/monitor" "state_dir = $rig/state"
		echo "[stream m1]"
		printf '%s\n' "neural = ipc://$rig/neural" "$@"
	} >"$file"
}

write "colour = blue"
refused unknown-key 8 "colour"
write "n_units = 8" "n_units = 9"
refused duplicate-key 9 "n_units"
write "n_units = 0"
refused below-range 8 "n_units"
write "n_units = 100000"
refused above-range 8 "n_units"
write "n_units = many"
refused no-number 8 "n_units"
write "n_units = 8x"
refused half-number 8 "n_units"
write "n_units = 99999999999999999999"
refused overflow 8 "n_units"
write "n_units"
refused no-value 8 "value"
write "grace_ms = nan"
refused nan 8 "grace_ms"
write "context = sometimes"
refused no-choice 8 "context"
write "record = perhaps"
refused no-bool 8 "record"
write "[garden]" "n_units = 8"
refused unknown-section "[89]" "garden"
write "[stream m1]" "n_units = 8"
refused duplicate-section "[89]" "m1"
write "neural = tcp://127.0.0.1:7100"
refused duplicate-across 8 "neural"
write "decoder = $(printf 'x%.0s' {1..2000})"
refused long-line "8" "long|decoder"
write "[stream a/b]" "n_units = 8"
refused slash-in-name "[89]" "a/b"
write "n_units = 8" "decoder = nowhere.safetensors"
refused no-model "" "decoder.*nowhere"
printf '\0\1\2\377' >"$file"
refused binary "" "."
rm "$file"
refused no-file "" "No such file"
mkdir "$file"
refused folder "" "."
rmdir "$file"
if ((EUID != 0)); then
	write "n_units = 8"
	chmod 000 "$file"
	refused unreadable "" "Permission denied"
	rm -f "$file"
fi

write "n_units = 8"
start good "$bcid" --config "$file" --check-config
ended good || fail "a good configuration is refused: $(cat "$rig/good.log")"
