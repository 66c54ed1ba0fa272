#!/usr/bin/python3
"""Hostile input ends in format/: every function there that takes bytes from outside is called by a fuzz
target, and every target has a corpus."""
import os
import re
import sys

from source import Lint, bare, files, root_argument, text

TAKES_BYTES = re.compile(r"\b(\w+)\s*\([^;{]*?const (?:void \*bytes|char \*text, const char \*origin)\b")

FORMAT = "daemon/format/"


def parsers(root):
    """(header, line, name) of each."""
    for path in files(root, ".h"):
        if not path.startswith(FORMAT) and path != "daemon/base/config.h":
            continue
        source = bare(text(root, path))
        for m in TAKES_BYTES.finditer(source):
            yield path, source.count("\n", 0, m.start()) + 1, m.group(1)


def main():
    lint = Lint(root_argument())
    targets = [path for path in files(lint.root, ".c") if re.match(r"tests/fuzz/fuzz-[^/]+\.c$", path)]
    called = "\n".join(bare(text(lint.root, path)) for path in targets)
    inside = "\n".join(bare(text(lint.root, path)) for path in files(lint.root, ".c") if path.startswith(FORMAT))
    for path, line, name in parsers(lint.root):
        if len(re.findall(r"\b%s\s*\(" % name, inside)) > 1:
            continue  # another function of format/ stands in front of it
        if not re.search(r"\b%s\s*\(" % name, called):
            lint.fault(path, line, "no tests/fuzz/fuzz-*.c calls %s(), which takes bytes from outside" % name)
    for path in targets:
        corpus = os.path.join(lint.root, "tests/fuzz/corpus", path[len("tests/fuzz/fuzz-"):-2])
        if not os.path.isdir(corpus) or not os.listdir(corpus):
            lint.fault(path, 1, "has no corpus (tests/fuzz/corpus/NAME/)")
    return lint.done("%d targets" % len(targets))


if __name__ == "__main__":
    sys.exit(main())
