#!/usr/bin/python3
"""Which test stands against which attack: attacks.py prints a table, attacks.py check names the
attacks that no test stands against.

The ids are rows of a catalogue of attacks on authorization servers: A authorization endpoint, B
token endpoint, C device grant, D revocation, introspection, userinfo, E signed tokens, F sessions
and pages, G limits, I administration, J HTTP, M faults of database, process and configuration.
A test names the ids, and the CVEs, that it stands against in its name, its docstring or the comment
at its head."""

import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

ROWS = {"A": range(1, 42), "B": range(1, 41), "C": range(1, 18), "D": range(1, 14),
        "E": range(1, 17), "F": range(1, 18), "G": range(1, 13), "I": range(1, 19),
        "J": range(1, 15), "M": range(1, 19)}
CVES = """2015-5638 2016-1133 2016-4817 2016-7835 2017-10868 2018-0608 2019-9512 2019-9515
2020-15222 2020-15223 2020-15233 2020-15234 2021-39191 2021-45379 2022-29967 2022-39222 2023-0264
2023-2585 2023-44487 2023-48228 2023-6927 2024-1249 2024-21637 2024-23647 2024-24814 2024-25189
2024-25715 2024-37568 2024-4540 2024-52289 2024-8883 2025-59420 2025-61920 2025-62706 2026-1035
2026-28512 2026-44699 2026-4630 2026-4874 2026-7571 2026-8922 2026-9689 2026-9802""".split()
# What cannot be tried, because there is no such thing here.
WITHOUT = {"F8": "sessions are not bound to a fingerprint of the browser",
           "G9": "passwords are checked here, not by another server",
           "G10": "passwords are checked here, not by another server",
           "G12": "tests/alerts: an alert on failed sign-ins, held against configs/alerts.yaml"}

PYTHON_TEST = re.compile(r'^ *def (\w+)\([^()]*\):(?:\n\s+"""(.*?)""")?', re.S | re.M)
C_TEST = re.compile(r"/\*((?:(?!\*/).)*)\*/\s*static void\s+(test_\w+)\(", re.S)
ID = re.compile(r"\b([A-M])(\d{1,2})(?:-[A-M]?(\d{1,2}))?\b")
CVE = re.compile(r"cve[-_ ](\d{4})[-_](\d{4,6})", re.I)


def ids_in(text):
    for letter, first, last in ID.findall(text):
        for number in range(int(first), int(last or first) + 1):
            yield f"{letter}{number}"
    for year, number in CVE.findall(text):
        yield f"CVE-{year}-{number}"


def tests():
    """(place, name, what is said of it)"""
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for name, said in PYTHON_TEST.findall(path.read_text()):
            yield path, name, f"{name} {said}"
    for path in sorted((ROOT / "tests/unit").rglob("*.c")):
        for said, name in C_TEST.findall(path.read_text()):
            yield path, name, said


def main():
    found = collections.defaultdict(list)
    for path, name, said in tests():
        for attack in ids_in(said):
            found[attack].append(f"{path.relative_to(ROOT / 'tests')}: {name}")
    wanted = [f"{letter}{n}" for letter, numbers in ROWS.items() for n in numbers]
    wanted += [f"CVE-{cve}" for cve in CVES]
    missing = [attack for attack in wanted if attack not in found and attack not in WITHOUT]
    if sys.argv[1:] != ["check"]:
        for attack in wanted:
            for line in found[attack] or [WITHOUT.get(attack, "MISSING")]:
                print(f"{attack:15} {line}")
    elif missing:
        print("no test stands against", " ".join(missing))
    return len(missing) > 0


if __name__ == "__main__":
    sys.exit(main())
