#!/bin/bash
# bcictl: every command does what it says, with text and with JSON; exit 1 refused, 2 usage, 3 no answer.
. "$2/tests/support/rig.sh"
. "$2/tests/support/cursors.sh"
cursors=(c)
config stream.grace_ms=200 stream.deadline_ms=400 # what is late on a loaded machine is not the matter here

# exits CODE COMMAND…: and says one line on stderr where the code is not 0
exits() {
	local code=$1 status
	shift
	ctl "$@" >"$rig/out" 2>"$rig/said.log"
	status=$?
	same "exit of bcictl $*" $status "$code"
	((code == 0)) || one_line said bcictl:
}

# says FILTER COMMAND…: the filter is true of its JSON
says() {
	local filter=$1
	shift
	ctl "$@" --json >"$rig/out" 2>"$rig/said.log"
	tail -n 1 "$rig/out" | jq -e "$filter" >"$rig/jq.log" || fail "$*: $(cat "$rig/out"), not $filter"
}

exits 3 status
says '.ok == false and (.error | test("is it running"))' arm
exits 2 dance
exits 2 status --for 3
exits 2 enable
exits 2 unit mask 3-
exits 2 mark

make_model
config gate.effector_kind=prosthesis stream.effectors=c
start_bcid
exits 1 arm
says '.ok == false and .stream == "m1" and .state == "idle"' arm
start_sim
start_cursors
wait_status 10 '.streams[0] | .state == "shadow" and .effectors[0].alive'

# arm with what was seen, or with what is named
model=$(status '.streams[0].model_hash')
config_hash=$(status .config_hash)
same "config_hash" "$config_hash" "$(sha256sum <"$rig/bcid.conf" | cut -d' ' -f1)"
exits 1 arm --model 0123456789ab
exits 1 arm --model "${config_hash}"
exits 2 arm --model 0123
says '.ok and .state == "armed" and .states.m1 == "armed"' arm --model "$model" --config "${config_hash:0:12}"

# a prosthesis also needs the operator
says '.verdict == "hold" and .reason == "not-enabled" and .edge_to_sent_us > 0' watch --count 1
wait_status 5 '.streams[0].enabled_for_ns == 0'
exits 0 enable --for 30
status '.streams[0].enabled_for_ns > 25e9' | grep -q true || fail "not enabled"
says '.verdict == "pass"' watch --count 1 --stream m1 --timeout 5000
exits 0 enable --for 0
says '.reason == "not-enabled"' watch --count 1 --stream m1

# units by number
exits 0 unit mask 4,7-9
masked='[.streams[0].unit | to_entries[] | select(.value.masked) | .key] | @json'
same "masked" "$(status "$masked")" "[4,7,8,9]"
exits 1 unit mask 48
exits 0 unit mask none
same "masked" "$(status "$masked")" "[]"

exits 0 mark a block begins
wait_line bcid "mark: a block begins"
exits 1 clear
exits 2 clear --stream m2
says '.ok and .state == "shadow"' disarm

# a person's view: fits the terminal, and names what matters
exits 0 status --units
awk 'length($0) > 80 && !/config/ { print; wide = 1 } END { exit wide }' "$rig/out" || fail "too wide"
for word in "^m1: shadow" "prosthesis" "48, .* good" "edge_to_sent" "c alive" "not-armed"; do
	grep -q "$word" "$rig/out" || fail "status lacks \"$word\": $(cat "$rig/out")"
done
ctl watch --count 3 >"$rig/out" || fail "watch"
same "lines of watch" "$(grep -cE '^ +[0-9]+ .* hold +not-armed' "$rig/out")" 3
stop c

# killed, its socket's file is still there: no wait for an answer that cannot come
crash bcid
[[ -S ${conf[daemon.control]#ipc://} ]] || fail "no file is left of the control socket"
since=$SECONDS
exits 3 status --timeout 30000
((SECONDS - since < 10)) || fail "bcictl waited for a bcid that is gone"

# two streams: none is guessed
write_config
sed -n '/^\[stream/,/^\[worker/{/^\[worker/!p}; /^\[gate/,$p' "$rig/bcid.conf" |
	sed 's/ m1\]/ m2]/' >"$rig/more.conf"
cat "$rig/more.conf" >>"$rig/bcid.conf"
start_bcid
exits 2 arm
exits 1 arm --stream m2
says '.ok and (.states | keys) == ["m1", "m2"]' disarm
exits 0 status --stream m2
same "streams shown" "$(grep -cE '^m[12]:' "$rig/out")" 1
stop bcid
