#!/usr/bin/python3
"""Where one kind of request spends its time: profile.py ROW [SETUP].

perf samples the server under load where the machine has it; elsewhere valgrind's callgrind counts the
instructions of some hundred requests (PROFILER=callgrind: everywhere).  Either ends in the functions that cost most."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from bench import environment_of, wrk
from instructions import control, send, total_of
from setups import SETUPS, Measured
from workload import ROWS, Workload

SECONDS, REQUESTS, WARMING, LINES = 5, 300, 20, 40


def has_perf():
    return os.environ.get("PROFILER") != "callgrind" and shutil.which("perf") and subprocess.run(
        ["perf", "record", "-o", "/dev/null", "true"], capture_output=True).returncode == 0


def by_perf(server, row, directory):
    server.timed_start()
    load = subprocess.Popen(wrk(server, server.setup.connections, SECONDS + 1),
                            env=environment_of(row, directory, 0, 1), stdout=subprocess.DEVNULL)
    data = directory / "perf.data"
    subprocess.run(["perf", "record", "-q", "-o", data, "-p", str(server.process.pid), "--", "sleep",
                    str(SECONDS)], check=True)
    load.wait()
    report = subprocess.run(["perf", "report", "-i", data, "--stdio", "--no-children"], check=True,
                            capture_output=True, text=True).stdout
    return [line for line in report.splitlines() if line and not line.startswith("#")]


def by_callgrind(server, row, directory):
    server.prefix = ["valgrind", "--tool=callgrind", "--instr-atstart=no",
                     f"--callgrind-out-file={directory}/callgrind"]
    server.timed_start()
    send(server, row, WARMING)
    control(server, "-i", "on")
    send(server, row, REQUESTS)
    control(server, "-i", "off")
    control(server, "-d")
    total = total_of(directory / "callgrind.1")
    report = subprocess.run(["callgrind_annotate", directory / "callgrind.1"], check=True,
                            capture_output=True, text=True).stdout
    costs = re.findall(r"^\s*([\d,]+) \(\s*([\d.]+)%\)\s+\S*?:(\S+) \[(.*)\]$", report, re.M)
    return [f"{total // REQUESTS} instructions a request"] + [
        f"{percent:>6}% {int(count.replace(',', '')) // REQUESTS:>9}  {function}  "
        f"[{pathlib.Path(library).name}]" for count, percent, function, library in costs]


def main():
    names = {setup.name: setup for setup in SETUPS}
    row_name, setup_name = [*sys.argv[1:], "sqlite"][:2]
    if row_name not in ROWS or setup_name not in names:
        sys.exit(f"profile: ROW is one of: {', '.join(ROWS)}; SETUP one of: {', '.join(names)}")
    with tempfile.TemporaryDirectory(prefix="authgate-profile-") as name:
        directory = pathlib.Path(name)
        server = Measured(names[setup_name], directory / "server").prepare()
        single = 25_000 * SECONDS if has_perf() else REQUESTS + WARMING
        row = Workload(server, single, polls=single, pairs=64).rows([row_name])[0]
        server.stop()
        try:
            for line in (by_perf if has_perf() else by_callgrind)(server, row, directory)[:LINES]:
                print(line)
        finally:
            server.stop(careful=False)


if __name__ == "__main__":
    main()
