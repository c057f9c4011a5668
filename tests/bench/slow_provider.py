#!/usr/bin/python3
"""200 people sign in at once with a provider that takes ten seconds for each: what is left of the rate at
which others get tokens, and what it takes of threads, queue and memory.

    AUTHGATE_BINARY=build/release/authgate tests/bench/slow_provider.py [--postgres] [ROUNDS]

The server has processor 0, the load processor 1; a round measures without them, with them, with them and
without them, so that a machine that slows down harms both alike."""

import json
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter

from setups import Measured, Setup
from workload import Workload

HERE = pathlib.Path(__file__).resolve().parent
PEOPLE, PROVIDER_S, MEASURE_S = 200, 10, 4

sys.path.insert(0, str(HERE.parent / "support"))
import upstream as up  # noqa: E402
from bench import environment_of  # noqa: E402
from browser import Browser  # noqa: E402


def gitea():
    upstream = up.Upstream()
    upstream.override = {"id_token": None}
    upstream.answers = {"/api/v1/user": (200, {"id": 7, "login": "somebody"}),
                        "/api/v1/user/emails": (200, [])}
    return upstream


def rate(server, row, directory):
    """Tokens a second, and microseconds of the server's processor for each: what other programs do moves
    the first and leaves the second alone."""
    before = server.cpu_s()
    output = subprocess.run(
        ["taskset", "-c", "1", "wrk", "-t1", "-c64", f"-d{MEASURE_S}s", "-s", str(HERE / "request.lua"),
         server.url], env=environment_of(row, directory, 0, 1), check=True, stdout=subprocess.PIPE,
        text=True).stdout
    result = json.loads(re.search(r"^RESULT (.*)$", output, re.M).group(1))
    assert not result["wrong"] and not result["errors"], result
    return result["requests"] / (result["us"] / 1e6), (server.cpu_s() - before) * 1e6 / result["requests"]


def people(server, upstream):
    """All that they need to come back from the provider at the same moment."""
    ready = []
    for _ in range(PEOPLE):
        browser = Browser(server)
        away = up.begin(browser, "gitea")
        assert away.status == 303, (away.status, away.text)
        ready.append((browser, up.local(browser, upstream.consent(away.location, iss=None))))
        browser.http.close()
    return ready


def come_back(crowd, seen):
    def one(browser, address):
        browser.http = browser.server.client()
        page = browser.get(address)
        seen.append((page.status, (page.location or "").partition("problem=")[2]))
        browser.http.close()
    threads = [threading.Thread(target=one, args=each) for each in crowd]
    for thread in threads:
        thread.start()
    return threads


def threads_of(server):
    return len(list(pathlib.Path(f"/proc/{server.process.pid}/task").iterdir()))


def main():
    postgres = "--postgres" in sys.argv
    rounds = int(next((a for a in sys.argv[1:] if a.isdigit()), 3))
    upstream, seen, quiet, busy, memory = gitea(), [], [], [], []
    setup = Setup("slow provider", {}, database="postgres" if postgres else "sqlite", environment={
        "GITEA_OAUTH_ENABLED": "true", "GITEA_URL": upstream.url, "GITEA_CLIENT_ID": "c",
        "GITEA_CLIENT_SECRET": "s", "OAUTH_TIMEOUT": "30s"})
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        server = Measured(setup, directory / "server").prepare()
        (row,) = Workload(server, 1, 1, 1).rows(["client_credentials"])
        rate(server, row, directory)
        before = threads_of(server)
        for _ in range(rounds):
            upstream.delay_s = 0
            crowd = people(server, upstream)
            upstream.delay_s = PROVIDER_S
            quiet.append(rate(server, row, directory))
            crowded = come_back(crowd, seen)
            time.sleep(0.5)
            busy.append(rate(server, row, directory))
            depth = server.metric('authgate_queue_depth{queue="caller"}')
            memory.append(server.memory_mb("VmRSS"))
            print(f"  queue {depth:.0f}, threads {threads_of(server)} (before: {before}), "
                  f"memory {memory[-1]:.1f} MB", flush=True)
            busy.append(rate(server, row, directory))
            for thread in crowded:
                thread.join()
            time.sleep(PROVIDER_S)
            quiet.append(rate(server, row, directory))
        peak = server.memory_mb("VmHWM")
        server.stop()
    upstream.close()
    for i, what in enumerate(("tokens/s", "processor us per token")):
        ratios = [b[i] / q[i] for b, q in zip(busy, quiet)]
        print(f"{what}: {statistics.median(q[i] for q in quiet):.0f} alone, "
              f"{statistics.median(b[i] for b in busy):.0f} beside {PEOPLE} people; "
              f"ratio {statistics.median(ratios):.3f} ({min(ratios):.2f} to {max(ratios):.2f})")
    print(f"memory: {max(memory):.1f} MB, peak {peak:.1f}; answers: "
          + ", ".join(f"{n} x {status} {why}" for (status, why), n in Counter(seen).most_common()))


main()
