"""A PostgreSQL that goes away under load: crashes, stands still, becomes read-only."""

import collections
import concurrent.futures
import contextlib
import os
import pathlib
import signal
import subprocess
import threading
import time

import pytest

from load import Load
from running import Server
from wire import basic

SCRIPT = pathlib.Path(__file__).resolve().parents[1] / "support" / "postgres.sh"
CRASHES = int(os.environ.get("CRASHES", "5"))

pytestmark = pytest.mark.skipif(
    os.environ.get("TEST_DATABASE") != "postgres", reason="make story-postgres")


@pytest.fixture
def machine(server):
    """The Authorization header of a client that gets tokens for itself."""
    return basic(server.database.add_client("machine", secret="s"), "s")


class Asker:
    """Asks for a token on a connection of its thread; returns (when, status, token id)."""

    def __init__(self, server, authorization):
        self.server, self.authorization, self.mine = server, authorization, threading.local()

    def __call__(self):
        if not hasattr(self.mine, "http"):
            self.mine.http = self.server.client()
        response = self.mine.http.post(
            "/oauth/token", {"grant_type": "client_credentials"}, [self.authorization])
        if response.status == 503:
            assert response.header("retry-after")
            time.sleep(0.02)
        else:
            assert response.status == 200, response.text
        return time.monotonic(), response.status


def statuses(load):
    return collections.Counter(status for _, status in load.results)


def wait_for_an_answer(load, server, seconds=20):
    """Until a token has been given that was asked for later than now; how long that took."""
    began = time.monotonic()
    while not any(status == 200 and when > began for when, status in load.results[-50:]):
        assert not load.errors, load.errors[0]
        assert time.monotonic() - began < seconds, server.log[-2000:]
        time.sleep(0.01)
    return time.monotonic() - began


def test_ended_connections_cost_only_503s(server, machine):
    with Load(Asker(server, machine), threads=8) as load:
        for _ in range(5):
            wait_for_an_answer(load, server)
            assert server.database.end_connections() > 0
        wait_for_an_answer(load, server)
    assert not load.errors
    assert set(statuses(load)) <= {200, 503}
    assert Asker(server, machine)()[1] == 200
    assert server.process.poll() is None


@pytest.fixture
def cluster(tmp_path):
    """A PostgreSQL that may be stopped."""
    place = f"/tmp/authgate-crash-{os.getpid()}"
    dsn = subprocess.run([SCRIPT, "start", place], check=True, capture_output=True,
                         text=True).stdout.strip()
    try:
        yield place, dsn
    finally:
        subprocess.run([SCRIPT, "stop", place], check=True)


def end(place):
    with open(f"{place}/data/postmaster.pid", encoding="ascii") as file:
        os.kill(int(file.readline()), signal.SIGQUIT)  # "immediate"


def test_nothing_that_was_told_is_lost_when_the_database_crashes(cluster, tmp_path):
    place, dsn = cluster
    with Server(tmp_path, DATABASE_DRIVER="postgres", DATABASE_DSN=dsn) as server:
        machine = basic(server.database.add_client("machine", secret="s"), "s")
        recoveries = []
        with Load(Asker(server, machine), threads=8) as load:
            for _ in range(CRASHES):
                time.sleep(0.4)
                subprocess.run([SCRIPT, "crash", place], check=True, stdout=subprocess.DEVNULL)
                recoveries.append(wait_for_an_answer(load, server))
        assert not load.errors
        given = statuses(load)
        assert set(given) <= {200, 503} and given[200] > 0
        stored = server.database.count("access_tokens")
        # A token whose COMMIT got no answer may be stored; a token that was given must be.
        assert given[200] <= stored <= given[200] + given[503]
        assert max(recoveries) < 5, recoveries
        with server.client() as http:
            assert http.get("/readyz").status == 200


def test_livez_answers_and_readyz_says_why_while_the_database_is_away(cluster, tmp_path):
    place, dsn = cluster
    with Server(tmp_path, DATABASE_DRIVER="postgres", DATABASE_DSN=dsn) as server:
        while "listening" not in server.log:
            time.sleep(0.01)
        end(place)
        with server.client() as http:
            deadline = time.monotonic() + 10
            while (ready := http.get("/readyz")).status == 200:
                assert time.monotonic() < deadline
            assert ready.status == 503 and "database" in ready.text
            assert http.get("/livez").status == 200
            began = time.monotonic()
            assert http.get("/device").status in (303, 503)
            assert time.monotonic() - began < 1


def test_a_database_that_became_read_only_is_not_ready_until_it_is_no_more(cluster, tmp_path):
    """M4, M6: what a primary is after it was made a standby."""
    _, dsn = cluster
    with Server(tmp_path, DATABASE_DRIVER="postgres", DATABASE_DSN=dsn) as server:
        ask = Asker(server, basic(server.database.add_client("machine", secret="s"), "s"))
        with contextlib.closing(server.database.open()) as admin, server.client() as http:
            admin.autocommit = True
            run = admin.cursor().execute
            run("ALTER SYSTEM SET default_transaction_read_only = on")
            run("SELECT pg_reload_conf()")
            deadline = time.monotonic() + 10
            while ask()[1] == 200:
                assert time.monotonic() < deadline
            ready = http.get("/readyz")
            assert ready.status == 503 and "read-only" in ready.text
            run("ALTER SYSTEM RESET default_transaction_read_only")
            run("SELECT pg_reload_conf()")
            server.wait()
            assert ask()[1] == 200


def test_a_start_waits_for_a_database_that_comes(cluster, tmp_path):
    place, dsn = cluster
    end(place)
    server = Server(tmp_path, DATABASE_DRIVER="postgres", DATABASE_DSN=dsn, DB_INIT_TIMEOUT="20s")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        pool.submit(lambda: (time.sleep(1), subprocess.run(
            [SCRIPT, "crash", place], check=True, stdout=subprocess.DEVNULL)))
        with server:
            with server.client() as http:
                assert http.get("/readyz").status == 200


def test_a_refused_connection_stops_the_start_at_once(server, tmp_path):
    dsn = os.environ["TEST_POSTGRES"] + " dbname=nowhere password=hunter2"
    one = Server(tmp_path, DATABASE_DRIVER="postgres", DATABASE_DSN=dsn)
    began = time.monotonic()
    one.launch()
    assert one.ended() != 0
    assert time.monotonic() - began < 5
    assert "nowhere" in one.log and "hunter2" not in one.log
