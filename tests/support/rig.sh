# rig.sh: a rig in a folder of its own. Sourced by the scripts of tests/system, NN-name.sh BUILD SOURCE.
#
#   config stream.n_units=8 …   keys on top of the defaults below; write_config writes $rig/bcid.conf.
#                               Grace and deadline are long: on a loaded machine rigs are late, not wrong
#   start NAME COMMAND…         in the background, its output in $rig/NAME.log
#   stop NAME, crash NAME       with SIGTERM, and it must end well; with SIGKILL
#   start_bcid                  the daemon with $rig/bcid.conf, up to the line that says it runs
#   wait_line NAME REGEX [S]    until NAME's log has such a line (10 s); it may end meanwhile
#   wait_until S COMMAND…       until COMMAND succeeds
#   ended NAME [S]              wait for its end; its exit status
#   status FILTER               jq FILTER over `bcictl status --json`
#   same WHAT IS WANTED         fails the test where they differ
#   option NAME                 what the build folder was configured with
#   install_into FOLDER         all that meson install installs, below FOLDER
#   fail TEXT, skip REASON
#
# No fixed sleeps: everything waits for what it needs, polling. Whatever was started is gone at the end.
set -u
build=$(readlink -f "$1")
source_root=$(readlink -f "$2")
support=$source_root/tests/support
rig=$(mktemp -d "${TMPDIR:-/tmp}/bcid-test.XXXXXX")
bcid=$build/daemon/bcid
bcictl=$build/client/bcictl
bcisim=$build/client/bcisim
bcitrain=$build/client/bcitrain
export PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PYTHONPATH=$rig/proto
declare -A pids=()
why=
shown='.streams[] | del(.unit, .stages) | .messages |= map(select(.value > 0))
	| .holds_by_reason |= map(select(.value > 0))'

declare -A conf=(
	[daemon.rig]=test
	[daemon.control]=ipc://$rig/control
	[daemon.intents]=ipc://$rig/intents
	[daemon.monitor]=ipc://$rig/monitor
	[daemon.state_dir]=$rig/state
	[stream.neural]=ipc://$rig/neural
	[stream.n_units]=8
	[stream.bin_us]=20000
	[stream.grace_ms]=200
	[stream.deadline_ms]=400
	[stream.forecaster]=mean
)

skip() {
	echo "$*"
	exit 77
}

fail() {
	why="FAILED: $*"
	exit 1
}

finish() {
	local status=$? name log
	trap - EXIT
	for name in "${!pids[@]}"; do
		kill -CONT "${pids[$name]}" 2>/dev/null
		kill -KILL "${pids[$name]}" 2>/dev/null
	done
	{ wait; } 2>/dev/null
	if ((status != 0 && status != 77)); then
		for log in "$rig"/*.log; do
			[[ -s $log ]] || continue
			echo "---- $(basename "$log"), its last lines"
			tail -n 8 "$log" | cut -c 1-300
		done
		[[ -s $rig/status.json ]] && echo "---- status" && jq -c "$shown" "$rig/status.json"
		echo "${why:-the script ended with status $status}"
	fi
	exec 2>/dev/null
	[[ -n ${BCID_TEST_KEEP:-} ]] && echo "kept: $rig" || rm -rf "$rig"
	exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

for program in "$bcid" "$bcictl"; do
	[[ -x $program ]] || skip "there is no $(basename "$program") yet"
done
mkdir "$rig/proto"
protoc -I "$source_root/proto" --python_out="$rig/proto" "$source_root"/proto/bcid/v1/*.proto ||
	fail "protoc ended with $?"

config() {
	local pair
	for pair; do
		conf[${pair%%=*}]=${pair#*=}
	done
}

# write_config [FILE]
write_config() {
	local file=${1:-$rig/bcid.conf} section name
	for section in daemon stream worker gate; do
		case $section in
		daemon) echo "[daemon]" ;;
		worker) echo "[worker w1]" ;;
		*) echo "[$section m1]" ;;
		esac
		for name in "${!conf[@]}"; do
			[[ ${name%%.*} == "$section" ]] && echo "${name#*.} = ${conf[$name]}"
		done
	done >"$file"
}

start() {
	local name=$1
	shift
	: >"$rig/$name.log"
	"$@" >"$rig/$name.log" 2>&1 </dev/null &
	pids[$name]=$!
}

running() {
	[[ -n ${pids[$1]:-} ]] && kill -0 "${pids[$1]}" 2>/dev/null
}

gone() { ! running "$1"; }

# wait_until SECONDS COMMAND…
wait_until() {
	local until=$((${EPOCHREALTIME/[.,]/} + $1 * 1000000))
	shift
	until "$@"; do
		((${EPOCHREALTIME/[.,]/} < until)) || return 1
		sleep 0.02
	done
}

said() { grep -qE -- "$2" "$rig/$1.log"; }
said_or_gone() { said "$1" "$2" || ! running "$1"; }

wait_line() {
	wait_until "${3:-10}" said_or_gone "$1" "$2"
	said "$1" "$2" || fail "$1 never said \"$2\""
}

# The exit status of NAME, once it has ended.
ended() {
	local name=$1
	wait_until "${2:-10}" gone "$name" || fail "$name does not end"
	wait "${pids[$name]}"
	local status=$?
	unset "pids[$name]"
	return $status
}

start_bcid() {
	[[ -f $rig/bcid.conf ]] || write_config
	start bcid "$bcid" --config "$rig/bcid.conf"
	wait_line bcid "rig ${conf[daemon.rig]}:"
}

# stop NAME: ends it and checks that it went well.
stop() {
	kill -TERM "${pids[$1]}"
	ended "$1" || fail "$1 ended with status $?"
}

# crash NAME: it is gone at once.
crash() {
	{ kill -KILL "${pids[$1]}" && wait "${pids[$1]}"; } 2>/dev/null
	unset "pids[$1]"
}

ctl() {
	"$bcictl" --endpoint "${conf[daemon.control]}" "$@"
}

status() {
	ctl status --json 2>"$rig/bcictl.log" | tail -n 1 >"$rig/status.json"
	jq -r "$1" "$rig/status.json"
}

# message_count NAME: of stream m1
message_count() {
	status "[.streams[0].messages[] | select(.name == \"$1\") | .value] | add // 0"
}

same() {
	[[ $2 == "$3" ]] || fail "$1 is \"$2\", not \"$3\""
}

status_is() { [[ $(status "$1") == true ]]; }

# wait_status SECONDS FILTER: until the filter says true
wait_status() {
	wait_until "$1" status_is "$2" || fail "never so: $2"
}

option() {
	meson introspect "$build" --buildoptions | jq -r ".[] | select(.name == \"$1\") | .value"
}

install_into() {
	rm -f "$build/meson-logs/install-log.txt" # root's, after sudo meson install
	DESTDIR=$1 meson install -C "$build" --no-rebuild --quiet >"$rig/install.log" 2>&1 ||
		fail "meson install: $?"
}

# One clear line: stderr of NAME has exactly one line, and it matches.
one_line() {
	same "lines that $1 said" "$(wc -l <"$rig/$1.log")" 1
	grep -qE -- "$2" "$rig/$1.log" || fail "$1 said \"$(cat "$rig/$1.log")\", which lacks \"$2\""
}

# sanitized: bcid was built with a sanitizer, whose allocator keeps what was freed
sanitized() { grep -aqE "__(asan|tsan)_init" "$bcid"; }

# decoder FILE [OPTION…]: a decoder file for this stream (see decoder.py)
decoder() {
	local file=$1
	shift
	/usr/bin/python3 "$support/decoder.py" "$file" --units "${conf[stream.n_units]}" \
		--bin-us "${conf[stream.bin_us]}" "$@" || fail "decoder.py"
}

# publish ACTION…: packets into the stream, good and bad (see publish.py); in the foreground
publish() {
	/usr/bin/python3 "$support/publish.py" "${conf[stream.neural]}" m1 "${conf[stream.n_units]}" \
		"${conf[stream.bin_us]}" "$@"
}
