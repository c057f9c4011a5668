"""Telling applications that somebody has signed out: none of them holds up another, or anything
else; and where an address may lead that a stranger named. Ids in docstrings are rows of the
catalogue of attacks."""

import contextlib
import json
import socket
import ssl
import subprocess
import threading
import time
import uuid

import pytest

import certificate
from app import App
from browser import Browser
from database import now_ms
from running import Server
from sanitizer import ROOT, cannot_hold, patience
from waiting import until
from wire import basic

DIGEST = bytes(32)


class Listener:
    """Counts who connects. Says nothing, unless it has an answer."""

    def __init__(self, host="127.0.0.1", answer=None, tls=None):
        self.hits, self.heard, self.answer, self.tls = [], [], answer, tls
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.create_server((host, 0), family=family, backlog=128,
                                           dualstack_ipv6=host == "::")
        self.port = self.socket.getsockname()[1]
        self.held = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, peer = self.socket.accept()
                self.hits.append((time.monotonic(), peer))
                self.held.append(connection)
                if self.answer:
                    threading.Thread(target=self._answer, args=[connection], daemon=True).start()

    def _answer(self, connection):
        with contextlib.suppress(OSError, ssl.SSLError):
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            self.heard.append(connection.recv(65536))
            connection.sendall(self.answer)
            connection.close()

    def close(self):
        self.socket.close()
        for connection in self.held:
            connection.close()


NO_CONTENT = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"


@pytest.fixture
def listen():
    with contextlib.ExitStack() as stack:
        def begin(*arguments, **options):
            listener = Listener(*arguments, **options)
            stack.callback(listener.close)
            return listener
        yield begin


@pytest.fixture
def own(tmp_path):
    """A server of this test alone."""
    with Server(tmp_path) as server:
        yield server


def tell(server, client_id, user="admin", age_ms=0):
    """As if somebody had signed out who has tokens of this client."""
    user_id = server.database.value("SELECT id FROM users WHERE username = ?", user)
    due_ms = now_ms() - age_ms
    server.database.execute(
        "INSERT INTO logout_notices (id, client_id, user_id, session_id, due_ms, created_ms)"
        " VALUES (?, ?, ?, ?, ?, ?)", uuid.uuid4().bytes, uuid.UUID(client_id).bytes, user_id,
        uuid.uuid4().bytes, due_ms, due_ms)


def client_at(server, uri, stranger=False):
    client_id = server.database.add_client("Told", secret="s")
    server.database.set_client(client_id, "backchannel_logout_uri", uri)
    if stranger:
        server.database.set_client(client_id, "registration_digest", DIGEST)
    return client_id


def waiting(server, client_id=None):
    if client_id is None:
        return server.database.count("logout_notices")
    return server.database.value("SELECT count(*) FROM logout_notices WHERE client_id = ?",
                                 uuid.UUID(client_id).bytes)


# ---- nobody holds up another --------------------------------------------------------------------


def test_one_sign_out_tells_an_honest_application_behind_twenty_silent_ones(own, listen):
    silent, honest = listen(), listen(answer=NO_CONTENT)
    with own.client() as http, Browser(own) as browser:
        for n in range(20):
            App.register(own, http, f"Silent {n}", secret="s", columns={
                "backchannel_logout_uri": f"http://127.0.0.1:{silent.port}/{n}"}).tokens(browser)
        App.register(own, http, "Honest", secret="s", columns={
            "backchannel_logout_uri": f"http://127.0.0.1:{honest.port}/"}).tokens(browser)
        browser.submit(browser.get("/logout").form("/logout"))
        took = until(lambda: honest.heard, 10)
    assert b"logout_token=" in honest.heard[0]
    assert took < patience(10)
    until(lambda: len(silent.hits) == 20, 10)


@pytest.mark.parametrize("strangers", [False, True])
def test_every_round_of_retries_leaves_others_alone(tmp_path, listen, strangers):
    """Three rounds of forty silent clients, each with two people who have signed out, while an
    operator's client that works is told each time."""
    silent, honest = listen(), listen(answer=NO_CONTENT)
    scheme = "https" if strangers else "http"
    with Server(tmp_path, OUTBOUND_ALLOWED_NETWORKS="127.0.0.0/8") as server:
        slow = [client_at(server, f"{scheme}://127.0.0.1:{silent.port}/{n}", strangers)
                for n in range(40)]
        works = client_at(server, f"http://127.0.0.1:{honest.port}/")
        for client_id in slow * 2:
            tell(server, client_id, age_ms=500)
        for number in range(1, 4):
            until(lambda n=number: len(silent.hits) >= 40 * n, 20)
            tell(server, works)
            until(lambda n=number: len(honest.heard) == n, 10)
            until(lambda n=number: server.database.value(
                "SELECT count(*) FROM logout_notices WHERE due_ms < ?", now_ms()) == 0, 20)
            server.database.execute("UPDATE logout_notices SET due_ms = ?", now_ms() - 1)
        assert waiting(server, works) == 0


def test_a_client_that_fails_is_left_alone_for_a_while(own, listen):
    """One of its notices is tried, not all: each would cost two seconds."""
    silent = listen()
    client_id = client_at(own, f"http://127.0.0.1:{silent.port}/")
    for _ in range(30):
        tell(own, client_id)
    until(lambda: own.database.value(
        "SELECT count(*) FROM logout_notices WHERE due_ms > ?", now_ms() + 15_000) == 30, 20)
    tell(own, client_id)
    until(lambda: own.database.value(
        "SELECT count(*) FROM logout_notices WHERE due_ms > ?", now_ms() + 5_000) == 31, 20)
    assert len(silent.hits) <= 2
    assert own.log.count("logout notice not delivered") == len(silent.hits)


def test_a_notice_that_never_works_holds_up_no_other_of_its_client(own, listen):
    """The application refuses one person's notice for ever; the others arrive."""
    honest = listen(answer=b"HTTP/1.1 500 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    client_id = client_at(own, f"http://127.0.0.1:{honest.port}/")
    tell(own, client_id)
    until(lambda: own.database.rows("SELECT 1 FROM logout_notices WHERE attempts = 1"), 10)
    honest.answer = NO_CONTENT
    for _ in range(20):
        tell(own, client_id)
    until(lambda: waiting(own) == 1, 10)


@pytest.mark.parametrize("status", [200, 204, 400])
def test_a_client_that_has_answered_is_told_once(own, listen, status):
    """OpenID Connect Back-Channel Logout 2.8: 400 says that it will not have it."""
    reply = f"HTTP/1.1 {status} Said\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
    client = listen(answer=reply)
    tell(own, client_at(own, f"http://127.0.0.1:{client.port}/"))
    until(lambda: client.hits and waiting(own) == 0, 10)
    assert len(client.hits) == 1


def test_what_a_dead_client_is_not_told_is_forgotten(own, listen):
    """Nothing grows for ever: what has waited for longer than all attempts take goes with the next
    failure, tried or not."""
    silent = listen()
    client_id = client_at(own, f"http://127.0.0.1:{silent.port}/")
    for _ in range(50):
        tell(own, client_id, age_ms=20 * 60 * 1000)
    tell(own, client_id)
    until(lambda: waiting(own) <= 1, 20)


def test_housekeeping_goes_on_while_a_dead_client_has_many_notices(own, listen):
    silent = listen()
    for n in range(24):
        tell(own, client_at(own, f"http://127.0.0.1:{silent.port}/{n}"))
    until(lambda: silent.hits, 10)
    machine = basic(own.database.add_client("Machine", secret="s"), "s")
    with own.client() as http:
        for _ in range(20):
            assert http.post("/oauth/token", {"grant_type": "client_credentials"},
                             [machine]).status == 200
    own.database.execute("UPDATE access_tokens SET expires_ms = ?", now_ms() - 1000)
    until(lambda: own.database.count("access_tokens") == 0, 45)


def test_the_server_stops_while_applications_are_silent(tmp_path, listen):
    silent = listen()
    with Server(tmp_path) as server:
        for n in range(20):
            tell(server, client_at(server, f"http://127.0.0.1:{silent.port}/{n}"))
        until(lambda: len(silent.hits) >= 20, 10)
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < patience(3)
        with server.start():
            assert waiting(server) == 20


# ---- where a stranger's address may lead --------------------------------------------------------

HOSTS = ["127.0.0.1", "127.0.0.2", "0.0.0.0", "localhost", "LOCALHOST", "foo.localhost",
         "Foo.LocalHost", "localhost.localdomain", "ip6-localhost", "ip6-loopback", "[::1]", "[::]",
         "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[::127.0.0.1]", "10.0.0.1", "172.16.0.1",
         "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.1.2.3", "224.0.0.1",
         "240.0.0.1", "255.255.255.255", "192.0.0.8", "198.18.0.1", "[fe80::1]", "[fec0::1]",
         "[fc00::1]", "[fd12:3456::1]", "[ff02::1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::a00:1]",
         "[64:ff9b:1::1]", "[2002:7f00:1::]", "[2001::1]", "[100::1]"]
PUBLIC = ["app.example", "8.8.8.8", "172.32.0.1", "100.128.0.1", "[2606:4700:4700::1111]",
          "[64:ff9b::808:808]", "localhost.example", "notlocalhost", "mylocalhost.example"]


@pytest.fixture(scope="module")
def open_server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("open"), ENABLE_DYNAMIC_CLIENT_REGISTRATION="true",
                DYNAMIC_CLIENT_REGISTRATION_UNUSED_MAX="1000") as running:
        yield running


def send(http, method, path, metadata, headers=()):
    return http.request(method, path, [("Content-Type", "application/json"), *headers],
                        json.dumps(metadata).encode())


def register(http, uri):
    return send(http, "POST", "/oauth/register", {
        "client_name": "Stranger", "redirect_uris": ["https://app.example/cb"],
        "backchannel_logout_uri": uri})


@pytest.mark.parametrize("host", HOSTS)
def test_an_address_that_is_not_on_the_internet_cannot_be_registered(open_server, host):
    """I14"""
    with open_server.client() as http:
        for port in ("", ":22", ":8443"):
            answer = register(http, f"https://{host}{port}/logout")
            assert (answer.status, answer.error) == (400, "invalid_client_metadata"), answer.text
        made = register(http, "https://app.example/logout").json()
        changed = send(http, "PUT", f"/oauth/register/{made['client_id']}", {
            "client_id": made["client_id"], "client_name": "Stranger",
            "redirect_uris": ["https://app.example/cb"],
            "backchannel_logout_uri": f"https://{host}/"},
            [("Authorization", f"Bearer {made['registration_access_token']}")])
        assert (changed.status, changed.error) == (400, "invalid_client_metadata"), changed.text


@pytest.mark.parametrize("host", PUBLIC)
def test_an_address_on_the_internet_can(open_server, host):
    with open_server.client() as http:
        answer = register(http, f"https://{host}/logout")
        assert answer.status == 201, answer.text


@pytest.mark.parametrize("listens", ["0.0.0.0", "::"])
def test_what_is_registered_already_is_judged_when_it_is_called(tmp_path, listen, listens):
    """I14: the listener is on every address of this computer, and is never hit."""
    listener = listen(listens)
    with Server(tmp_path) as server:
        own_address = socket.gethostbyname(socket.gethostname())
        for host in [*HOSTS, own_address, socket.gethostname()]:
            tell(server, client_at(server, f"https://{host}:{listener.port}/", stranger=True))
        until(lambda: server.log.count("logout notice not delivered") >= len(HOSTS), 20)
        until(lambda: waiting(server) <= 2, 20)
        assert listener.hits == []
        tell(server, client_at(server, f"http://127.0.0.1:{listener.port}/"))
        until(lambda: listener.hits, 10)


@pytest.fixture
def resolver(tmp_path):
    """The environment of a server for which names have the addresses of a file."""
    library = tmp_path / "resolver.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", library,
                    ROOT / "tests/support/resolver.c"], check=True)
    table = tmp_path / "hosts"
    table.write_text("")
    return table, {"LD_PRELOAD": str(library), "RESOLVER": str(table)}


@cannot_hold("it wants to be loaded first")
def test_a_name_that_leads_here_is_not_followed_whatever_it_said_before(tmp_path, listen, resolver):
    """I14: a name server that answers with a public address first and with ours then, or with both
    at the same time."""
    listener = listen("0.0.0.0")
    table, environment = resolver
    (tmp_path / "server").mkdir()
    with Server(tmp_path / "server", **environment) as server:
        table.write_text("rebind.test 203.0.113.1\n")
        rebinds = client_at(server, f"https://rebind.test:{listener.port}/", stranger=True)
        both = client_at(server, f"https://both.test:{listener.port}/", stranger=True)
        tell(server, rebinds)
        until(lambda: server.database.rows("SELECT 1 FROM logout_notices WHERE attempts = 1"), 20)
        table.write_text("rebind.test 127.0.0.1\nboth.test 203.0.113.1 127.0.0.1 10.0.0.1\n")
        server.database.execute("UPDATE logout_notices SET due_ms = 0")
        tell(server, both)
        until(lambda: server.log.count("rebind.test: it leads to 127.0.0.1") == 1, 20)
        until(lambda: "both.test" in server.log, 20)
        assert listener.hits == []
        # The operator's own client may: the preloaded resolver works.
        tell(server, client_at(server, f"https://rebind.test:{listener.port}/"))
        until(lambda: listener.hits, 20)


@cannot_hold("it wants to be loaded first")
def test_a_network_that_the_operator_allows_is_reached(tmp_path, listen, resolver):
    """With an authority of the operator's own."""
    table, environment = resolver
    table.write_text("app.test 127.0.0.1\n")
    certificate.write(tmp_path, "app.test", host="app.test")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    listener = listen(answer=NO_CONTENT, tls=tls)
    (tmp_path / "server").mkdir()
    with Server(tmp_path / "server", OUTBOUND_ALLOWED_NETWORKS="10.0.0.0/8, 127.0.0.0/8",
                OUTBOUND_CA_FILE=str(tmp_path / "cert.pem"), **environment) as server:
        tell(server, client_at(server, f"https://app.test:{listener.port}/", stranger=True))
        until(lambda: listener.heard, 10)
        until(lambda: waiting(server) == 0, 10)
    assert listener.heard[0].startswith(b"POST / HTTP/1.1\r\n")


def test_through_a_proxy_the_proxy_decides(tmp_path, listen):
    proxy = listen(answer=b"HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n")
    listener = listen("0.0.0.0")
    with Server(tmp_path, https_proxy=f"http://127.0.0.1:{proxy.port}",
                no_proxy="direct.example,10.0.0.0/8") as server:
        tell(server, client_at(server, "https://app.example/", stranger=True))
        until(lambda: proxy.heard, 10)
        assert proxy.heard[0].startswith(b"CONNECT app.example:443 HTTP/1.1\r\n")
        for host in ("127.0.0.1", "localhost", "direct.example"):
            tell(server, client_at(server, f"https://{host}:{listener.port}/", stranger=True))
        until(lambda: server.log.count("logout notice not delivered") == 4, 20)
        assert len(proxy.hits) == 1 and listener.hits == []
