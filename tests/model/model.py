#!/usr/bin/python3
"""Goes through every order of events of grants.pml with spin, and shows that each condition of the statements is
needed: without it a promise is broken.  model.py DIRECTORY [-v]

The last line is "N passed, N failed"."""

import re
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
MODEL = HERE / "grants.pml"
PARTS = {1: "an authorization code, raced for", 2: "a device code", 3: "a family of refresh tokens, and a thief",
         4: "an honest client whose answers get lost"}
# What is taken away, with the statement that has it and the part that misses it.
CLAUSES = {
    "CODE_ISSUED": ("auth_code_redeem", 1), "CODE_LIVES": ("auth_code_redeem", 1),
    "CODE_CLIENT": ("auth_code_redeem", 1), "CODE_USER": ("auth_code_redeem", 1),
    "APPROVE_PENDING": ("device_code_approve", 2), "APPROVE_LIVES": ("device_code_approve", 2),
    "DENY_PENDING": ("device_code_deny", 2),
    "DEVICE_APPROVED": ("device_code_redeem", 2), "DEVICE_LIVES": ("device_code_redeem", 2),
    "DEVICE_CLIENT": ("device_code_redeem", 2), "DEVICE_USER": ("device_code_redeem", 2),
    "FAMILY_LIVES": ("family_check_alive", 3), "FAMILY_CLIENT": ("family_check_alive", 3),
    "FAMILY_USER": ("family_check_alive", 3),
    "ROTATE_UNUSED(t)": ("refresh_token_rotate", 3), "HOLD_UNUSED(t)": ("refresh_token_hold_unused", 3),
}


def check(directory, part, clause=None):
    """Whether a promise is broken, and what spin says of the search."""
    text = MODEL.read_text()
    if clause:
        text, count = re.subn(rf"^(#define {re.escape(clause)}) .*$", r"\1 true", text, flags=re.M)
        assert count == 1, clause
    (directory / "model.pml").write_text(text)
    subprocess.run(["spin", "-a", f"-DPART={part}", "model.pml"], cwd=directory, check=True, capture_output=True)
    subprocess.run(["gcc", "-O1", "-w", "-DSAFETY", "-DCOLLAPSE", "-o", "pan", "pan.c"], cwd=directory, check=True)
    said = subprocess.run(["./pan", "-m1000000"], cwd=directory, check=True, capture_output=True, text=True).stdout
    if "max search depth too small" in said or "out of memory" in said:
        sys.exit(f"model: the search of part {part} was not complete:\n{said}")
    is_broken = int(re.search(r"errors: (\d+)", said)[1]) > 0
    if is_broken and "assertion violated" not in said:
        sys.exit(f"model: part {part} stands still, which no promise speaks of:\n{said}")
    return is_broken, said


def statements():
    """The conditional statements that a clause can belong to, from the SQL itself."""
    text = "".join(path.read_text() for path in (HERE.parents[1] / "lib/store").glob("*.sql"))
    return set(re.findall(r"^-- name: (\w+)$", text, re.M))


def main():
    directory = Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    results = []

    def tell(good, what):
        results.append(good)
        print(f"  model: {what}: {'ok' if good else 'FAILED'}", flush=True)

    for part, about in PARTS.items():
        start = time.monotonic()
        is_broken, said = check(directory, part)
        states = int(re.search(r"([\d.e+]+) states, stored", said)[1].split(".")[0])
        tell(not is_broken, f"{about}, {states:,} states in {time.monotonic() - start:.1f} s")
        if is_broken:
            trail = subprocess.run(["spin", "-t", "-p", f"-DPART={part}", "model.pml"], cwd=directory, capture_output=True, text=True, check=False).stdout
            print(trail[-3000:])
    known = statements()
    for clause, (statement, part) in CLAUSES.items():
        is_broken, _ = check(directory, part, clause)
        tell(is_broken and statement in known, f"{statement} without {clause} breaks a promise")
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return not all(results)


if __name__ == "__main__":
    sys.exit(main())
