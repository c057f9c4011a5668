#!/usr/bin/python3
"""Counts the instructions that the server spends on one request, under valgrind's callgrind.

Unlike a time, the count does not depend on what else a machine does.  Two things are needed for that.
What the server does while nobody asks (timers, housekeeping) is in every measurement, so a few requests
are counted and many, and the difference is what the further ones cost.  And libraries that choose their
code by the processor are told to choose as on an old one.  A row that grows by more than a twentieth over
tests/bench/instructions.txt fails, until --write has accepted the new figure."""

import itertools
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from setups import Measured, Setup
from workload import Workload, wire

FILE = pathlib.Path(__file__).resolve().parent / "instructions.txt"
FEW, MANY, COUNTS, WARMING, GROWTH = 10, 210, 4, 5, 1.05
# No AVX2, BMI or newer: in glibc's string functions, and in OpenSSL's (bits of CPUID leaf 7, EBX).
OLD_PROCESSOR = {
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX_Usable,-AVX2_Usable,-AVX512F_Usable,-BMI2_Usable,-ERMS,-FSRM",
    "OPENSSL_ia32cap": ":~0xffffffff",
}
ROWS = ("livez", "device poll", "client_credentials", "code exchange", "refresh, rotation", "introspection")
HEAD = "# Instructions of the server for one request; tests/bench/instructions.py --write renews them.\n"


def control(server, *words):
    subprocess.run(["callgrind_control", *words, str(server.process.pid)],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def total_of(path):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if path.exists() and (found := re.search(r"^totals: (\d+)", path.read_text(), re.M)):
            return int(found.group(1))
        time.sleep(0.05)
    raise SystemExit(f"instructions: {path} has no totals")


def send(server, row, count):
    with wire.Connection(server.port) as client:
        for _ in range(count):
            item = row.items.pop(0) if row.items else ""
            client.send(row.request(item))
            response = client.read()
            assert response.status == row.status, (row.name, response)
            if row.follow:
                row.items.append(response.json()[row.follow])


def counted(server, row, requests, dump):
    """What that many requests cost together.  callgrind writes a file for each dump, and starts again
    from zero."""
    control(server, "-i", "on")
    send(server, row, requests)
    control(server, "-i", "off")
    control(server, "-d")
    return total_of(dump)


def count(server, rows, directory):
    """The least of a few counts of each kind, because housekeeping falls into some."""
    counts, dumps = {}, (directory / f"callgrind.{number}" for number in itertools.count(1))
    for row in rows:
        send(server, row, WARMING)
        few, many = (min(counted(server, row, requests, next(dumps)) for _ in range(COUNTS))
                     for requests in (FEW, MANY))
        counts[row.name] = (many - few) // (MANY - FEW)
    return counts


def measure(directory):
    server = Measured(Setup("sqlite", {}), directory / "server")
    server.start()
    server.published_keys()
    uses = COUNTS * (FEW + MANY) + WARMING
    rows = Workload(server, single=uses, polls=uses, pairs=1).rows(ROWS)
    server.stop()
    server.prefix = ["valgrind", "--tool=callgrind", "--instr-atstart=no",
                     f"--callgrind-out-file={directory}/callgrind"]
    server.environment.update(OLD_PROCESSOR)
    server.start()
    try:
        return count(server, rows, directory)
    finally:
        server.stop(careful=False)


def recorded():
    lines = FILE.read_text().splitlines() if FILE.exists() else []
    return {name: int(number) for name, number in
            (line.rsplit(maxsplit=1) for line in lines if line and not line.startswith("#"))}


def main():
    with tempfile.TemporaryDirectory(prefix="authgate-instructions-") as name:
        measured = measure(pathlib.Path(name))
    if "--write" in sys.argv:
        FILE.write_text(HEAD + "".join(f"{name:24}{n:9}\n" for name, n in measured.items()))
    known, bad = recorded(), 0
    for name, number in measured.items():
        grown = number > known.get(name, 0) * GROWTH
        bad += grown
        print(f"  instructions: {name}: {'FAILED' if grown else 'ok'} ({number}, was {known.get(name)})")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
