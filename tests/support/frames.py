#!/usr/bin/python3
"""frames.py WHAT LOG SINCE_NS [ARGUMENT]: judge the log of a cursor, a line a frame, from an instant on.

moved   it was live and changed its place in at least 10 frames
still   in every frame its velocity is 0 and its place that of the frame before; at least 10 frames
fresh   every live frame acts on a bin that is at most ARGUMENT ms old (frames before SINCE_NS tell when a bin
        is new); and there are at least 10 of them
"""
import sys

BIN_NS = 50_000_000


def read(path):
    """(ns, x, y, vx, vy, bin, word) of each whole line."""
    frames = []
    with open(path, encoding="ascii") as f:
        for line in f:
            field = line.split()
            if line.endswith("\n") and len(field) == 7 and field[0] != "#":
                frames.append((int(field[0]), *map(float, field[1:5]), int(field[5]), field[6]))
    return frames


def moved(frames, since_ns, _):
    pairs = [(a, b) for a, b in zip(frames, frames[1:]) if b[0] >= since_ns]
    n = sum(b[6] == "live" and a[1:3] != b[1:3] for a, b in pairs)
    return None if n >= 10 else "moved in %d of %d frames" % (n, len(pairs))


def still(frames, since_ns, _):
    pairs = [(a, b) for a, b in zip(frames, frames[1:]) if b[0] >= since_ns]
    for a, b in pairs:
        if b[3:5] != (0, 0) or a[1:3] != b[1:3]:
            return "%.1f ms after: %s" % ((b[0] - since_ns) / 1e6, (b,))
    return None if len(pairs) >= 10 else "only %d frames" % len(pairs)


def fresh(frames, since_ns, most_ms):
    new_ns = min(ns - bin * BIN_NS for ns, *_, bin, word in frames if ns < since_ns and word == "live")
    live = [f for f in frames if f[0] >= since_ns and f[6] == "live"]
    for f in live:
        if f[0] - f[5] * BIN_NS - new_ns > float(most_ms) * 1e6:
            return "acts on a bin of %.0f ms ago: %s" % ((f[0] - f[5] * BIN_NS - new_ns) / 1e6, (f,))
    return None if len(live) >= 10 else "only %d live frames" % len(live)


def main():
    what, path, since_ns, *rest = sys.argv[1:]
    judge = {"moved": moved, "still": still, "fresh": fresh}[what]
    trouble = judge(read(path), int(since_ns), rest[0] if rest else None)
    if trouble:
        print("%s: not %s: %s" % (path.rsplit("/", 1)[-1], what, trouble))
    return 1 if trouble else 0


if __name__ == "__main__":
    sys.exit(main())
