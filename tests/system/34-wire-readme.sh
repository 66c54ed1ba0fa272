#!/bin/bash
# The rig publisher in proto/README.md, as it stands there, drives a stream.
. "$2/tests/support/rig.sh"

awk '/^```python/ { on = 1; next } /^```/ { on = 0 } on' "$source_root/proto/README.md" >"$rig/publisher.py"
start_bcid
BCID_PROTO_PYTHON=$rig/proto start publisher /usr/bin/python3 "$rig/publisher.py" "${conf[stream.neural]}" m1
wait_status 15 '.streams[0] | .state == "shadow" and .bins_in >= 50'
same "gaps" "$(status '.streams[0].gaps')" 0
same "dropped" "$(status '.streams[0] | (.messages[] | select(.name == "received") | .value) ==
	(.messages[] | select(.name == "used") | .value)')" true
status '[.streams[0].unit[].rate_hz] | add / length | . > 10 and . < 30' | grep -q true || fail "rates"
stop bcid
