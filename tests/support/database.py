"""Looks into the server's database, and the few writes that no page offers yet.

Tests speak through this class only, so that a second one can speak to another
kind of database."""

import contextlib
import hashlib
import sqlite3
import time
import uuid

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
# Every refusal may be audited; housekeeping makes keys when it has the time.
UNWATCHED = ("audit_log", "signing_keys")


def now_ms():
    return int(time.time() * 1000)


class Database:
    """A SQLite file."""

    def __init__(self, path):
        self.path = path

    def rows(self, sql, *values):
        with contextlib.closing(sqlite3.connect(self.path, timeout=10)) as connection:
            return connection.execute(sql, values).fetchall()

    def value(self, sql, *values):
        (row,) = self.rows(sql, *values)
        return row[0]

    def execute(self, sql, *values):
        """One statement, committed; returns how many rows it changed."""
        with contextlib.closing(sqlite3.connect(self.path, timeout=10)) as connection:
            with connection:
                return connection.execute(sql, values).rowcount

    def tables(self):
        return [name for (name,) in self.rows(
            "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]

    def count(self, table):
        return self.value(f"SELECT count(*) FROM {table}")

    def snapshot(self, without=UNWATCHED):
        """table -> (number of rows, digest of all their contents)."""
        shot = {}
        for table in self.tables():
            if table not in without:
                rows = sorted(repr(row) for row in self.rows(f"SELECT * FROM {table}"))
                digest = hashlib.sha256("\n".join(rows).encode()).hexdigest()
                shot[table] = (len(rows), digest)
        return shot

    @contextlib.contextmanager
    def unchanged(self, without=UNWATCHED):
        """What happens inside changes no row, but for the tables that are not watched."""
        before = self.snapshot(without)
        yield
        after = self.snapshot(without)
        changed = [t for t in after if after[t] != before.get(t)]
        assert not changed, f"changed: {changed}"

    def events(self, event, target=None):
        sql = "SELECT actor, target, detail FROM audit_log WHERE event = ?"
        return self.rows(sql + " ORDER BY id", event) if target is None else \
            self.rows(sql + " AND target = ? ORDER BY id", event, target)

    def is_intact(self):
        return self.rows("PRAGMA integrity_check") == [("ok",)] and \
            self.rows("PRAGMA foreign_key_check") == []

    # ---- what administration will do ----

    def add_client(self, name="Test client", secret=None, auth_method=None, status="active",
                   grants=(DEVICE_GRANT, "client_credentials"),
                   scopes="openid profile email read write"):
        """Returns the client_id.  With a secret, the client is confidential."""
        client = uuid.uuid4()
        digest = hashlib.sha256(secret.encode()).digest() if secret is not None else None
        method = auth_method or ("client_secret_basic" if secret is not None else "none")
        self.execute(
            "INSERT INTO clients (id, name, type, auth_method, secret_digest, grants, scopes,"
            " status, created_ms, updated_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            client.bytes, name, "public" if secret is None else "confidential", method, digest,
            " ".join(grants), scopes, status, now_ms(), now_ms())
        return str(client)

    def set_client(self, client_id, column, value):
        assert self.execute(f"UPDATE clients SET {column} = ? WHERE id = ?", value,
                            uuid.UUID(client_id).bytes) == 1

    def delete_client(self, client_id):
        with contextlib.closing(sqlite3.connect(self.path, timeout=10)) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            with connection:
                connection.execute("DELETE FROM clients WHERE id = ?",
                                   (uuid.UUID(client_id).bytes,))

    def add_user(self, username, like="admin", full_name=""):
        """A user who signs in with the password of another."""
        (password_hash,) = self.rows(
            "SELECT password_hash FROM users WHERE username = ?", like)[0]
        self.execute(
            "INSERT INTO users (id, username, full_name, password_hash, created_ms, updated_ms)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            uuid.uuid4().bytes, username, full_name, password_hash, now_ms(), now_ms())

    def set_disabled(self, username, disabled=True):
        assert self.execute("UPDATE users SET disabled_ms = ? WHERE username = ?",
                            now_ms() if disabled else None, username) == 1

    def set_device_code(self, user_code, column, value):
        assert self.execute(f"UPDATE device_codes SET {column} = ? WHERE user_code = ?", value,
                            user_code.replace("-", "")) == 1

    def device_code(self, user_code, column):
        return self.value(f"SELECT {column} FROM device_codes WHERE user_code = ?",
                          user_code.replace("-", ""))
