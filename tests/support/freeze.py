#!/usr/bin/python3
"""freeze.py THREAD: stop this one thread, and nothing else of its process, until SIGTERM. Status 77 where it
may not."""
import ctypes
import os
import signal
import sys

PTRACE_SEIZE, PTRACE_INTERRUPT, WALL = 0x4206, 0x4207, 0x40000000


def main():
    thread = int(sys.argv[1])
    ptrace = ctypes.CDLL(None, use_errno=True).ptrace
    ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    ptrace.restype = ctypes.c_long
    if ptrace(PTRACE_SEIZE, thread, None, None) < 0:
        print("may not trace: %s" % os.strerror(ctypes.get_errno()), flush=True)
        return 77
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # the thread goes on when its tracer ends
    ptrace(PTRACE_INTERRUPT, thread, None, None)
    os.waitpid(thread, WALL)
    print("frozen", flush=True)
    while True:
        signal.pause()


if __name__ == "__main__":
    sys.exit(main())
