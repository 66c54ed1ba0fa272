#!/bin/bash
# bcictl top in a real terminal (tmux): words at several sizes, a resize, ASCII where the locale is not UTF-8;
# a daemon that goes and comes back; q quits, no other key steers.
. "$2/tests/support/rig.sh"
. "$2/tests/support/cursors.sh"
command -v tmux >/dev/null || skip "there is no tmux"
cursors=(c)
config stream.effectors=c stream.grace_ms=200 stream.deadline_ms=400

mux() { tmux -N -S "$rig/tmux" "$@"; }
shown() { mux capture-pane -p; }
seen() { shown | grep -qF -- "$1"; }
wait_seen() {
	local text
	for text; do
		wait_until 10 seen "$text" || fail "top does not show \"$text\": $(shown)"
	done
}

# top_at COLUMNS ROWS LOCALE: in a new window, the only one
top_at() {
	mux kill-session 2>>"$rig/tmux.log"
	rm -f "$rig/exit"
	# shellcheck disable=SC2016
	mux new-session -d -x "$1" -y "$2" env LC_ALL="$3" TERM=screen \
		bash -c '"$@"; echo $? >"$0"' "$rig/exit" "$bcictl" --endpoint "${conf[daemon.control]}" top
	mux set-option -w remain-on-exit on
}
resize() { mux resize-window -x "$1" -y "$2"; }
quit() {
	mux send-keys q
	wait_until 5 test -s "$rig/exit" || fail "q does not quit"
	same "exit of top" "$(<"$rig/exit")" 0 # tmux now and then forgets to ask for it
}

# without a terminal, and where bcid is not there
ctl top >"$rig/said.log" 2>&1
same "exit without a terminal" $? 2
one_line said "bcictl: top wants a terminal"

make_model
start_bcid
start_sim
start_cursors
arm
start tmux tmux -D -S "$rig/tmux" -f /dev/null
wait_until 5 test -S "$rig/tmux" || fail "no tmux"

top_at 80 24 C.UTF-8
wait_seen "test: bcid" ">m1" "ARMED: by request" "pass" "not-armed" "overruns" "c alive" "edge_to_sent" \
	"of 400 ms" "max" "48  good" "q quits"
shown | LC_ALL=C grep -q '[^ -~]' || fail "no bars: $(shown)"
ctl mark a block begins >"$rig/mark.log"
wait_seen "mark: a block begins"

# any size, and back
resize 40 10
wait_seen "m1 ARMED: by request" "edge_to_sent" "q quits"
same "the last row" "$(shown | sed -n '10s/ .*//p')" q
for size in "12 4" "3 2" "1 1" "200 60" "80 24"; do
	# shellcheck disable=SC2086
	resize $size
done
wait_seen ">m1" "edge_to_sent" "q quits"
same "the heading" "$(shown | head -n 1 | cut -d: -f1)" test

# no key steers
before=$(status '.streams[0] | [.state, .epoch] | @json')
mux send-keys a r m d i s c l e Enter Space Escape F1 Tab Up Down PageDown PageUp Home End Left Right C-l
wait_seen "ARMED" "edge_to_sent"
same "the state" "$(status '.streams[0] | [.state, .epoch] | @json')" "$before"

# bcid goes, and comes back with another configuration; no data meanwhile, which would make many events
crash sim
crash bcid
wait_seen "DOES NOT ANSWER" "edge_to_sent"
config daemon.clock_speed=2
write_config
start_bcid
wait_seen "answers again" "SIMULATION: the clock runs 2 times" "test: bcid"
quit

top_at 80 24 C
wait_seen ">m1" "edge_to_sent"
shown | LC_ALL=C grep '[^ -~]' && fail "not ASCII"
quit
stop c
stop bcid
