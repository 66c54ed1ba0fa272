#!/usr/bin/python3
"""pulses.py WHAT LOG SINCE_NS [ARGUMENT]: judge the log of client/stim, a line a train, from an instant on.

some    at least ARGUMENT trains, one for each command and in order
none    not one, nor one that was refused
fresh   every train acts on a command that bcid made less than ARGUMENT ms before
"""
import sys


def read(path):
    """(ns, what, class, command_ns) of each whole line."""
    lines = []
    with open(path, encoding="ascii") as f:
        for line in f:
            field = line.split()
            if line.endswith("\n") and len(field) == 10 and field[0] != "#":
                lines.append((int(field[0]), field[1], field[2], int(field[3])))
    return lines


def some(trains, least):
    commands = [t[3] for t in trains]
    if len(commands) != len(set(commands)) or commands != sorted(commands):
        return "a command was acted on twice, or out of order"
    return None if len(trains) >= int(least) else "only %d" % len(trains)


def none(trains, _):
    return "%d, the first %s" % (len(trains), trains[0]) if trains else None


def fresh(trains, most_ms):
    old = [t for t in trains if t[0] - t[3] >= float(most_ms) * 1e6 or t[0] < t[3]]
    return "%d of %d old, the first %s" % (len(old), len(trains), old[0]) if old else None


def main():
    what, path, since_ns, *rest = sys.argv[1:]
    judge = {"some": some, "none": none, "fresh": fresh}[what]
    kinds = ("train", "refused") if what == "none" else ("train",)
    lines = [t for t in read(path) if t[0] >= int(since_ns) and t[1] in kinds]
    trouble = judge(lines, rest[0] if rest else None)
    if trouble:
        print("%s: not %s: %s" % (path.rsplit("/", 1)[-1], what, trouble))
    return 1 if trouble else 0


if __name__ == "__main__":
    sys.exit(main())
