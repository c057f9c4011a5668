#!/usr/bin/python3
"""Measures the server against its own static reply, so that a figure survives a noisy machine.

The server has processor 0 for itself, wrk has processor 1; rows are interleaved and repeated, and
every ratio is taken within its own round."""

import argparse
import json
import os
import pathlib
import re
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
GOALS = {"device poll": 0.25, "client_credentials ES256": 0.055, "client_credentials HS256": 0.11}
TICKS = os.sysconf("SC_CLK_TCK")


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--json")
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("BENCH_ROUNDS", 3)))
    parser.add_argument("--seconds", type=int, default=int(os.environ.get("BENCH_SECONDS", 3)))
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--codes", type=int, default=60_000)
    return parser.parse_args()


def start(server_class, directory, algorithm):
    pathlib.Path(directory).mkdir()
    server = server_class(directory, JWT_SIGNING_ALGORITHM=algorithm, JWT_SECRET=secrets.token_urlsafe(32),
                          SERVER_LOOPS="1", DEVICE_POLL_INTERVAL="1s", DEVICE_CODE_EXPIRATION="2h")
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


def prepare_codes(server, count, path):
    """Pipelines requests over one connection; the replies are only searched."""
    body = urllib.parse.urlencode({"client_id": server.client_id, "scope": "openid"})
    request = (f"POST /oauth/device/code HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
               f"Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}").encode()
    found, batch = [], 50
    with socket.create_connection(("127.0.0.1", server.port)) as s:
        while len(found) < count:
            s.sendall(request * batch)
            text = b""
            while len(codes := re.findall(rb'"device_code":"([^"]+)"', text)) < batch:
                chunk = s.recv(1 << 20)
                if not chunk:
                    raise SystemExit("bench: the server refused to make device codes")
                text += chunk
            found += [code.decode() for code in codes]
    path.write_text("\n".join(found) + "\n")


def measure(server, row, arguments):
    environment = {**os.environ, "BENCH_STATUS": "200", **row["environment"]}
    before = cpu_seconds(server)
    output = subprocess.run(
        ["taskset", "-c", "1", "wrk", "-t1", f"-c{arguments.connections}", f"-d{arguments.seconds}s",
         "-s", str(HERE / "request.lua"), server.url],
        env=environment, check=True, capture_output=True, text=True).stdout
    result = json.loads(re.search(r"^RESULT (.*)$", output, re.M).group(1))
    if result["wrong"] or result["errors"]:
        raise SystemExit(f"bench: {row['name']}: wrong replies: {result}")
    result["rate"] = result["requests"] / (result["us"] / 1e6)
    result["cpu_us"] = (cpu_seconds(server) - before) * 1e6 / max(result["requests"], 1)
    return result


def rows_of(es256, hs256, codes):
    import wire

    def machine(server):
        client = server.database.add_client("bench", secret="bench", auth_method="client_secret_basic")
        return {"BENCH_PATH": "/oauth/token", "BENCH_BODY": "grant_type=client_credentials",
                "BENCH_AUTHORIZATION": wire.basic(client, "bench")[1]}

    public = urllib.parse.urlencode({"client_id": es256.client_id})
    return [
        {"name": "livez", "server": es256, "environment": {"BENCH_PATH": "/livez"}},
        {"name": "discovery", "server": es256, "environment": {"BENCH_PATH": "/.well-known/openid-configuration"}},
        {"name": "device code", "server": es256,
         "environment": {"BENCH_PATH": "/oauth/device/code", "BENCH_BODY": public}},
        {"name": "device poll", "server": es256, "environment": {
            "BENCH_PATH": "/oauth/token", "BENCH_STATUS": "400", "BENCH_CODES": str(codes),
            "BENCH_BODY": public + "&" + urllib.parse.urlencode({"grant_type": DEVICE_GRANT, "device_code": ""})}},
        {"name": "client_credentials ES256", "server": es256, "environment": machine(es256)},
        {"name": "client_credentials HS256", "server": hs256, "environment": machine(hs256)},
    ]


def summarise(rows, results):
    table = []
    for row in rows:
        mine = results[row["name"]]
        ratios = [one["rate"] / base["rate"] for one, base in zip(mine, results["livez"])]
        rates = [one["rate"] for one in mine]
        table.append({
            "name": row["name"], "rate": statistics.median(rates),
            "spread": (max(rates) - min(rates)) / statistics.median(rates),
            "ratio": statistics.median(ratios), "goal": GOALS.get(row["name"]),
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
    os.environ["AUTHGATE_BINARY"] = os.path.abspath(arguments.binary)
    from running import Server

    with tempfile.TemporaryDirectory(prefix="authgate-bench-") as directory:
        servers = [start(Server, directory + "/" + name, name) for name in ("ES256", "HS256")]
        try:
            idle = memory_mb(servers[0], "VmRSS")
            codes = pathlib.Path(directory, "codes")
            prepare_codes(servers[0], arguments.codes, codes)
            rows = rows_of(*servers, codes)
            results = {row["name"]: [] for row in rows}
            for _ in range(arguments.rounds):
                for row in rows:
                    results[row["name"]].append(measure(row["server"], row, arguments))
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
