#!/usr/bin/python3
"""report.py TOTALS TITLE BUILD SUITE…: run suites of a build folder with `meson test` and say how each went.

One line a test as it ends; then why tests were skipped, and the last lines of what failed. A TAP test counts
each of its points, any other test counts once. `passed failed skipped` is appended to the file TOTALS.
"""
import json
import os
import re
import subprocess
import sys

TAIL = 40
LOG = "testlog-run"
ENDED = re.compile(r"^\s*\d+/\d+\s+(?:\S+ / )?(\S+)\s+([A-Z]{2,})\s+([\d.]+)s")
POINT = re.compile(r"^\s*(not )?ok\b\s*\d*\s*-?\s*([^#]*)(?:#\s*(\w+)\s*(.*))?$")
WORDS = {"OK": "ok", "EXPECTEDFAIL": "ok", "SKIP": "skipped", "TIMEOUT": "FAILED (ran out of time)"}


def points(test):
    """(name, passed | failed | skipped, reason) of each TAP point of a test's output."""
    found = []
    for line in test["stdout"].splitlines():
        m = POINT.match(line)
        if not m:
            continue
        skipped = (m.group(3) or "").upper() == "SKIP"
        word = "skipped" if skipped else "failed" if m.group(1) else "passed"
        found.append((m.group(2).strip(), word, m.group(4) or ""))
    return found


def judge(test):
    """The points of one test: at least one, and at least one failed where meson says that it failed."""
    name, result = test["name"], test["result"]
    found = points(test) if "--tap" in test["command"] else []
    if result == "SKIP" and not found:
        lines = [line for line in test["stdout"].splitlines() if line.strip()]
        return [(name, "skipped", lines[-1] if lines else "no reason given")]
    good = result in ("OK", "EXPECTEDFAIL", "SKIP")
    if not good and not any(word == "failed" for _, word, _ in found):
        found.append((name, "failed", result))
    return found or [(name, "passed", "")]


def run(build, suites):
    """Run them, showing each test as it ends. Returns meson's records."""
    log = os.path.join(build, "meson-logs", LOG + ".json")
    if os.path.exists(log):
        os.unlink(log)
    command = ["meson", "test", "-C", build, "--no-rebuild", "--num-processes", "2", "--logbase", LOG]
    for suite in suites:
        command += ["--suite", suite]
    said = []
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace") as meson:
        for line in meson.stdout:
            said.append(line)
            m = ENDED.match(line)
            if m:
                word = WORDS.get(m.group(2), "FAILED")
                print("  %-32s %-8s %7.1f s" % (m.group(1), word, float(m.group(3))), flush=True)
    if not os.path.exists(log):
        print("".join("  " + line for line in said[-TAIL:] if line.strip()))
        return [] if "No suitable tests" in "".join(said) else None
    with open(log, encoding="utf-8") as f:
        tests = [json.loads(line) for line in f]
    for test in tests:
        test["name"] = test["name"].split(" / ")[-1]
    return tests


def explain(test, found):
    for name, word, reason in found:
        if word == "skipped":
            print("  skipped: %s: %s" % (name, reason))
    if not any(word == "failed" for _, word, _ in found):
        return
    print("\n  ---- %s: %s, exit %s" % (test["name"], test["result"].lower(), test["returncode"]))
    text = test["stdout"] + ("\n" + test["stderr"] if "stderr" in test else "")
    for line in text.splitlines()[-TAIL:]:
        print("  | " + line)
    print()


def main():
    totals, title, build, *suites = sys.argv[1:]
    print("%s:" % title, flush=True)
    tests = run(build, suites)
    count = {"passed": 0, "failed": 0, "skipped": 0}
    if tests is None:
        count["failed"] = 1
    for test in tests or []:
        found = judge(test)
        explain(test, found)
        for _, word, _ in found:
            count[word] += 1
    with open(totals, "a", encoding="utf-8") as f:
        f.write("%(passed)d %(failed)d %(skipped)d\n" % count)
    return 1 if count["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
