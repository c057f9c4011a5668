#!/usr/bin/python3
"""Writes docs/openapi.yaml, on standard output, with the admin part that `build/authgate admin describe
--openapi` prints between its two markers."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
BEGIN = "# Made by packaging/openapi.py from lib/ops, up to the next such line.\n"
END = "# Made by hand from here.\n"


def main():
    text = (ROOT / "docs/openapi.yaml").read_text()
    program = sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/authgate"
    made = subprocess.run([program, "admin", "describe", "--openapi"], capture_output=True, check=True, text=True)
    before, rest = text.split(BEGIN)
    print(before + BEGIN + made.stdout + END + rest.split(END)[1], end="")


if __name__ == "__main__":
    main()
