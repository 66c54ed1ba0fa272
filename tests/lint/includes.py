#!/usr/bin/python3
"""The direction of the house: main → server → io → {rt, format} → {signal, decode} → base; learn → decode;
client → {format, learn, signal, decode, base}. An #include, and a _dep of meson, go along an arrow only."""
import os
import re
import sys

from source import Lint, bare, files, root_argument, text

SEES = {
    "base": {"base"},
    "signal": {"signal", "base"},
    "decode": {"decode", "base"},
    "learn": {"learn", "decode", "base"},
    "proto": {"proto"},
    "format": {"format", "proto", "signal", "decode", "base"},
    "rt": {"rt", "signal", "decode", "base"},
    "state": {"state", "decode", "base"},
    "io": {"io", "state", "rt", "format", "proto", "signal", "decode", "base"},
    "server": {"server", "io", "state", "rt", "format", "proto", "signal", "decode", "base"},
    "client": {"client", "format", "learn", "proto", "signal", "decode", "base"},
}

# Who logs, and who reads a clock. All others return, and are told the time.
LOGS = {"io", "server", "client"}
READS_CLOCK = {"rt", "io", "server", "client"}

# Rooms without clock, input or output, and threads.
PURE = {"signal", "decode", "learn"}
IMPURE_HEADERS = re.compile(
    r"clock\.h|log\.h|file\.h|time\.h|sys/.*|pthread\.h|threads\.h|semaphore\.h|sched\.h|stdatomic\.h"
    r"|uv\.h|zmq\.h|unistd\.h|fcntl\.h|poll\.h|signal\.h|dirent\.h|netinet/.*|arpa/.*")
IMPURE_CALLS = re.compile(
    r"\b(open|fopen|fdopen|popen|fclose|fread|fwrite|fgets|getline|scanf|fscanf|fputs|fputc|putc|putchar|puts"
    r"|printf|fprintf|vprintf|vfprintf|perror|remove|rename|system|getenv|exit|_exit"
    r"|time|clock|clock_gettime|gettimeofday|nanosleep|usleep|sleep)\s*\(|\b(stdin|stdout|stderr|FILE)\b")


def room(path):
    parts = path.split("/")
    if parts[0] in ("proto", "client"):
        return parts[0]
    if parts[0] == "daemon":
        if len(parts) > 2:
            return parts[1]
        return "state" if parts[1].startswith("state.") else "server"
    return None


def headers(root, lint):
    """Where each header's name lives. A name stands once, since every folder is on the search path."""
    where = {}
    for path in files(root, ".h"):
        here = room(path)
        if here is None:
            continue
        name = os.path.basename(path)
        if name in where:
            lint.fault(path, 1, "a second header of the name %s (the other: %s)" % (name, where[name][1]))
        where[name] = (here, path)
    return where


def check_include(lint, path, number, here, name, local, where):
    if here in PURE and IMPURE_HEADERS.fullmatch(name):
        lint.fault(path, number, "%s is pure and may not include %s" % (here, name))
        return
    if not local:
        return
    if name == "log.h" and here not in LOGS | {"base"}:
        lint.fault(path, number, "%s returns, it does not log" % here)
    if name == "clock.h" and here not in READS_CLOCK | {"base"}:
        lint.fault(path, number, "%s is told the time, it reads no clock" % here)
    there = "proto" if name.endswith(".pb-c.h") else where.get(os.path.basename(name), (None,))[0]
    if there is None:
        lint.fault(path, number, "%s is no header of this house" % name)
    elif there not in SEES[here]:
        lint.fault(path, number, "%s may not see %s (%s)" % (here, there, name))


def check_source(lint, path, here, where):
    source = text(lint.root, path)
    for number, line in enumerate(source.splitlines(), 1):
        m = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if m:
            check_include(lint, path, number, here, m.group(2), m.group(1) == '"', where)
    if here not in PURE:
        return
    for number, line in enumerate(bare(source).splitlines(), 1):
        m = IMPURE_CALLS.search(line)
        if m:
            what = m.group(0).rstrip(" (")
            lint.fault(path, number, "%s is pure: no clock, no input or output (%s)" % (here, what))


def check_meson(lint, path, here):
    for number, line in enumerate(text(lint.root, path).splitlines(), 1):
        for there in re.findall(r"\b([a-z]+)_dep\b", line.split("#")[0]):
            if there in SEES and there not in SEES[here]:
                lint.fault(path, number, "%s may not be built with %s" % (here, there))


def main():
    lint = Lint(root_argument())
    where = headers(lint.root, lint)
    seen = 0
    for path in files(lint.root, ".c", ".h", "meson.build"):
        here = room(path)
        if here is None:
            continue
        if here not in SEES:
            lint.fault(path, 1, "no such room in the house: %s" % here)
        elif path.endswith("meson.build"):
            check_meson(lint, path, here)
        else:
            seen += 1
            check_source(lint, path, here, where)
    return lint.done("%d sources" % seen)


if __name__ == "__main__":
    sys.exit(main())
