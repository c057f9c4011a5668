"""HTTP/1.1 by hand: sends the bytes it is told to, also wrong ones, and reads
replies strictly, so that a reply which only a lenient client accepts fails."""

import contextlib
import base64
import json
import pathlib
import socket
import ssl
from dataclasses import dataclass, field
from urllib.parse import urlencode

from sanitizer import patience

TIMEOUT_S = patience(15)


class Closed(Exception):
    """The server closed the connection where a reply was expected."""


@dataclass
class Response:
    status: int
    headers: list  # of (lower-case name, value)
    body: bytes = b""
    raw_head: bytes = field(default=b"", repr=False)

    def all(self, name):
        return [v for n, v in self.headers if n == name]

    def header(self, name):
        """The one value of a header that may occur once; None if it does not."""
        values = self.all(name)
        assert len(values) <= 1, f"{name} occurs {len(values)} times"
        return values[0] if values else None

    @property
    def text(self):
        return self.body.decode("utf-8")

    def json(self):
        assert self.header("content-type") == "application/json", self
        return json.loads(self.body)

    @property
    def error(self):
        """The `error` of an OAuth error reply."""
        return self.json()["error"]


def parse_head(head):
    lines = head.split(b"\r\n")
    version, status, _reason = lines[0].split(b" ", 2)
    assert version == b"HTTP/1.1", lines[0]
    headers = []
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        assert colon and name == name.strip() and name, line
        assert b"\n" not in line and b"\r" not in line, line
        headers.append((name.decode("ascii").lower(), value.strip().decode("latin-1")))
    return Response(int(status), headers, raw_head=head)


class Connection:
    """One connection.  tls is an SSLContext."""

    def __init__(self, port, tls=None, host="127.0.0.1", timeout=TIMEOUT_S):
        self.buffer = b""
        self.socket = socket.create_connection((host, port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def reset(self):
        """Ends the connection with RST instead of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    def send(self, data):
        """A server that refuses early may close before it has read everything: its reply counts."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.socket.sendall(data if isinstance(data, bytes) else data.encode("latin-1"))

    def is_read(self):
        """Has the server taken in all that was sent?  Its end has an inode once it is accepted."""
        here, there = (f"{port:04X}" for port in (self.socket.getsockname()[1],
                                                  self.socket.getpeername()[1]))
        for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
            words = line.split()
            if (words[1][-4:], words[2][-4:]) == (there, here):
                return words[4].endswith(":00000000") and words[9] != "0"
        return False

    def _more(self):
        try:
            part = self.socket.recv(65536)
        except (ConnectionResetError, BrokenPipeError, ssl.SSLEOFError):
            part = b""
        if not part:
            raise Closed(f"closed after {self.buffer[:200]!r}")
        self.buffer += part

    def _until(self, mark):
        while mark not in self.buffer:
            self._more()
        found, self.buffer = self.buffer.split(mark, 1)
        return found

    def _exactly(self, n):
        while len(self.buffer) < n:
            self._more()
        found, self.buffer = self.buffer[:n], self.buffer[n:]
        return found

    def read(self, head=False):
        """Reads one reply; head says that the request was HEAD."""
        response = parse_head(self._until(b"\r\n\r\n"))
        if head or response.status in (204, 304):
            return response
        if response.header("transfer-encoding") == "chunked":
            while size := int(self._until(b"\r\n"), 16):
                response.body += self._exactly(size)
                assert self._exactly(2) == b"\r\n"
            self._until(b"\r\n")
        else:
            response.body = self._exactly(int(response.header("content-length")))
        return response

    def is_closed(self):
        """True once the server has closed; waits for it."""
        try:
            self._more()
        except Closed:
            return True
        except (socket.timeout, TimeoutError):
            return False
        return False

    def request(self, method, target, headers=(), body=None, host="127.0.0.1"):
        self.send(request_bytes(method, target, headers, body, host))
        return self.read(head=method == "HEAD")


def request_bytes(method, target, headers=(), body=None, host="127.0.0.1"):
    """A well-formed request."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in headers]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + (body or b"")


def basic(user, password):
    pair = f"{user}:{password}".encode()
    return ("Authorization", "Basic " + base64.b64encode(pair).decode())


def form(fields):
    """fields: a dict, a list of pairs, or bytes that are sent as they are.  A list as value
    repeats its name."""
    return fields if isinstance(fields, bytes) else urlencode(fields, doseq=True).encode()


FORM_TYPE = ("Content-Type", "application/x-www-form-urlencoded")


class Client:
    """Requests to one server, on one connection while it lasts."""

    def __init__(self, port, tls=None):
        self.port, self.tls, self.connection = port, tls, None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def request(self, method, target, headers=(), body=None, host="127.0.0.1"):
        kept = self.connection is not None
        if not kept:
            self.connection = Connection(self.port, self.tls)
        try:
            response = self.connection.request(method, target, headers, body, host)
        except (Closed, OSError):
            # An idle connection may be closed by the server at any moment.
            self.close()
            if not kept:
                raise
            return self.request(method, target, headers, body, host)
        if response.header("connection") == "close":
            self.close()
        return response

    def get(self, target, headers=()):
        return self.request("GET", target, headers)

    def post(self, target, fields, headers=()):
        return self.request("POST", target, [FORM_TYPE, *headers], form(fields))
