#!/usr/bin/python3
"""listen.py ENDPOINT STREAM [--count N] [--deaf]: the intents of a stream, one JSON object a line.

--count ends after so many. --deaf subscribes and never reads."""
import argparse
import json
import signal
import sys

import zmq
from bcid.v1 import intent_pb2


def show(body):
    i = intent_pb2.Intent.FromString(body)
    print(json.dumps({
        "epoch": i.epoch, "bin": i.bin, "verdict": intent_pb2.Verdict.Name(i.verdict)[8:].lower(),
        "reason": intent_pb2.Reason.Name(i.reason)[7:].lower().replace("_", "-"),
        "value": [round(v, 6) for v in i.value], "estimate": [round(v, 6) for v in i.estimate],
        "gap": i.gap, "late": i.late, "valid_for_ms": i.valid_for_ms,
        "us": (i.sent_ns - i.edge_ns) // 1000, "sent_ns": i.sent_ns,
    }).replace("Infinity", "null").replace("NaN", "null"), flush=True)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("endpoint")
    p.add_argument("stream")
    p.add_argument("--count", type=int, default=0)
    p.add_argument("--deaf", action="store_true")
    a = p.parse_args()
    socket = zmq.Context.instance().socket(zmq.SUB)
    socket.linger = 0
    topic = b"intent/" + a.stream.encode()
    socket.subscribe(topic)
    socket.connect(a.endpoint)
    print("listening", file=sys.stderr, flush=True)
    while a.deaf:
        signal.pause()
    n = 0
    while not a.count or n < a.count:
        frames = socket.recv_multipart()
        if len(frames) == 2 and frames[0] == topic:
            show(frames[1])
            n += 1


if __name__ == "__main__":
    main()
