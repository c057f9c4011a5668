"""Starts that must not succeed, and what a start puts in order.  Ids in docstrings are
rows of the catalogue of attacks."""

import os
import time
import uuid

import pytest

from database import now_ms
from device import Device
from running import Server
from sanitizer import patience

HOUR_MS = 3600 * 1000

a_file = pytest.mark.skipif(os.environ.get("TEST_DATABASE", "sqlite") != "sqlite",
                            reason="about SQLite's file")


def refuses_to_start(server):
    """Launches a server that must end by itself; what it says, and its status."""
    status = server.launch().ended()
    assert status not in (0, -6, -11), server.log
    server.assert_sound()
    return server.log


@a_file
def test_a_directory_that_is_missing_stops_the_start(tmp_path):
    """M4"""
    path = tmp_path / "nowhere" / "authgate.db"
    assert str(path) in refuses_to_start(Server(tmp_path, DATABASE_DSN=str(path)))


@a_file
def test_a_file_that_is_no_database_stops_the_start_and_is_left_alone(tmp_path):
    """M4"""
    path = tmp_path / "authgate.db"
    path.write_bytes(b"My poems, which nobody has a copy of.\n" * 100)
    before = path.read_bytes()
    assert str(path) in refuses_to_start(Server(tmp_path))
    assert path.read_bytes() == before


@a_file
def test_a_damaged_page_is_an_error_and_no_crash(tmp_path):
    """M2: the middle of the file is overwritten while nobody runs."""
    with Server(tmp_path) as server:
        pass
    path = tmp_path / "authgate.db"
    content = bytearray(path.read_bytes())
    content[4096:len(content) - 4096] = b"\xa5" * (len(content) - 8192)
    path.write_bytes(content)
    refuses_to_start(server)


def test_credentials_are_never_overwritten(tmp_path):
    """L6: nothing is stored either, so that the next start can do it properly."""
    (tmp_path / "credentials").write_text("precious\n")
    server = Server(tmp_path)
    assert "credentials" in refuses_to_start(server)
    assert (tmp_path / "credentials").read_text() == "precious\n"
    assert server.database.count("users") == server.database.count("clients") == 0
    (tmp_path / "credentials").unlink()
    with server:
        assert server.credentials["username"] == "admin"


def test_a_database_from_the_future_stops_the_start(tmp_path):
    """M16"""
    with Server(tmp_path) as server:
        server.database.execute(
            "INSERT INTO schema_migrations (version, name, sha256, applied_ms)"
            " SELECT max(version) + 1, 'future', 'x', 1 FROM schema_migrations")
    before = server.database.snapshot()
    assert "newer" in refuses_to_start(server)
    assert server.database.snapshot() == before


@pytest.mark.parametrize("age_ms,kept", [(HOUR_MS + 60_000, False), (HOUR_MS - 60_000, True)])
def test_codes_that_expired_long_ago_are_forgotten(tmp_path, age_ms, kept):
    """C15: an hour later, so that a late poll still hears `expired`."""
    with Server(tmp_path) as server, Device(server) as old, Device(server) as fresh:
        server.database.set_device_code(old.user_code, "expires_ms", now_ms() - age_ms)
        server.restart()
        deadline = time.monotonic() + (1 if kept else 10)
        while server.database.count("device_codes") == 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert server.database.count("device_codes") == (2 if kept else 1)
        old.http, fresh.http = server.client(), server.client()
        assert old.poll().error == ("expired_token" if kept else "invalid_grant")
        assert fresh.poll().error == "authorization_pending"


def test_expired_sessions_and_tokens_are_forgotten(tmp_path):
    with Server(tmp_path) as server:
        database = server.database
        user = database.value("SELECT id FROM users")
        database.execute(
            "INSERT INTO sessions (id, digest, user_id, ip, user_agent, created_ms, seen_ms,"
            " expires_ms) VALUES (?, ?, ?, '', '', 1, 1, 2)", uuid.uuid4().bytes, b"0" * 32, user)
        server.restart()
        deadline = time.monotonic() + patience(10)
        while database.count("sessions") and time.monotonic() < deadline:
            time.sleep(0.05)
        assert database.count("sessions") == 0
