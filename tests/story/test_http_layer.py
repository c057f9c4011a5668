"""Bytes that no client should send.  Ids in docstrings are rows of the catalogue of
attacks."""

import concurrent.futures
import socket
import subprocess
import time

import pytest

from running import Server
from sanitizer import patience
from waiting import until
from wire import FORM_TYPE, Closed, Connection, basic, request_bytes

HOST = b"Host: 127.0.0.1\r\n"
BODY = b"grant_type=client_credentials"
SMUGGLED = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def connection(server):
    with Connection(server.port) as connected:
        yield connected


def closes_with(connection, *statuses):
    """One reply, then the end: what follows is not read as another request."""
    response = connection.read()
    assert response.status in statuses, response
    assert response.header("connection") == "close"
    assert connection.is_closed() and not connection.buffer


# ---- two readings (RFC 9112 section 11.2) -------------------------------------------------------


def post_with(*lines, line_end=b"\r\n"):
    head = [b"POST /oauth/token HTTP/1.1", b"Host: 127.0.0.1",
            b"Content-Type: application/x-www-form-urlencoded", *lines]
    return line_end.join(head) + line_end * 2


AMBIGUOUS = {
    "length and chunked": post_with(b"Content-Length: 5", b"Transfer-Encoding: chunked") +
    b"0\r\n\r\n" + SMUGGLED,
    "chunked and length": post_with(b"Transfer-Encoding: chunked", b"Content-Length: 5") +
    b"0\r\n\r\n" + SMUGGLED,
    "two lengths": post_with(b"Content-Length: 0", b"Content-Length: 29") + SMUGGLED,
    "two equal lengths": post_with(b"Content-Length: 0", b"Content-Length: 0") + SMUGGLED,
    "list of lengths": post_with(b"Content-Length: 0, 0") + SMUGGLED,
    "signed length": post_with(b"Content-Length: +5") + b"a=bcd" + SMUGGLED,
    "negative length": post_with(b"Content-Length: -1") + SMUGGLED,
    "hexadecimal length": post_with(b"Content-Length: 0x5") + b"a=bcd" + SMUGGLED,
    "length with a blank": post_with(b"Content-Length: 1 0") + SMUGGLED,
    "huge length": post_with(b"Content-Length: 99999999999999999999999") + SMUGGLED,
    "empty length": post_with(b"Content-Length: ") + SMUGGLED,
    "other coding": post_with(b"Transfer-Encoding: gzip") + SMUGGLED,
    "chunked and other": post_with(b"Transfer-Encoding: chunked, identity") + b"0\r\n\r\n" +
    SMUGGLED,
    "two codings": post_with(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked") +
    b"0\r\n\r\n" + SMUGGLED,
    "coding in quotes": post_with(b'Transfer-Encoding: "chunked"') + b"0\r\n\r\n" + SMUGGLED,
    "coding with vertical tab": post_with(b"Transfer-Encoding: \x0bchunked") + b"0\r\n\r\n" +
    SMUGGLED,
    "blank before colon": post_with(b"Transfer-Encoding : chunked") + b"0\r\n\r\n" + SMUGGLED,
    "folded header": post_with(b"X: a\r\n b", b"Content-Length: 0") + SMUGGLED,
    "folded coding": post_with(b"Transfer-Encoding:\r\n chunked") + b"0\r\n\r\n" + SMUGGLED,
    "bare line feed": post_with(b"Content-Length: 0", line_end=b"\n") + SMUGGLED,
    "bare carriage return": post_with(b"X: a\rTransfer-Encoding: chunked",
                                      b"Content-Length: 0") + SMUGGLED,
    "nul in a value": post_with(b"X: a\0b", b"Content-Length: 0") + SMUGGLED,
    "nul in a name": post_with(b"X\0: a", b"Content-Length: 0") + SMUGGLED,
    "no host": b"GET /livez HTTP/1.1\r\n\r\n" + SMUGGLED,
    "two hosts": b"GET /livez HTTP/1.1\r\n" + HOST + HOST + b"\r\n" + SMUGGLED,
    "header without colon": b"GET /livez HTTP/1.1\r\n" + HOST + b"nonsense\r\n\r\n" + SMUGGLED,
    "header without name": b"GET /livez HTTP/1.1\r\n" + HOST + b": x\r\n\r\n" + SMUGGLED,
    "absolute form of another scheme": b"GET ftp://a/livez HTTP/1.1\r\n" + HOST + b"\r\n" +
    SMUGGLED,
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_requests_with_two_readings_are_refused(connection, database, name):
    """J1: never two replies, and the connection ends."""
    with database.unchanged():
        connection.send(AMBIGUOUS[name])
        closes_with(connection, 400, 413, 501)


UNREADABLE = {
    "too large": (413, post_with(b"Content-Length: 99999999")),
    "no length": (400, post_with(b"Content-Length: -1")),
    "unknown coding": (400, post_with(b"Transfer-Encoding: gzip")),
    "unknown expectation": (417, post_with(b"Expect: 200-ok", b"Content-Length: 1")),
    "chunk too large": (413, post_with(b"Transfer-Encoding: chunked") + b"ffffffffffffffff\r\na"),
    "broken chunk": (400, post_with(b"Transfer-Encoding: chunked") + b"FFFFFFFFFFFFFFFFF\r\na"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_refused_as_everything_is(connection, name):
    """B3, B37, J1: the HTTP library answers before us, with our headers and our errors."""
    status, request = UNREADABLE[name]
    connection.send(request)
    response = connection.read()
    assert response.status == status and response.error == "invalid_request"
    assert response.header("cache-control") == "no-store" and not response.header("server")
    assert response.header("x-content-type-options") == "nosniff"
    assert "default-src 'none'" in response.header("content-security-policy")
    assert response.header("connection") == "close" and connection.is_closed()


CHUNKS = {
    "size overflow": b"FFFFFFFFFFFFFFFFF\r\na\r\n0\r\n\r\n",
    "no size": b"\r\na\r\n0\r\n\r\n",
    "negative size": b"-1\r\na\r\n0\r\n\r\n",
    "size is a word": b"zz\r\na\r\n0\r\n\r\n",
    "longer than said": b"1\r\nabc\r\n0\r\n\r\n",
    "more than allowed": b"20000\r\n" + b"a" * 0x20000 + b"\r\n0\r\n\r\n",
    "blank after the size": b"1 \r\na\r\n0\r\n\r\n",
    "line feed alone after the size": b"1\na\r\n0\r\n\r\n",
    "line feed alone after the data": b"1\r\na\n0\r\n\r\n",
    "line feed alone at the end": b"1\r\na\r\n0\r\n\n",
    "line feed alone in an extension": b"1;a\nb\r\na\r\n0\r\n\r\n",
    "carriage return in an extension": b"1;a\rb\r\na\r\n0\r\n\r\n",
    "long extension": b"1;" + b"x" * 1_000_000 + b"\r\na\r\n0\r\n\r\n",
    "many extensions": b"1;xxxxxxxx\r\na\r\n" * 200 + b"0\r\n\r\n",
    "long trailer": b"1\r\na\r\n0\r\nX: " + b"x" * 1_000_000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("name", CHUNKS)
def test_broken_chunks_end_the_connection(connection, database, http, name):
    """J1, J10, CVE-2017-10868: 400, or 413 for what is too large, and then the end: never two
    readings, nor a megabyte that is skipped."""
    wanted = 413 if name == "more than allowed" else 400
    with database.unchanged():
        connection.send(post_with(b"Transfer-Encoding: chunked") + CHUNKS[name][:70_000])
        response = connection.read()
        assert (response.status, response.error) == (wanted, "invalid_request")
        assert response.header("connection") == "close"
        try:
            connection.send(CHUNKS[name][70_000:] + SMUGGLED)
            assert connection.is_closed()
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert not connection.buffer
    assert http.get("/livez").status == 200


@pytest.mark.parametrize("at_once", [True, False])
def test_honest_chunks_are_read(connection, database, at_once):
    """J1: with a word too much, and a trailer, and the next request behind them."""
    client = database.add_client("Chunky", secret="s")
    name, value = basic(client, "s")
    request = post_with(b"Transfer-Encoding: chunked", f"{name}: {value}".encode()) + \
        b"5;name=value\r\ngrant\r\n018\r\n_type=client_credentials\r\n0\r\nX: y\r\n\r\n" + SMUGGLED
    for part in [request] if at_once else [bytes([byte]) for byte in request]:
        connection.send(part)
    assert connection.read().status == 200
    assert connection.read().text == "ok\n"
    assert not connection.buffer


def test_a_split_request_is_read_as_one(connection):
    """J2: byte by byte."""
    for byte in request_bytes("GET", "/livez"):
        connection.send(bytes([byte]))
    assert connection.read().status == 200


SLOW = {
    "silence": b"",
    "head": b"GET /livez HTTP/1.1\r\n" + HOST + b"X: ",
    "body": post_with(b"Content-Length: 1000"),
    "chunk": post_with(b"Transfer-Encoding: chunked") + b"FFFFFFFFFFFFFFFF\r\n",
    "chunk extension": post_with(b"Transfer-Encoding: chunked") + b"1;",
}


def test_slow_requests_are_given_up_whatever_trickles_in(server, http):
    """J2: ten seconds for a request, not for each of its bytes."""
    slow = {name: Connection(server.port) for name in SLOW}
    for name, connected in slow.items():
        connected.send(SLOW[name])
        connected.socket.settimeout(0.01)
    deadline = time.monotonic() + patience(13)
    while slow:
        assert time.monotonic() < deadline, slow.keys()
        assert http.get("/livez").status == 200
        time.sleep(0.5)
        slow = {name: c for name, c in slow.items() if not has_ended(c, trickle=name != "silence")}


def has_ended(connected, trickle):
    try:
        if trickle:
            connected.send(b"a")
        return connected.is_closed()
    except (BrokenPipeError, ConnectionResetError):
        return True


# ---- sizes and forms ----------------------------------------------------------------------------


@pytest.mark.parametrize("head,statuses", [
    (b"GET /livez HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 20_000 + b"\r\n\r\n", (431, 400)),
    (b"GET /livez HTTP/1.1\r\n" + HOST + b"X: a\r\n" * 1000 + b"\r\n", (431, 400)),
    (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", (414,)),
    (b"GET /" + b"a" * 65_536 + b" HTTP/1.1\r\n" + HOST + b"\r\n", (414, 400, 431)),
    (b"CONNECT a.example:443 HTTP/1.1\r\n" + HOST + b"\r\n", (400, 405)),
    (b"TRACE / HTTP/1.1\r\n" + HOST + b"\r\n", (400, 405)),
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400, 405)),
    (b"GET /livez\r\n" + HOST + b"\r\n", (400,)),
    (b"GET  /livez HTTP/1.1\r\n" + HOST + b"\r\n", (400,)),
    (b"GET /livez HTTP/3.0\r\n" + HOST + b"\r\n", (400, 505)),
    (b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + b"\r\n\r\n", (400,)),
])
def test_requests_out_of_bounds_are_refused(connection, http, head, statuses):
    """J3"""
    try:
        connection.send(head)
        assert connection.read().status in statuses
        assert connection.is_closed() and not connection.buffer
    except (Closed, ConnectionResetError, BrokenPipeError):
        assert not connection.buffer
    assert http.get("/livez").status == 200


@pytest.mark.parametrize("target", [
    "/livez/", "//livez", "/./livez", "/x/../livez", "/%2e/livez", "/%2e%2e/livez", "/livez%00",
    "/livez%2f", "/livez%5c", "/LIVEZ", "/livez;x", "/static/../livez", "/static/%2e%2e%2flivez",
    "/static/authgate.css", "/static/", "/livez%", "/livez%zz", "/livez\\"])
def test_only_the_exact_path_is_found(http, target):
    """I16, J3, CVE-2015-5638, CVE-2022-29967"""
    assert http.request("GET", target).status in (400, 404)


def test_an_encoded_path_is_the_same_path(http):
    """RFC 3986 section 6.2.2.2"""
    assert http.get("/live%7A").status == 200


def test_upgrades_are_not_taken(connection):
    """J6, CVE-2023-44487: no way to HTTP/2 without TLS."""
    connection.send(b"GET /livez HTTP/1.1\r\n" + HOST + b"Connection: Upgrade, HTTP2-Settings\r\n"
                    b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n")
    assert connection.read().status == 200


def test_a_body_is_asked_for_before_it_is_sent(connection, database):
    """Expect: 100-continue, as curl sends with larger bodies."""
    client = database.add_client("Patient", secret="s")
    name, value = basic(client, "s")
    connection.send(post_with(b"Content-Length: 29", b"Expect: 100-continue",
                              f"{name}: {value}".encode()))
    connection.socket.settimeout(1)
    try:
        first = connection._until(b"\r\n\r\n")
        assert first == b"HTTP/1.1 100 Continue"
    except (socket.timeout, TimeoutError):
        pass  # allowed: the client sends after a moment
    connection.socket.settimeout(patience(10))
    connection.send(BODY)
    assert connection.read().status == 200


# ---- methods ------------------------------------------------------------------------------------

PAGES = ["/livez", "/readyz", "/health", "/login", "/.well-known/openid-configuration",
         "/.well-known/jwks.json", "/", "/device", "/nowhere"]


@pytest.mark.parametrize("path", PAGES)
def test_head_is_get_without_the_body(server, path):
    """J4"""
    with server.client() as http:
        get, head = http.get(path), http.request("HEAD", path)
    assert (head.status, head.body) == (get.status, b"")
    changing = ("date", "x-request-id", "set-cookie")
    assert [h for h in head.headers if h[0] not in changing] == \
        [h for h in get.headers if h[0] not in changing]


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_compressed(http, path):
    """J12: a page that repeats what a stranger chose beside a secret would tell it by its length."""
    reply = http.get(path, [("Accept-Encoding", "gzip, deflate, br, zstd, *")])
    assert reply.header("content-encoding") is None


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_methods_cannot_be_overridden(http, database, name):
    """J4"""
    with database.unchanged():
        assert http.get("/oauth/token", [(name, "POST")]).status == 405
        assert http.request("GET", "/oauth/token?_method=POST").status == 405


def test_options_names_the_methods_and_changes_nothing(http, database):
    """J4"""
    with database.unchanged():
        for path, allow in [("/oauth/token", "POST, OPTIONS"), ("/login", "GET, HEAD, POST, OPTIONS"),
                            ("/livez", "GET, HEAD, OPTIONS")]:
            response = http.request("OPTIONS", path, [("Origin", "https://evil.example")])
            assert (response.status, response.header("allow")) == (204, allow)
            assert response.header("access-control-allow-origin") is None


# ---- many ---------------------------------------------------------------------------------------


def test_a_thousand_pipelined_requests_are_answered_in_order(connection):
    """J5: with one that fails in the middle, and one that goes through the writer."""
    requests = [request_bytes("GET", "/livez")] * 1000
    requests[500] = request_bytes("GET", "/nowhere")
    requests[700] = request_bytes("POST", "/oauth/token", [FORM_TYPE], BODY)
    wanted = [200] * 1000
    wanted[500], wanted[700] = 404, 401
    with concurrent.futures.ThreadPoolExecutor(1) as sender:
        sending = sender.submit(connection.send, b"".join(requests))
        assert [connection.read().status for _ in requests] == wanted
        sending.result()


def test_running_out_of_descriptors_is_survived(tmp_path):
    """J5, M13: more connections than the process may open; when they leave, others
    get in."""
    with Server(tmp_path) as server:
        deadline = time.monotonic() + patience(30)
        while 'msg="listening"' not in server.log:  # before that, a loop may still need some
            assert time.monotonic() < deadline
            time.sleep(0.01)
        subprocess.run(["prlimit", "--pid", str(server.process.pid), "--nofile=64"], check=True)
        crowd = []
        for _ in range(100):
            crowd.append(Connection(server.port))
        assert server.process.poll() is None
        for connected in crowd:
            connected.close()
        with server.client() as http:
            assert http.get("/livez").status == 200


def test_a_stop_while_out_of_descriptors_is_an_orderly_one(tmp_path):
    """J5, M10: whoever waits to be let in when the server is told to stop is not let in."""
    with Server(tmp_path, SERVER_LOOPS="1") as server:
        until(lambda: 'msg="listening"' in server.log)
        subprocess.run(["prlimit", "--pid", str(server.process.pid), "--nofile=64"], check=True)
        crowd = [Connection(server.port) for _ in range(100)]
        server.terminate()
        assert server.ended() == 0
        for connected in crowd:
            connected.close()


def test_more_connections_than_allowed_wait_their_turn(tmp_path):
    """J5"""
    with Server(tmp_path, SERVER_MAX_CONNECTIONS="16", SERVER_LOOPS="1") as server:
        crowd = [Connection(server.port) for _ in range(40)]
        for connected in crowd:
            connected.send(request_bytes("GET", "/livez", [("Connection", "close")]))
        assert [c.read().status for c in crowd] == [200] * 40
        for connected in crowd:
            connected.close()


# ---- peers that leave ---------------------------------------------------------------------------


def test_peers_that_leave_in_the_middle_harm_nobody(server, http, database):
    """J9, CVE-2016-4817, CVE-2016-7835: during the head, the body, the wait for the writer, the password hash, and
    before reading the reply; by FIN and by RST."""
    client = database.add_client("Leaver", secret="s")
    token = request_bytes("POST", "/oauth/token", [FORM_TYPE, basic(client, "s")], BODY)
    login = request_bytes("POST", "/login", [FORM_TYPE], b"username=a&password=b")
    page = request_bytes("GET", "/login")
    for data in (token, login, page, token * 20, page * 50):
        for cut in (10, len(data) // 2, len(data) - 1, len(data)):
            for leave in (Connection.close, Connection.reset):
                leaver = Connection(server.port)
                leaver.send(data[:cut])
                leave(leaver)
    assert http.get("/readyz").status == 200
    assert database.is_intact()


def test_replies_that_nobody_reads_block_nobody(server, http):
    """J2, J9"""
    deaf = Connection(server.port)
    deaf.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.socket.setblocking(False)
    data = request_bytes("GET", "/login") * 2000
    try:
        while data:
            data = data[deaf.socket.send(data):]
    except BlockingIOError:
        pass
    for _ in range(20):
        assert http.get("/livez").status == 200
    deaf.reset()


# ---- addresses that are none ---------------------------------------------------------------------


@pytest.mark.parametrize("target", ["/nothing", "/%01", "/oauth/register/%1b%07", "/oauth/token&x=1"])
def test_an_address_that_is_none_is_answered_in_a_form_that_its_reader_knows(http, target):
    """JSON for programs, a page for browsers; never bare text."""
    reply = http.get(target)
    assert reply.status == 404 and reply.json()["error"]
    page = http.get(target, [("Accept", "text/html")])
    assert page.status == 404 and page.header("content-type").startswith("text/html")


def test_what_is_glued_to_an_address_is_not_logged(server, http):
    """By a client that forgets the question mark, a token is part of the path."""
    for target in ("/oauth/tokeninfo&access_token=ey-secret-1", "/x/ey-secret-1", "/%01ey-secret-1"):
        assert http.get(target).status == 404
    until(lambda: "path=unmatched" in server.log)
    assert "ey-secret-1" not in server.log


def test_discovery_is_found_behind_an_issuer_with_a_slash_at_its_end(http):
    wanted = http.get("/.well-known/openid-configuration").json()
    assert http.get("//.well-known/openid-configuration").json() == wanted
    assert http.get("//livez").status == 404
