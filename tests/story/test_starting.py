"""Starts that must not succeed, and what a start puts in order.  Ids in docstrings are
rows of the catalogue of attacks."""

import os
import re
import stat
import subprocess
import time
import uuid

import pytest

from database import Postgres, now_ms
from device import Device
from running import Server
from sanitizer import BINARY, patience
from waiting import until

HOUR_MS = 3600 * 1000

on_postgres = pytest.mark.skipif(os.environ.get("TEST_DATABASE") != "postgres",
                                 reason="make story-postgres")
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
    assert server.database.tables() == []
    (tmp_path / "credentials").unlink()
    with server:
        assert server.credentials["username"] == "admin"


# What a DSN may look like; each has a slash in another place.
DSN_FORMS = [
    "postgres://{user}:{password}@localhost/{dbname}?host={host}&port={port}",
    "host={host} port={port} user={user} password={password} dbname={dbname}",
    "host=localhost hostaddr=127.0.0.1 port={port} user={user} password='{password}/x' "
    "dbname={dbname} sslmode=disable sslrootcert=/etc/authgate/db-ca.pem",
    "host={host} port={port} user={user} password={password} dbname={dbname} TimeZone=Asia/Taipei",
]


@on_postgres
def test_a_user_who_may_not_make_tables_is_told_what_to_grant(tmp_path):
    """As PostgreSQL 15 has it for all but the owner."""
    dsn = Postgres.create()
    Postgres(dsn).execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    role = f"r{os.getpid()}"
    Postgres(dsn).execute(f"CREATE ROLE {role} LOGIN")
    said = refuses_to_start(Server(tmp_path, DATABASE_DRIVER="postgres",
                                   DATABASE_DSN=dsn.replace("user=postgres", f"user={role}")))
    assert "GRANT CREATE, USAGE ON SCHEMA public" in said


@on_postgres
@pytest.mark.parametrize("form", DSN_FORMS)
def test_a_first_start_on_postgresql_writes_its_file_and_shows_no_password(tmp_path, form):
    """CREDENTIALS_FILE is not set: the file is in the working directory, or where systemd says."""
    parts = dict(pair.split("=", 1) for pair in Postgres.create().split())
    parts = {"host": parts["host"], "port": parts["port"], "user": parts["user"],
             "dbname": parts["dbname"].split()[-1], "password": "Secret-Word"}
    server = Server(tmp_path, DATABASE_DRIVER="postgres", CREDENTIALS_FILE="",
                    DATABASE_DSN=form.format(**parts))
    server.launch()
    try:
        until(lambda: server.is_ready() or server.process.poll() is not None, 30)
        assert server.is_ready(), server.log
        assert (tmp_path / "authgate-credentials.txt").stat().st_mode & 0o777 == 0o600
    finally:
        server.stop()
    assert "Secret-Word" not in server.log


def test_a_first_start_without_a_place_for_its_password_changes_nothing(tmp_path):
    server = Server(tmp_path, CREDENTIALS_FILE=str(tmp_path / "nowhere" / "x.txt"))
    assert "nowhere" in refuses_to_start(server)
    assert server.database.tables() == []


def test_a_first_start_without_a_place_for_its_password_is_foreseen_by_config_and_doctor(tmp_path):
    server = Server(tmp_path, CREDENTIALS_FILE=str(tmp_path / "nowhere" / "x.txt"))
    check = subprocess.run([BINARY, "config", "check"], cwd=tmp_path, env=server.environment,
                           capture_output=True, text=True, check=False, timeout=patience(20))
    assert "nowhere is no directory" in check.stderr
    seen = subprocess.run([BINARY, "doctor"], cwd=tmp_path, env=server.environment,
                          capture_output=True, text=True, check=False, timeout=patience(60))
    assert seen.returncode == 1
    assert "the first start would stop" in seen.stdout


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


def of_the_service(tmp_path, **more):
    state = tmp_path / "state"
    state.mkdir()
    return state, Server(tmp_path, SESSION_SECRET="", SESSION_SECRET_FILE=str(state / "session-secret"), **more)


def test_the_first_start_makes_the_secret_where_the_service_keeps_its_state(tmp_path):
    state, server = of_the_service(tmp_path, STATE_DIRECTORY=str(tmp_path / "state"))
    with server:
        key = server.published_keys()
    (secret,) = state.iterdir()
    text = secret.read_text()
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600 and re.fullmatch("[0-9a-f]{64}\n", text)
    assert text.strip() not in server.log
    with server:
        assert server.published_keys() == key and secret.read_text() == text


def test_a_secret_elsewhere_is_never_made(tmp_path):
    state, server = of_the_service(tmp_path, STATE_DIRECTORY=str(tmp_path / "other"))
    assert "session-secret" in refuses_to_start(server) and not list(state.iterdir())


def test_only_the_server_makes_a_secret(tmp_path):
    state, server = of_the_service(tmp_path, STATE_DIRECTORY=str(tmp_path / "state"))
    done = subprocess.run([BINARY, "config", "check"], env=server.environment, cwd=tmp_path, check=False)
    assert done.returncode == 78 and not list(state.iterdir())
