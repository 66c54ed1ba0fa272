#!/usr/bin/python3
"""Sizes and habits: the top level, lengths of files, functions and lines, tabs, promises of later work."""
import re
import sys

from source import Lint, bare, files, root_argument, text

TOP = {"meson.build", "README.md", "LICENSE", "daemon", "proto", "client", "config", "systemd", "tests"}
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
LONG_FUNCTION_LINES = 40
MAX_COLUMNS = 120  # 110 is the aim
SOURCES = (".c", ".h", ".py", ".sh", ".proto", ".build")

# Split, so that this file may be read by itself.
PROMISES = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b|not writ" r"ten yet|not implemen" r"ted")
MACHINE_PATHS = re.compile(r"(?<![\w.])/(wo" r"rk|ro" r"ot|ho" r"me/\w+|tmp/w" r"t)/")


def columns(line):
    return len(line.expandtabs(8))


def is_script(root, path):
    return "." not in path.rsplit("/", 1)[-1] and text(root, path)[:2] == "#!"


def check_lines(lint, path, source):
    c = path.endswith((".c", ".h"))
    for number, line in enumerate(source.split("\n"), 1):
        if columns(line) > MAX_COLUMNS:
            lint.fault(path, number, "%d columns (at most %d)" % (columns(line), MAX_COLUMNS))
        if line != line.rstrip():
            lint.fault(path, number, "space at the end" if not line.endswith("\r") else "CR at the end")
        if c and re.match(r" +[^ *]", line):
            lint.fault(path, number, "indented with spaces; tabs")
    if source and not source.endswith("\n") or source.endswith("\n\n"):
        lint.fault(path, source.count("\n"), "ends with exactly one newline")


def check_words(lint, path, source):
    for number, line in enumerate(source.split("\n"), 1):
        for pattern, what in ((PROMISES, "promises later work"), (MACHINE_PATHS, "a path of one machine")):
            m = pattern.search(line)
            if m:
                lint.fault(path, number, "%s: %s" % (what, m.group(0)))


def functions(source):
    """(first line, lines of the body) of each function: from a '{' in the first column to its '}'."""
    begin = None
    for number, line in enumerate(bare(source).split("\n"), 1):
        if line == "{":
            begin = number
        elif line.startswith("}") and begin is not None:
            yield begin, number - begin - 1
            begin = None


def check_c(lint, path, source, lengths):
    n = source.count("\n")
    if n > MAX_FILE_LINES:
        lint.fault(path, 1, "%d lines (at most %d): perhaps two rooms in one" % (n, MAX_FILE_LINES))
    for number, length in functions(source):
        lengths.append(length)
        if length > MAX_FUNCTION_LINES:
            lint.fault(path, number, "a function of %d lines (at most %d)" % (length, MAX_FUNCTION_LINES))
        elif length > LONG_FUNCTION_LINES:
            print("%s:%d: note: a function of %d lines" % (path, number, length))


def main():
    lint = Lint(root_argument())
    lengths = []
    listed = files(lint.root)
    for path in listed:
        top = path.split("/")[0]
        if top not in TOP and not top.startswith("."):
            lint.fault(path, 1, "not among what was agreed for the top level")
        if not path.endswith(SOURCES) and not is_script(lint.root, path):
            continue
        source = text(lint.root, path)
        check_lines(lint, path, source)
        check_words(lint, path, source)
        if path.endswith((".c", ".h")):
            check_c(lint, path, source, lengths)
    lengths.sort()
    n = len(lengths)
    long = sum(length > LONG_FUNCTION_LINES for length in lengths)
    return lint.done("%d files; %d functions, half of them up to %d lines, %d above %d" % (
        len(listed), n, lengths[n // 2] if n else 0, long, LONG_FUNCTION_LINES))


if __name__ == "__main__":
    sys.exit(main())
