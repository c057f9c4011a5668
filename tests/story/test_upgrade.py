"""A newer version migrates the database while this one serves on it."""

import pathlib
import re
import time

import pytest

from database import now_ms
from ledger import Ledger
from running import Server
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
