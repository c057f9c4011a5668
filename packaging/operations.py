#!/usr/bin/python3
"""Writes docs/openapi.yaml or docs/man/authgate-admin.8.mdoc, on standard output, with the part that the program
prints from lib/ops between its two markers:

    packaging/operations.py openapi [build/authgate] >x && mv x docs/openapi.yaml
    packaging/operations.py manual [build/authgate] >x && mv x docs/man/authgate-admin.8.mdoc
"""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
DOCUMENTS = {"openapi": ("docs/openapi.yaml", "#"), "manual": ("docs/man/authgate-admin.8.mdoc", '.\\"')}
BEGIN = " Made by packaging/operations.py from lib/ops, up to the next such line.\n"
END = " Made by hand from here.\n"


def main():
    kind = sys.argv[1]
    path, mark = DOCUMENTS[kind]
    text = (ROOT / path).read_text()
    program = sys.argv[2] if len(sys.argv) > 2 else ROOT / "build/authgate"
    made = subprocess.run([program, "admin", "describe", f"--{kind}"], capture_output=True, check=True, text=True)
    before, rest = text.split(mark + BEGIN)
    print(before + mark + BEGIN + made.stdout + mark + END + rest.split(mark + END)[1], end="")


if __name__ == "__main__":
    main()
