#!/usr/bin/python3
"""estimates.py LIVE OFFLINE HISTORY: does the live run of a decoder agree with `bcitrain decode` to 1e-6?

LIVE is what client/demo keeps (estimate, bin, seen), OFFLINE has an estimate for every bin of the recording.
Left out are the first HISTORY bins of the run, and as many after a bin that was a gap or that nobody saw.
Prints how many bins were compared, of how many, and the largest difference; ends with 1 where that is too
large."""
import array
import json
import struct
import sys

TYPES = {"F32": "f", "I32": "i", "U8": "B"}


def load(path):
    with open(path, "rb") as f:
        data = f.read()
    n, = struct.unpack("<Q", data[:8])
    tensors = {}
    for name, t in json.loads(data[8:8 + n]).items():
        if name == "__metadata__":
            continue
        a = array.array(TYPES[t["dtype"]])
        begin, end = t["data_offsets"]
        a.frombytes(data[8 + n + begin:8 + n + end])
        tensors[name] = t["shape"], a
    return tensors


def main():
    live, offline, history = load(sys.argv[1]), load(sys.argv[2]), int(sys.argv[3])
    (rows, width), estimate = live["estimate"]
    (_, offline_width), expected = offline["estimate"]
    assert width == offline_width
    bins, seen = live["bin"][1], live["seen"][1]
    compared, worst, clean = 0, 0.0, 0
    for row in range(rows):
        clean = clean + 1 if seen[row] == 1 else 0
        if clean <= history:
            continue
        compared += 1
        for i in range(width):
            difference = abs(estimate[row * width + i] - expected[bins[row] * width + i])
            if not difference <= worst:
                worst = difference
    print("%d of %d bins compared, largest difference %g" % (compared, rows, worst))
    return not (worst <= 1e-6)


if __name__ == "__main__":
    sys.exit(main())
