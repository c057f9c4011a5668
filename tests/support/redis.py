"""A Redis server of one test, and what a test asks of it."""

import pathlib
import secrets
import signal
import socket
import subprocess
import time

from running import free_port
from sanitizer import patience

START_S = 20


class Redis:
    """`redis-server` on loopback in a directory of its own."""

    def __init__(self, directory, password=None):
        self.directory, self.password = pathlib.Path(directory), password
        self.port, self.process = free_port(), None

    def environment(self, **changes):
        """What a server needs to count in it."""
        wanted = {"RATE_LIMIT_STORE": "redis", "REDIS_ADDR": f"127.0.0.1:{self.port}",
                  "ENABLE_RATE_LIMIT": "true", "TRUSTED_PROXIES": "127.0.0.1/32",
                  # A machine that is busy with other tests is no outage.
                  "REDIS_TIMEOUT_MS": "5000"}
        if self.password:
            wanted["REDIS_PASSWORD"] = self.password
        return {**wanted, **changes}

    # ---- its life ----

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()

    def start(self):
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.directory),
                   "--save", "", "--appendonly", "no", "--logfile", "redis.log"]
        if self.password:
            options += ["--requirepass", self.password]
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "redis-server", *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + patience(START_S)
        while True:
            try:
                assert self.ask("PING") == "PONG"
                return self
            except OSError:
                assert self.process.poll() is None and time.monotonic() < deadline
                time.sleep(0.02)

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait(20)
            self.process = None

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    # ---- questions ----

    def ask(self, *words):
        """One command on a connection of its own; its reply."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=patience(10)) as s:
            stream = s.makefile("rb")
            if self.password:
                s.sendall(_command("AUTH", self.password))
                _reply(stream)
            s.sendall(_command(*words))
            return _reply(stream)

    def keys(self):
        return self.ask("KEYS", "*")


def _command(*words):
    parts = [str(word).encode() for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts)


def _reply(stream):
    line = stream.readline()
    if not line:
        raise ConnectionError("Redis closed the connection")
    kind, rest = line[:1], line[1:-2].decode()
    if kind == b"-":
        raise AssertionError(rest)
    if kind == b"+":
        return rest
    if kind == b":":
        return int(rest)
    if kind == b"$":
        return None if rest == "-1" else stream.read(int(rest) + 2)[:-2].decode()
    return [_reply(stream) for _ in range(int(rest))]


def new_password():
    return "redis " + secrets.token_urlsafe(12)
