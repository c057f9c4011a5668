#!/usr/bin/python3
"""Every list of lib/ops over a million rows, as the API answers it and as its page is drawn: how long one
page takes, narrowed and not.  Most rows are what a filter has to pass over.  lists.py DIRECTORY [ROWS]

What is in the directory is kept, and filled only once.  TEST_DATABASE and TEST_POSTGRES as for the stories."""

import json
import pathlib
import statistics
import sys
import time
import uuid

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "support")]

from admin import AdminClient, API  # noqa: E402
from browser import Browser  # noqa: E402
from database import now_ms, uuid7  # noqa: E402
from running import Server  # noqa: E402

BATCH, RUNS, GOAL_MS = 50_000, 7, 50
DAY_MS = 86_400_000
PLENTY = {name: "1000000" for kind in ("LOGIN", "TOKEN", "ADMIN")
          for name in (f"{kind}_RATE_LIMIT", f"{kind}_RATE_LIMIT_BURST")}
TABLES = {
    "users": ("id", "username", "role", "created_ms", "updated_ms"),
    "clients": ("id", "name", "type", "auth_method", "grants", "scopes", "status", "created_ms", "updated_ms"),
    "sessions": ("id", "digest", "user_id", "ip", "user_agent", "created_ms", "seen_ms", "expires_ms"),
    "families": ("id", "kind", "client_id", "user_id", "scope", "created_ms", "revoked_ms"),
    "access_tokens": ("id", "family_id", "digest", "scope", "issued_ms", "expires_ms", "revoked_ms"),
    "device_codes": ("id", "digest", "user_code", "client_id", "scope", "interval_s", "ip", "user_agent",
                     "created_ms", "expires_ms"),
    "consents": ("user_id", "client_id", "scope", "granted_ms"),
    "audit_log": ("chain", "seq", "id", "event", "actor", "target", "detail", "request_id", "ip", "user_agent",
                  "at_ms", "hash"),
}


def code_of(number):
    letters = "BCDFGHJKLMNPQRSTVWXZ"
    return "".join(letters[number // len(letters) ** i % len(letters)] for i in range(8))


def rows_of(total, number, client, heavy):
    """One row for each table; the oldest few live, and belong to nobody in particular."""
    now = now_ms()
    ms = now - DAY_MS + number * (DAY_MS - 60_000) // total
    one, digest = uuid7(ms, number), bytes(32)
    user = heavy if number % 2 else one
    ended = now if number > 20 else None
    role, status = ("admin", "active") if number > total - 10 else ("user", "pending" if number % 2 else "active")
    return {
        "users": (one, f"person{number}", role, ms, ms),
        "clients": (one, f"App {number}", "public", "none", "authorization_code", "openid", status, ms, ms),
        "sessions": (one, digest, user, "192.0.2.1", "bench", ms, now, now + DAY_MS),
        "families": (one, "code", client, user, "openid", ms, ended),
        "access_tokens": (one, one, digest, "openid", ms, now + DAY_MS, None),
        "device_codes": (one, digest, code_of(number), client, "openid", 5, "192.0.2.1", "bench", ms, now + DAY_MS),
        "consents": (one, client, "openid", ms),
        "audit_log": (999, number + 1, one, "TOKEN_REFRESHED", f"user:person{number % 500}", "client:x", "", "",
                      "192.0.2.1", "bench", ms, digest),
    }


def fill(database, total):
    client = uuid.UUID(database.add_client("Heavy", secret="of nobody")).bytes
    database.add_user("heavy")
    (heavy,) = database.rows("SELECT id FROM users WHERE username = 'heavy'")[0]
    for start in range(0, total, BATCH):
        batch = [rows_of(total, number, client, heavy) for number in range(start, min(start + BATCH, total))]
        for table, columns in TABLES.items():
            database.load(table, columns, [row[table] for row in batch])
    database.settle()


def addresses(client):
    """path -> as the API has it, and as the web has it."""
    few = uuid.UUID(int=1)
    yield "/server", "/admin"
    for path in ("/clients", "/clients?status=pending", "/clients?status=disabled", "/clients?search=App+99999",
                 "/clients?search=no+such+name", "/users", "/users?role=admin", "/users?search=person77",
                 "/users?search=nobody+at+all", "/users?role=admin&search=nobody", "/grants", "/grants?active=true",
                 "/grants?user=heavy",
                 "/grants?user=heavy&active=true", f"/grants?client={client}", f"/grants?client={client}&active=true",
                 f"/grants?user=heavy&client={client}", f"/grants?user=heavy&client={client}&active=true",
                 f"/grants?client={few}", "/tokens", "/tokens?active=true", "/tokens?user=heavy",
                 "/tokens?user=heavy&active=true", f"/tokens?client={client}", f"/tokens?client={client}&active=true",
                 "/tokens?user=admin", "/grants?user=admin", "/sessions?user=admin",
                 f"/tokens?user=heavy&client={client}&active=true", "/sessions", "/sessions?user=heavy", "/devices",
                 f"/clients/{client}/authorizations", "/users/heavy/authorizations", "/users/heavy/connections",
                 "/audit", "/audit?event=CLIENT_CREATED", "/audit?actor=user:nobody", "/keys"):
        yield path, "/admin" + path
    yield None, "/admin/users/heavy/disable"
    yield None, f"/admin/clients/{client}/delete"


def timed(get, path):
    """Milliseconds of one, as a rule; -1 if it is not answered."""
    taken = []
    for _ in range(RUNS):
        began = time.monotonic()
        status = get(path)
        taken.append((time.monotonic() - began) * 1000)
        if status not in (200, 404):
            return -status
    return statistics.median(taken)


def measure(server, client):
    slow = 0
    with Browser(server) as browser, AdminClient(server) as operator:
        browser.sign_in()
        for api, page in addresses(client):
            figures = [timed(lambda p: operator.request("GET", API + p).status, api) if api else 0,
                       timed(lambda p: browser.get(p).status, page)]
            slow += max(figures) > GOAL_MS
            print(f"{page:70} {figures[0]:8.1f} {figures[1]:8.1f}{'  SLOW' if max(figures) > GOAL_MS else ''}",
                  flush=True)
    return slow


def opened(directory):
    """The server on what was filled before, if anything was."""
    kept = directory / "environment.json"
    if kept.exists():
        return Server(directory, **json.loads(kept.read_text())), False
    server = Server(directory, **PLENTY)
    names = {name for name in server.environment if name.startswith(("DATABASE_", "SESSION_SECRET"))} | set(PLENTY)
    kept.write_text(json.dumps({name: server.environment[name] for name in names}))
    return server, True


def main():
    directory = pathlib.Path(sys.argv[1])
    total = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    directory.mkdir(exist_ok=True)
    server, is_new = opened(directory)
    with server:
        if is_new:
            server.stop()  # it would sweep grants away that have no tokens yet
            fill(server.database, total)
            server.start()
        ((client,),) = server.database.rows("SELECT id FROM clients WHERE name = 'Heavy'")
        print(f"{total} rows of each kind; milliseconds of the API and of the page")
        return measure(server, str(uuid.UUID(bytes=client))) > 0


if __name__ == "__main__":
    sys.exit(main())
