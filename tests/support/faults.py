#!/usr/bin/python3
"""Which test keeps a fault that was found from coming back: faults.txt has a row for each, and names tests, or says after
a dash why there is none.  Prints what is wrong with the table: a test that does not exist, a row without either."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = ROOT / "tests" / "support" / "faults.txt"


def tests():
    """All names, without test_."""
    names = set()
    for path in [*(ROOT / "tests").rglob("*.py"), *(ROOT / "tests" / "unit").rglob("*.c")]:
        names.update(re.findall(r"\btest_(\w+)\(", path.read_text()))
    return names


def problems():
    known, seen = tests(), set()
    for number, line in enumerate(TABLE.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        row, colon, said = line.partition(":")
        names = said.partition(" - ")[0].split()
        if not colon or row in seen or not said.strip():
            yield f"faults.txt:{number}: a row is an id of its own, a colon, and tests or a dash with the reason"
        seen.add(row)
        yield from (f"faults.txt:{number}: {row}: there is no test_{name}" for name in names if name not in known)


def main():
    found = list(problems())
    print("\n".join(found), end="\n" if found else "")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
