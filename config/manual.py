#!/usr/bin/python3
"""manual.py PAGE.in PAGE [NAME=PROGRAM…]: a manual page whose lists come from the programs themselves.

In PAGE.in a line `@synopsis NAME@` becomes the usage that `NAME --help` tells, `@help NAME@` the rest of it,
`@commands NAME@` the help of each command that it lists, `@config NAME@` the keys that `NAME --print-config`
prints; `@version NAME@`, anywhere, the version."""
import os
import re
import subprocess
import sys

ITEM = re.compile(r" {2,6}(\S.*?)(?: {2,}(\S.*))?$")


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text[:1] in ".'" else text


def said(programs, words):
    name, *rest = words.split()
    return subprocess.run([programs[name], *rest], capture_output=True, text=True, check=True,
                          timeout=20).stdout.rstrip("\n").split("\n")


def usage(lines):
    """The usage stands at the top, its further lines indented to it."""
    n = 1
    while n < len(lines) and lines[n].startswith("       "):
        n += 1
    return [line[7:] for line in lines[:n]], lines[n:]


def synopsis(lines):
    for line in usage(lines)[0]:
        program, _, rest = line.partition(" ")
        yield ".B %s\n%s\n.br" % (roff(program), roff(rest))


def item(what, help_text):
    """A term whose capitals are values; what it does."""
    term = re.sub(r"\b([A-Z][A-Z.,|\[\]…]*)", r"\\fI\1\\fR\\fB", roff(what))
    return ".TP\n\\fB%s\\fR\n%s" % (term, roff(help_text or ""))


def described(lines):
    """Text in paragraphs; two spaces, a term, and two spaces or more: an item of a list."""
    listing = False
    for line in usage(lines)[1]:
        m = ITEM.match(line)
        if m:
            yield item(m.group(1), m.group(2))
        elif not line.strip() or listing and not line.startswith(" "):
            yield ".PP"
        if line.strip() and not m:
            yield roff(line.strip())
        listing = bool(m) or listing and line.startswith(" ")


def commands(name, programs):
    for line in usage(said(programs, name + " --help"))[1]:
        m = ITEM.match(line)
        if not m or m.group(1).startswith("-"):
            continue
        words = "%s %s" % (name, m.group(1).split()[0])
        lines = said(programs, words + " --help")
        yield ".SS %s" % roff(words)
        yield from synopsis(lines)
        yield ".PP"
        yield from described(lines)


def keys(lines):
    """A key has its help in the line above it."""
    above = ""
    for line in lines:
        if line.startswith("["):
            yield ".SS %s" % roff(line)
        elif line.startswith(";"):
            above = line[1:].strip()
        elif "=" in line:
            yield item(line.split("=")[0].strip(), above)


def expand(line, programs):
    m = re.fullmatch(r"@(help|synopsis|commands|config) ([^@]+)@", line)
    if not m:
        return [re.sub(r"@version ([^@]+)@",
                       lambda v: said(programs, v.group(1) + " --version")[0].split()[-1], line)]
    kind, name = m.groups()
    if kind == "commands":
        return commands(name, programs)
    if kind == "config":
        return keys(said(programs, name + " --print-config"))
    return (described if kind == "help" else synopsis)(said(programs, name + " --help"))


def main():
    page, output, *named = sys.argv[1:]
    programs = {name: os.path.abspath(path) for name, _, path in (word.partition("=") for word in named)}
    with open(page, encoding="utf-8") as f:
        made = [part for line in f.read().splitlines() for part in expand(line, programs)]
    with open(output, "w", encoding="utf-8") as f:
        f.write("\n".join(made) + "\n")


if __name__ == "__main__":
    main()
