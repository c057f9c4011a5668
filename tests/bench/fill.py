"""Fills a database with tokens that others have got, as years of use would, without going through the
server: one family, one access token and, for every tenth, one refresh token, of a few hundred people."""

import hashlib
import itertools
import uuid

from database import now_ms, uuid7

PEOPLE, BATCH = 500, 50_000
DAY_MS = 86_400_000
COLUMNS = {
    "families": ("id", "kind", "client_id", "user_id", "scope", "created_ms"),
    "access_tokens": ("id", "family_id", "digest", "scope", "issued_ms", "expires_ms"),
    "refresh_tokens": ("id", "family_id", "digest", "scope", "issued_ms", "expires_ms"),
}


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


def tokens(database, total):
    client = uuid.UUID(database.add_client("filled", secret="of nobody")).bytes
    for i in range(PEOPLE):
        database.add_user(f"person{i}")
    users = [row[0] for row in database.rows("SELECT id FROM users WHERE username LIKE 'person%'")]
    for batch in batches(rows_of(total, client, users)):
        for table, rows in batch.items():
            database.load(table, COLUMNS[table], rows)
    database.settle()
