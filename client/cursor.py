#!/usr/bin/python3
"""cursor.py: a 2-D cursor on bcid's intents, in Python (Debian: python3-zmq, python3-protobuf).

The same client as cursor.c, to start from. Every frame, 60 a second, it does four things and nothing else:
  1. drain the socket and keep the newest intent only;
  2. ask the rule whether that intent may still be acted on;
  3. move by its velocity, or stand still;
  4. tell bcid which bin it applied: without these heartbeats bcid does not stay armed.
proto/README.md has the rules of the wire.
"""
import argparse
import json
import math
import os
import re
import signal
import sys
import time

import zmq
from google.protobuf.message import DecodeError

# The classes made of proto/bcid/v1/*.proto lie in the build folder, or installed in share/bcid/proto.
HERE = os.path.dirname(os.path.realpath(__file__))
PROTO = [os.path.join(HERE, path) for path in ("../build/proto", "../../../bcid/proto")]
sys.path[:0] = [os.environ["BCID_PROTO_PYTHON"]] if "BCID_PROTO_PYTHON" in os.environ else PROTO
try:
    from bcid.v1 import intent_pb2
except ImportError as e:
    sys.exit("cursor.py: %s: build bcid first, or set BCID_PROTO_PYTHON to the build folder's proto" % e)

MAX_MESSAGE = 1 << 20
MAX_FRAMES_A_STEP = 3  # a cursor that was stopped goes on from where it stood, it does not catch up
HEARTBEAT_NS = 100_000_000


class Rule:
    """When an intent may be acted on. effector_rule.h says the same, and why."""
    LEARN_NS = 500_000_000
    FORGET_NS = 10_000_000_000
    DRIFT_PPM = 200
    AHEAD_NS = 1_000_000

    def __init__(self, same_host):
        self.same_host = same_host
        self.least_ns = None  # least of (read - sent_ns): what puts sent_ns on this host's clock
        self.least_at_ns = 0
        self.learn_until_ns = 0
        self.expires_ns = None
        self.hold = True

    def born_ns(self, sent_ns, now_ns):
        if self.same_host:
            return sent_ns
        if self.least_ns is None or now_ns - self.least_at_ns > self.FORGET_NS:
            self.least_ns = now_ns - sent_ns
            self.learn_until_ns = now_ns + self.LEARN_NS
        else:
            drift_ns = (now_ns - self.least_at_ns) * self.DRIFT_PPM // 1_000_000
            self.least_ns = min(self.least_ns + drift_ns, now_ns - sent_ns)
        self.least_at_ns = now_ns
        return sent_ns + self.least_ns

    def take(self, intent, now_ns):
        """A newer intent. False where its sent_ns cannot be: then there is none to act on."""
        self.expires_ns = None
        if intent.sent_ns <= 0 or (self.same_host and intent.sent_ns > now_ns + self.AHEAD_NS):
            return False
        self.expires_ns = self.born_ns(intent.sent_ns, now_ns) + intent.valid_for_ms * 1_000_000
        self.hold = intent.verdict == intent_pb2.VERDICT_HOLD
        return True

    def judge(self, now_ns):
        if self.expires_ns is None or (not self.same_host and now_ns < self.learn_until_ns):
            return "none"
        if now_ns >= self.expires_ns:
            return "expired"
        return "hold" if self.hold else "live"


def to_mm_s(unit, bin_s):
    """Millimetres a second in one of `unit`; None where that is not a velocity."""
    length = {"um": 1e-3, "mm": 1, "cm": 10, "m": 1000}
    seconds = {"s": 1, "ms": 1e-3, "bin": bin_s}
    m = re.fullmatch(r"(um|mm|cm|m)/(s|ms|bin)", unit)
    return length[m.group(1)] / seconds[m.group(2)] if m and seconds[m.group(2)] else None


def find_axis(intent, axis):
    """(output, mm/s in one of its unit): the one named like vx or vy, else the first or second velocity."""
    bin_s = intent.bin_us / 1e6
    found = [(o, to_mm_s(unit, bin_s)) for o, unit in enumerate(intent.unit) if to_mm_s(unit, bin_s)]
    named = [(o, factor) for o, factor in found if ("vx", "vy")[axis] in intent.output[o]]
    if named:
        return named[0]
    return found[axis] if axis < len(found) else None


class Cursor:
    def __init__(self, options):
        self.options = options
        self.rule = Rule(options.same_host)
        self.intent = intent_pb2.Intent()  # the newest
        self.axes = [None, None]
        self.position_mm = [0.0, 0.0]
        self.velocity_mm_s = [0.0, 0.0]
        self.heartbeat_ns = 0
        self.count = dict.fromkeys(
            ("frames", "none", "live", "hold", "expired", "intents", "refused", "heartbeats"), 0)
        self.topic = b"intent/" + options.stream.encode()
        context = zmq.Context()
        self.intents = self.connect(context, zmq.SUB, options.intents)
        self.intents.setsockopt(zmq.SUBSCRIBE, self.topic)
        self.control = self.connect(context, zmq.DEALER, options.control)
        self.log = open(options.log, "w", encoding="ascii") if options.log else None
        if self.log:
            self.log.write("# monotonic_ns x_mm y_mm vx_mm_s vy_mm_s bin word\n")

    @staticmethod
    def connect(context, kind, endpoint):
        s = context.socket(kind)
        s.setsockopt(zmq.LINGER, 0)
        s.setsockopt(zmq.MAXMSGSIZE, MAX_MESSAGE)
        s.setsockopt(zmq.SNDHWM, 16)
        s.setsockopt(zmq.IMMEDIATE, 1)  # nothing queues up while bcid is away
        s.setsockopt(zmq.HEARTBEAT_IVL, 1000)
        s.setsockopt(zmq.RECONNECT_IVL_MAX, 1000)
        s.connect(endpoint)
        return s

    # 1. drain

    def take(self, body):
        intent = intent_pb2.Intent()
        try:
            intent.ParseFromString(body)
        except DecodeError:
            self.count["refused"] += 1
            return
        if not self.rule.take(intent, time.monotonic_ns()):
            self.count["refused"] += 1
        self.count["intents"] += 1
        self.intent = intent
        self.axes = [find_axis(intent, axis) for axis in (0, 1)]

    def drain(self):
        """Until the socket is empty. True where a newer intent came."""
        before = self.count["intents"]
        while True:
            try:
                frames = self.intents.recv_multipart(zmq.DONTWAIT)
            except zmq.Again:
                return self.count["intents"] > before
            # A subscription is a prefix: intent/m1 also brings intent/m10.
            if len(frames) == 2 and frames[0] == self.topic:
                self.take(frames[1])

    # 3. move

    def move(self, word, step_s):
        # A held intent is bcid's own safe intent, which may be a ramp: do what it says. An expired one says
        # nothing.
        act = word in ("live", "hold")
        half_mm = self.options.workspace / 2
        for i, axis in enumerate(self.axes):
            v = 0.0
            if act and axis and axis[0] < len(self.intent.value):
                v = self.intent.value[axis[0]] * axis[1]
            self.velocity_mm_s[i] = v if math.isfinite(v) else 0.0
            p = self.position_mm[i] + self.velocity_mm_s[i] * step_s
            self.position_mm[i] = min(max(p, -half_mm), half_mm)

    # 4. tell

    def tell(self, word, newer, now_ns):
        if word not in ("live", "hold") or (not newer and now_ns - self.heartbeat_ns < HEARTBEAT_NS):
            return
        self.heartbeat_ns = now_ns
        beat = intent_pb2.Heartbeat(client=self.options.name, stream=self.options.stream,
                                    epoch=self.intent.epoch, last_bin_applied=self.intent.bin)
        topic = b"heartbeat/" + self.options.stream.encode()
        try:
            self.control.send_multipart([topic, beat.SerializeToString()], zmq.DONTWAIT)
            self.count["heartbeats"] += 1
        except zmq.Again:
            pass  # one that cannot go now is worth nothing later

    def frame(self, last_ns, period_ns):
        newer = self.drain()
        now_ns = time.monotonic_ns()
        word = self.rule.judge(now_ns)
        self.move(word, min(now_ns - last_ns, MAX_FRAMES_A_STEP * period_ns) / 1e9)
        self.tell(word, newer, now_ns)
        if self.log:
            self.log.write("%d %.3f %.3f %.3f %.3f %d %s\n" % (
                now_ns, *self.position_mm, *self.velocity_mm_s, self.intent.bin, word))
            self.log.flush()
        self.count["frames"] += 1
        self.count[word] += 1
        return now_ns

    def run(self):
        period_ns = int(1e9 / self.options.rate)
        start_ns = last_ns = next_ns = time.monotonic_ns()
        while not self.options.seconds or last_ns - start_ns < self.options.seconds * 1e9:
            next_ns = max(next_ns + period_ns, time.monotonic_ns())
            time.sleep(max(next_ns - time.monotonic_ns(), 0) / 1e9)
            last_ns = self.frame(last_ns, period_ns)

    def summary(self):
        return dict(self.count, last_bin=self.intent.bin, x_mm=round(self.position_mm[0], 3),
                    y_mm=round(self.position_mm[1], 3))


def options():
    p = argparse.ArgumentParser(description="A 2-D cursor on bcid's intents, in Python.")
    p.add_argument("--intents", required=True, metavar="ENDPOINT", help="where bcid publishes intents")
    p.add_argument("--control", required=True, metavar="ENDPOINT", help="where bcid takes heartbeats")
    p.add_argument("--stream", required=True, metavar="NAME", help="whose intents")
    p.add_argument("--name", default="cursor", help="in the heartbeats, as in `effectors =` (cursor)")
    p.add_argument("--same-host", action="store_true", help="bcid runs on this host: its clock is ours")
    p.add_argument("--workspace", type=float, default=300, metavar="MM",
                   help="width and height, centred on 0 (300)")
    p.add_argument("--rate", type=float, default=60, metavar="HZ", help="frames a second (60)")
    p.add_argument("--seconds", type=float, default=0, metavar="S", help="end after this long (0: never)")
    p.add_argument("--log", metavar="FILE", help="a line a frame")
    p.add_argument("--json", action="store_true", help="a summary, the last line on stdout")
    p.add_argument("--version", action="version", version="cursor.py 0.1.0")
    return p.parse_args()


def main():
    def stop(*_):
        raise KeyboardInterrupt
    signal.signal(signal.SIGTERM, stop)
    given = options()
    try:
        cursor = Cursor(given)
    except (OSError, zmq.ZMQError) as e:
        sys.exit("cursor.py: %s" % e)
    try:
        cursor.run()
    except KeyboardInterrupt:
        pass
    if given.json:
        print(json.dumps(cursor.summary()), flush=True)


if __name__ == "__main__":
    main()
