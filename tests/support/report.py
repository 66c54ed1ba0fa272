#!/usr/bin/python3
"""report.py TOTALS TITLE BUILD SUITE…: run suites of a build folder with `meson test` and say how each went.

One line a test as it ends; then why tests were skipped, and the last lines of what failed. A TAP test counts
each of its points, any other test counts once. What a sanitizer finds goes to a log of its own, since
Criterion swallows its children's stderr and passes a test that leaks: each such log is a failure.
`passed failed skipped` is appended to the file TOTALS.
"""
import glob
import json
import os
import re
import subprocess
import sys

TAIL = 60
HERE = os.path.dirname(os.path.abspath(__file__))
LOG = "testlog-run"
SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
    "TSAN_OPTIONS": "exitcode=66:second_deadlock_stack=1",
    "LSAN_OPTIONS": "print_suppressions=0:suppressions=" + os.path.join(HERE, "criterion-leaks"),
}
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


def sanitizer_logs(build):
    return sorted(glob.glob(os.path.join(build, "meson-logs", "sanitizer.*")))


def environment(build):
    """Where and how sanitizers speak. UBSan's runtime reads ASan's flags too: the path stands in both."""
    to = ":log_exe_name=1:log_path=" + os.path.join(os.path.abspath(build), "meson-logs", "sanitizer")
    return {**os.environ, **{name: flags + to for name, flags in SANITIZERS.items()}}


def run(build, suites):
    """Run them, showing each test as it ends. Returns meson's records."""
    log = os.path.join(build, "meson-logs", LOG + ".json")
    for old in [log] + sanitizer_logs(build):
        if os.path.exists(old):
            os.unlink(old)
    command = ["meson", "test", "-C", build, "--no-rebuild", "--num-processes", "2", "--logbase", LOG]
    for suite in suites:
        command += ["--suite", suite]
    said = []
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace", env=environment(build)) as meson:
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


def show(title, lines):
    print("\n  ---- " + title)
    for line in lines:
        print("  | " + line.rstrip())
    print()


def without_tap(test, failed):
    """What a test that died said, and Criterion's --tap swallowed: that point again, by itself."""
    command = [word for word in test["command"] if word != "--tap"]
    command += ["--filter", failed.replace("::", "/", 1)]
    env = {**os.environ, **test["env"], **SANITIZERS}
    again = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True, errors="replace", env=env, timeout=120,
                           check=False)
    show("%s again, by itself" % failed, again.stdout.splitlines()[:TAIL])


def explain(test, found):
    for name, word, reason in found:
        if word == "skipped":
            print("  skipped: %s: %s" % (name, reason))
    if not any(word == "failed" for _, word, _ in found):
        return
    said = test["stdout"].splitlines() + test.get("stderr", "").splitlines()
    if len(found) > 1:
        said = [line for line in said if not re.match(r"ok\b", line)]
    show("%s: %s, exit %s" % (test["name"], test["result"].lower(), test["returncode"]), said[-TAIL:])
    failed = [name for name, word, _ in found if word == "failed"]
    if "--tap" in test["command"] and "\n  failures:\n  ..." in test["stdout"]:
        without_tap(test, re.sub(r"\s+\(\d.*", "", failed[0]))


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
    for log in sanitizer_logs(build):
        with open(log, encoding="utf-8", errors="replace") as f:
            show(os.path.basename(log), f.readlines()[:TAIL])
        count["failed"] += 1
    with open(totals, "a", encoding="utf-8") as f:
        f.write("%(passed)d %(failed)d %(skipped)d\n" % count)
    return 1 if count["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
