"""A server gives its place to the program that has its name by now."""

import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import time

import pytest

from admin import AdminClient
from ledger import Ledger
from running import Server, adopt_orphans
from sanitizer import BINARY, patience
from test_service import Manager
from waiting import until

FUTURE = pathlib.Path(BINARY).parent / "future"
UPGRADES = int(os.environ.get("UPGRADES", "5"))


class Installed(Server):
    """A server whose program can be replaced."""

    def __init__(self, directory, **environment):
        super().__init__(directory, **environment)
        self.program = self.directory / "authgate"
        self.install(BINARY)

    def install(self, program):
        """As packages do it: another file takes the name."""
        shutil.copy2(program, f"{self.program}.new")
        os.rename(f"{self.program}.new", self.program)

    def launch(self, binary=None, log=None):
        return super().launch(binary or self.program, log)


@pytest.fixture(autouse=True)
def _orphans():
    adopt_orphans()
    yield
    adopt_orphans(False)


@pytest.fixture
def server(tmp_path):
    with Installed(tmp_path) as running:
        yield running


def test_another_process_serves_in_its_place(server):
    first = server.process.pid
    before = server.hand_over()
    assert server.process.pid != first
    assert before.wait(patience(20)) == 0
    assert server.is_ready()
    with AdminClient(server) as ask:
        assert ask.get("/api/admin/v1/clients").status == 200
    again = server.hand_over()
    assert again.wait(patience(20)) == 0 and server.is_ready()


@pytest.mark.parametrize("number", [signal.SIGUSR2, signal.SIGHUP])
def test_no_request_fails_and_no_token_is_lost_over_upgrades(tmp_path, number):
    """UPGRADES=50 for longer: after every five, each of which migrates, a server begins anew."""
    for round_ in range(0, UPGRADES, 5):
        directory = tmp_path / str(round_)
        directory.mkdir()
        with Installed(directory) as server:
            server.published_keys()
            newest = server.database.value("SELECT max(version) FROM schema_migrations")
            ledger, left = Ledger(server, excuses=()), []
            with ledger:
                ledger.recovery(time.monotonic())
                for i in range(1, 6):
                    server.install(FUTURE / str(i) / "authgate")
                    left.append(server.hand_over(number))
                    ledger.recovery(time.monotonic())
            assert all(process.wait(patience(30)) == 0 for process in left)
            assert server.database.value("SELECT max(version) FROM schema_migrations") == newest + 5
            print(ledger.settle())


def test_a_connection_that_is_idle_is_still_answered(server):
    """By the one it was made with, which then asks to be left."""
    with server.client() as http, server.client() as other:
        assert http.get("/livez").header("connection") in (None, "keep-alive")
        assert other.get("/livez").status == 200
        before = server.hand_over()
        time.sleep(0.5)
        answer = http.get("/readyz")
        assert answer.status == 200 and answer.header("connection") == "close"
        other.close()
        assert before.wait(patience(20)) == 0


def test_a_program_that_does_not_start_leaves_everything_as_it_was(server):
    for program in ("#!/bin/sh\nexit 3\n", "no program"):
        server.program.unlink()
        server.program.write_text(program)
        server.program.chmod(0o755)
        failed = server.log.count("not handed over")
        server.process.send_signal(signal.SIGUSR2)
        until(lambda: server.log.count("not handed over") > failed)
        assert server.is_ready()
    server.reload()
    assert server.is_ready()


def test_a_configuration_that_is_wrong_leaves_everything_as_it_was(server):
    (server.directory / ".env").write_text("JWT_EXPIRATION=soon\n")
    server.process.send_signal(signal.SIGUSR2)
    until(lambda: "not handed over" in server.log)
    assert server.is_ready()


def children(pid):
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return found.stdout.split()


def test_a_stop_does_not_wait_for_a_program_that_never_serves(server):
    server.program.unlink()
    server.program.write_text("#!/bin/sh\nexec sleep 1000\n")
    server.program.chmod(0o755)
    server.process.send_signal(signal.SIGUSR2)
    until(lambda: children(server.process.pid))
    child = children(server.process.pid)[0]
    server.terminate()
    assert server.ended() == 0
    assert not pathlib.Path(f"/proc/{child}").exists()
    assert "not handed over" in server.log


def test_the_manager_is_told_who_serves(tmp_path):
    name = f"@authgate-notify-{secrets.token_hex(6)}"
    manager = Manager("\0" + name[1:])
    server = Installed(tmp_path, NOTIFY_SOCKET=name, WATCHDOG_USEC="3000000")
    server.prefix = ["sh", "-c", 'export WATCHDOG_PID=$$; exec "$@"', "sh"]
    with server:
        manager.hear("READY=1")
        manager.hear("WATCHDOG=1")
        server.install(BINARY)
        before = server.hand_over(signal.SIGHUP)
        manager.hear("RELOADING=1")
        assert manager.hear("MAINPID=")["MAINPID"] == str(server.process.pid)
        assert manager.hear("READY=1")["STATUS"] == "ready"
        assert before.wait(patience(20)) == 0
        manager.hear("WATCHDOG=1")
        assert not any("STOPPING" in text for text in manager.told)
    manager.hear("STOPPING=1")
    manager.socket.close()


def test_a_socket_of_the_service_manager_goes_along(tmp_path):
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        server = Installed(tmp_path, SERVER_ADDR="127.0.0.1:1")
        server.port = listening.getsockname()[1]
        server.environment["BASE_URL"] = f"http://127.0.0.1:{server.port}"
        server.inherited = listening
        with server:
            assert server.hand_over().wait(patience(20)) == 0
            assert server.is_ready()


@pytest.mark.parametrize("before,after", [(3, 1), (1, 3)])
def test_another_number_of_loops_leaves_no_queue_alone(tmp_path, before, after):
    (tmp_path / ".env").write_text(f"SERVER_LOOPS={before}\n")
    with Installed(tmp_path) as server:
        (tmp_path / ".env").write_text(f"SERVER_LOOPS={after}\n")
        assert server.hand_over().wait(patience(20)) == 0
        assert all(server.is_ready() for _ in range(60))


def test_a_variable_that_nobody_stands_behind_stops_the_start(tmp_path):
    """Whoever sets it by hand gets no server that listens nowhere."""
    server = Server(tmp_path, AUTHGATE_HANDOVER="3")
    assert server.launch().ended() == 78
    assert "AUTHGATE_HANDOVER" in server.log


def test_a_request_in_flight_is_answered_by_the_one_that_has_it(server):
    """Its head has come, its body comes after the hand-over."""
    body = b"client_id=x&grant_type=client_credentials&client_secret=y"
    with socket.create_connection(("127.0.0.1", server.port)) as slow:
        slow.sendall(b"POST /oauth/token HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                     b"Content-Length: %d\r\n\r\n" % len(body) + body[:5])
        time.sleep(0.2)
        before = server.hand_over()
        slow.sendall(body[5:])
        slow.settimeout(patience(10))
        assert slow.recv(4096).startswith(b"HTTP/1.1 401")
    assert before.wait(patience(20)) == 0
