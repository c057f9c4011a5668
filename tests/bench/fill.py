"""Fills a database with tokens that others have got, as years of use would, without going through the
server: one family, one access token and, for every tenth, one refresh token, of a few hundred people."""

import hashlib
import io
import itertools
import uuid

from database import now_ms

PEOPLE, BATCH = 500, 50_000
DAY_MS = 86_400_000
COLUMNS = {
    "families": ("id", "kind", "client_id", "user_id", "scope", "created_ms"),
    "access_tokens": ("id", "family_id", "digest", "scope", "issued_ms", "expires_ms"),
    "refresh_tokens": ("id", "family_id", "digest", "scope", "issued_ms", "expires_ms"),
}


def uuid7(ms, number):
    return (ms.to_bytes(6, "big") + (0x7000 | number >> 20 & 0xfff).to_bytes(2, "big")
            + (0x8000000000000000 | number).to_bytes(8, "big"))


def rows_of(total, client, users):
    """Yields (table, row), in the order of time: the last one is a minute old."""
    now = now_ms()
    for i in range(total):
        ms = now - 60_000 - (total - i) * DAY_MS // max(total, 1)
        one = uuid7(ms, i)
        if i % 10 == 0:
            family = one
            yield "families", (family, "code", client, users[i // 10 % len(users)], "openid profile", ms)
            yield "refresh_tokens", (one, family, hashlib.sha256(one).digest(), "openid profile",
                                     ms, now + 30 * DAY_MS)
        yield "access_tokens", (one, family, hashlib.sha256(one).digest(), "openid profile", ms,
                                now + DAY_MS)


def batches(rows):
    while chunk := list(itertools.islice(rows, BATCH)):
        yield {table: [row for kind, row in chunk if kind == table] for table in COLUMNS}


def copied(value):
    """A value as PostgreSQL's COPY reads it."""
    return "\\\\x" + value.hex() if isinstance(value, bytes) else str(value)


def into_postgres(database, filled):
    connection = database.open()
    cursor = connection.cursor()
    for batch in filled:
        for table, rows in batch.items():
            text = "".join("\t".join(map(copied, row)) + "\n" for row in rows)
            cursor.copy_expert(f"COPY {table} ({', '.join(COLUMNS[table])}) FROM STDIN", io.StringIO(text))
        connection.commit()
    connection.autocommit = True
    cursor.execute("VACUUM ANALYZE")
    connection.close()


def into_sqlite(database, filled):
    with database.connect() as run:
        connection = run.__self__
        run("PRAGMA synchronous = OFF")
        run("PRAGMA cache_size = -262144")
        for batch in filled:
            for table, rows in batch.items():
                marks = ", ".join("?" * len(COLUMNS[table]))
                connection.executemany(
                    f"INSERT INTO {table} ({', '.join(COLUMNS[table])}) VALUES ({marks})", rows)
            connection.commit()
        run("PRAGMA wal_checkpoint(TRUNCATE)")


def tokens(database, total):
    client = uuid.UUID(database.add_client("filled", secret="of nobody")).bytes
    for i in range(PEOPLE):
        database.add_user(f"person{i}")
    users = [row[0] for row in database.rows("SELECT id FROM users WHERE username LIKE 'person%'")]
    filled = batches(rows_of(total, client, users))
    if hasattr(database, "open"):
        into_postgres(database, filled)
    else:
        into_sqlite(database, filled)
