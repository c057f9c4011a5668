"""Connections to PostgreSQL: how many there are, and for how long."""

import os
import time

import pytest

from load import Load
from running import Server
from waiting import until
from wire import basic

pytestmark = pytest.mark.skipif(
    os.environ.get("TEST_DATABASE") != "postgres", reason="make story-postgres")
FIXED = 2  # the writer's and housekeeping's


def connections(server):
    """The process ids of their other ends."""
    return {pid for (pid,) in server.database.rows(
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'authgate' "
        "AND datname = current_database()")}


def load_of(server, threads=8):
    server.published_keys()
    authorization = basic(server.database.add_client("machine", secret="s"), "s")

    def ask():
        with server.client() as http:
            reply = http.post("/oauth/token", {"grant_type": "client_credentials"}, [authorization])
            assert reply.status == 200, reply.text
    return Load(ask, threads)


def test_there_are_never_more_than_may_be(tmp_path):
    with Server(tmp_path, DB_MAX_OPEN_CONNS="4") as server, load_of(server) as load:
        for _ in range(20):
            assert len(connections(server)) <= 4
            time.sleep(0.05)
    assert load.results and not load.errors


def test_old_ones_are_replaced_and_nobody_notices(tmp_path):
    with Server(tmp_path, DB_CONN_MAX_LIFETIME="1s") as server, load_of(server) as load:
        first = connections(server)
        until(lambda: not first & connections(server))
    assert load.results and not load.errors, load.errors[:1]


def test_idle_ones_are_closed_until_they_are_needed(tmp_path):
    with Server(tmp_path, DB_CONN_MAX_IDLE_TIME="1s") as server:
        assert len(connections(server)) > FIXED
        until(lambda: len(connections(server)) == FIXED)
        with load_of(server) as load:
            until(lambda: len(connections(server)) > FIXED)
        assert not load.errors, load.errors[:1]


def test_no_more_stay_idle_than_may(tmp_path):
    with Server(tmp_path, DB_MAX_IDLE_CONNS="4") as server:
        until(lambda: len(connections(server)) == 4)
        with load_of(server) as load:
            until(lambda: len(connections(server)) > 4)
        assert not load.errors, load.errors[:1]
        until(lambda: len(connections(server)) == 4)
