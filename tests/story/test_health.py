"""A database that takes no changes: nothing is told that is not so, /readyz says why, and all
is well again without a restart. Ids in docstrings are rows of the catalogue of attacks."""

import hashlib
import os
import pathlib
import shutil
import socket
import subprocess
import time

import pytest

from race import at_once
from running import Server
from sanitizer import patience
from wire import basic

MACHINE = {"grant_type": "client_credentials"}

on_a_file = pytest.mark.skipif(os.environ.get("TEST_DATABASE", "sqlite") != "sqlite",
                               reason="the database is a file")


@pytest.fixture
def small_disk(tmp_path):
    """A directory on a disk of three megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "none", place],
                             capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"cannot mount: {mounted.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def reason_of(server, http):
    """Waits until the server is not ready; why."""
    deadline = time.monotonic() + patience(20)
    while (reply := http.get("/readyz")).status == 200:
        assert time.monotonic() < deadline, server.log
        time.sleep(0.05)
    assert reply.status == 503 and int(reply.header("retry-after")) >= 1
    assert http.get("/livez").status == 200
    assert http.get("/health").status in (200, 503)
    return reply.text


def on(directory, tmp_path):
    """A server whose database, and nothing else, is in that directory."""
    return Server(tmp_path, DATABASE_DRIVER="sqlite", DATABASE_DSN=str(directory / "authgate.db"))


def machine_of(server):
    """The Authorization header of a client, once the server has all its keys: a token waits for
    them, and they for the database."""
    server.published_keys()
    return basic(server.database.add_client("machine", secret="s"), "s")


@on_a_file
def test_a_full_disk_stores_nothing_and_tells_nothing(small_disk, tmp_path):
    """M1, M11: nor is what would leave no row in the audit log."""
    with on(small_disk, tmp_path) as server, server.client() as http:
        machine = machine_of(server)
        held = http.post("/oauth/token", MACHINE, [machine]).json()["access_token"]
        filler = small_disk / "filler"
        with filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(65536))
            except OSError:
                pass
        given, refused = [], 0
        while refused < 5:
            reply = http.post("/oauth/token", MACHINE, [machine])
            if reply.status == 200:
                given.append(reply.json()["access_token"])
                continue
            assert reply.status == 503 and reply.header("retry-after"), reply.text
            assert reply.error == "temporarily_unavailable"
            refused += 1
        assert "full" in reason_of(server, http)
        revocation = http.post("/oauth/revoke", {"token": held}, [machine])
        assert revocation.status == 503, "what is not stored is not told"
        assert http.post("/oauth/introspect", {"token": held}, [machine]).json()["active"] is True
        filler.unlink()
        server.wait()
        assert http.post("/oauth/token", MACHINE, [machine]).status == 200
        known = {digest for (digest,) in server.database.rows("SELECT digest FROM access_tokens")}
        assert {hashlib.sha256(token.encode()).digest() for token in given} < known
        assert len(known) == len(given) + 2
        assert server.database.is_intact()


@on_a_file
@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
def test_a_disk_that_fails_to_sync_stores_nothing_and_tells_nothing(tmp_path):
    """M2: a stretch of twenty EIOs."""
    server = Server(tmp_path)
    server.prefix = ["strace", "-D", "-f", "-qq", "--seccomp-bpf", "-o", "/dev/null",
                     "-e", "inject=fdatasync:error=EIO:when=300..320"]
    with server, server.client() as http:
        machine = machine_of(server)
        given, refused = [], 0
        deadline = time.monotonic() + patience(30)
        while not refused or http.get("/readyz").status != 200:
            assert time.monotonic() < deadline, server.log[-2000:]
            reply = http.post("/oauth/token", MACHINE, [machine])
            assert reply.status in (200, 503), reply.text
            if reply.status == 200:
                given.append(reply.json()["access_token"])
            refused += reply.status == 503
        assert "the database fails" in server.log
        server.kill()
    known = {digest for (digest,) in server.database.rows("SELECT digest FROM access_tokens")}
    assert {hashlib.sha256(token.encode()).digest() for token in given} <= known
    assert len(known) <= len(given) + refused
    assert server.database.is_intact()


@on_a_file
def test_a_read_only_disk_refuses_the_start(small_disk, tmp_path):
    """M4"""
    with on(small_disk, tmp_path):
        pass
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    server = on(small_disk, tmp_path).launch()
    assert server.ended() != 0
    assert "cannot start" in server.log and "authgate.db" in server.log.splitlines()[-1]


@on_a_file
def test_nothing_is_written_into_a_file_that_has_no_name(tmp_path):
    """M4: SQLite would go on, and all of it would be gone with the process."""
    with Server(tmp_path) as server, server.client() as http:
        machine = machine_of(server)
        path = pathlib.Path(server.environment["DATABASE_DSN"])
        assert http.post("/oauth/token", MACHINE, [machine]).status == 200
        path.rename(tmp_path / "elsewhere")
        # Several in one group, of which not even BEGIN succeeds: nothing is to be taken back.
        replies = at_once(server, lambda one, i: one.post("/oauth/token", MACHINE, [machine]))
        assert {reply.status for reply in replies} == {503}
        assert all(reply.header("retry-after") for reply in replies)
        assert "moved or deleted" in reason_of(server, http)
        assert http.get("/health").json() == {"status": "unhealthy", "database": "disconnected"}
        (tmp_path / "elsewhere").rename(path)
        server.wait()
        assert http.post("/oauth/token", MACHINE, [machine]).status == 200


def test_a_schema_that_went_back_is_not_ready(tmp_path):
    with Server(tmp_path) as server, server.client() as http:
        newest = server.database.rows(
            "SELECT version, name, sha256, applied_ms FROM schema_migrations "
            "ORDER BY version DESC LIMIT 1")[0]
        server.database.execute("DELETE FROM schema_migrations WHERE version = ?", newest[0])
        assert "schema is older" in reason_of(server, http)
        server.database.execute("INSERT INTO schema_migrations VALUES (?, ?, ?, ?)", *newest)
        server.wait()


def test_strangers_learn_nothing_about_the_server(server, http):
    """I18: no version, no database, no path, no name of the computer."""
    secrets = [server.environment["DATABASE_DSN"], str(server.directory), "sqlite", "postgres",
               socket.gethostname(), "authgate "]
    for path in ("/livez", "/readyz", "/health"):
        reply = http.get(path)
        told = reply.text + str(reply.headers).replace(server.url, "")
        for secret in secrets:
            assert len(secret) < 4 or secret not in told, (path, secret)
