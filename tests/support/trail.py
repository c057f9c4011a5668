"""Is the audit trail of a server intact?  And what the database keeps of it."""

import hmac
import itertools
import json

from admin import command
from database import now_ms, uuid7

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


# ---- a long one ----

BATCH = 100_000
ROW = ("chain", "seq", "id", "event", "actor", "target", "detail", "request_id", "ip", "user_agent", "at_ms",
       "hash")
CHAIN = ("chain", "node", "started_ms", "head_seq", "head_ms", "head_hash", "head_mac", "floor_seq",
         "floor_hash", "floor_mac")
NOTHING = bytes(32)


def key_of(secret):
    """HKDF (RFC 5869) of one block, as lib/crypto/digest.c derives keys."""
    extracted = hmac.digest(NOTHING, secret.encode(), "sha256")
    return hmac.digest(extracted, b"authgate audit\x01", "sha256")


def field(value):
    """As lib/store/audit_chain.c hashes it: numbers as they are, bytes with their length."""
    if isinstance(value, int):
        return value.to_bytes(8, "big")
    value = value.encode() if isinstance(value, str) else value
    return len(value).to_bytes(8, "big") + value


def proof(key, *fields):
    return hmac.digest(key, b"".join(map(field, fields)), "sha256")


def events(key, chain, count):
    """Rows of one chain, of the last twelve hours."""
    begin, before = now_ms() - 43_200_000, NOTHING
    for seq in range(1, count + 1):
        at_ms = begin + seq * 43_000_000 // count
        row = (uuid7(at_ms, seq), "ACCESS_TOKEN_ISSUED", f"user:person{seq % 5000}",
               "client:0190b5c0-0000-7000-8000-000000000000", "scope=openid profile email grant=code",
               "9f2c1c1e6a5b4d3c", f"192.0.2.{seq % 256}", "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0",
               at_ms)
        before = proof(key, "row", chain, seq, before, *row)
        yield (chain, seq, *row, before)


def lengthen(server, count):
    """Adds a chain of so many rows to the trail, as a node would have written it."""
    key, database, now = key_of(server.environment["SESSION_SECRET"]), server.database, now_ms()
    chain = database.value("SELECT head_seq FROM audit_chains WHERE chain = 0") + 1
    rows, last = events(key, chain, count), NOTHING
    while batch := list(itertools.islice(rows, BATCH)):
        database.load("audit_log", ROW, batch)
        last = batch[-1][-1]
    database.load("audit_chains", CHAIN, [(
        chain, "long", now, count, now, last, proof(key, "head", chain, count, now, last),
        0, NOTHING, proof(key, "floor", chain, 0, "long", now, NOTHING))])
    assert database.execute(
        "UPDATE audit_chains SET head_seq = ?, head_ms = ?, head_mac = ? WHERE chain = 0 AND head_seq = ?",
        chain, now, proof(key, "head", 0, chain, now, NOTHING), chain - 1)
    database.settle()
