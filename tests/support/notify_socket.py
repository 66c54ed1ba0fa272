#!/usr/bin/python3
"""notify_socket.py PATH: what a service tells systemd, a line a message: milliseconds, then the message."""
import os
import socket
import sys
import time


def main():
    path = sys.argv[1]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(path)
        os.chmod(path, 0o777)
        print("listening", flush=True)
        while True:
            message = s.recv(4096).decode(errors="replace")
            print(time.monotonic_ns() // 1000000, " ".join(message.split("\n")), flush=True)


if __name__ == "__main__":
    main()
