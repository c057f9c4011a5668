"""HTTP/2, which is not spoken unless the configuration asks for it, and then warns: the HTTP library
is old. Frames are written by hand (RFC 9113). Ids in docstrings are rows of the catalogue of
attacks."""

import socket
import ssl
import struct
import time

import pytest

import certificate
from running import Server
from sanitizer import cannot_hold, patience
from wire import Connection

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = \
    0, 1, 2, 3, 4, 6, 7, 8, 9
END_STREAM, END_HEADERS = 1, 4
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
PROTOCOL_ERROR, FLOW_CONTROL_ERROR, COMPRESSION_ERROR, CALM_DOWN = 1, 3, 9, 11


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + \
        struct.pack(">I", stream) + payload


def text(value):
    """A string of HPACK, not compressed (RFC 7541 section 5.2)."""
    if len(value) < 127:
        return bytes([len(value)]) + value
    rest, size = len(value) - 127, bytes([127])
    while rest >= 128:
        size, rest = size + bytes([rest % 128 + 128]), rest // 128
    return size + bytes([rest]) + value


def field(name, value):
    return b"\x00" + text(name) + text(value)


def head(*more, path=b"/livez"):
    """GET and https by their numbers, the rest in full."""
    return b"\x82\x87" + field(b":path", path) + field(b":authority", b"a") + b"".join(more)


def get(stream, *more, path=b"/livez"):
    return frame(HEADERS, END_STREAM | END_HEADERS, stream, head(*more, path=path))


@pytest.fixture(scope="module", params=["false", "true"])
def secure(request, tmp_path_factory):
    directory = tmp_path_factory.mktemp("secure")
    certificate.write(directory, "name")
    server = Server(directory, SERVER_HTTP2=request.param, SERVER_LOOPS="1",
                    TLS_CERT_FILE=str(directory / "cert.pem"),
                    TLS_KEY_FILE=str(directory / "key.pem"))
    server.environment["BASE_URL"] = f"https://127.0.0.1:{server.port}"
    server.tls = certificate.trusting(directory / "cert.pem")
    with server:
        yield server


without = pytest.mark.parametrize("secure", ["false"], indirect=True)
opted_in = pytest.mark.parametrize("secure", ["true"], indirect=True)


def context_for(server, *protocols):
    context = certificate.trusting(server.directory / "cert.pem")
    context.set_alpn_protocols(protocols)
    return context


class Talk:
    """One connection; what was said on it."""

    def __init__(self, server):
        self.socket = context_for(server, "h2").wrap_socket(
            socket.create_connection(("127.0.0.1", server.port), timeout=10),
            server_hostname="127.0.0.1")
        assert self.socket.selected_alpn_protocol() == "h2"
        self.send(PREFACE + frame(SETTINGS, 0, 0))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        """False if the server has closed the connection."""
        try:
            self.socket.sendall(data)
        except (OSError, ssl.SSLError):
            return False
        return True

    def frames(self, until, seconds=5):
        """(kind, flags, stream, payload), until there is one of that kind, or no more."""
        buffer, seen = b"", []
        self.socket.settimeout(seconds)
        try:
            while not any(kind == until for kind, _, _, _ in seen):
                data = self.socket.recv(65536)
                if not data:
                    break
                buffer += data
                while len(buffer) >= 9 + (n := int.from_bytes(buffer[:3], "big")):
                    seen.append((buffer[3], buffer[4], int.from_bytes(buffer[5:9], "big"),
                                 buffer[9:9 + n]))
                    buffer = buffer[9 + n:]
        except (OSError, ssl.SSLError):
            pass
        return seen

    def answer(self):
        """The body of the first answer that has one."""
        return next((said[3] for said in self.frames(DATA) if said[0] == DATA), None)

    def farewell(self):
        """The error of the GOAWAY."""
        return next((int.from_bytes(said[3][4:8], "big") for said in self.frames(GOAWAY)
                     if said[0] == GOAWAY), None)


@without
def test_it_is_not_spoken_by_default(secure):
    """J6, J7, J8, CVE-2023-44487: nobody agrees to it, and who begins all the same is no HTTP."""
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        Connection(secure.port, context_for(secure, "h2"))
    for data in (PREFACE, PREFACE + frame(SETTINGS, 0, 0) + get(1)):
        with Connection(secure.port, context_for(secure, "h2", "http/1.1")) as connection:
            assert connection.socket.selected_alpn_protocol() == "http/1.1"
            connection.send(data)
            assert connection.read().status == 400 and connection.is_closed()


@opted_in
def test_it_is_spoken_when_asked_for(secure):
    with Talk(secure) as talk:
        talk.send(get(1))
        assert talk.answer() == b"ok\n"
    assert '"HTTP/2 is on' in secure.log


MALFORMED = {
    "name in upper case": field(b"X-Up", b"1"),
    "second path": field(b":path", b"/x"),
    "unknown pseudo header": field(b":foo", b"a"),
    "te": field(b"te", b"gzip"),
    "connection": field(b"connection", b"close"),
    "transfer-encoding": field(b"transfer-encoding", b"chunked"),
    "upgrade": field(b"upgrade", b"h2c"),
}


@opted_in
@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_heads_end_the_connection(secure, name):
    """J8"""
    with Talk(secure) as talk:
        talk.send(get(1, MALFORMED[name]))
        assert talk.farewell() == PROTOCOL_ERROR


@opted_in
@pytest.mark.parametrize("block,error", [
    (b"\xff\xff\xff\xff\x0f", COMPRESSION_ERROR),           # an index that is nobody's
    (b"\x3f\xff\xff\xff\x7f" + head(), COMPRESSION_ERROR),  # a table larger than was offered
])
def test_broken_compression_ends_the_connection(secure, block, error):
    """J8"""
    with Talk(secure) as talk:
        talk.send(frame(HEADERS, END_STREAM | END_HEADERS, 1, block))
        assert talk.farewell() == error


def memory_kb(server):
    with open(f"/proc/{server.process.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4


@opted_in
@cannot_hold("freed memory is kept")
def test_a_head_that_unfolds_is_too_large(secure):
    """J8: a header of 4 kB that is put into the table and then named 12,000 times by one byte."""
    before_kb = memory_kb(secure)
    bomb = b"\x40" + text(b"x") + text(b"y" * 4000) + b"\xbe" * 12_000
    with Talk(secure) as talk:
        talk.send(get(1, bomb))
        assert b"head is too large" in talk.answer()
        assert memory_kb(secure) - before_kb < 8_000
        talk.send(get(3))
        assert talk.answer() == b"ok\n"


@opted_in
def test_a_path_that_is_too_long_is_refused(secure):
    """J3"""
    with Talk(secure) as talk:
        talk.send(get(1, path=b"/" + b"a" * 9000))
        assert b"The address is too long." in talk.answer()


POST = b"\x83\x87" + field(b":path", b"/oauth/token") + field(b":authority", b"a")
PRIORITIES = b"".join(frame(PRIORITY, 0, 2 * i + 1, struct.pack(">IB", 2 * i + 3, 1))
                      for i in range(100))
# What is sent first, what again and again, how often, and the error of the GOAWAY if there is one.
FLOODS = {
    "ping": (b"", frame(PING, 0, 0, b"12345678") * 1000, 100, None),
    "settings": (b"", frame(SETTINGS, 0, 0) * 1000, 100, None),
    "continuation": (frame(HEADERS, END_STREAM, 1, head()),
                     frame(CONTINUATION, 0, 1, field(b"a", b"b" * 1000)) * 16, 100, PROTOCOL_ERROR),
    "empty continuation": (frame(HEADERS, END_STREAM, 1, head()),
                           frame(CONTINUATION, 0, 1) * 1000, 100, None),
    "empty data": (frame(HEADERS, END_HEADERS, 1, POST), frame(DATA, 0, 1) * 1000, 100, None),
    "priorities": (b"", PRIORITIES, 100, CALM_DOWN),
    "depends on itself": (b"", frame(PRIORITY, 0, 1, struct.pack(">IB", 1, 1)), 1, PROTOCOL_ERROR),
    "window of nothing": (frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 0)),
                          b"".join(get(2 * i + 1, path=b"/login") for i in range(90)), 1, None),
    "window too large": (b"", frame(WINDOW_UPDATE, 0, 0, b"\x7f\xff\xff\xff"), 2,
                         FLOW_CONTROL_ERROR),
    "resets": (b"", b"".join(get(2 * i + 1) + frame(RST_STREAM, 0, 2 * i + 1, b"\0\0\0\x08")
                             for i in range(20_000)), 1, None),
}


@opted_in
@cannot_hold("freed memory is kept")
@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_keeps_nobody_else_waiting(secure, name):
    """J6, J7, CVE-2019-9512, CVE-2019-9515: the one loop goes on, and memory stays; what the protocol forbids ends in GOAWAY."""
    first, again, times, error = FLOODS[name]
    before_kb = memory_kb(secure)
    with Talk(secure) as talk:
        talk.send(first)
        for _ in range(times):
            if not talk.send(again):
                break
        began = time.monotonic()
        with secure.client() as http:
            assert http.get("/livez").status == 200
        assert time.monotonic() - began < patience(1)
        assert memory_kb(secure) - before_kb < 16_000
        assert error is None or talk.farewell() == error
    assert secure.is_ready()
