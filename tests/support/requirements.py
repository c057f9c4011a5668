#!/usr/bin/python3
"""Holds the statements about RFC 8628, RFC 9700 and BCP 247 against the list of what they demand.

Every id of requirements.txt has one row in its document, and no other row is there. What is done names
a test that exists; what is not done, or off by default, says why.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__ + "/../../..").resolve()
LIST = ROOT / "tests" / "support" / "requirements.txt"
ANSWERS = {"done", "off by default", "partly", "not applicable"}
REASON_MIN = 20  # characters: less says nothing


def tests():
    """Names of all tests."""
    files = [*(ROOT / "tests" / "story").glob("*.py"), *(ROOT / "tests" / "unit").rglob("*.c")]
    return {name for file in files for name in re.findall(r"\b(test_\w+)\(", file.read_text())}


def rows(document):
    """(id, answer, reason, tests) of each row of the table."""
    for line in document.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 5 and cells[0] != "id":
            yield cells[0], cells[2], cells[3], re.findall(r"`(test_\w+)`", cells[4])


def problems():
    wanted = [line.split()[0] for line in LIST.read_text().splitlines() if line and line[0] != "#"]
    known, seen = tests(), []
    for document in sorted({name.split("-")[0] for name in wanted}):
        for name, answer, reason, named in rows(ROOT / "docs" / f"{document}.md"):
            seen.append(name)
            if not name.startswith(document + "-") or name not in wanted:
                yield f"docs/{document}.md: {name} is not in requirements.txt"
            if answer not in ANSWERS:
                yield f"docs/{document}.md: {name}: the answer is one of {', '.join(sorted(ANSWERS))}"
            if answer in ("done", "off by default") and not named:
                yield f"docs/{document}.md: {name}: no test stands for it"
            if answer != "done" and len(reason) < REASON_MIN:
                yield f"docs/{document}.md: {name}: there is no reason"
            for test in named:
                if test not in known:
                    yield f"docs/{document}.md: {name}: there is no {test}"
    for name in sorted({name for name in wanted + seen if wanted.count(name) != 1 or seen.count(name) != 1}):
        yield f"{name}: {wanted.count(name)} times in requirements.txt, {seen.count(name)} times in its document"


if __name__ == "__main__":
    found = list(problems())
    print("\n".join(found), end="\n" if found else "")
    sys.exit(bool(found))
