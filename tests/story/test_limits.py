"""Limits: how much of everything, and what becomes of the others meanwhile.  Ids in docstrings are
rows of the catalogue of attacks."""

import contextlib
import itertools
import pathlib
import threading
import time

import pytest

from admin import ByRequest
from browser import Browser
from load import Load
from race import at_once
from running import ADMIN_PASSWORD, Server
from sanitizer import patience
from waiting import until
from wire import Client, basic


# ---- people who try passwords, and everybody else -----------------------------------------------


def test_signing_in_waits_for_its_turn_and_nobody_else_does(server, database):
    """Passwords are hashed by few threads: what they cannot do in time is refused at once, and
    tokens are issued meanwhile."""
    authorization = basic(database.add_client("machine", secret="s"), "s")
    with Browser(server) as browser:
        form = browser.get("/login").form("/login")
        headers = browser.headers([])
    fields = {**form.fields, "username": "nobody", "password": "wrong password"}

    def token():
        with server.client() as http:
            started = time.monotonic()
            assert http.post("/oauth/token", {"grant_type": "client_credentials"},
                             [authorization]).status == 200
            return time.monotonic() - started

    def slow(http, _):
        reply = http.post("/login", fields, headers)
        return reply.status, reply.header("retry-after")

    with Load(token, threads=1) as tokens:
        replies = at_once(server, slow, 96)
    assert set(replies) == {(401, None), (503, "1")}
    assert not tokens.errors
    tokens.results.sort()
    assert tokens.results[len(tokens.results) // 2] < patience(0.1)


# ---- passwords ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def limited(tmp_path_factory):
    """Limits per name and per client as they are, behind a proxy at 127.0.0.1; only those per
    address are out of the way."""
    with Server(tmp_path_factory.mktemp("limited"), ENABLE_RATE_LIMIT="true",
                TRUSTED_PROXIES="127.0.0.1/32", LOGIN_RATE_LIMIT="1000", CLIENT_RATE_LIMIT="1",
                CLIENT_RATE_LIMIT_BURST="5", USERINFO_RATE_LIMIT="1",
                USERINFO_RATE_LIMIT_BURST="10") as server:
        for name in ("ann", "ben", "cleo", "dora", "emil"):
            server.database.add_user(name)
        yield server


# Of "brought along", as the Go original makes them.
BROUGHT_ALONG = "$2a$10$CCCCCCCCCCCCCCCCCCCCC.rAKQHzR5VNRVESLybYAyP3W.OjhgGIi"


class Somewhere:
    """A browser behind an address."""

    def __init__(self, server, address, cookies=()):
        self.browser, self.address = Browser(server), address
        self.browser.cookies = dict(cookies)

    def sign_in(self, username, password=ADMIN_PASSWORD):
        with contextlib.suppress(KeyError):
            del self.browser.cookies["authgate_session"]
        form = self.browser.get("/login").form("/login")
        return self.browser.submit(form, [("X-Forwarded-For", self.address)],
                                   username=username, password=password)

    def tries(self, username, count=9, password=""):
        """Status after status of wrong passwords; an empty one costs no hash."""
        return [self.sign_in(username, password).status for _ in range(count)]

    @property
    def known(self):
        return {"authgate_known": self.browser.cookies["authgate_known"]}


FIVE = [401] * 5 + [429] * 4


def test_a_name_waits_after_five_wrong_passwords_from_one_place(limited):
    """G4: and only there; the right password waits too, and is told how long."""
    attacker = Somewhere(limited, "192.0.2.1")
    assert attacker.tries("ann", password="wrong password") == FIVE
    page = attacker.sign_in("ann")
    assert page.status == 429 and 1 <= int(page.response.header("retry-after")) <= 30
    assert "try again in" in page.text
    assert attacker.sign_in("ben").status == 303
    assert Somewhere(limited, "192.0.2.2").sign_in("ann").status == 303


def test_names_that_nobody_has_wait_like_others(limited):
    """G1: no oracle."""
    for number, name in enumerate(("nobody", "no one at all", "NOBODY2")):
        assert Somewhere(limited, f"192.0.2.{10 + number}").tries(name) == FIVE


def test_the_ipv6_network_is_the_place(limited):
    """G6"""
    addresses = [f"2001:db8:7:7::{i}" for i in range(9)]
    seen = [Somewhere(limited, a).sign_in("ben", "wrong password").status for a in addresses]
    assert seen == FIVE
    assert Somewhere(limited, "2001:db8:7:8::1").sign_in("ben").status == 303


def test_guesses_at_once_are_no_more_than_one_after_another(limited):
    with Browser(limited) as browser:
        form = browser.get("/login").form("/login")
        headers = browser.headers([("X-Forwarded-For", "192.0.2.20")])
    fields = {**form.fields, "username": "cleo", "password": "wrong password"}
    replies = at_once(limited, lambda http, _: http.post("/login", fields, headers).status, 16)
    assert sorted(replies) == [401] * 5 + [429] * 11


def test_right_passwords_do_not_count(limited):
    here = Somewhere(limited, "192.0.2.30")
    for _ in range(8):
        here.browser.cookies.clear()
        assert here.sign_in("ben").status == 303


def test_strangers_cannot_lock_anybody_out_of_a_browser_that_is_known(limited):
    """G4: from the same address, and from so many that the name itself has to wait."""
    home = Somewhere(limited, "192.0.2.40")
    assert home.sign_in("dora").status == 303
    assert Somewhere(limited, "192.0.2.40").tries("dora") == FIVE
    assert home.sign_in("dora").status == 303
    stranger = Somewhere(limited, "")
    refused = 0
    for i in range(120):
        stranger.address = f"198.51.{i // 250}.{i % 250}"
        refused += stranger.sign_in("dora", "").status == 429
    assert 15 <= refused <= 40
    assert Somewhere(limited, "192.0.2.41").sign_in("dora").status == 429
    assert home.sign_in("dora").status == 303
    moved = Somewhere(limited, "192.0.2.41", home.known)
    assert moved.sign_in("dora").status == 303
    assert moved.tries("dora") == FIVE  # a stolen browser is slowed down as well
    assert Somewhere(limited, "192.0.2.43", home.known).sign_in("emil").status == 303


def test_a_browser_is_known_to_several_and_only_by_our_seal(limited):
    """The cookie of one name says nothing about another, nor does a changed one about any."""
    family = Somewhere(limited, "192.0.2.50")
    assert family.sign_in("admin").status == 303
    one = family.known["authgate_known"]
    assert family.sign_in("emil").status == 303
    both = family.known["authgate_known"]
    assert len(both) > len(one) and "admin" not in both and "emil" not in both
    exhausted = Somewhere(limited, "192.0.2.51")
    assert exhausted.tries("admin") == exhausted.tries("emil") == FIVE

    def from_there(cookie, name):
        return Somewhere(limited, "192.0.2.51", {"authgate_known": cookie}).sign_in(name).status
    assert from_there(both, "admin") == from_there(both, "emil") == 303
    assert (from_there(one, "admin"), from_there(one, "emil")) == (303, 429)
    for place in range(0, len(both), 9):
        other = "A" if both[place] != "A" else "B"
        changed = both[:place] + other + both[place + 1:]
        assert 429 in (from_there(changed, "admin"), from_there(changed, "emil")), place
    for wrong in (both[:-1], both + "A", both[:43], "", "x" * 3000):
        assert from_there(wrong, "admin") == 429


@pytest.mark.parametrize("verb", ("reset-password", "disable", "revoke"))
def test_no_browser_of_before_is_known_once_all_was_taken_back(limited, verb):
    """A thief has signed in with the old password; with the new one his browser is a stranger's."""
    name = f"fay-{verb}"
    limited.database.add_user(name)
    thief = Somewhere(limited, "192.0.2.55")
    assert thief.sign_in(name).status == 303
    exhausted = Somewhere(limited, "192.0.2.56")
    assert exhausted.tries(name) == FIVE
    moved = Somewhere(limited, "192.0.2.56", thief.known)
    assert moved.tries(name, 1) == [401]
    ByRequest(limited)("user", verb, name)
    if verb == "disable":
        ByRequest(limited)("user", "enable", name)
    assert moved.tries(name, 1) == [429]


def test_neighbours_do_not_use_up_the_tries_of_a_known_browser(tmp_path):
    """G4: the limit per address is not one of a whole office."""
    with Server(tmp_path, ENABLE_RATE_LIMIT="true", TRUSTED_PROXIES="127.0.0.1/32",
                LOGIN_RATE_LIMIT="1", LOGIN_RATE_LIMIT_BURST="5") as server:
        mine, neighbour = Somewhere(server, "192.0.2.60"), Somewhere(server, "192.0.2.60")
        assert mine.sign_in("admin").status == 303
        assert neighbour.tries("nobody", 6)[-1] == 429
        assert neighbour.sign_in("admin").status == 429
        assert [mine.sign_in("admin").status for _ in range(6)] == [303] * 5 + [429]


def hashing_ns(server):
    """What the hashers have used of the processor."""
    total = 0
    for task in pathlib.Path(f"/proc/{server.process.pid}/task").iterdir():
        if (task / "comm").read_text().strip() == "hasher":
            total += int((task / "schedstat").read_text().split()[0])
    return total


def test_nobody_is_known_by_the_hash_that_they_brought_along(tmp_path):
    """G1: bcrypt of the Go original, yescrypt, and no user at all cost the same."""
    with Server(tmp_path) as server:
        for name in ("brought", "early"):
            server.database.add_user(name)
            server.database.execute(
                "UPDATE users SET password_hash = ? WHERE username = ?", BROUGHT_ALONG, name)
        server.restart()
        costs = dict.fromkeys(("admin", "brought", "nobody", "not a name"), 0)
        here = Somewhere(server, "192.0.2.70")
        here.sign_in("admin", "wrong password")
        for _ in range(3):
            for name in costs:
                before = hashing_ns(server)
                assert here.sign_in(name, "wrong password").status == 401
                costs[name] += hashing_ns(server) - before
        assert max(costs.values()) < 1.3 * min(costs.values()), costs
        assert here.sign_in("brought", "brought along").status == 303
        assert server.database.value("SELECT password_hash FROM users WHERE username = ?",
                                     "brought").startswith("$y$")


# ---- whole networks that try passwords ------------------------------------------------------------


def networks(prefix="2001:db8"):
    """Addresses of a /32, each in a /48 of its own."""
    return (f"{prefix}:{i & 0xffff:x}:{i >> 16:x}::1" for i in itertools.count())


class Crowd:
    """Connections that try passwords of names that nobody has, five from each address, for as
    long as it is entered."""

    def __init__(self, server, connections=200):
        with Browser(server) as browser:
            form = browser.get("/login").form("/login")
            self.headers = browser.headers()
        self.server, self.fields, self.numbers = server, form.fields, itertools.count()
        self.addresses, self.local = networks(), threading.local()
        self.load = Load(self.try_one, threads=connections)

    def try_one(self):
        if not hasattr(self.local, "http"):
            self.local.http, self.local.tries = self.server.client(), 0
        if self.local.tries % 5 == 0:
            self.local.address = next(self.addresses)
        self.local.tries += 1
        fields = {**self.fields, "username": f"nobody{next(self.numbers)}", "password": "wrong password"}
        reply = self.local.http.post(
            "/login", fields, [*self.headers, ("X-Forwarded-For", self.local.address)])
        return reply.status

    def __enter__(self):
        self.load.__enter__()
        until(lambda: 503 in self.load.results)
        return self.load

    def __exit__(self, *_):
        self.load.finish()


def timed(step):
    began = time.monotonic()
    return step(), time.monotonic() - began


def test_a_whole_network_that_tries_passwords_keeps_nobody_from_signing_in(tmp_path):
    """Two hundred connections from an IPv6 /32, a new /48 after every five tries: who is known
    here signs in within three seconds, a stranger from elsewhere before his browser gives up."""
    with Server(tmp_path, ENABLE_RATE_LIMIT="true", TRUSTED_PROXIES="127.0.0.1/32",
                METRICS_ENABLED="true") as server:
        server.database.add_user("ann")
        home = Somewhere(server, "192.0.2.80")
        assert home.sign_in("ann").status == 303
        with Crowd(server) as crowd:
            for _ in range(4):
                page, seconds = timed(lambda: home.sign_in("ann"))
                assert page.status == 303 and seconds < patience(3)
            page = Somewhere(server, "198.51.100.80").sign_in("ann")
            assert page.status == 303
            assert server.metric('authgate_queue_depth{queue="hasher"}') > 0
        assert set(crowd.results) <= {401, 503} and not crowd.errors, crowd.errors[:1]


def test_what_we_have_no_time_for_costs_nobody_a_try(tmp_path):
    """A try that the server itself has refused is not counted: not for the address either."""
    with Server(tmp_path, ENABLE_RATE_LIMIT="true", TRUSTED_PROXIES="127.0.0.1/32") as server:
        with Crowd(server):
            here, statuses = Somewhere(server, "2001:db8:ffff:ffff::1"), []
            until(lambda: statuses.append(here.sign_in("nobody", "wrong password").status)
                  or statuses.count(503) >= 12 or 429 in statuses)
        assert statuses.count(401) <= 5 and (429 not in statuses or statuses.count(401) == 5)


# ---- clients and tokens -------------------------------------------------------------------------


def post(server, address, target, fields, *headers):
    with Client(server.port) as client:
        return client.post(target, fields, [("X-Forwarded-For", address), *headers])


def machine(server, secret="s"):
    client_id = server.database.add_client("machine", secret=secret)
    return client_id, basic(client_id, secret)


@pytest.mark.parametrize("target,fields", [
    ("/oauth/token", {"grant_type": "client_credentials"}),
    ("/oauth/introspect", {"token": "x"}), ("/oauth/device/code", {})])
def test_a_client_counts_wherever_it_calls_from(limited, target, fields):
    client_id, authorization = machine(limited)
    replies = [post(limited, f"192.0.3.{i}", target, fields, authorization) for i in range(8)]
    assert [reply.status for reply in replies] == [200] * 5 + [429] * 3
    assert 30 < int(replies[-1].header("retry-after")) <= 60
    assert replies[-1].json()["error"] == "slow_down"
    # Nobody else waits for it.
    assert post(limited, "192.0.3.9", target, fields, machine(limited)[1]).status == 200


def test_nobody_uses_up_the_limit_of_a_client_without_its_secret(limited):
    """Wrong secrets do not count, nor do names of public clients, which anybody may use."""
    client_id, authorization = machine(limited)
    fields = {"grant_type": "client_credentials"}
    for i in range(8):
        wrong = basic(client_id, "wrong")
        assert post(limited, f"192.0.4.{i}", "/oauth/token", fields, wrong).status == 401
    assert post(limited, "192.0.4.9", "/oauth/token", fields, authorization).status == 200
    public = {"client_id": limited.client_id}
    statuses = [post(limited, f"192.0.5.{i}", "/oauth/device/code", public).status
                for i in range(8)]
    assert statuses == [200] * 8


@pytest.mark.parametrize("target", ["/oauth/userinfo", "/oauth/tokeninfo"])
def test_a_flood_of_questions_about_tokens_is_refused(limited, target):
    """D12"""
    def ask(address):
        with Client(limited.port) as client:
            return client.get(target, [("X-Forwarded-For", address),
                                       ("Authorization", "Bearer x.y.z")])
    address = "192.0.6." + str(len(target))
    assert [ask(address).status for _ in range(12)] == [401] * 10 + [429] * 2
    assert ask(address).header("retry-after") and ask("192.0.6.200").status == 401


def test_a_flood_of_introspections_is_refused(tmp_path):
    """D12"""
    with Server(tmp_path, ENABLE_RATE_LIMIT="true", INTROSPECT_RATE_LIMIT="1",
                INTROSPECT_RATE_LIMIT_BURST="20") as server:
        _, authorization = machine(server)
        with server.client() as http:
            statuses = [http.post("/oauth/introspect", {"token": "x"}, [authorization]).status
                        for _ in range(24)]
        assert statuses == [200] * 20 + [429] * 4
