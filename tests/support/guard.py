#!/usr/bin/python3
"""guard.py FILE arm | read: the counters of guard-alloc (tests/system/guard-alloc.c).

`arm` sets them to zero and starts; `read` stops, prints "worker N loop N zmq N elsewhere N" and, where the
hot path called the allocator, the first such call with its stack. Exits 1 then."""
import mmap
import struct
import subprocess
import sys

COUNTERS = struct.Struct("<II4Q")
NAMES = ("worker", "loop", "zmq", "elsewhere")


def where(line):
    """A frame "object offset" as function and line."""
    path, offset = line.rsplit(" ", 1)
    command = ["addr2line", "-fpe", path, hex(int(offset, 16) - 1)]
    named = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return "%s (%s)" % (named or "?", path.rsplit("/", 1)[-1])


def main():
    path, what = sys.argv[1:]
    with open(path, "r+b") as f, mmap.mmap(f.fileno(), 0) as m:
        if what == "arm":
            m[4:COUNTERS.size] = bytes(COUNTERS.size - 4)
            m[0:4] = struct.pack("<I", 1)
            return 0
        m[0:4] = struct.pack("<I", 0)
        _, caught, *calls = COUNTERS.unpack(m[:COUNTERS.size])
        first = m[COUNTERS.size:].split(b"\0")[0].decode(errors="replace")
    print(" ".join("%s %d" % pair for pair in zip(NAMES, calls)))
    if not caught:
        return 0
    head, *frames = first.splitlines()
    print("first: " + head)
    for frame in frames:
        print("    " + where(frame))
    return 1


if __name__ == "__main__":
    sys.exit(main())
