"""What the lints share: the files of the house, C text without its comments, and how a fault is told."""
import os
import re
import subprocess
import sys


class Lint:
    """Faults of one lint, each with file and line; the exit status of the program."""

    def __init__(self, root):
        self.root = root
        self.faults = 0

    def fault(self, path, line, text):
        self.faults += 1
        print("%s:%d: %s" % (path, line, text))

    def done(self, said):
        print("%s; %d faults" % (said, self.faults))
        return 1 if self.faults else 0


def files(root, *suffixes):
    """Paths relative to root: what git knows, or in a tarball what is there; with these suffixes."""
    try:
        listed = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard"],
                                capture_output=True, text=True, check=True).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        listed = [os.path.relpath(os.path.join(folder, name), root)
                  for folder, _, names in os.walk(root) for name in names]
        listed = [path for path in listed if not re.match(r"build|\.git/", path)]
    return sorted(path for path in set(listed)
                  if os.path.isfile(os.path.join(root, path)) and (not suffixes or path.endswith(suffixes)))


def text(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace", newline="") as f:
        return f.read()


def bare(c):
    """C without comments, and with empty strings and characters; lines stay where they are."""
    def blank(m):
        return '""' if m.group(0)[0] in "\"'" else "\n" * m.group(0).count("\n") or " "
    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\''
    return re.sub(pattern, blank, c, flags=re.S)


def root_argument():
    here = os.path.dirname(os.path.abspath(__file__))
    return sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "..")
