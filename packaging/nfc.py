#!/usr/bin/env python3
"""Writes lib/base/nfc.def from Python's Unicode data: canonical decompositions, whether each is
composed again, and combining classes.  Run it for a newer Unicode; tests/story/test_nfc.py compares."""
import sys
import unicodedata as u

HANGUL = range(0xAC00, 0xAC00 + 11172)


def rows():
    for cp in range(0x110000):
        found = u.decomposition(chr(cp))
        if not found or found.startswith("<") or cp in HANGUL:
            continue
        parts = [int(part, 16) for part in found.split()]
        first, second = parts + [0] * (2 - len(parts))
        # Composition exclusions and singletons do not come back.
        back = u.normalize("NFC", "".join(map(chr, parts))) == chr(cp)
        yield f"{'PAIR' if back else 'APART'}(0x{cp:04X}, 0x{first:04X}, 0x{second:04X})"


def classes():
    start = None
    for cp in range(0x110001):
        now = u.combining(chr(cp)) if cp < 0x110000 else 0
        if start is not None and now != start[1]:
            yield f"CLASS(0x{start[0]:04X}, 0x{cp - 1:04X}, {start[1]})"
            start = None
        if now and start is None:
            start = (cp, now)


def columns(cells, width=110):
    line = ""
    for cell in cells:
        if line and len(line) + 1 + len(cell) > width:
            yield line
            line = ""
        line += (" " if line else "") + cell
    yield line


def main():
    print(f"/* Unicode {u.unidata_version}: made by packaging/nfc.py, not by hand.\n"
          " *\n"
          " *\tPAIR(character, first, second)\tcanonical decomposition, and composition\n"
          " *\tAPART(character, first, second)\tdecomposition only; second is 0 for one character\n"
          " *\tCLASS(from, to, class)\tcanonical combining class other than 0\n"
          " */")
    for line in columns(rows()):
        print(line)
    for line in columns(classes()):
        print(line)


if __name__ == "__main__":
    sys.exit(main())
