#!/usr/bin/python3
"""recording.py COMMAND …: what the tests do to recordings.

now                               CLOCK_MONOTONIC, ns
kill PID                          the same, then SIGKILL
holds FILE LOG FROM UNTIL         each intent that LOG (listen.py's) has as sent in [FROM, UNTIL) is in FILE
flip FILE TABLE COLUMN ROW BYTE   one bit of a blob of the ROW-th row
damage FILE SEED                  one page of the file becomes rubbish; prints which"""
import json
import os
import random
import signal
import sqlite3
import sys
import time

PAGE = 4096


def now():
    print(time.monotonic_ns(), flush=True)


def kill(pid):
    now()
    os.kill(int(pid), signal.SIGKILL)


def intents(log):
    for line in open(log, encoding="utf-8"):
        if line.startswith("{") and line.endswith("}\n"):
            yield json.loads(line)


def holds(path, log, begin, end):
    stored = dict(sqlite3.connect(path).execute("SELECT now_ns, epoch || '/' || bin FROM intents"))
    wanted = [i for i in intents(log) if int(begin) <= i["sent_ns"] < int(end)]
    lacking = [i for i in wanted if stored.get(i["sent_ns"]) != "%d/%d" % (i["epoch"], i["bin"])]
    print("%d intents published, %d stored" % (len(wanted), len(stored)))
    if lacking:
        print("%d are not in it, the first sent %.1f ms before the end of what must be" % (
            len(lacking), (int(end) - lacking[0]["sent_ns"]) / 1e6))
    sys.exit(bool(lacking))


def flip(path, table, column, row, byte):
    db = sqlite3.connect(path)
    row = int(row)
    n, blob = db.execute("SELECT n, %s FROM %s ORDER BY n LIMIT %d, 1" % (column, table, row)).fetchone()
    blob = bytearray(blob)
    blob[int(byte) % len(blob)] ^= 1 << row % 8
    db.execute("UPDATE %s SET %s = ? WHERE n = ?" % (table, column), (bytes(blob), n))
    db.commit()


def damage(path, seed):
    rng = random.Random(int(seed))
    page = rng.randrange(os.path.getsize(path) // PAGE)
    with open(path, "r+b") as f:
        f.seek(page * PAGE)
        f.write(rng.randbytes(PAGE))
    print(page)


if __name__ == "__main__":
    {"now": now, "kill": kill, "holds": holds, "flip": flip, "damage": damage}[sys.argv[1]](*sys.argv[2:])
