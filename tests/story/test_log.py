"""The log, and who reads it."""

import os
import pty
import socket

import pytest

from running import Server
from waiting import until


def pipe():
    reading, writing = os.pipe()
    return reading, os.fdopen(writing, "wb")


def journal():
    here, there = socket.socketpair()
    return here.detach(), os.fdopen(there.detach(), "wb")


def terminal():
    master, slave = pty.openpty()
    return master, os.fdopen(slave, "wb")


class Reader:
    """The end of the log that is here."""

    def __init__(self, fd):
        self.fd, self.text = fd, b""
        os.set_blocking(fd, False)

    def read(self):
        try:
            while part := os.read(self.fd, 1 << 16):
                self.text += part
        except (BlockingIOError, OSError):
            pass
        return self.text.decode(errors="replace")


@pytest.mark.parametrize("make", [pipe, journal, terminal])
def test_a_log_that_nobody_reads_stops_nobody(tmp_path, make):
    """Lines are dropped, and counted; when it flows again, one line says how many."""
    here, there = make()
    server = Server(tmp_path, METRICS_ENABLED="true")
    server.log_path.touch()
    server.launch(log=there)
    with server:
        def dropped():
            return server.metric("authgate_log_dropped_lines_total")
        with server.client() as http:
            for _ in range(1000):
                assert http.get("/livez").status == 200
            until(lambda: all(http.get("/livez").status == 200 for _ in range(500)) and dropped())
            reader = Reader(here)
            until(lambda: http.get("/livez") and "log lines were dropped" in reader.read())
            lines = reader.text.decode(errors="replace").splitlines()
        told = [line for line in lines if "log lines were dropped" in line]
        assert "level=warning" in told[-1]
        assert 0 < sum(int(line.split("lines=")[1]) for line in told) <= dropped()
        # Whole lines only, but for a terminal, which takes what it can.  What the configuration
        # is told about first is no log.
        logged = [line for line in lines if "level=" in line]
        assert make is terminal or all(line.startswith("time=") and line.count("level=") == 1
                                       for line in logged)
    os.close(here)
