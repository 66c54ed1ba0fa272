#!/usr/bin/python3
"""decoder.py FILE --units N --bin-us US: a small linear decoder, right or wrong in one respect.

vx and vy (mm/s) from the counts of one bin: weights 1 for even and odd units, bias 0, mean 0, scale 1.
With --command K it is a softmax of three classes that commands class K of every bin's accord, at most once in
300 ms."""
import argparse
import json
import struct
import sys


def tensors(units, features, gain):
    return {
        "readout.weight": ([2, features], [gain * (1.0 if i % 2 == row else 0.0) for row in (0, 1)
                                           for i in range(features)]),
        "readout.bias": ([2], [0.0, 0.0]),
        "features.mean": ([features], [0.0] * features),
        "features.scale": ([features], [1.0] * features),
        "counts.mean": ([units], [0.0] * units),
    }


def commanding(units, features, command):
    """Sure of one class, whatever the counts."""
    named = tensors(units, features, 0.0)
    named["readout.weight"] = ([3, features], [0.0] * 3 * features)
    named["readout.bias"] = ([3], [10.0 if k == command else 0.0 for k in range(3)])
    return named


def write(path, notes, named):
    header, data = {"__metadata__": notes}, b""
    for name, (shape, values) in named.items():
        packed = struct.pack("<%df" % len(values), *values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(packed)]}
        data += packed
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("file")
    p.add_argument("--units", type=int, required=True)
    p.add_argument("--bin-us", type=int, required=True)
    p.add_argument("--history", type=int, default=1, help="bins that the features look back")
    p.add_argument("--gain", type=float, default=1.0, help="1e38 overflows into infinity")
    p.add_argument("--command", type=int, help="a softmax that commands this class, 0 to 2")
    p.add_argument("--drop", help="leave this tensor out")
    p.add_argument("--misshape", help="one element too many in this tensor")
    p.add_argument("--nan", help="not a number in this tensor")
    p.add_argument("--cut", type=int, default=0, help="bytes to leave out at the end")
    a = p.parse_args()
    named = tensors(a.units, a.units * a.history, a.gain)
    if a.drop:
        del named[a.drop]
    if a.misshape:
        shape, values = named[a.misshape]
        named[a.misshape] = ([len(values) + 1], values + [1.0])
    if a.nan:
        named[a.nan][1][0] = float("nan")
    notes = {
        "kind": "linear", "features": "counts_1" if a.history == 1 else "counts_flat%d" % a.history,
        "units": str(a.units), "bin_us": str(a.bin_us), "outputs": "vx,vy", "output_units": "mm/s,mm/s",
        "holds": "zero,zero", "lag_bins": "0",
    }
    if a.command is not None:
        named = commanding(a.units, a.units * a.history, a.command)
        notes.update(kind="softmax", outputs="class_0,class_1,class_none", output_units=",,", holds=",,",
                     classes="0,1,none", command_threshold="5", refractory_ms="300")
    write(a.file, notes, named)
    if a.cut:
        with open(a.file, "r+b") as f:
            f.truncate(f.seek(0, 2) - a.cut)


if __name__ == "__main__":
    sys.exit(main())
