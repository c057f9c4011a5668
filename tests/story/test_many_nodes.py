"""Several servers on one PostgreSQL."""

import contextlib
import os
import re
import signal

import pytest

from admin import ByRequest
from browser import Browser
from cluster import NODES
from database import Postgres, now_ms
from device import Device
from race import at_once
from running import Server
from waiting import until
from wire import basic

pytestmark = pytest.mark.skipif(
    os.environ.get("TEST_DATABASE") != "postgres", reason="make story-postgres")


def node(server, directory):
    """One more server on the database of another."""
    directory.mkdir()
    shared = {name: server.environment[name] for name in
              ("SESSION_SECRET", "DATABASE_DRIVER", "DATABASE_DSN", "BASE_URL")}
    return Server(directory, **shared)


@pytest.fixture(scope="module")
def other(server, tmp_path_factory):
    with node(server, tmp_path_factory.mktemp("other") / "node") as running:
        yield running


@pytest.fixture
def machine(server):
    """The Authorization header of a client that gets tokens for itself."""
    return basic(server.database.add_client("machine", secret="s"), "s")


def test_ten_nodes_that_start_at_once_migrate_once(server, tmp_path):
    dsn = Postgres.create()
    nodes = []
    for i in range(10):
        (tmp_path / str(i)).mkdir()
        nodes.append(Server(tmp_path / str(i), DATABASE_DRIVER="postgres", DATABASE_DSN=dsn,
                            DB_MAX_OPEN_CONNS="4",
                            SESSION_SECRET=server.environment["SESSION_SECRET"]))
    with contextlib.ExitStack() as stack:
        for one in nodes:
            stack.callback(one.stop)
            one.launch()
        for one in nodes:
            one.wait()
        database = nodes[0].database
        assert database.count("users") == 1
        applied = [int(n) for one in nodes for n in re.findall(r'msg="?migrated"? applied=(\d+)', one.log)]
        assert sum(applied) == database.count("schema_migrations")
        assert database.value(
            "SELECT max(n) FROM (SELECT count(*) AS n FROM signing_keys "
            "WHERE state = 'active' GROUP BY alg) AS counts") == 1


def test_a_code_approved_on_one_node_is_redeemed_once_on_both(server, other, tmp_path):
    for _ in range(3):
        with Device(server) as device:
            with Browser(other) as browser:
                browser.sign_in()
                browser.approve(device.user_code)
            replies = at_once(
                server, lambda http, i: device.poll(http if i % 2 else other.client()), 32)
        given = [reply for reply in replies if reply.status == 200]
        assert len(given) == 1
        assert {reply.json()["error"] for reply in replies if reply.status == 400} <= \
            {"invalid_grant", "slow_down"}
        assert server.database.value(
            "SELECT count(*) FROM families WHERE created_ms > ?", now_ms() - 1) <= 1


@pytest.mark.nodes
@pytest.mark.skipif(NODES < 2, reason="make story-nodes")
def test_every_node_behind_the_proxy_has_its_share(server, machine):
    with server.client() as http:
        for _ in range(6 * NODES):
            assert http.post("/oauth/token", {"grant_type": "client_credentials"}, [machine]).status == 200
    assert all(node.log.count("/oauth/token") > 3 for node in server.nodes)


def published(server):
    with server.client() as http:
        return {key["kid"] for key in http.get("/.well-known/jwks.json").json()["keys"]}


def test_a_new_key_is_published_by_all_nodes(server, other):
    """By NOTIFY, within a second on a quiet machine; without it the look every ten seconds would do it."""
    server.published_keys()
    until(lambda: published(server) == published(other), 5)
    known = published(server)
    ByRequest(other)("key", "rotate", "ES256")
    until(lambda: len(published(other) - known) == 1, 5)
    until(lambda: published(server) == published(other), 5)


def test_a_client_edit_and_a_revocation_count_on_both_nodes(server, other, tmp_path):
    client_id = server.database.add_client("edited", secret="s")
    with server.client() as here, other.client() as there:
        def ask(http, **fields):
            return http.post("/oauth/token", {"grant_type": "client_credentials", **fields},
                             [basic(client_id, "s")])
        token = ask(here).json()["access_token"]

        def is_active(http):
            return http.post("/oauth/introspect", {"token": token},
                             [basic(client_id, "s")]).json()["active"]
        assert is_active(there)
        assert there.post("/oauth/revoke", {"token": token}, [basic(client_id, "s")]).status == 200
        assert not is_active(here)
        ByRequest(other)("client", "disable", client_id)
        assert ask(here).status == 401


KEEPS, KEEPS_NOT = "this node is the leader", "another node is the leader"


@pytest.fixture
def pair(server, tmp_path):
    """Two nodes on a database of their own; the first keeps house."""
    dsn = Postgres.create()
    nodes = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        nodes.append(Server(tmp_path / name, DATABASE_DRIVER="postgres", DATABASE_DSN=dsn,
                            SESSION_SECRET=server.environment["SESSION_SECRET"]))
    with nodes[0] as first:
        until(lambda: KEEPS in first.log, 10)
        with nodes[1] as second:
            yield first, second


def after_beats(node, count):
    """The other looks at the lease at least as often as its holder writes."""
    def beat():
        return node.database.value("SELECT max(beat) FROM leases")
    wanted = beat() + count
    until(lambda: beat() >= wanted)


def test_the_node_that_keeps_house_hands_it_over_when_it_stops(pair):
    first, second = pair
    after_beats(second, 2)
    assert KEEPS not in second.log and second.database.count("leases") == 1
    first.stop()
    until(lambda: KEEPS in second.log, 5)


def test_a_node_that_was_paused_finds_that_another_keeps_house(pair):
    """As one does that is cut off: 15 s are stated, and two never beat at the same time."""
    first, second = pair
    first.process.send_signal(signal.SIGSTOP)
    try:
        took = until(lambda: KEEPS in second.log, 30)
        assert took > 10
    finally:
        first.process.send_signal(signal.SIGCONT)
    until(lambda: KEEPS_NOT in first.log, 10)
    after_beats(second, 2)
    assert first.log.count(KEEPS) == 1 and KEEPS_NOT not in second.log


def test_a_session_and_its_end_count_on_both_nodes(server, other):
    with Browser(server) as browser:
        browser.sign_in()
        with Browser(other) as elsewhere:
            elsewhere.cookies = dict(browser.cookies)
            assert elsewhere.get("/device").status == 200
            server.database.set_disabled("admin")
            try:
                assert elsewhere.get("/device").status == 303
            finally:
                server.database.set_disabled("admin", False)
