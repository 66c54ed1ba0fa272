#!/bin/bash
# What comes to the control socket and is none: counted with the daemon's own, said once, and requests go on.
. "$2/tests/support/rig.sh"

start_bcid
/usr/bin/python3 - "${conf[daemon.control]}" >"$rig/hostile.log" 2>&1 <<-'END' || fail "the sender: $?"
	import sys, zmq
	from bcid.v1 import control_pb2, intent_pb2
	s = zmq.Context.instance().socket(zmq.DEALER)
	s.connect(sys.argv[1])
	good = control_pb2.Request(id=7, status=control_pb2.StatusRequest()).SerializeToString()
	beat = intent_pb2.Heartbeat(client="cursor", stream="m1", epoch=1, last_bin_applied=3)
	beat = beat.SerializeToString()
	for _ in range(5):
	    s.send_multipart([b"request", b"\xff" * 300])          # truncated
	    s.send_multipart([b"request", b"\xff" * 70000])          # oversized
	    s.send_multipart([b"requests", good])                    # topic
	    s.send_multipart([b"heartbeat/m2", beat])                # topic: not the stream that it names
	    s.send_multipart([b"heartbeat/m1", beat[:-1]])           # truncated
	    s.send_multipart([b"heartbeat/m1", b""])                 # nothing in it
	    s.send_multipart([b"request"])                           # frames
	    s.send_multipart([b"request", good, b"more"])            # frames
	s.send_multipart([b"request", good])
	topic, reply = s.recv_multipart()
	assert topic == b"reply" and control_pb2.Reply.FromString(reply).id == 7
	END

count() { status "[.messages[] | select(.name == \"$1\").value] | add // 0"; }
same "oversized" "$(count oversized)" 5
same "topic" "$(count topic)" 10
same "frames" "$(count frames)" 10
dropped=$(status '[.messages[] | {(.name): .value}] | add | .received - .used')
same "all that were dropped" "$dropped" 40
for reason in truncated oversized topic frames; do
	same "lines about $reason" "$(grep -c "dropped ($reason)" "$rig/bcid.log")" 1
done

# requests that are whole, but ask for what cannot be: refused with one line, and nothing changes
refused() {
	start "$1" "$bcictl" --endpoint "${conf[daemon.control]}" "${@:3}"
	ended "$1" && fail "$1 was not refused"
	one_line "$1" "$2"
}
refused arm-idle "m1" arm --stream m1
refused arm-nobody "m9" arm --stream m9
refused clear "fault" clear --stream m1
refused mask-beyond "8" unit mask 8 --stream m1
refused enable "enable" enable --for 10 --stream m1
same "state" "$(status '.streams[0].state')" idle
stop bcid
