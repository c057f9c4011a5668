"""Stops, crashes, restarts and company: what was acknowledged is true afterwards, and
what may happen once happens once.  Ids in docstrings are rows of the catalogue of
attacks."""

import contextlib
import hashlib
import os
import signal
import sqlite3
import threading
import time

import pytest

from browser import Browser
from database import DEVICE_GRANT, now_ms
from device import Device
from load import Load
from running import ADMIN_PASSWORD, Server, free_port
from sanitizer import patience
from trail import assert_intact
from waiting import until
from wire import FORM_TYPE, Client, Closed, Connection, basic, form, request_bytes

WRITER_QUEUE = 'authgate_queue_depth{queue="writer"}'  # behind what the writer is at
MACHINE = {"grant_type": "client_credentials"}
KILLS = int(os.environ.get("AUTHGATE_STORY_KILLS", "12"))


@pytest.fixture
def own(tmp_path):
    """A server that the test may stop and kill."""
    with Server(tmp_path) as server:
        server.machine = server.database.add_client("Machine", secret="s")
        server.published_keys()  # with which a first start has settled
        yield server


def token_request(server, connection="keep-alive"):
    return request_bytes("POST", "/oauth/token",
                         [FORM_TYPE, basic(server.machine, "s"), ("Connection", connection)],
                         form(MACHINE))


def not_stored(database, tokens):
    """Those of the tokens that the database does not know."""
    known = {digest for (digest,) in database.rows("SELECT digest FROM access_tokens")}
    return [t for t in tokens if hashlib.sha256(t.encode()).digest() not in known]


# ---- stopping -----------------------------------------------------------------------------------


def test_a_stop_under_load_drops_no_request(own):
    """M10: on connections that have been served before, every request is answered,
    the last reply says close, and every token is stored."""
    tokens, dropped = [], []

    def worker():
        try:
            connection = Connection(own.port)
            while True:
                connection.send(token_request(own))
                response = connection.read()
                assert response.status == 200
                tokens.append(response.json()["access_token"])
                if response.header("connection") == "close":
                    return connection.close()
        except Exception as error:
            return dropped.append(error)

    threads = [threading.Thread(target=worker) for _ in range(8)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + patience(15)
    while len(tokens) < 50 and not dropped and time.monotonic() < deadline:
        time.sleep(0.01)
    own.terminate()
    for thread in threads:
        thread.join(patience(15))
    assert own.ended() == 0
    assert not dropped, dropped
    assert len(tokens) >= 50
    assert not not_stored(own.database, tokens)
    own.assert_sound()


def test_a_stop_waits_for_passwords_being_hashed(own):
    """M10: more of them than workers, so that some still queue."""
    with Browser(own) as browser:
        fields = {**browser.get("/login").form("/login").fields, "username": "admin",
                  "password": ADMIN_PASSWORD}
        data = request_bytes("POST", "/login", [FORM_TYPE, *browser.headers()], form(fields))
    connections = [Connection(own.port) for _ in range(6)]
    for connection in connections:
        connection.send(data)
    until(lambda: all(connection.is_read() for connection in connections))
    own.terminate()
    assert [c.read().status for c in connections] == [303] * 6
    assert own.ended() == 0
    assert own.database.count("sessions") == 6


def test_idle_and_deaf_connections_do_not_hold_up_a_stop(tmp_path):
    """M10"""
    with Server(tmp_path, SERVER_SHUTDOWN_TIMEOUT="1s") as server:
        crowd = [Connection(server.port) for _ in range(20)]
        crowd[0].send(b"POST /oauth/token HTTP/1.1\r\nHost: a\r\n")
        crowd[1].socket.setblocking(False)
        try:
            while True:
                crowd[1].socket.send(request_bytes("GET", "/login") * 100)
        except BlockingIOError:
            pass
        started = time.monotonic()
        server.terminate()
        assert server.ended() == 0
        assert time.monotonic() - started < patience(8)
        for connection in crowd:
            connection.close()


def test_a_stopping_server_is_not_ready_and_takes_nobody_new(own):
    with Connection(own.port) as kept:
        assert kept.request("GET", "/readyz").status == 200
        own.terminate()
        assert own.ended() == 0
        with pytest.raises(OSError):
            Connection(own.port)


def test_a_stuck_database_holds_up_no_stop(tmp_path):
    """M3, M10: not even while it is being asked how it is."""
    with Server(tmp_path, SERVER_SHUTDOWN_TIMEOUT="1s", METRICS_ENABLED="true",
                DB_STATEMENT_TIMEOUT="1m", DB_LOCK_TIMEOUT="1m") as server:
        server.machine = server.database.add_client("Machine", secret="s")
        server.published_keys()
        with server.database.blocked(), Connection(server.port) as waiting:
            waiting.send(token_request(server))
            until(lambda: server.metric(WRITER_QUEUE) > 0)
            server.terminate()
            assert until(lambda: not server.listens()) < patience(0.9)
            with pytest.raises(Closed):
                waiting.read()
            assert server.ended(timeout=patience(6)) == 0
        server.start()


def test_a_reload_that_comes_too_late_cuts_nobody_off(tmp_path):
    """M10: SIGHUP while the server finishes what is in flight."""
    with Server(tmp_path, SERVER_SHUTDOWN_TIMEOUT="30s", METRICS_ENABLED="true",
                DB_STATEMENT_TIMEOUT="1m", DB_LOCK_TIMEOUT="1m") as server:
        server.machine = server.database.add_client("Machine", secret="s")
        server.published_keys()
        with Connection(server.port) as waiting:
            with server.database.blocked():
                waiting.send(token_request(server))
                until(lambda: server.metric(WRITER_QUEUE) > 0)
                server.terminate()
                until(lambda: not server.listens())
                for _ in range(3):
                    server.process.send_signal(signal.SIGHUP)
            reply = waiting.read()
        assert reply.status == 200 and not not_stored(server.database, [reply.json()["access_token"]])
        assert server.ended() == 0
        server.assert_sound()


# ---- crashing -----------------------------------------------------------------------------------


class Redemptions:
    """Device codes that are approved and polled twice each, and what came of it."""

    def __init__(self, server):
        self.server, self.seen = server, []
        self.admin = server.database.value("SELECT id FROM users")

    def step(self):
        try:
            device = Device(self.server)
        except (OSError, Closed, AssertionError):
            return time.sleep(0.02)
        approve(self.server.database, device.user_code, self.admin)
        device.tokens = []
        self.seen.append(device)
        for _ in range(2):
            try:
                self.poll(device)
            except (OSError, Closed):
                time.sleep(0.02)
        return device.http.close()

    def poll(self, device):
        response = device.poll()
        if response.status == 200:
            device.tokens.append(response.json()["access_token"])
        else:
            assert response.status == 503 or response.error == "invalid_grant", response.text


def approve(database, user_code, user):
    assert database.execute(
        "UPDATE device_codes SET state = 'approved', user_id = ?, auth_ms = ? WHERE user_code = ?",
        user, now_ms(), user_code.replace("-", "")) == 1


def test_a_crash_loses_nothing_that_was_acknowledged(own):
    """M9, R1 in short: kill -9 in a loop under load.  AUTHGATE_STORY_KILLS sets the
    number of kills."""
    tokens, redemptions = [], Redemptions(own)
    client = threading.local()

    def machine():
        try:
            if not hasattr(client, "http"):
                client.http = own.client()
            response = client.http.post("/oauth/token", MACHINE, [basic(own.machine, "s")])
            if response.status == 200:
                tokens.append(response.json()["access_token"])
        except (OSError, Closed):
            time.sleep(0.02)

    with Load(machine, threads=3) as one, Load(redemptions.step, threads=2) as two:
        for round_number in range(KILLS):
            one.go_on(8 + 3 * (round_number % 4))
            own.kill()
            own.start()
    assert not one.errors + two.errors, (one.errors + two.errors)[0]
    database = own.database
    assert database.is_intact()
    assert_intact(own)
    assert len(tokens) > 5 * KILLS and len(redemptions.seen) > KILLS
    with own.client() as http:
        for device in redemptions.seen:
            device.http = http
            redemptions.poll(device)
            assert len(device.tokens) <= 1
            tokens += device.tokens
    assert not not_stored(database, tokens)
    redeemed = database.value("SELECT count(*) FROM device_codes WHERE state = 'redeemed'")
    assert database.value("SELECT count(*) FROM families WHERE kind = 'device'") == redeemed


# ---- restarting ---------------------------------------------------------------------------------


def test_slow_down_outlives_a_restart(own):
    """C1: only when a poll came last is forgotten, not how far apart polls must be."""
    with Device(own) as device:
        own.database.set_device_code(device.user_code, "interval_s", 1)
        assert [device.poll().error for _ in range(2)] == ["authorization_pending", "slow_down"]
        own.restart()
        assert own.database.device_code(device.user_code, "interval_s") == 6
        assert device.poll().error == "authorization_pending"
        time.sleep(1.2)
        assert device.poll().error == "slow_down"


def test_codes_sessions_and_tokens_outlive_a_restart(own):
    with Browser(own) as browser, Device(own) as device, Device(own) as used:
        browser.sign_in()
        review = browser.review(device.user_code)
        form_token = review.form("/device/decide").fields["csrf_token"]
        own.restart()
        assert browser.decide(review, "approve").status == 200
        assert form_token == browser.get("/device").form("/device/verify").fields["csrf_token"]
        browser.approve(used.user_code)
        assert used.poll().status == 200
        own.restart()
        assert device.poll().status == 200
        assert used.poll().error == "invalid_grant"


def test_a_second_start_seeds_nothing(own):
    users, clients = own.database.snapshot()["users"], own.database.snapshot()["clients"]
    (own.directory / "credentials").unlink()
    own.restart()
    after = own.database.snapshot()
    assert (after["users"], after["clients"]) == (users, clients)
    assert not (own.directory / "credentials").exists()


# ---- company ------------------------------------------------------------------------------------


def twin_of(server):
    """Another server on the same database."""
    twin = Server(server.directory, **server.environment)
    twin.environment["ADMIN_SOCKET"] += ".twin"
    twin.port = free_port()
    twin.environment["SERVER_ADDR"] = f"127.0.0.1:{twin.port}"
    twin.environment["ADMIN_SOCKET"] += "2"
    twin.log_path = server.directory / "twin.log"
    return twin


@pytest.mark.parametrize("attempt", range(3))
def test_two_servers_may_start_at_once_on_an_empty_database(tmp_path, attempt):
    """M16: one of them migrates, seeds and makes the keys; both serve with them."""
    one = Server(tmp_path)
    two = twin_of(one)
    one.launch(), two.launch()
    with one, two:
        assert one.database.count("users") == 1
        assert one.database.value("SELECT count(*) FROM clients") == 1
        with one.client() as first, two.client() as second:
            keys = [c.get("/.well-known/jwks.json").json()["keys"] for c in (first, second)]
        assert sorted(map(repr, keys[0])) == sorted(map(repr, keys[1]))
        with Device(two) as device, Browser(one) as browser:
            browser.sign_in()
            browser.approve(device.user_code)
            assert device.poll().status == 200


def test_a_code_is_redeemed_once_by_two_servers(own):
    """C5, R4"""
    admin = own.database.value("SELECT id FROM users")
    with twin_of(own) as twin:
        for _ in range(10):
            with Device(own) as device:
                approve(own.database, device.user_code, admin)
                statuses = []

                def poll(server):
                    with Client(server.port) as client:
                        response = device.poll(client)
                        assert response.status == 200 or response.error == "invalid_grant"
                        statuses.append(response.status)

                threads = [threading.Thread(target=poll, args=(server,))
                           for server in [own, twin] * 4]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                assert sorted(statuses) == [200] + [400] * 7


@pytest.mark.skipif(os.environ.get("TEST_DATABASE", "sqlite") != "sqlite",
                    reason="SQLite has one writer")
def test_each_change_waits_five_seconds_for_a_foreign_writer_and_not_for_the_others(own):
    """Also the one that comes while another waits; and no less, so that it can still succeed."""
    def send():
        connections.append(Connection(own.port, timeout=patience(60)))
        connections[-1].send(token_request(own))
        return time.monotonic()

    connections = []
    with own.database.blocked():
        send()
        time.sleep(1)
        second_sent = send()
        time.sleep(2)
        send()
        late = [connection.read() for connection in connections[:2]]
        assert 4 < time.monotonic() - second_sent < patience(7)
    assert [answer.status for answer in late] == [503, 503]
    assert all(int(answer.header("retry-after")) >= 1 for answer in late)
    assert "Try again" in late[1].text
    assert connections[2].read().status == 200
    for connection in connections:
        connection.close()


@pytest.mark.skipif(os.environ.get("TEST_DATABASE", "sqlite") == "sqlite",
                    reason="SQLite has one writer")
def test_changes_wait_a_few_seconds_for_foreign_locks_however_many_they_are(own):
    """W11 of a locked table: also those that come while others wait."""
    with contextlib.ExitStack() as stack:
        waiting = []
        with own.database.blocked():
            for pause_s in (0, 0, 0, 0, 0, 0, 0.5, 1):
                time.sleep(pause_s)
                waiting.append((time.monotonic(),
                                stack.enter_context(Connection(own.port, timeout=patience(60)))))
                waiting[-1][1].send(token_request(own))
            for sent, connection in waiting:
                answer = connection.read()
                assert answer.status == 503 and int(answer.header("retry-after")) >= 1
                assert time.monotonic() - sent < patience(7)
        again = stack.enter_context(Connection(own.port, timeout=patience(60)))
        again.send(token_request(own))
        assert again.read().status == 200


@pytest.mark.skipif(os.environ.get("TEST_DATABASE", "sqlite") != "sqlite",
                    reason="SQLite has one writer")
def test_a_foreign_writer_delays_writes_and_nothing_else(own):
    """M3: the wait is bounded, the loop is not blocked, and all is well afterwards."""
    blocker = sqlite3.connect(own.database.path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    waiting = Connection(own.port, timeout=patience(60))
    waiting.send(token_request(own))
    with own.client() as http:
        for _ in range(20):
            started = time.monotonic()
            assert http.get("/.well-known/jwks.json").status == 200
            response = http.post("/oauth/token", {"grant_type": DEVICE_GRANT, "device_code": "x",
                                                  "client_id": own.client_id})
            assert response.error == "invalid_grant"
            assert time.monotonic() - started < patience(1)
        started = time.monotonic()
        late = waiting.read()
        assert late.status == 503 and int(late.header("retry-after")) >= 1
        assert time.monotonic() - started < patience(30)
        ready = http.get("/readyz")
        assert ready.status == 503 and "locked" in ready.text and ready.header("retry-after")
        assert http.get("/livez").status == 200
        blocker.execute("ROLLBACK")
        blocker.close()
        own.wait()
        assert http.post("/oauth/token", MACHINE, [basic(own.machine, "s")]).status == 200
    waiting.close()
