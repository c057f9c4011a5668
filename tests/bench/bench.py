#!/usr/bin/python3
"""Measures the server against its own static reply, so that a figure survives a noisy machine.

The server has processor 0 for itself, wrk has processor 1; rows are interleaved and repeated, and
every ratio is taken within its own round."""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import tempfile
import time

from workload import Workload, new_server

HERE = pathlib.Path(__file__).resolve().parent
TICKS = os.sysconf("SC_CLK_TCK")
SINGLE_PER_SECONDS = 25000


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--json")
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("BENCH_ROUNDS", 3)))
    parser.add_argument("--seconds", type=int, default=int(os.environ.get("BENCH_SECONDS", 3)))
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--codes", type=int, default=60_000)
    return parser.parse_args()


def start(directory, algorithm):
    server = new_server(directory, algorithm)
    began = time.monotonic()
    server.start()
    first_ms = (time.monotonic() - began) * 1000
    server.stop()
    began = time.monotonic()
    server.launch()
    while not server.is_ready():
        time.sleep(0.001)
    server.start_ms = {"first": first_ms, "again": (time.monotonic() - began) * 1000}
    server.pid = server.process.pid
    subprocess.run(["taskset", "-apc", "0", str(server.pid)], check=True, stdout=subprocess.DEVNULL)
    return server


def memory_mb(server, field):
    text = pathlib.Path(f"/proc/{server.pid}/status").read_text()
    return int(re.search(rf"^{field}:\s+(\d+)", text, re.M).group(1)) / 1024


def cpu_seconds(server):
    fields = pathlib.Path(f"/proc/{server.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def environment_of(row, directory, number, rounds):
    """What request.lua reads; each round has its own share of the items that are good once."""
    share = len(row.items) if row.again else len(row.items) // rounds
    items = row.items if row.again else row.items[number * share:(number + 1) * share]
    (directory / "items").write_text("".join(item + "\n" for item in items))
    wanted = {"BENCH_PATH": row.path, "BENCH_STATUS": str(row.status), "BENCH_BODY": row.body,
              "BENCH_AUTHORIZATION": row.authorization, "BENCH_FOLLOW": row.follow,
              "BENCH_ITEMS": str(directory / "items") if items else None,
              "BENCH_AGAIN": "1" if row.again else None}
    return {**os.environ, **{name: value for name, value in wanted.items() if value is not None}}


def measure(row, environment, arguments):
    before = cpu_seconds(row.server)
    output = subprocess.run(
        ["taskset", "-c", "1", "wrk", "-t1", f"-c{arguments.connections}", f"-d{arguments.seconds}s",
         "-s", str(HERE / "request.lua"), row.server.url],
        env=environment, check=True, capture_output=True, text=True).stdout
    result = json.loads(re.search(r"^RESULT (.*)$", output, re.M).group(1))
    if result["wrong"] or result["errors"]:
        raise SystemExit(f"bench: {row.name}: wrong replies: {result}")
    result["rate"] = result["requests"] / (result["us"] / 1e6)
    result["cpu_us"] = (cpu_seconds(row.server) - before) * 1e6 / max(result["requests"], 1)
    return result


def run(rows, directory, arguments):
    results = {row.name: [] for row in rows}
    for number in range(arguments.rounds):
        for row in rows:
            environment = environment_of(row, directory, number, arguments.rounds)
            results[row.name].append(measure(row, environment, arguments))
    return results


def summarise(rows, results):
    table = []
    for row in rows:
        mine = results[row.name]
        ratios = [one["rate"] / base["rate"] for one, base in zip(mine, results["livez"])]
        rates = [one["rate"] for one in mine]
        table.append({
            "name": row.name, "rate": statistics.median(rates),
            "spread": (max(rates) - min(rates)) / statistics.median(rates),
            "ratio": statistics.median(ratios), "goal": row.goal,
            "p50_us": statistics.median(one["p50_us"] for one in mine),
            "p99_us": statistics.median(one["p99_us"] for one in mine),
            "cpu_us": statistics.median(one["cpu_us"] for one in mine),
            "slow_down": max(one["slow_down"] for one in mine),
        })
    return table


def show(table, facts):
    print(f"{'':26}{'req/s':>9}{'spread':>8}{'ratio':>8}{'goal':>7}{'p50 us':>9}{'p99 us':>9}{'cpu us':>8}")
    for r in table:
        goal = f"{r['goal']}" if r["goal"] else ""
        note = "" if not r["goal"] or r["ratio"] >= r["goal"] else "  MISSED"
        note += f"  ({r['slow_down']:.0%} slow_down)" if r["slow_down"] > 0.1 else ""
        print(f"{r['name']:26}{r['rate']:9.0f}{r['spread']:8.0%}{r['ratio']:8.3f}{goal:>7}"
              f"{r['p50_us']:9.0f}{r['p99_us']:9.0f}{r['cpu_us']:8.1f}{note}")
    for name, (value, limit, unit) in facts.items():
        print(f"{name:26}{value:9.1f} {unit} (goal {limit}){'' if value <= limit else '  MISSED'}")


def main():
    arguments = options()
    single = SINGLE_PER_SECONDS * arguments.seconds * arguments.rounds
    with tempfile.TemporaryDirectory(prefix="authgate-bench-") as name:
        directory = pathlib.Path(name)
        servers = [start(directory / name, name) for name in ("ES256", "HS256")]
        try:
            idle = memory_mb(servers[0], "VmRSS")
            pairs = 2 * arguments.connections * arguments.rounds
            rows = Workload(*servers, single=single, polls=arguments.codes, pairs=pairs).rows()
            results = run(rows, directory, arguments)
            facts = {
                "idle memory": (idle, 15, "MB"),
                "memory under load": (max(memory_mb(s, "VmHWM") for s in servers), 40, "MB"),
                "first start to ready": (servers[0].start_ms["first"], 200, "ms"),
                "next start to ready": (servers[0].start_ms["again"], 200, "ms"),
            }
        finally:
            for server in servers:
                server.stop()
    table = summarise(rows, results)
    show(table, facts)
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(
            {"rows": table, "facts": facts, "rounds": results}, indent=2) + "\n")
        print(arguments.json)


if __name__ == "__main__":
    main()
