"""Connections: how many somebody may hold, and for how long.  Ids in docstrings are rows of the
catalogue of attacks."""

import contextlib
import itertools
import re
import resource
import select
import socket
import ssl

import pytest

import certificate
from admin import AdminClient
from running import Server
from sanitizer import cannot_hold, patience
from waiting import until
from wire import Closed, Connection, request_bytes

STALLED = 2000
MB = 1024 * 1024


@pytest.fixture(autouse=True, scope="module")
def many_files():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


class From(Connection):
    """A connection from an address of ours; every one in 127.0.0.0/8 is."""

    def __init__(self, server, address="127.0.0.1"):  # pylint: disable=super-init-not-called
        self.buffer, self.socket = b"", socket.socket()
        self.socket.settimeout(patience(15))
        self.socket.bind((address, 0))
        self.socket.connect(("127.0.0.1", server.port))

    def is_served(self):
        """False if it was refused."""
        try:
            return self.request("GET", "/livez").status == 200
        except (Closed, OSError):
            return False


def memory(server):
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))


# ---- for how long --------------------------------------------------------------------------------


RECORD = 2000  # not so much that the connection ends with the first reply
WAIT = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Deaf:
    """Asks on and on, and does not read; or a byte for each question, if it drips."""

    def __init__(self, server, address, asks, drips=False):
        plain, self.drips, self.sent = socket.socket(), drips, 0
        self.data = asks
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        plain.bind((address, 0))
        plain.connect(("127.0.0.1", server.port))
        self.socket = server.tls.wrap_socket(plain, server_hostname="localhost") if server.tls else plain
        self.socket.setblocking(False)

    def ask(self):
        """False once the server has ended it."""
        begin = self.sent % len(self.data)
        try:
            with contextlib.suppress(*WAIT):
                self.sent += self.socket.send(self.data[begin:begin + RECORD])
            if self.drips and not self.socket.recv(1):
                return False
        except WAIT:
            pass
        except OSError:
            return False
        return True


def style_of(page):
    """Our largest reply to strangers."""
    return re.search(r'href="(/static/[^"]*css)"', page.text)[1]


def with_tls(directory, **environment):
    certificate.write(directory, "busy")
    server = Server(directory, TLS_CERT_FILE=str(directory / "cert.pem"),
                    TLS_KEY_FILE=str(directory / "key.pem"), **environment)
    server.environment["BASE_URL"] = f"https://127.0.0.1:{server.port}"
    server.tls = certificate.trusting(directory / "cert.pem")
    return server


@cannot_hold("memory is another")
@pytest.mark.parametrize("kind,what", [(Server, "page"), (with_tls, "style")], ids=["http", "https"])
def test_two_thousand_that_do_not_read_cost_little_and_are_gone_soon(tmp_path, kind, what):
    """J2, R17: at most 64 MB, for at most thirty seconds, and nobody else waits."""
    with kind(tmp_path, METRICS_ENABLED="true") as server, server.client() as honest:
        page = honest.get("/login")
        asks = request_bytes("GET", "/login" if what == "page" else style_of(page)) * 1000
        before = memory(server)
        crowd = [Deaf(server, f"127.0.{i // 200}.{1 + i % 200}", asks, drips=i % 100 == 0)
                 for i in range(STALLED)]
        most = 0

        def all_gone():
            nonlocal crowd, most
            crowd = [deaf for deaf in crowd if deaf.ask()]
            most = max(most, memory(server) - before)
            assert honest.get("/livez").status == 200
            return not crowd
        assert until(all_gone) < 30
        assert most < 64 * MB
        assert server.metric("authgate_connections_stalled_total") > STALLED / 2
        until(lambda: memory(server) - before < 8 * MB)


HOST = b"Host: a.example\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
# What comes at once, and what follows byte by byte and never ends it.
UNENDED = {
    "head": (b"GET /livez HTTP/1.1\r\n" + HOST + b"X: a\r\n" * 90 + b"Y: " + b"a" * 14_000, b"a"),
    "body": (b"POST /oauth/token HTTP/1.1\r\n" + HOST + FORM + b"Content-Length: 65000\r\n\r\n" + b"a" * 60_000, b"a"),
    "chunks": (b"POST /oauth/token HTTP/1.1\r\n" + HOST + FORM + b"Transfer-Encoding: chunked\r\n\r\n" +
               (b"1000\r\n" + b"a" * 0x1000 + b"\r\n") * 14, b"1\r\na\r\n"),
}


class Slow:
    """Sends most of a request, and then bytes now and then."""

    def __init__(self, server, address, begin, drip):
        plain, self.drip, self.rest = socket.socket(), drip, memoryview(begin)
        plain.bind((address, 0))
        plain.connect(("127.0.0.1", server.port))
        self.socket = server.tls.wrap_socket(plain, server_hostname="localhost") if server.tls else plain
        self.socket.setblocking(False)

    def go_on(self):
        """False once the server has ended it."""
        try:
            if not self.rest:
                self.rest = memoryview(self.drip)
            self.rest = self.rest[self.socket.send(self.rest[:16 * 1024]):]
            return bool(self.socket.recv(1024))
        except WAIT:
            return True
        except OSError:
            return False


@cannot_hold("memory is another")
@pytest.mark.parametrize("kind,limit", [(Server, 64), (with_tls, 96)], ids=["http", "https"])
@pytest.mark.parametrize("what", UNENDED)
def test_two_thousand_that_do_not_end_what_they_send_cost_little_and_are_gone_soon(tmp_path, kind, limit, what):
    """J2, R17: slow heads and bodies, however much of them has come."""
    with kind(tmp_path, METRICS_ENABLED="true") as server, server.client() as honest:
        assert honest.get("/livez").status == 200
        before = memory(server)
        crowd = [Slow(server, f"127.0.{i // 200}.{1 + i % 200}", *UNENDED[what]) for i in range(STALLED)]
        most = 0

        def all_gone():
            nonlocal crowd, most
            crowd = [slow for slow in crowd if slow.go_on()]
            most = max(most, memory(server) - before)
            assert honest.get("/livez").status == 200
            return not crowd
        assert until(all_gone) < 30
        assert most < limit * MB
        until(lambda: memory(server) - before < 8 * MB)


@pytest.mark.parametrize("kind", [Server, with_tls], ids=["http", "https"])
def test_a_large_form_that_comes_in_pieces_is_read_while_a_crowd_does_not_end_theirs(tmp_path, kind):
    """J2: the newest keep their place; who goes on sending is not among those that stand longest."""
    with kind(tmp_path, METRICS_ENABLED="true") as server:
        crowd = [Slow(server, f"127.0.{i // 200}.{1 + i % 200}", *UNENDED["body"]) for i in range(600)]
        until(lambda: [slow.go_on() for slow in crowd] and
              server.metric("authgate_connections_stalled_total") > 100)
        form = b"grant_type=nothing&pad=" + b"a" * 40_000
        with Connection(server.port, server.tls) as honest:
            honest.send(b"POST /oauth/token HTTP/1.1\r\n" + HOST + FORM +
                        b"Content-Length: %d\r\n\r\n" % len(form))
            for begin in range(0, len(form), 8 * 1024):
                honest.send(form[begin:begin + 8 * 1024])
            assert honest.read().status == 400


def test_who_sends_much_ahead_by_tls_gets_one_reply(tmp_path):
    """J5: the rest is not kept until it is its turn; it has to be sent again."""
    with with_tls(tmp_path) as server, Connection(server.port, server.tls) as connection:
        connection.send(request_bytes("GET", "/livez") * 40)
        for _ in range(40):
            assert connection.read().header("connection") != "close"
        connection.send(request_bytes("GET", "/livez") * 200)
        reply = connection.read()
        assert (reply.status, reply.header("connection")) == (200, "close")
        assert connection.is_closed()


def test_a_head_that_does_not_end_is_refused_before_it_is_large(server):
    """J3: told apart as if it had ended."""
    for begin, status in ((b"GET /", 414), (b"GET / HTTP/1.1\r\nX: ", 431)):
        with Connection(server.port) as connection:
            connection.send(begin)
            with contextlib.suppress(OSError):
                for _ in range(40):
                    if select.select([connection.socket], [], [], 0)[0]:
                        break
                    connection.socket.sendall(b"a" * 1024)
            assert connection.read().status == status
            assert connection.is_closed()


# ---- how many ------------------------------------------------------------------------------------


def crowd_from(server, addresses):
    """One connection from each address that gets one; ends with the first that does not."""
    crowd = []
    for address in addresses:
        crowd.append(From(server, address))
        if not crowd[-1].is_served():
            crowd.pop().close()
            return crowd
    return crowd


def test_an_address_holds_so_many_connections_and_others_get_in(tmp_path):
    with Server(tmp_path, SERVER_MAX_CONNECTIONS_PER_ADDRESS="8") as server:
        crowd = crowd_from(server, ["127.0.0.9"] * 20)
        assert len(crowd) == 8
        refused = From(server, "127.0.0.9")
        reply = refused.socket.recv(4096).decode()
        assert reply.startswith("HTTP/1.1 503 ") and "Retry-After: 1" in reply
        assert "too many connections from this address" in reply
        assert From(server, "127.0.0.10").is_served()
        crowd.pop().close()
        until(lambda: From(server, "127.0.0.9").is_served())


def test_it_is_256_unless_configured(tmp_path):
    with Server(tmp_path) as server:
        assert len(crowd_from(server, ["127.0.0.9"] * 300)) == 256


def test_a_trusted_proxy_and_the_admin_socket_are_not_counted(tmp_path):
    with Server(tmp_path, SERVER_MAX_CONNECTIONS_PER_ADDRESS="4",
                TRUSTED_PROXIES="127.0.0.9/32") as server, contextlib.ExitStack() as stack:
        assert len(crowd_from(server, ["127.0.0.9"] * 20)) == 20
        assert len(crowd_from(server, ["127.0.0.8"] * 20)) == 4
        for _ in range(20):
            operator = stack.enter_context(AdminClient(server))
            assert operator.get("/api/admin/v1/server").status == 200


def test_the_number_follows_a_reload(tmp_path):
    config = tmp_path / ".env"
    config.write_text("SERVER_MAX_CONNECTIONS_PER_ADDRESS=2\n")
    config.chmod(0o600)
    with Server(tmp_path) as server:
        until(lambda: "listening" in server.log)
        assert len(crowd_from(server, ["127.0.0.9"] * 9)) == 2
        config.write_text("SERVER_MAX_CONNECTIONS_PER_ADDRESS=5\n")
        server.reload()
        assert len(crowd_from(server, ["127.0.0.8"] * 9)) == 5


def test_a_network_of_many_addresses_does_not_take_all_connections(tmp_path):
    """No address holds many, but together: of what one network takes, half stays free."""
    with Server(tmp_path, SERVER_MAX_CONNECTIONS="600",
                SERVER_MAX_CONNECTIONS_PER_ADDRESS="4") as server:
        wide = (f"127.1.{i % 250}.{1 + i // 250}" for i in itertools.count())
        assert 250 <= len(crowd_from(server, itertools.islice(wide, 600))) <= 350
        assert From(server, "127.2.0.1").is_served()
