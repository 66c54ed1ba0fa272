#!/usr/bin/python3
"""config.py ROOT BUILD: config/bcid.conf against the program's own table of keys.

It holds every key that `bcid --print-config` prints, each with its default, and no other; bcid accepts it and
bcid-sim.conf, that of the quick start."""
import os
import re
import subprocess
import sys

from source import Lint, text

SKIPPED = 77


def keys(ini):
    """{(kind of section, key): (value, line)}; a section's own name does not matter."""
    found, kind = {}, ""
    for number, line in enumerate(ini.splitlines(), 1):
        line = line.strip()
        section = re.match(r"\[(\w+)[^\]]*\]$", line)
        if section:
            kind = section.group(1)
        elif line and line[0] not in ";#":
            key, _, value = line.partition("=")
            found[kind, key.strip()] = (value.strip(), number)
    return found


def run(bcid, *arguments):
    return subprocess.run([bcid, *arguments], capture_output=True, text=True, timeout=20, check=False)


def compare(lint, path, printed):
    written = keys(text(lint.root, path))
    for (kind, key), (value, _) in printed.items():
        if (kind, key) not in written:
            lint.fault(path, 1, "[%s] %s is missing" % (kind, key))
        elif written[kind, key][0] != value:
            is_, line = written[kind, key]
            lint.fault(path, line, "[%s] %s = %s, but the default is %s" % (kind, key, is_, value))
    for kind, key in written.keys() - printed.keys():
        lint.fault(path, written[kind, key][1], "[%s] %s is no key of bcid" % (kind, key))


def main():
    lint = Lint(sys.argv[1])
    bcid = os.path.join(sys.argv[2], "daemon", "bcid")
    for needed in (bcid, os.path.join(lint.root, "config/bcid.conf")):
        if not os.path.exists(needed):
            print("there is no %s yet" % os.path.basename(needed))
            return SKIPPED
    printed = run(bcid, "--print-config")
    if printed.returncode:
        said = printed.stderr.strip()
        lint.fault("daemon/bcid", 1, "--print-config: exit %d: %s" % (printed.returncode, said))
    compare(lint, "config/bcid.conf", keys(printed.stdout))
    for name in ("bcid.conf", "bcid-sim.conf"):
        checked = run(bcid, "--config", os.path.join(lint.root, "config", name), "--check-config")
        if checked.returncode:
            lint.fault("config/" + name, 1, "bcid refuses it: %s" % checked.stderr.strip())
    return lint.done("%d keys" % len(keys(printed.stdout)))


if __name__ == "__main__":
    sys.exit(main())
