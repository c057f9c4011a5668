#!/usr/bin/python3
"""Runs the parts of `make check` in turn: check.py [-k] NAME=COMMAND...

Prints the time of each part, what it says it skipped, and one last line, "N passed, N failed", which counts
single tests where a part reports them."""

import re
import subprocess
import sys
import time

COUNTS = [
    (re.compile(r"\[  PASSED  \] (\d+) test"), re.compile(r"\[  FAILED  \] (\d+) test")),
    (re.compile(r"\b(\d+) passed"), re.compile(r"\b(\d+) (?:failed|error)")),
    (re.compile(r"^  \w+: .*: (ok)\b", re.M), re.compile(r"^  \w+: .*: (FAILED)\b", re.M)),
]


def count(pattern, text):
    return sum(int(found) if found.isdigit() else 1 for found in pattern.findall(text))


def run(name, command):
    start, lines = time.monotonic(), []
    process = subprocess.Popen(command, shell=True, text=True, errors="replace",
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    for line in process.stdout:
        sys.stdout.write(line)
        sys.stdout.flush()
        lines.append(line)
    bad, text = process.wait() != 0, "".join(lines)
    passed = sum(count(good, text) for good, _ in COUNTS)
    failed = sum(count(wrong, text) for _, wrong in COUNTS)
    # A part that fails without naming a test is itself the failure; one that says nothing counts once.
    failed = max(failed, 1) if bad else failed
    passed = max(passed, 1) if not bad else passed
    print(f"==== {name}: {'FAILED' if bad else 'ok'}, {time.monotonic() - start:.1f} s", flush=True)
    return passed, failed, re.findall(r"^skipped - (.*)$", text, re.M)


def main():
    total = [run(*part.split("=", 1)) for part in sys.argv[1:]]
    passed, failed = (sum(column) for column in list(zip(*total))[:2])
    for what in (line for *_, skipped in total for line in skipped):
        print(f"skipped: {what}")
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
