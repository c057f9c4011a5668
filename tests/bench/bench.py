#!/usr/bin/python3
"""Measures the server against its own static reply, so that a figure survives a noisy machine.

The server has processor 0 for itself, wrk has processor 1; rows are interleaved and repeated, and
every ratio is taken within its own round.  With --base, another build of the program takes turns with
this one, row by row."""

import argparse
import contextlib
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

import polling
from setups import BINARY, SETUPS, Measured
from workload import Workload

HERE = pathlib.Path(__file__).resolve().parent
POSTGRES = HERE.parent / "support" / "postgres.sh"
DURABLE_P99_US = 10_000
MOVED, TURNS_MIN = 0.03, 4  # what is nearer to 1, or seen less often, is noise
IDLE_CONNECTIONS, DEVICES = 1000, 10_000


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", help="the figures of every round go to this file")
    parser.add_argument("--base", help="another build to compare with")
    parser.add_argument("--setups", default=os.environ.get("SETUPS", ""),
                        help="which servers: " + ", ".join(setup.name for setup in SETUPS))
    parser.add_argument("--rows", default=os.environ.get("ROWS", ""), help="a pattern of row names")
    parser.add_argument("--full", action="store_true", default=bool(os.environ.get("FULL")),
                        help="scale, idle connections, devices: takes an hour")
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("BENCH_ROUNDS", 0)),
                        help="3; to compare, 5")
    parser.add_argument("--seconds", type=int, default=int(os.environ.get("BENCH_SECONDS", 2)))
    parser.add_argument("--polls", type=int, default=60_000)
    arguments = parser.parse_args()
    arguments.rounds = arguments.rounds or (5 if arguments.base else 3)
    return arguments


def chosen_setups(arguments):
    names = [name.strip() for name in arguments.setups.split(",") if name.strip()]
    unknown = set(names) - {setup.name for setup in SETUPS}
    if unknown:
        sys.exit(f"bench: no such setup: {', '.join(sorted(unknown))}")
    return [setup for setup in SETUPS
            if (setup.name in names if names else arguments.full or not setup.full)]


# ---- one measurement ----


def environment_of(row, directory, number, rounds):
    """What request.lua reads; each round has its own share of the items that are good once."""
    share = len(row.items) // rounds
    items = row.items if row.again else row.items[number * share:(number + 1) * share]
    wanted = {"BENCH_PATH": row.path, "BENCH_BODY": row.body, "BENCH_FOLLOW": row.follow,
              "BENCH_STATUS": row.status and str(row.status),
              "BENCH_HEADERS": "\n".join(f"{name}: {value}" for name, value in row.headers),
              "BENCH_ITEMS": str(directory / "items") if items else None,
              "BENCH_AGAIN": "1" if row.again else None}
    if items:
        (directory / "items").write_text("".join(item + "\n" for item in items))
    return {**os.environ, **{name: value for name, value in wanted.items() if value is not None}}


def wrk(server, connections, seconds):
    return ["taskset", "-c", "1", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s",
            str(HERE / "request.lua"), server.url]


def measure(server, row, directory, number, arguments):
    beside = row.beside and subprocess.Popen(
        wrk(server, 8, arguments.seconds + 1), stdout=subprocess.DEVNULL,
        env=environment_of(row.beside, directory, number, arguments.rounds))
    environment = environment_of(row, directory, number, arguments.rounds)
    before = server.cpu_s()
    output = subprocess.run(wrk(server, server.setup.connections, arguments.seconds),
                            env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    cpu_s = server.cpu_s() - before
    if beside:
        beside.wait()
    result = json.loads(re.search(r"^RESULT (.*)$", output, re.M).group(1))
    if result["wrong"] or result["errors"]:
        sys.exit(f"bench: {server.setup.name}: {row.name}: wrong replies: {result}\n{server.log[-1000:]}")
    return {**result, "rate": result["requests"] / (result["us"] / 1e6),
            "cpu_us": cpu_s * 1e6 / max(result["requests"], 1), "rss_mb": server.memory_mb("VmRSS")}


# ---- all of them ----


class Subject:
    """One server of one build, with its rows."""

    def __init__(self, setup, directory, binary, arguments):
        self.setup, self.server = setup, Measured(setup, directory, binary).prepare()
        self.idle_mb = self.server.memory_mb("VmRSS")
        single = 40_000 * arguments.seconds * arguments.rounds
        names = [name for name in setup.rows if re.search(arguments.rows, name)]
        if setup.database == "postgres":
            single //= 3
        work = Workload(self.server, single, arguments.polls, 2 * setup.connections * arguments.rounds)
        self.rows = work.rows(["livez", *names]) if names else []
        self.results = {row.name: [] for row in self.rows}


def run(pairs, directory, arguments):
    for number in range(arguments.rounds):
        for pair in pairs:
            for i in range(len(pair[0].rows)):
                for subject in pair:
                    row = subject.rows[i]
                    result = measure(subject.server, row, directory, number, arguments)
                    subject.results[row.name].append(result)


def median(results, name):
    return statistics.median(one[name] for one in results)


def summarise(subject, base=None):
    for row in subject.rows:
        mine = subject.results[row.name]
        rates = [one["rate"] for one in mine]
        ratios = [one["rate"] / still["rate"] for one, still in zip(mine, subject.results["livez"])]
        line = {"setup": subject.setup.name, "name": row.name, "rate": statistics.median(rates),
                "spread": (max(rates) - min(rates)) / statistics.median(rates),
                "ratio": statistics.median(ratios), "goal": subject.setup.rows.get(row.name),
                "durable": row.durable, "slow_down": max(one["slow_down"] for one in mine),
                **{name: median(mine, name) for name in ("p50_us", "p99_us", "cpu_us", "rss_mb")}}
        if base:
            turns = [new["rate"] / old["rate"] for new, old in zip(mine, base.results[row.name])]
            line["against_base"] = statistics.median(turns)
            line["moved"] = len(turns) >= TURNS_MIN and abs(line["against_base"] - 1) > MOVED and \
                (min(turns) > 1 or max(turns) < 1)
        yield line


def notes(line):
    if line["goal"] and line["ratio"] < line["goal"]:
        yield "MISSED"
    if line["goal"] and line["durable"] and line["p99_us"] > DURABLE_P99_US:
        yield "p99 MISSED"
    if line["slow_down"] > 0.1:
        yield f"{line['slow_down']:.0%} slow_down"
    if "against_base" in line:
        yield f"{line['against_base']:.3f} of base" + (" MOVED" if line["moved"] else "")


def show(table, facts):
    print(f"{'':32}{'req/s':>9}{'spread':>8}{'ratio':>8}{'goal':>7}{'p50 us':>9}{'p99 us':>9}"
          f"{'cpu us':>8}{'MB':>7}")
    setup = None
    for line in table:
        if line["setup"] != setup:
            setup = line["setup"]
            print(f"-- {setup}")
        print(f"{line['name']:32}{line['rate']:9.0f}{line['spread']:8.0%}{line['ratio']:8.3f}"
              f"{line['goal'] or '':>7}{line['p50_us']:9.0f}{line['p99_us']:9.0f}{line['cpu_us']:8.1f}"
              f"{line['rss_mb']:7.1f}  {', '.join(notes(line))}")
    for fact in facts:
        goal = f" (goal {fact['goal']})" if fact["goal"] else ""
        missed = "  MISSED" if fact["goal"] and fact["value"] > fact["goal"] else ""
        print(f"{fact['name']:45}{fact['value']:10.1f} {fact['unit']}{goal}{missed}")


# ---- what is no rate ----


def fact(name, value, unit, goal=None):
    return {"name": name, "value": value, "unit": unit, "goal": goal}


def facts_of(subject):
    name, server = subject.setup.name, subject.server
    yield fact(f"{name}: first start", server.start_ms["first"], "ms",
               200 if name == "sqlite" else None)
    yield fact(f"{name}: next start", server.start_ms["again"], "ms", 200 if name == "sqlite" else None)
    yield fact(f"{name}: idle memory", subject.idle_mb, "MB", 12 if name == "sqlite" else None)
    time.sleep(1)  # a password hash in flight takes 16 MB
    yield fact(f"{name}: memory after the load", server.memory_mb("VmRSS"), "MB",
               30 if name == "sqlite" else None)


def facts_of_crowds(subject):
    """Idle connections, and devices that poll every five seconds."""
    server = subject.server
    before = server.memory_mb("VmRSS")
    with polling.idle_connections(server, IDLE_CONNECTIONS):
        more = server.memory_mb("VmRSS") - before
    yield fact(f"one of {IDLE_CONNECTIONS} idle connections", more * 1024 / IDLE_CONNECTIONS, "KB")
    for keeps in (False, True):
        crowd = polling.devices(server, DEVICES, keeps)
        what = f"{DEVICES} devices, {'kept' if keeps else 'new'} connections"
        yield fact(f"{what}: processor", crowd["cpu"] * 100, "%", 10)
        yield fact(f"{what}: memory", crowd["rss_mb"], "MB", 32)
        yield fact(f"{what}: p99 of replies", crowd["p99_ms"], "ms")
        yield fact(f"{what}: not \"pending\"", crowd["wrong"], "", 0)


def with_postgres(setups):
    """Starts this program again below a PostgreSQL that writes to the disk."""
    if os.environ.get("TEST_POSTGRES") or not any(s.database == "postgres" for s in setups):
        return
    os.environ["POSTGRES_OPTIONS"] = "-c fsync=on -c shared_buffers=512MB -c max_wal_size=4GB"
    os.execv(POSTGRES, [str(POSTGRES), "run", sys.executable, *sys.argv])


def subjects(setup, directory, arguments, stack):
    """Of this build and, if there is one to compare with, of that."""
    builds = {"this": BINARY, "base": arguments.base}
    for name, build in builds.items():
        if not build:
            continue
        subject = Subject(setup, directory / f"{setup.name}-{name}".replace(" ", "-"), build, arguments)
        stack.callback(subject.server.stop)
        yield subject


def main():
    arguments = options()
    setups = chosen_setups(arguments)
    with_postgres(setups)
    with tempfile.TemporaryDirectory(prefix="authgate-bench-", dir=os.environ.get("BENCH_DIRECTORY")) as name, \
            contextlib.ExitStack() as stack:
        pairs = [list(subjects(setup, pathlib.Path(name), arguments, stack)) for setup in setups]
        run(pairs, pathlib.Path(name), arguments)
        facts = [line for pair in pairs for line in facts_of(pair[0])]
        if arguments.full:
            facts += facts_of_crowds(pairs[0][0])
    table = [line for pair in pairs for line in summarise(pair[0], *pair[1:])]
    show(table, facts)
    if arguments.json:
        rounds = {pair[0].setup.name: pair[0].results for pair in pairs}
        pathlib.Path(arguments.json).write_text(json.dumps(
            {"rows": table, "facts": facts, "rounds": rounds}, indent=2) + "\n")
        print(arguments.json)


if __name__ == "__main__":
    main()
