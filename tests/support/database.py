"""Looks into the server's database, and the few writes that no page offers yet.

Tests speak through this class only and do not know which kind of database it
is: SQLite, or PostgreSQL if TEST_DATABASE says so and TEST_POSTGRES is the DSN
of a cluster in which databases can be made."""

import base64
import contextlib
import hashlib
import io
import itertools
import os
import secrets
import sqlite3
import time
import uuid

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
# Every refusal may be audited; housekeeping makes keys when it has the time, and is elected.
UNWATCHED = ("audit_log", "audit_chains", "signing_keys", "leases")


def now_ms():
    return int(time.time() * 1000)


def uuid7(ms, number):
    """Ids in the order of their numbers, below 2^32, as long as that is the order of their times."""
    return (ms.to_bytes(6, "big") + (0x7000 | number >> 20 & 0xfff).to_bytes(2, "big")
            + (0x8000000000000000 | number).to_bytes(8, "big"))


def new_database(directory):
    """The environment of a server whose database is its own."""
    if os.environ.get("TEST_DATABASE", "sqlite") == "sqlite":
        return {"DATABASE_DRIVER": "sqlite", "DATABASE_DSN": str(directory / "authgate.db")}
    return {"DATABASE_DRIVER": "postgres", "DATABASE_DSN": Postgres.create()}


def open_database(environment):
    kind = {"sqlite": Sqlite, "postgres": Postgres}[environment["DATABASE_DRIVER"]]
    return kind(environment["DATABASE_DSN"])


class Database:
    """What tests ask; the subclasses connect."""

    def rows(self, sql, *values):
        with self.connect() as run:
            return run(sql, values).fetchall()

    def value(self, sql, *values):
        (row,) = self.rows(sql, *values)
        return row[0]

    def execute(self, sql, *values):
        """One statement, committed; returns how many rows it changed."""
        with self.connect() as run:
            return run(sql, values).rowcount

    def count(self, table):
        return self.value(f"SELECT count(*) FROM {table}")

    def contents(self):
        """Every value of every row, one per line."""
        values = (value for table in self.tables()
                  for row in self.rows(f"SELECT * FROM {table}") for value in row)
        return b"\n".join(v if isinstance(v, bytes) else str(v).encode() for v in values)

    def snapshot(self, without=UNWATCHED):
        """table -> row -> when it expires, if ever. Looking at a session is no change."""
        shot = {}
        with self.connect() as run:
            for table in [t for t in self.tables() if t not in without]:
                cursor = run(f"SELECT * FROM {table}", ())
                names = [column[0] for column in cursor.description]
                rows = [dict(zip(names, row)) for row in cursor.fetchall()]
                for row in rows:
                    row.pop("seen_ms", None)
                shot[table] = {repr(row): row.get("expires_ms") for row in rows}
        return shot

    @contextlib.contextmanager
    def unchanged(self, without=UNWATCHED):
        """What happens inside changes no row, but for the tables that are not watched, and for rows
        that are swept away because they have expired."""
        before = self.snapshot(without)
        yield
        after, now = self.snapshot(without), now_ms()
        appeared = {t: set(after[t]) - set(before.get(t, ())) for t in after}
        lost = {t: [row for row, expires_ms in rows.items()
                    if row not in after[t] and not (expires_ms and expires_ms <= now)]
                for t, rows in before.items()}
        changed = [t for t in after if appeared[t] or lost.get(t)]
        assert not changed, f"changed: {changed}"

    def events(self, event, target=None):
        sql = "SELECT actor, target, detail FROM audit_log WHERE event = ?"
        return self.rows(sql + " ORDER BY id", event) if target is None else \
            self.rows(sql + " AND target = ? ORDER BY id", event, target)

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
        assert self.execute("DELETE FROM clients WHERE id = ?", uuid.UUID(client_id).bytes) == 1

    def add_user(self, username, like="admin", full_name=""):
        """A user who signs in with the password of another."""
        (password_hash,) = self.rows(
            "SELECT password_hash FROM users WHERE username = ?", like)[0]
        self.execute(
            "INSERT INTO users (id, username, full_name, password_hash, created_ms, updated_ms)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            uuid.uuid4().bytes, username, full_name, password_hash, now_ms(), now_ms())

    def add_session(self, username):
        """Signs a user in without a password; returns the value of the browser's cookie."""
        one, secret = uuid7(now_ms(), secrets.randbits(32)), secrets.token_bytes(32)
        self.execute(
            "INSERT INTO sessions (id, digest, user_id, ip, user_agent, created_ms, seen_ms,"
            " expires_ms) SELECT ?, ?, id, '', '', ?, ?, ? FROM users WHERE username = ?",
            one, hashlib.sha256(secret).digest(), now_ms(), now_ms(), now_ms() + 3_600_000,
            username)
        return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode()
                        for part in (one, secret))

    def add_device_codes(self, client_id, user_codes):
        """Pending ones, which nobody has the device code of."""
        client, now = uuid.UUID(client_id).bytes, now_ms()
        self.load("device_codes", (
            "id", "digest", "user_code", "client_id", "scope", "interval_s", "ip", "user_agent",
            "created_ms", "expires_ms"), [
                (uuid7(now, number), bytes(32), code, client, "openid", 5, "192.0.2.1", "test",
                 now, now + 1_800_000) for number, code in enumerate(user_codes)])

    def connect_identity(self, user, provider="corp", subject=None):
        """An account at another server for a user, by name or id; its id."""
        new = uuid7(now_ms(), int.from_bytes(os.urandom(6), "big"))
        column = "username" if "-" not in user else "id"
        value = user if column == "username" else uuid.UUID(user).bytes
        (owner,) = self.rows(f"SELECT id FROM users WHERE {column} = ?", value)[0]
        self.execute("INSERT INTO identities (id, user_id, provider, issuer, subject, username,"
                     " linked_ms, used_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", new, owner, provider,
                     "https://corp.example", subject or os.urandom(8).hex(), "casey", now_ms(), now_ms())
        return new

    def set_disabled(self, username, disabled=True):
        assert self.execute("UPDATE users SET disabled_ms = ? WHERE username = ?",
                            now_ms() if disabled else None, username) == 1

    def set_device_code(self, user_code, column, value):
        assert self.execute(f"UPDATE device_codes SET {column} = ? WHERE user_code = ?", value,
                            user_code.replace("-", "")) == 1

    def device_code(self, user_code, column):
        return self.value(f"SELECT {column} FROM device_codes WHERE user_code = ?",
                          user_code.replace("-", ""))


class Sqlite(Database):
    """A file."""

    def __init__(self, path):
        self.path = path

    @contextlib.contextmanager
    def connect(self):
        with contextlib.closing(sqlite3.connect(self.path, timeout=10)) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            with connection:
                yield connection.execute

    def load(self, table, columns, rows):
        """Many rows in one transaction, which need not survive a crash of the machine."""
        marks = ", ".join("?" * len(columns))
        with contextlib.closing(sqlite3.connect(self.path, timeout=10)) as connection:
            connection.execute("PRAGMA synchronous = OFF")
            with connection:
                connection.executemany(
                    f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)

    def settle(self):
        """After a load: what the database does in a quiet hour."""
        self.rows("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextlib.contextmanager
    def blocked(self):
        """Nobody else can write while this lasts."""
        with contextlib.closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")

    def tables(self):
        return [name for (name,) in self.rows(
            "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]

    def is_intact(self):
        return self.rows("PRAGMA integrity_check") == [("ok",)] and \
            self.rows("PRAGMA foreign_key_check") == []


class Postgres(Database):
    """A database in the cluster of TEST_POSTGRES."""

    numbers = itertools.count()

    def __init__(self, dsn):
        self.dsn = dsn

    @classmethod
    def create(cls):
        name = f"t{os.getpid()}_{next(cls.numbers)}"
        cluster = cls(os.environ["TEST_POSTGRES"])
        with contextlib.closing(cluster.open()) as connection:
            connection.autocommit = True
            connection.cursor().execute(f"CREATE DATABASE {name}")
        return f"{cluster.dsn} dbname={name}"

    def open(self):
        import psycopg2
        import psycopg2.extensions
        plain = psycopg2.extensions.new_type(
            psycopg2.BINARY.values, "BYTES", lambda value, cursor:
            None if value is None else bytes(psycopg2.BINARY(value, cursor)))
        connection = psycopg2.connect(self.dsn, application_name="tests")
        psycopg2.extensions.register_type(plain, connection)
        return connection

    @contextlib.contextmanager
    def connect(self):
        with contextlib.closing(self.open()) as connection:
            with connection, connection.cursor() as cursor:
                def run(sql, values=()):
                    cursor.execute(sql.replace("%", "%%").replace("?", "%s"), values)
                    return cursor
                yield run

    def load(self, table, columns, rows):
        """Many rows in one transaction."""
        def copied(value):
            if value is None:
                return "\\N"
            return "\\\\x" + value.hex() if isinstance(value, bytes) else str(value)
        text = "".join("\t".join(map(copied, row)) + "\n" for row in rows)
        with contextlib.closing(self.open()) as connection, connection:
            connection.cursor().copy_expert(
                f"COPY {table} ({', '.join(columns)}) FROM STDIN", io.StringIO(text))

    def settle(self):
        """After a load: what the database does in a quiet hour."""
        with contextlib.closing(self.open()) as connection:
            connection.autocommit = True
            connection.cursor().execute("VACUUM ANALYZE")

    @contextlib.contextmanager
    def blocked(self):
        """Nobody else can write while this lasts."""
        with contextlib.closing(self.open()) as connection:
            tables = ", ".join(self.tables())
            connection.cursor().execute(f"LOCK TABLE {tables} IN EXCLUSIVE MODE")
            yield
            connection.rollback()

    def tables(self):
        return [name for (name,) in self.rows(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND "
            "relnamespace = 'public'::regnamespace ORDER BY 1")]

    def is_intact(self):
        """Its constraints are always in force."""
        return True

    def end_connections(self):
        """As an administrator would; returns how many there were."""
        return self.value("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                          "WHERE application_name = 'authgate' AND datname = current_database()")
