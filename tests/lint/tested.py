#!/usr/bin/python3
"""No test is forgotten: every test's source stands in its meson.build, every fuzz target has a corpus, and
every function of format/ that takes bytes from outside is called by a target."""
import os
import re
import sys

from source import Lint, bare, files, root_argument, text

TAKES_BYTES = re.compile(r"\b(\w+)\s*\([^;{]*?const (?:void \*bytes|char \*text, const char \*origin)\b")
FORMAT = "daemon/format/"
TEST = re.compile(r"tests/(\w+)/(?:test|race|golden|fuzz|guard|bench)-([\w-]+)\.c$"
                  r"|tests/(system)/(\d+-[\w-]+)\.sh$")


def parsers(root):
    """(header, line, name) of each."""
    for path in files(root, ".h"):
        if not path.startswith(FORMAT) and path != "daemon/base/config.h":
            continue
        source = bare(text(root, path))
        for m in TAKES_BYTES.finditer(source):
            yield path, source.count("\n", 0, m.start()) + 1, m.group(1)


def check_parsers(lint, targets):
    called = "\n".join(bare(text(lint.root, path)) for path in targets)
    inside = "\n".join(bare(text(lint.root, p)) for p in files(lint.root, ".c") if p.startswith(FORMAT))
    for path, line, name in parsers(lint.root):
        if len(re.findall(r"\b%s\s*\(" % name, inside)) > 1:
            continue  # another function of format/ stands in front of it
        if not re.search(r"\b%s\s*\(" % name, called):
            lint.fault(path, line, "no tests/fuzz/fuzz-*.c calls %s(), which takes bytes from outside" % name)


def check_corpora(lint, targets):
    for path in targets:
        corpus = os.path.join(lint.root, "tests/fuzz/corpus", path[len("tests/fuzz/fuzz-"):-2])
        if not os.path.isdir(corpus) or not os.listdir(corpus):
            lint.fault(path, 1, "has no corpus (tests/fuzz/corpus/NAME/)")


def check_registered(lint):
    n = 0
    for path in files(lint.root, ".c", ".sh"):
        m = TEST.match(path)
        if not m:
            continue
        n += 1
        folder, name = m.group(1) or m.group(3), m.group(2) or m.group(4)
        if not re.search(r"\b%s\b" % name, text(lint.root, "tests/%s/meson.build" % folder)):
            lint.fault(path, 1, "stands in no list of tests/%s/meson.build, so nothing runs it" % folder)
    return n


def main():
    lint = Lint(root_argument())
    targets = [path for path in files(lint.root, ".c") if path.startswith("tests/fuzz/fuzz-")]
    check_parsers(lint, targets)
    check_corpora(lint, targets)
    n = check_registered(lint)
    return lint.done("%d tests, %d fuzz targets" % (n, len(targets)))


if __name__ == "__main__":
    sys.exit(main())
