#!/bin/bash
# What is taken stays whose it is: a second daemon, the same ipc path, a port in use. One line, and the first
# lives on.
. "$2/tests/support/rig.sh"

start_bcid
first=${pids[bcid]}

# second NAME PATTERN: another bcid with the configuration as it is now does not start
second() {
	write_config "$rig/second.conf"
	start "$1" "$bcid" --config "$rig/second.conf"
	ended "$1" && fail "$1: a second bcid started"
	one_line "$1" "$2"
	status '.pid' >"$rig/pid.log"
	same "the daemon that answers" "$(cat "$rig/pid.log")" "$first"
}

second same-everything "state|lock"
config daemon.state_dir="$rig/other"
second same-control-path "$rig/control"
config daemon.control="ipc://$rig/other/control"
# status asks the first one
ctl() { "$bcictl" --endpoint "ipc://$rig/control" "$@"; }
second same-intents-path "$rig/intents"
config daemon.intents="ipc://$rig/other/intents"
second same-monitor-path "$rig/monitor"

# a port that somebody listens on
start port /usr/bin/python3 -c '
import signal, socket
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1])
signal.pause()'
wait_line port '^[0-9]+$'
config daemon.monitor="tcp://127.0.0.1:$(cat "$rig/port.log")"
second port-in-use "$(cat "$rig/port.log").*(in use|use)"

stop bcid
# What the dead one left behind stands in nobody's way.
config daemon.state_dir="$rig/state" daemon.control="ipc://$rig/control" daemon.intents="ipc://$rig/intents" \
	daemon.monitor="ipc://$rig/monitor"
start_bcid
crash bcid
start_bcid
stop bcid
