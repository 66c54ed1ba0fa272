#!/usr/bin/python3
"""under_unit.py UNIT [--deny SET]… -- COMMAND…: COMMAND under the system call filters of a service file.

What systemd makes of SystemCallFilter=, SystemCallErrorNumber=, SystemCallArchitectures=, RestrictRealtime=,
RestrictAddressFamilies=, RestrictNamespaces=, RestrictSUIDSGID=, MemoryDenyWriteExecute=, NoNewPrivileges=
without systemd running. Users, capabilities and limits are the caller's. --deny takes away more, to see a
test fail."""
import argparse
import errno
import os
import socket
import stat
import subprocess
import sys

import seccomp
from seccomp import EQ, GE, MASKED_EQ, Arg, Attr, SyscallFilter

PROT_WRITE_EXEC, PROT_EXEC, SHM_EXEC = 6, 4, 0o100000
AF_MAX = 64
NAMESPACES = 0x7E020080  # CLONE_NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET, NEWNS, NEWCGROUP, NEWTIME


def settings(unit):
    """{key: [value, …]} of [Service]; an empty value forgets those before it."""
    found, section = {}, ""
    with open(unit, encoding="utf-8") as f:
        for line in map(str.strip, f):
            if line.startswith("["):
                section = line
            elif section == "[Service]" and "=" in line and line[0] not in "#;":
                key, _, value = line.partition("=")
                if not value:
                    found[key] = []
                else:
                    found.setdefault(key, []).append(value)
    return found


def calls(name):
    """The calls of a set, or the one call."""
    if not name.startswith("@"):
        return {name}
    listed = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager", name],
                            capture_output=True, text=True, check=True).stdout.split("\n")[1:]
    words = [line.strip() for line in listed if line.strip() and not line.strip().startswith("#")]
    return set().union(*map(calls, words))


def allowed(filters, denied):
    """An allow list comes first, then what is taken out of it again."""
    if not filters or filters[0].startswith("~"):
        sys.exit("under_unit.py: SystemCallFilter= must begin with what is allowed")
    names = calls("@default")
    for words in filters + ["~" + name for name in denied]:
        for name in words.lstrip("~").split():
            names = names - calls(name) if words.startswith("~") else names | calls(name)
    return names


def new(default):
    f = SyscallFilter(default)
    f.set_attr(Attr.CTL_NNP, 1)
    f.set_attr(Attr.ACT_BADARCH, seccomp.KILL_PROCESS)
    return f


def filter_calls(names, refuse):
    f = new(refuse)
    for name in names:
        try:
            f.add_rule(seccomp.ALLOW, name)
        except RuntimeError:
            pass  # a call of another architecture
    return f


def filter_families(named):
    f = new(seccomp.ALLOW)
    families = {int(getattr(socket, name)) for name in named}
    for family in set(range(AF_MAX)) - families:
        f.add_rule(seccomp.ERRNO(errno.EAFNOSUPPORT), "socket", Arg(0, EQ, family))
    f.add_rule(seccomp.ERRNO(errno.EAFNOSUPPORT), "socket", Arg(0, GE, AF_MAX))
    return f


def filter_rest(unit):
    """Each of the other settings, where it is on."""
    f = new(seccomp.ALLOW)
    eperm = seccomp.ERRNO(errno.EPERM)
    if unit.get("MemoryDenyWriteExecute") == ["yes"]:
        f.add_rule(eperm, "mmap", Arg(2, MASKED_EQ, PROT_WRITE_EXEC, PROT_WRITE_EXEC))
        for name in "mprotect", "pkey_mprotect":
            f.add_rule(eperm, name, Arg(2, MASKED_EQ, PROT_EXEC, PROT_EXEC))
        f.add_rule(eperm, "shmat", Arg(2, MASKED_EQ, SHM_EXEC, SHM_EXEC))
    if unit.get("RestrictNamespaces") == ["yes"]:
        f.add_rule(eperm, "setns")
        f.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
        for bit in (1 << n for n in range(32) if NAMESPACES & 1 << n):
            f.add_rule(eperm, "unshare", Arg(0, MASKED_EQ, bit, bit))
            f.add_rule(eperm, "clone", Arg(0, MASKED_EQ, bit, bit))
    if unit.get("RestrictSUIDSGID") == ["yes"]:
        for bit in stat.S_ISUID, stat.S_ISGID:
            for name, mode in {"chmod": 1, "fchmod": 1, "fchmodat": 2, "mkdir": 1, "mkdirat": 2}.items():
                f.add_rule(eperm, name, Arg(mode, MASKED_EQ, bit, bit))
    if unit.get("RestrictRealtime") == ["yes"]:
        f.add_rule(eperm, "sched_setscheduler", Arg(1, GE, 1))
    return f


def main():
    p = argparse.ArgumentParser()
    p.add_argument("unit")
    p.add_argument("--deny", action="append", default=[])
    p.add_argument("command", nargs="+")
    a = p.parse_args()
    unit = settings(a.unit)
    refuse = seccomp.ERRNO(getattr(errno, unit["SystemCallErrorNumber"][0])) \
        if unit.get("SystemCallErrorNumber") else seccomp.KILL_PROCESS
    filters = [filter_rest(unit), filter_families(unit["RestrictAddressFamilies"][0].split()),
               filter_calls(allowed(unit["SystemCallFilter"], a.deny), refuse)]
    for f in filters:  # the one that may forbid seccomp itself comes last
        f.load()
    os.execv(a.command[0], a.command)


if __name__ == "__main__":
    main()
