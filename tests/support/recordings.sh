# recordings.sh: what the tests of recordings share. Sourced after rig.sh.
#
#   newest                 the newest recording of m1
#   replay FILE            bcictl replay --json into $rig/replay.json; its exit status
#   replayed FILTER        jq FILTER over that
#   sql FILE QUERY         as any SQLite tool reads it
#   recording COMMAND…     see recording.py

sessions=$rig/state/m1

newest() {
	local all=("$sessions"/*.db)
	echo "${all[-1]}"
}

replay() {
	"$bcictl" replay "$1" --json "${@:2}" >"$rig/replay.json" 2>"$rig/replay.log"
}

replayed() { jq -r "$1" "$rig/replay.json"; }

sql() { sqlite3 -readonly "$1" "$2"; }

recording() { /usr/bin/python3 "$support/recording.py" "$@"; }

# gives_the_same_bits FILE
gives_the_same_bits() {
	replay "$1" || fail "replay of $1: $(cat "$rig/replay.log")"
	same "differences in $1" "$(replayed .differences)" 0
}
