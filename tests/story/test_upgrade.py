"""A newer version migrates the database while this one serves on it."""

import os
import pathlib
import re
import shlex
import subprocess
import time

import pytest

from database import now_ms
from ledger import Ledger
from running import Server
from sanitizer import BINARY
from waiting import until

# What an expand migration may do: new tables, new columns that have a default, new indexes.
EXPANSION = [
    "CREATE TABLE future (id BLOB NOT NULL PRIMARY KEY)",
    "ALTER TABLE users ADD COLUMN future INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE clients ADD COLUMN future TEXT",
    "ALTER TABLE families ADD COLUMN future INTEGER",
    "ALTER TABLE access_tokens ADD COLUMN future INTEGER NOT NULL DEFAULT 7",
    "ALTER TABLE device_codes ADD COLUMN future TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE sessions ADD COLUMN future INTEGER",
    "ALTER TABLE signing_keys ADD COLUMN future INTEGER",
    "CREATE INDEX clients_future ON clients (future)",
]


@pytest.fixture
def server(tmp_path):
    with Server(tmp_path) as running:
        yield running


def migrate_as_a_newer_version(database):
    for sql in EXPANSION:
        if type(database).__name__ == "Postgres":
            sql = sql.replace("BLOB", "BYTEA")
        database.execute(sql)
    version = database.value("SELECT max(version) FROM schema_migrations") + 1
    database.execute("INSERT INTO schema_migrations (version, name, sha256, applied_ms)"
                     " VALUES (?, ?, ?, ?)", version, f"{version:04d}_future", "0" * 64, now_ms())


def looks(server):
    """How often the thread has woken that judges, every second, whether the server is ready."""
    for task in pathlib.Path(f"/proc/{server.process.pid}/task").iterdir():
        if (task / "comm").read_text().strip() == "watch":
            return int(re.search(r"^voluntary_ctxt_switches:\s(\d+)", (task / "status").read_text(),
                                 re.MULTILINE).group(1))
    raise AssertionError("no such thread")


def test_a_node_serves_on_while_a_newer_one_migrates(server):
    """M16, R14: not one request fails; a start of the older version is refused afterwards."""
    server.published_keys()
    ledger = Ledger(server)
    with ledger:
        ledger.recovery(time.monotonic())
        migrate_as_a_newer_version(server.database)
        ledger.recovery(time.monotonic())
        before = looks(server)
        until(lambda: looks(server) >= before + 3)
        assert server.is_ready()
    ledger.settle()
    assert all(ok for _, ok in ledger.results)
    server.stop()
    server.launch()
    assert server.ended() != 0
    assert "it is newer" in server.log


# ---- a copy before it, and back to that ----

FUTURE = pathlib.Path(BINARY).parent / "future" / "1" / "authgate"
on_sqlite = pytest.mark.skipif(os.environ.get("TEST_DATABASE", "sqlite") != "sqlite", reason="a file is copied")


def upgrade(server):
    """The newer version has served on its database, and is stopped."""
    server.stop()
    server.launch(FUTURE).wait()
    server.stop()


def refusal(server):
    seen = len(server.log)
    assert server.launch().ended() != 0
    return server.log[seen:]


def run(server, command):
    return subprocess.run([BINARY, *shlex.split(command)[1:]], env=server.environment, cwd=server.directory,
                          capture_output=True, text=True, check=False)


@on_sqlite
def test_an_older_version_says_how_to_go_back_and_that_works(server):
    kept = server.database.add_client("before", secret="s")
    before = server.database.value("SELECT max(version) FROM schema_migrations")
    upgrade(server)
    copy = pathlib.Path(f"{server.database.path}.schema-{before}")
    assert copy.stat().st_mode & 0o777 == 0o600
    server.launch(FUTURE).wait()
    lost = server.database.add_client("after", secret="s")
    told = run(server, f"authgate migrate restore {copy} --yes")
    assert told.returncode != 0 and "stop it" in told.stderr
    server.stop()
    command = re.search(r"authgate migrate restore \S+ --yes", refusal(server)).group(0)
    assert run(server, command.removesuffix(" --yes")).returncode == 2
    told = run(server, command)
    assert told.returncode == 0, told.stderr
    server.start()
    ids = [row for (row,) in server.database.rows("SELECT name FROM clients")]
    assert "before" in ids and "after" not in ids and kept != lost
    assert pathlib.Path(f"{server.database.path}.replaced").exists()


@on_sqlite
def test_there_is_one_copy_and_none_without_a_migration(server):
    older = pathlib.Path(f"{server.database.path}.schema-1")
    older.write_text("of long ago")
    server.restart()
    assert older.exists() and len(list(server.directory.glob("*.schema-*"))) == 1
    upgrade(server)
    assert not older.exists() and len(list(server.directory.glob("*.schema-*"))) == 1


@on_sqlite
def test_no_migration_begins_without_its_copy(server):
    """A full disk, or a directory that may not be written to."""
    before = server.database.value("SELECT max(version) FROM schema_migrations")
    pathlib.Path(f"{server.database.path}.schema-{before}").mkdir()
    server.stop()
    server.launch(FUTURE)
    assert server.ended() != 0
    assert "the copy before a migration cannot be made" in server.log
    assert server.database.value("SELECT max(version) FROM schema_migrations") == before
    server.environment["DATABASE_SNAPSHOT"] = "false"
    server.launch(FUTURE).wait()
    assert server.database.value("SELECT max(version) FROM schema_migrations") == before + 1


@on_sqlite
def test_what_is_no_database_replaces_none(server):
    server.stop()
    (server.directory / "text").write_text("x" * 5000)
    for name in ("text", "nowhere"):
        assert run(server, f"authgate migrate restore {name} --yes").returncode != 0
    server.start()
    assert not list(server.directory.glob("*.restored*"))


def test_a_newer_program_takes_its_migration_back(server):
    before = server.database.value("SELECT max(version) FROM schema_migrations")
    server.environment["DATABASE_SNAPSHOT"] = "false"
    upgrade(server)
    assert f"authgate migrate down --to {before} --yes" in refusal(server)
    server.launch(FUTURE).wait()
