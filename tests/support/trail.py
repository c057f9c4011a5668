"""Is the audit trail of a server intact?  And what the database keeps of it."""

import json

from admin import command

TABLES = {"audit_log": ("chain", "seq"), "audit_chains": ("chain",)}


def verify(server, *arguments):
    """The verdict of `authgate admin audit verify`."""
    done = command(server, "audit", "verify", "--json", *arguments)
    assert done.returncode in (0, 65) and not done.stderr, done
    verdict = json.loads(done.stdout)
    assert verdict["intact"] == (done.returncode == 0)
    return verdict


def assert_intact(server, *arguments):
    verdict = verify(server, *arguments)
    assert verdict["intact"], verdict["text"]
    return verdict["rows"]


def keep(database):
    """All rows of the trail, as they are now."""
    return {table: database.rows(f"SELECT * FROM {table} ORDER BY {', '.join(key)}")
            for table, key in TABLES.items()}


def put_back(database, kept):
    """Makes the trail what it was."""
    for table, rows in kept.items():
        database.execute(f"DELETE FROM {table}")
        for row in rows:
            values = [bytes(v) if isinstance(v, memoryview) else v for v in row]
            database.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", *values)
