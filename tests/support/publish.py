#!/usr/bin/python3
"""publish.py ENDPOINT STREAM UNITS BIN_US ACTION[:N]…: a rig that sends good packets, and bad ones.

It binds, waits for a subscriber, then does one action after the other, N times each (1). `good` packets keep
time: one a bin, so that the stream stays live; everything else is sent between two of them, at once. A packet
that is no good as a message uses up neither a number nor time: the good ones go on without a hole."""
import os
import struct
import sys
import time

import zmq
from bcid.v1 import cue_pb2, neural_pb2

SOURCE = int.from_bytes(os.urandom(7), "little") | 1


class Rig:
    def __init__(self, endpoint, stream, units, bin_us):
        self.socket = zmq.Context.instance().socket(zmq.XPUB)
        self.socket.linger = 2000
        self.socket.bind(endpoint)
        self.topic = b"neural/" + stream.encode()
        self.units, self.bin_ns = units, bin_us * 1000
        self.seq = 0
        self.begin = self.origin = time.monotonic_ns()
        self.counts = [1 + u % 3 for u in range(units)]

    def wait_for_subscriber(self):
        if not self.socket.poll(10000):
            sys.exit("no subscriber")
        self.socket.recv()
        self.begin = self.origin = time.monotonic_ns()

    def packet(self, **changes):
        m = neural_pb2.Neural()
        c = m.binned_counts
        c.source_id, c.seq = SOURCE, self.seq
        c.begin_ns, c.end_ns = self.begin, self.begin + self.bin_ns
        c.counts.extend(changes.pop("counts", self.counts))
        for name, value in changes.items():
            setattr(c, name, value)
        return m.SerializeToString()

    def send(self, body, topic=None):
        self.socket.send_multipart([topic or self.topic, body])

    def good(self, counts=None):
        wait = self.begin + self.bin_ns - time.monotonic_ns()
        if wait > 0:
            time.sleep(wait / 1e9)
        self.send(self.packet(counts=counts or self.counts))
        self.seq += 1
        self.begin += self.bin_ns

    # one field at a time is wrong

    def loud(self):
        self.good([65535] * self.units)

    def truncated(self):
        self.send(self.packet()[:-3])

    def garbage(self):
        self.send(b"\xff" * 200)

    def bulk(self):
        """No message, and large: it fills a recorder's memory."""
        self.send(b"\xff" * 500000)

    def oversized(self):
        self.send(self.packet() + bytes(2 << 20))

    def hostile(self):
        for body in (
                b"\x12\xff\xff\xff\xff\x0f\x00",  # a length that runs beyond the message
                b"\x13\x13\x13\x13",              # groups that never end
                b"\x02\x01\x00",                  # field number 0
                b"\x10" + b"\xff" * 10 + b"\x01",  # a number of eleven bytes
                b"\x12\x04\x2a\xff\xff\x7f"):     # the same inside of the counts
            self.send(body)

    def empty(self):
        self.send(b"")

    def no_source(self):
        self.send(self.packet(source_id=0))

    def units_many(self):
        self.send(self.packet(counts=self.counts + [1]))

    def units_few(self):
        self.send(self.packet(counts=self.counts[:-1]))

    def unit_beyond(self):
        m = neural_pb2.Neural()
        e = m.spike_events
        e.source_id, e.seq, e.n_units = SOURCE, self.seq, self.units
        e.begin_ns, e.end_ns = self.begin, self.begin + self.bin_ns
        e.unit.append(self.units)
        e.offset_ns.append(0)
        self.send(m.SerializeToString())

    def value(self):
        self.send(self.packet(counts=[70000] * self.units))

    def backward_time(self):
        self.send(self.packet(end_ns=self.begin - 1))

    def long_span(self):
        self.send(self.packet(end_ns=self.begin + 3600 * 10**9))

    def straddle(self):
        """Whole as a message, so that its sequence number is used up."""
        half = self.bin_ns // 2
        self.send(self.packet(begin_ns=self.begin - half, end_ns=self.begin + half))
        self.seq += 1

    def chunk(self):
        m = neural_pb2.Neural()
        c = m.sample_chunk
        c.source_id, c.seq, c.begin_ns = SOURCE, self.seq, self.begin
        c.sample_rate_hz, c.microvolts_per_bit = float("nan"), float("nan")
        c.n_channels, c.n_samples, c.samples = 2, 2, struct.pack("<4h", 1, 2, 3, 4)
        self.send(m.SerializeToString())

    def duplicate(self):
        """The packet before the next one, again."""
        self.send(self.packet(seq=self.seq - 1, begin_ns=self.begin - self.bin_ns, end_ns=self.begin))

    def backward(self):
        self.send(self.packet(seq=0, begin_ns=self.origin, end_ns=self.origin + self.bin_ns))

    def jump(self):
        """Sequence numbers that never come."""
        self.seq += 3

    def topic_other(self):
        self.send(self.packet(), topic=self.topic + b"0")

    def one_frame(self):
        self.socket.send_multipart([self.topic])

    def three_frames(self):
        self.socket.send_multipart([self.topic, self.packet(), b"more"])

    def pause(self):
        """Half a second without any packet; time goes on."""
        bins = max(1, 500_000_000 // self.bin_ns)
        self.begin += bins * self.bin_ns


class Task(Rig):
    """Cues in place of neural data: cue, cue_nan."""

    def send_cue(self, x):
        c = cue_pb2.Cue(source_id=SOURCE, seq=self.seq, time_ns=time.monotonic_ns(), trial=1,
                        phase=cue_pb2.PHASE_CUE)
        c.target_position_mm.extend([x, 0.0])
        c.target_radius_mm = 5.0
        self.seq += 1
        self.send(c.SerializeToString())

    def cue(self):
        self.send_cue(80.0)

    def cue_nan(self):
        self.send_cue(float("nan"))


def main():
    endpoint, stream, units, bin_us, *actions = sys.argv[1:]
    kind = Task if any(a.startswith("cue") for a in actions) else Rig
    rig = kind(endpoint, stream, int(units), int(bin_us))
    if kind is Task:
        rig.topic = b"cue/" + stream.encode()
    rig.wait_for_subscriber()
    for action in actions:
        name, _, times = action.partition(":")
        for _ in range(int(times or 1)):
            getattr(rig, name.replace("-", "_"))()
    rig.socket.close()
    zmq.Context.instance().term()


if __name__ == "__main__":
    main()
