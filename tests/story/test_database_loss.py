"""A PostgreSQL that goes away under load: crashes, stands still, becomes read-only."""

import collections
import concurrent.futures
import os
import pathlib
import re
import threading
import time

import pytest

from browser import Browser
from cut import ANSWER, QUESTION, Cut
from database import Postgres
from device import Device
from load import Load
from postgres import Instance
from race import at_once
from running import Server
from sanitizer import patience
from trail import assert_intact
from waiting import until
from wire import basic

CUT_S = int(os.environ.get("CUT_S", "6"))

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
        assert time.monotonic() - began < patience(seconds), server.log[-2000:]
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
    assert_intact(server)


@pytest.fixture
def postgres():
    """A PostgreSQL that may be stopped."""
    with Instance() as instance:
        yield instance


def on(postgres, directory, **settings):
    """A server on it, or on a way to it, with short patience."""
    return Server(directory, **{"DATABASE_DRIVER": "postgres", "DATABASE_DSN": postgres.dsn,
                                "DB_CONNECT_TIMEOUT": "2s", **settings})


def test_livez_answers_and_readyz_says_why_while_the_database_is_away(postgres, tmp_path):
    with on(postgres, tmp_path) as server:
        while "listening" not in server.log:
            time.sleep(0.01)
        postgres.end()
        with server.client() as http:
            deadline = time.monotonic() + patience(10)
            while (ready := http.get("/readyz")).status == 200:
                assert time.monotonic() < deadline
            assert ready.status == 503 and "database" in ready.text
            assert http.get("/livez").status == 200
            began = time.monotonic()
            assert http.get("/device").status in (303, 503)
            assert time.monotonic() - began < patience(1)


def test_a_database_that_became_read_only_is_not_ready_until_it_is_no_more(postgres, tmp_path):
    """M4, M6: what a primary is after it was made a standby."""
    with on(postgres, tmp_path) as server:
        ask = Asker(server, basic(server.database.add_client("machine", secret="s"), "s"))
        server.published_keys()
        with server.client() as http:
            postgres.configure(default_transaction_read_only="on")
            deadline = time.monotonic() + patience(10)
            while ask()[1] == 200:
                assert time.monotonic() < deadline
            ready = http.get("/readyz")
            assert ready.status == 503 and "read-only" in ready.text
            postgres.run("SET default_transaction_read_only = off",
                         "ALTER SYSTEM RESET default_transaction_read_only",
                         "SELECT pg_reload_conf()")
            server.wait()
            assert ask()[1] == 200


def test_once_one_thread_has_found_the_database_no_other_waits(postgres, tmp_path):
    """Each waits longer after every failure, up to two seconds; not when it is known to be back."""
    with on(postgres, tmp_path) as server:
        server.published_keys()

        def looks(count):
            return [reply.status for reply in at_once(
                server, lambda http, i: http.post("/oauth/introspect", {"token": "x"},
                                                  [basic(server.client_id, "s")]), count)]

        assert set(looks(64)) == {401}
        postgres.end()
        deadline = time.monotonic() + 2.5
        while time.monotonic() < deadline:
            looks(32)
        assert set(looks(32)) == {503}
        postgres.crash()
        server.wait()
        assert set(looks(64)) == {401}


def test_a_start_waits_for_a_database_that_comes(postgres, tmp_path):
    postgres.end()
    server = on(postgres, tmp_path, DB_INIT_TIMEOUT="20s")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        pool.submit(lambda: (time.sleep(1), postgres.crash()))
        with server:
            with server.client() as http:
                assert http.get("/readyz").status == 200


# ---- a database that says nothing ---------------------------------------------------------------


def threads_of(server):
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"^Threads:\s+(\d+)", status, re.M).group(1))


def live_through(server, ask, silence):
    """Under load, in silence for CUT_S: /livez is quick, /readyz says why, no thread is added, and
    all is well soon after."""
    with server.client() as http, Load(ask, threads=16) as load:
        wait_for_an_answer(load, server)
        until(lambda: "listening" in server.log)  # no thread is to come
        threads = threads_of(server)
        with silence:
            end, ready = time.monotonic() + CUT_S, None
            while time.monotonic() < end:
                began = time.monotonic()
                assert http.get("/livez").status == 200
                ready = http.get("/readyz")
                assert time.monotonic() - began < patience(1)
                assert threads_of(server) == threads
                time.sleep(0.05)
            assert ready.status == 503 and "database does not answer" in ready.text
        assert wait_for_an_answer(load, server) < patience(10)
    assert not load.errors, load.errors[0]
    assert set(statuses(load)) == {200, 503}
    server.wait()
    assert_intact(server)


def test_a_database_cut_off_by_lost_packets(postgres, tmp_path):
    """M7: nothing comes, and nobody says that the connections are dead."""
    with Cut(postgres) as way, on(way, tmp_path, DB_STATEMENT_TIMEOUT="1s") as server:
        server.published_keys()
        ask = Asker(server, basic(server.database.add_client("machine", secret="s"), "s"))
        live_through(server, ask, way.still())


def test_a_database_that_is_paused(postgres, tmp_path):
    """M7: it takes connections, as the kernel does so for it, and answers none."""
    with on(postgres, tmp_path, DB_STATEMENT_TIMEOUT="1s") as server:
        server.published_keys()
        ask = Asker(server, basic(server.database.add_client("machine", secret="s"), "s"))
        live_through(server, ask, postgres.paused())


def test_a_paused_database_holds_up_no_stop(postgres, tmp_path):
    """M7, M10: however long it may take to answer."""
    with on(postgres, tmp_path, DB_STATEMENT_TIMEOUT="1m", SERVER_SHUTDOWN_TIMEOUT="1s",
            METRICS_ENABLED="true") as server:
        server.published_keys()
        with postgres.paused():
            until(lambda: server.metric("authgate_db_pool_busy_connections") > 0)
            server.terminate()
            assert until(lambda: not server.listens()) < patience(0.9)
            assert server.ended(timeout=patience(6)) == 0
        server.start()


def test_the_connections_of_a_primary_that_vanished_are_given_up_together(postgres, tmp_path):
    """M6: the first host swallows packets from now on.  One request finds out; the others do not
    wait as long again for each of eight workers."""
    with Cut(postgres) as way:
        dsn = f"host=127.0.0.1,{postgres.place} port={way.port},{postgres.settings['port']} " \
            "user=postgres dbname=postgres target_session_attrs=read-write"
        with on(way, tmp_path, DATABASE_DSN=dsn, DB_STATEMENT_TIMEOUT="1s") as server:
            server.published_keys()
            ask = Asker(server, basic(server.database.add_client("machine", secret="s"), "s"))
            assert [ask()[1] for _ in range(20)] == [200] * 20
            with way.still():
                assert [ask()[1] for _ in range(6)].count(503) <= 2


@pytest.mark.parametrize("what", [ANSWER, QUESTION], ids=["answer", "question"])
def test_a_code_is_redeemed_once_though_its_commit_got_no_answer(postgres, tmp_path, what):
    """M5: it may have happened, so it is not tried again by the server; the device may."""
    with Cut(postgres) as way, on(way, tmp_path) as server, Browser(server) as browser:
        server.published_keys()
        browser.sign_in()
        # Looks past the way, which loses what anybody commits.
        database = Postgres(postgres.dsn)
        for i in range(3):
            with Device(server) as device:
                browser.approve(device.user_code)
                with way.losing(what):
                    lost = device.poll()
                    assert lost.status == 503 and lost.header("retry-after")
                wait_until_ready(server)
                happened = database.device_code(device.user_code, "state") == "redeemed"
                # Housekeeping may have lost the writer's connection a moment before.
                assert what == ANSWER or not happened
                again = device.poll()
                assert again.error == "invalid_grant" if happened else again.status == 200
                assert database.value(
                    "SELECT count(*) FROM families WHERE kind = 'device'") == i + 1
        assert_intact(server)


def wait_until_ready(server):
    """By an answer: readiness is what the server last heard."""
    with server.client() as http:
        deadline = time.monotonic() + patience(10)
        while http.post("/oauth/device/code", {"client_id": server.client_id}).status != 200:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_commit_that_no_standby_has_is_not_acknowledged(postgres, tmp_path):
    """M6: with statement_timeout, PostgreSQL gives up the wait and says COMMIT with a warning."""
    with on(postgres, tmp_path, DB_STATEMENT_TIMEOUT="1s") as server:
        server.published_keys()
        ask = Asker(server, basic(server.database.add_client("machine", secret="s"), "s"))
        assert ask()[1] == 200
        postgres.configure(synchronous_standby_names="nobody")
        until(lambda: ask()[1] == 503, 5)
        assert [ask()[1] for _ in range(2)] == [503, 503]
        postgres.configure(synchronous_standby_names="")
        until(lambda: ask()[1] == 200, 15)


def test_a_refused_connection_stops_the_start_at_once(server, tmp_path):
    dsn = os.environ["TEST_POSTGRES"] + " dbname=nowhere password=hunter2"
    one = Server(tmp_path, DATABASE_DRIVER="postgres", DATABASE_DSN=dsn)
    began = time.monotonic()
    one.launch()
    assert one.ended() != 0
    assert time.monotonic() - began < patience(5)
    assert "nowhere" in one.log and "hunter2" not in one.log
