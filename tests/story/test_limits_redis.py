"""Limits that several nodes share through Redis, and a Redis that is slow, gone or somebody else.
Ids in docstrings are rows of the catalogue of attacks."""

import contextlib
import itertools
import json
import pathlib
import re
import socket
import subprocess
import threading
import time

import pytest

from admin import AdminClient
from browser import Browser
from device import Device
from load import Load
from redis import Redis, new_password
from running import BINARY, Server, free_port
from sanitizer import patience
from waiting import until
from wire import Client

GONE, BACK = '"Redis does not answer"', '"Redis answers"'
NOT_READY = "limits cannot be counted: Redis does not answer"
ALONE = {"RATE_LIMIT_REDIS_DOWN": "memory"}
DEVICE_CODE_LIMIT = 10


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    with Redis(tmp_path_factory.mktemp("redis"), new_password()) as running:
        yield running


@contextlib.contextmanager
def counting(directory, redis, **changes):
    """A server that counts in Redis, and has reached it."""
    directory.mkdir()
    before = connections(redis)
    with Server(directory, **redis.environment(**changes)) as server:
        until(lambda: connections(redis) > before)
        yield server


def connections(redis):
    """How many stand, and have tried the script."""
    return redis.ask("CLIENT", "LIST").count("cmd=evalsha")


def complete(redis, servers):
    """True if each thread of theirs that may count has its connection, and nobody else has one."""
    comms = [task.read_text().strip() for server in servers
             for task in pathlib.Path(f"/proc/{server.process.pid}/task").glob("*/comm")]
    return connections(redis) == sum(map(comms.count, ("worker", "hasher", "caller")))


def client_ids(redis):
    return set(re.findall(r"\bid=(\d+).*cmd=evalsha", redis.ask("CLIENT", "LIST")))


def ask(server, address, target="/oauth/device/code", fields=()):
    with Client(server.port) as client:
        started = time.monotonic()
        response = client.post(target, dict(fields), [("X-Forwarded-For", address)])
        response.took_s = time.monotonic() - started
        return response


def let_through(address, *servers, tries=3 * DEVICE_CODE_LIMIT):
    """How many of the tries, in turn, are not refused."""
    replies = [ask(servers[i % len(servers)], address) for i in range(tries)]
    assert {reply.status for reply in replies} <= {400, 429}
    return sum(reply.status == 400 for reply in replies)


@pytest.fixture(scope="module")
def nodes(tmp_path_factory, redis):
    place = tmp_path_factory.mktemp("nodes")
    with counting(place / "one", redis) as one:
        with counting(place / "two", redis,
                      SESSION_SECRET=one.environment["SESSION_SECRET"]) as two:
            yield one, two


# ---- together -----------------------------------------------------------------------------------


def test_nodes_count_together(nodes):
    """G8"""
    assert let_through("192.0.2.1", *nodes) == DEVICE_CODE_LIMIT
    assert all(ask(node, "192.0.2.2").status == 400 for node in nodes)


def test_who_is_refused_is_told_when_to_come_back(nodes):
    """G4: one every six seconds, and then it is let through."""
    assert let_through("192.0.2.3", *nodes) == DEVICE_CODE_LIMIT
    refused = ask(nodes[0], "192.0.2.3")
    wait_s = int(refused.header("retry-after"))
    assert refused.status == 429 and 1 <= wait_s <= 6
    time.sleep(wait_s)
    assert ask(nodes[1], "192.0.2.3").status == 400


def test_an_installation_of_its_own_counts_for_itself(tmp_path, redis, nodes):
    """Another secret, other buckets: nobody fills those of a neighbour in the same Redis."""
    with counting(tmp_path / "other", redis) as other:
        assert let_through("192.0.2.4", nodes[0]) == DEVICE_CODE_LIMIT
        assert let_through("192.0.2.4", other) == DEVICE_CODE_LIMIT


def test_redis_learns_nobodys_address_and_forgets_in_time(nodes, redis):
    for target in ("/oauth/device/code", "/oauth/token", "/login"):
        ask(nodes[0], "192.0.2.5", target, {"username": "somebody", "client_id": "a-client"})
    keys = redis.keys()
    assert keys and all(key.startswith("authgate:limit:") and len(key) == 15 + 32 for key in keys)
    for key in keys:
        assert 0 < redis.ask("PTTL", key) <= 60_000
        assert redis.ask("GET", key).isdigit()


def test_a_poll_counts_for_all_nodes(tmp_path, redis):
    """C1: the second poll comes too early, wherever it is sent."""
    with counting(tmp_path / "one", redis) as one:
        shared = {name: one.environment[name] for name in
                  ("SESSION_SECRET", "DATABASE_DRIVER", "DATABASE_DSN", "BASE_URL")}
        with counting(tmp_path / "two", redis, **shared) as two, Device(one) as device:
            assert device.poll().error == "authorization_pending"
            with two.client() as elsewhere:
                assert device.poll(elsewhere).error == "slow_down"


def test_connections_that_redis_closes_are_no_outage(nodes, redis):
    """As it does with idle ones, if told so."""
    for _ in range(3):
        until(lambda: complete(redis, nodes))
        closed = client_ids(redis)
        redis.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        until(lambda: not closed & client_ids(redis))
        assert ask(nodes[0], "192.0.2.6").status == ask(nodes[1], "192.0.2.6").status == 400
    until(lambda: complete(redis, nodes))
    assert GONE not in nodes[0].log + nodes[1].log
    assert let_through("192.0.2.7", *nodes) == DEVICE_CODE_LIMIT


def test_a_forgotten_script_is_loaded_again(nodes, redis):
    redis.ask("SCRIPT", "FLUSH")
    for node in nodes:
        until(lambda: ask(node, "192.0.2.8").status != 503)
        until(lambda: node.log.count(BACK) == node.log.count(GONE))
    assert let_through("192.0.2.31", *nodes) == DEVICE_CODE_LIMIT


# ---- not at all ---------------------------------------------------------------------------------


def assert_refused(server):
    """What has a limit, and nothing else."""
    with server.client() as http:
        for target in ("/oauth/device/code", "/oauth/token", "/oauth/introspect"):
            reply = http.post(target, {"client_id": server.client_id})
            assert reply.status == 503 and reply.header("retry-after") == "1"
            assert reply.error == "temporarily_unavailable"
        assert http.get("/oauth/authorize?client_id=x").status == 503
        for target in ("/livez", "/health", "/.well-known/jwks.json", "/login", "/metrics"):
            assert http.get(target).status == 200
        style = re.search(r'href="(/static/[^"]+)"', http.get("/login").text)[1]
        assert http.get(style).status == 200
        reply = http.get("/readyz")
        assert (reply.status, reply.text.strip()) == (503, NOT_READY)
        assert reply.header("retry-after") == "1"
    with AdminClient(server) as operator:
        assert operator.get("/api/admin/v1/server").status == 200


def assert_well(server, address):
    assert server.is_ready()
    assert server.metric("authgate_redis_up") == 1
    assert let_through(address, server) == DEVICE_CODE_LIMIT
    assert server.log.count(GONE) == server.log.count(BACK) == 1
    assert "request failed" not in server.log


def test_a_dead_redis_is_noticed_by_itself_and_a_living_one_too(tmp_path):
    """Nobody asks; then everybody is refused; then all is well again, within seconds."""
    (tmp_path / "redis").mkdir()
    with Redis(tmp_path / "redis") as redis, \
            counting(tmp_path / "node", redis, METRICS_ENABLED="true") as server:
        redis.kill()
        until(lambda: not server.is_ready())
        assert_refused(server)
        assert server.metric("authgate_redis_up") == 0
        assert server.metric("authgate_rate_limit_decisions_total"
                             '{limit="device_code",decision="unknown"}') == 1
        redis.start()
        assert until(server.is_ready) < patience(3)
        assert_well(server, "192.0.2.40")


def threads_of(server):
    return len(list(pathlib.Path(f"/proc/{server.process.pid}/task").iterdir()))


def test_a_redis_that_stands_still_holds_nobody_up(tmp_path):
    """It takes connections, as the kernel does so for it, and answers none: those who are under
    way are refused when their time is over, everybody else at once, and the loops turn."""
    (tmp_path / "redis").mkdir()
    with Redis(tmp_path / "redis") as redis, \
            counting(tmp_path / "node", redis, METRICS_ENABLED="true",
                     REDIS_TIMEOUT_MS="500") as server:
        until(lambda: complete(redis, [server]) and "listening" in server.log)
        threads = threads_of(server)
        redis.pause()
        with Load(lambda: ask(server, "192.0.2.41"), threads=16) as load, server.client() as http:
            while len(load.results) < 500:
                began = time.monotonic()
                assert http.get("/livez").status == 200
                assert time.monotonic() - began < patience(0.4)
                assert threads_of(server) == threads
        assert not load.errors and {reply.status for reply in load.results} == {503}
        assert sum(reply.took_s > patience(0.4) for reply in load.results) <= 16
        assert_refused(server)
        redis.resume()
        assert until(server.is_ready) < patience(3)
        assert_well(server, "192.0.2.42")


def test_a_server_waits_for_redis_before_it_is_ready(tmp_path):
    (tmp_path / "redis").mkdir()
    (tmp_path / "node").mkdir()
    redis = Redis(tmp_path / "redis")
    server = Server(tmp_path / "node", METRICS_ENABLED="true", **redis.environment()).launch()
    until(server.listens)
    with server.client() as http:
        until(lambda: http.get("/readyz").text.strip() == NOT_READY)
    assert_refused(server)
    with redis:
        with server:
            assert_well(server, "192.0.2.43")


# ---- alone --------------------------------------------------------------------------------------


class Asker:
    """Asks from an address that has not asked before; returns how long it took."""

    numbers = itertools.count()

    def __init__(self, server):
        self.server = server

    def __call__(self):
        number = next(self.numbers)
        response = ask(self.server, f"198.{number >> 16}.{number >> 8 & 255}.{number & 255}")
        assert response.status == 400, response.text
        return response.took_s


def test_a_redis_that_dies_and_comes_back_is_not_noticed_by_who_asks(tmp_path):
    """The log says each once; in between a node that may do so counts alone, and is ready."""
    (tmp_path / "redis").mkdir()
    with Redis(tmp_path / "redis") as redis, \
            counting(tmp_path / "node", redis, METRICS_ENABLED="true", **ALONE) as server:
        with Load(Asker(server), threads=4) as load:
            redis.kill()
            until(lambda: GONE in server.log)
            assert let_through("192.0.2.10", server) == DEVICE_CODE_LIMIT
            assert redis_is_asked_no_more(server)
            assert server.is_ready() and server.metric("authgate_redis_up") == 0
            redis.start()
            until(lambda: BACK in server.log)
        assert not load.errors
        assert let_through("192.0.2.11", server) == DEVICE_CODE_LIMIT
        assert any(key.startswith("authgate:limit:") for key in redis.keys())
        assert server.log.count(GONE) == server.log.count(BACK) == 1


def redis_is_asked_no_more(server):
    """Nothing waits: the median of many is what it is without Redis."""
    took = sorted(Asker(server)() for _ in range(21))
    return took[10] < 0.05


def test_a_redis_that_stands_still_costs_one_wait(tmp_path):
    """Whoever is under way waits for it; nobody waits after them."""
    (tmp_path / "redis").mkdir()
    with Redis(tmp_path / "redis") as redis, \
            counting(tmp_path / "node", redis, REDIS_TIMEOUT_MS="500", **ALONE) as server:
        redis.pause()
        first = ask(server, "192.0.2.12")
        assert first.status == 400 and 0.4 < first.took_s < 5
        until(lambda: GONE in server.log)
        assert redis_is_asked_no_more(server)
        assert let_through("192.0.2.13", server) == DEVICE_CODE_LIMIT
        redis.resume()
        until(lambda: ask(server, "192.0.2.14") and BACK in server.log)
        assert server.log.count(GONE) == server.log.count(BACK) == 1


def test_a_server_starts_without_redis(tmp_path):
    address = f"127.0.0.1:{free_port()}"
    with Server(tmp_path, ENABLE_RATE_LIMIT="true", TRUSTED_PROXIES="127.0.0.1/32",
                RATE_LIMIT_STORE="redis", REDIS_ADDR=address, **ALONE) as server:
        assert let_through("192.0.2.15", server) == DEVICE_CODE_LIMIT
        until(lambda: GONE in server.log)
        assert "Connection refused" in server.log


@pytest.mark.parametrize("password", ["the wrong password", ""])
def test_a_wrong_password_is_told_and_not_logged(tmp_path, redis, password):
    server = Server(tmp_path, **redis.environment(REDIS_PASSWORD=password, **ALONE))
    for _ in range(5):  # only the first trouble is told, which on a busy machine may be the time
        with server:
            assert let_through("192.0.2.16", server) == DEVICE_CODE_LIMIT
            until(lambda: GONE in server.log)
        if "AUTH" in server.log:
            break
        server.log_path.unlink()
    else:
        pytest.fail(server.log)
    assert redis.password not in server.log and (not password or password not in server.log)


def test_the_password_may_be_in_a_file(tmp_path, redis):
    path = tmp_path / "password"
    path.write_text(redis.password + "\n")
    path.chmod(0o600)
    with counting(tmp_path / "node", redis, REDIS_PASSWORD="",
                  REDIS_PASSWORD_FILE=str(path)) as server:
        before = set(redis.keys())
        ask(server, "192.0.2.17")
        assert set(redis.keys()) - before
        assert GONE not in server.log and redis.password not in server.log


def test_a_redis_that_takes_no_more_is_an_outage(tmp_path):
    """Out of memory: the answer is an error, and the node counts alone."""
    (tmp_path / "redis").mkdir()
    with Redis(tmp_path / "redis") as redis, \
            counting(tmp_path / "node", redis, **ALONE) as server:
        redis.ask("CONFIG", "SET", "maxmemory", "1")
        assert let_through("192.0.2.18", server) == DEVICE_CODE_LIMIT
        assert server.log.count(GONE) == 1 and "OOM" in server.log
        redis.ask("CONFIG", "SET", "maxmemory", "0")
        until(lambda: ask(server, "192.0.2.19") and BACK in server.log)


@pytest.mark.parametrize("changes,result", [
    ({}, "ok"),
    ({"REDIS_PASSWORD": "one that is wrong"}, "fail"),
    ({"REDIS_PASSWORD": "one that is wrong", **ALONE}, "warn")])
def test_the_doctor_tries_redis(nodes, redis, changes, result):
    environment = {**nodes[0].environment, **changes}
    done = subprocess.run([BINARY, "doctor", "--json"], cwd=nodes[0].directory, env=environment,
                          capture_output=True, text=True, check=False, timeout=patience(60))
    (line,) = [line for line in json.loads(done.stdout)["checks"] if line["check"] == "redis"]
    assert line["result"] == result
    assert redis.password not in done.stdout and "one that is wrong" not in done.stdout


class Impostor:
    """Says the same to everybody who connects, whatever they say."""

    def __init__(self, say, once_a_command=True, pause_s=0, first=()):
        self.say, self.once_a_command, self.pause_s = say, once_a_command, pause_s
        self.first, self.asked = first, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self._accept, daemon=True)]
        self.threads[0].start()

    def _accept(self):
        while not self.stop.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self.threads.append(thread)
            thread.start()

    def _serve(self, connection):
        with connection, contextlib.suppress(OSError):
            connection.settimeout(patience(5))
            replies = itertools.chain(self.first, itertools.repeat(self.say))
            while not self.stop.is_set() and (not self.once_a_command or connection.recv(65536)):
                self.asked += 1
                connection.sendall(next(replies))
                time.sleep(self.pause_s)
                if not self.say:
                    return

    def close(self):
        self.stop.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for thread in self.threads:
            thread.join(10)


IMPOSTORS = {
    "http": (b"HTTP/1.1 400 Bad Request\r\n\r\n",),
    "closes": (b"",),
    "rubbish": (bytes(range(256)) * 16,),
    "says OK to all": (b"+OK\r\n",),
    "a number to all": (b":0\r\n",),
    "promises a gigabyte": (b"$1073741824\r\n" + b"x" * 1000,),
    "promises a billion": (b"*1000000000\r\n:0\r\n",),
    "nests": (b"*1\r\n" * 50 + b":0\r\n",),
    "endless": (b"x" * 65536, False),
    "trickles": (b"+", False, 0.01),
    "quotes what it was sent": (b"-ERR unknown AUTH 'the secret word'\x1b[2J\r\n",),
    "a sha that is none": (b"$40\r\n" + b"\x00" * 40 + b"\r\n",),
}


@pytest.mark.parametrize("kind", IMPOSTORS)
def test_who_is_no_redis_is_not_believed(tmp_path, kind):
    """Every request is answered in time, by the limits of the node."""
    impostor = Impostor(*IMPOSTORS[kind])
    try:
        with Server(tmp_path, ENABLE_RATE_LIMIT="true", TRUSTED_PROXIES="127.0.0.1/32",
                    RATE_LIMIT_STORE="redis", REDIS_ADDR=f"127.0.0.1:{impostor.port}",
                    REDIS_PASSWORD="the secret word", **ALONE) as server:
            until(lambda: GONE in server.log)
            assert let_through("192.0.2.20", server) == DEVICE_CODE_LIMIT
            assert max(Asker(server)() for _ in range(10)) < 1
            assert BACK not in server.log
            assert "secret word" not in server.log and "\x1b" not in server.log
            with Browser(server) as browser:
                assert browser.sign_in().status == 303
    finally:
        impostor.close()


def test_who_plays_redis_perfectly_cannot_make_numbers_up(tmp_path):
    """It gets through the introduction, and answers every question with the largest number."""
    impostor = Impostor(b":9223372036854775807\r\n",
                        first=[b"+OK\r\n", b"$40\r\n%s\r\n" % (b"a" * 40), b":0\r\n"])
    try:
        with Server(tmp_path, ENABLE_RATE_LIMIT="true", TRUSTED_PROXIES="127.0.0.1/32",
                    RATE_LIMIT_STORE="redis", REDIS_ADDR=f"127.0.0.1:{impostor.port}",
                    REDIS_PASSWORD="the secret word", **ALONE) as server:
            until(lambda: impostor.asked > 3)
            assert let_through("192.0.2.20", server) == DEVICE_CODE_LIMIT
            assert impostor.asked > 10
    finally:
        impostor.close()
