"""Operators take files away: the audit trail for other programs, and a copy of the database."""

import csv
import io
import json
import os
import pwd
import sqlite3
import stat
import subprocess

import pytest

from admin import command
from running import BINARY, Server
from trail import assert_intact
from wire import FORM_TYPE, form


def export(server, *arguments):
    done = command(server, "audit", "export", *arguments)
    assert done.returncode == 0 and not done.stderr, done
    return done.stdout


def test_an_export_holds_every_row_once_newest_first(server, http, database):
    for _ in range(450):
        http.post("/oauth/device/code", {"client_id": server.client_id})
    before = database.count("audit_log")
    rows = [json.loads(line) for line in export(server).splitlines()]
    ids = [row["id"] for row in rows]
    assert 400 < before <= len(ids) == len(set(ids)) <= database.count("audit_log")
    assert ids == sorted(ids, reverse=True)
    table = list(csv.DictReader(io.StringIO(export(server, "--format", "csv"), newline="")))
    known = set(ids)
    assert [row for row in table if row["id"] in known] == rows  # the second may hold more, anywhere


def test_an_export_is_filtered(server, database):
    rows = export(server, "--event", "USER_CREATED").splitlines()
    assert len(rows) == database.value("SELECT count(*) FROM audit_log WHERE event = 'USER_CREATED'")


@pytest.mark.parametrize("agent", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_a_cell_is_no_formula(server, http, agent):
    """I11: what a stranger sends is no formula in an operator's spreadsheet."""
    http.request("POST", "/oauth/device/code", [FORM_TYPE, ("User-Agent", agent)],
                 form({"client_id": server.client_id}))
    text = export(server, "--format", "csv", "--event", "DEVICE_CODE_GENERATED")
    assert f"\"'{agent}\"" in text and f'"{agent}"' not in text


def test_a_format_that_is_none_is_told(server):
    assert command(server, "audit", "export", "--format", "xml").returncode == 2


def backup(server, *arguments):
    return subprocess.run([BINARY, "admin", "backup", *arguments], env=server.environment,
                          cwd=server.directory, capture_output=True, text=True, check=False)


def needs_sqlite(server):
    if server.environment["DATABASE_DRIVER"] != "sqlite":
        pytest.skip("copies a file")


def test_a_backup_is_a_private_whole_copy(server, database, tmp_path):
    needs_sqlite(server)
    server.published_keys()
    file = tmp_path / "copy.db"
    tables = ("users", "clients", "signing_keys", "audit_log")
    least = {table: database.count(table) for table in tables}
    done = backup(server, str(file))
    assert done.returncode == 0, done
    most = {table: database.count(table) for table in tables}  # the server goes on by itself
    who = pwd.getpwuid(os.getuid()).pw_name
    assert (f"offline:{who}", "database", f"file={file}") in database.events("DATABASE_BACKED_UP")
    assert not done.stderr and assert_intact(server)
    before = file.read_bytes()
    again = backup(server, str(file))
    assert again.returncode == 73 and "File exists" in again.stderr
    assert file.read_bytes() == before, "a backup is never in the way of another"
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    assert os.listdir(tmp_path) == ["copy.db"]
    with sqlite3.connect(file) as copy:
        for table in tables:
            copied = copy.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            assert 0 < least[table] <= copied <= most[table], table


def test_a_database_that_takes_no_row_is_copied_all_the_same(tmp_path):
    """M11: and the operator is told that the trail does not know of it."""
    with Server(tmp_path) as own:
        needs_sqlite(own)
        own.published_keys()
        own.stop()
        own.database.execute("CREATE TRIGGER full BEFORE INSERT ON audit_log BEGIN SELECT RAISE(ABORT, 'full'); END")
        done = backup(own, str(tmp_path / "copy.db"))
        assert done.returncode == 0 and "audit trail does not know" in done.stderr
        assert (tmp_path / "copy.db").exists()


def test_a_backup_that_fails_leaves_nothing(server, tmp_path):
    needs_sqlite(server)
    done = backup(server, str(tmp_path / "missing" / "copy.db"))
    assert done.returncode == 73 and "No such file" in done.stderr
    (tmp_path / "taken").mkdir()
    assert backup(server, str(tmp_path / "taken")).returncode == 73
    assert os.listdir(tmp_path) == ["taken"]


def test_a_database_with_tools_of_its_own_is_left_to_them(server, tmp_path):
    if server.environment["DATABASE_DRIVER"] == "sqlite":
        pytest.skip("is the one that is copied")
    done = backup(server, str(tmp_path / "copy"))
    assert done.returncode == 73 and "pg_dump" in done.stderr
