"""Operators look after the server itself and its keys."""

import contextlib
import re
import time

import pytest

from admin import WHO, ByCommand, ByRequest, Refused, command, refused
from running import Server
from sanitizer import patience
from waiting import until
from wire import basic

ALG = "ES256"


def test_the_state_of_the_server_is_told(do, server):
    told = do("server", "status")
    assert told["ready"] is True and told["issuer"] == server.url
    assert told["database"] == server.environment["DATABASE_DRIVER"]
    assert told["admins"] >= 1 and told["users"] >= 1 and told["clients"] >= 1
    assert told["waiting_for_writer"] == 0 and 0 <= told["uptime_s"] < 600
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", told["started_at"])


def test_people_see_the_state_as_lines(server):
    done = command(server, "server", "status")
    assert done.returncode == 0 and re.search(r"^ready +yes$", done.stdout, re.M)


def test_the_configuration_is_told_without_secrets(do, server):
    rows = {row["key"]: row for row in do("server", "config")["settings"]}
    assert rows["server.base_url"] == {"key": "server.base_url", "value": server.url, "origin": "environment BASE_URL",
                                       "changes": "restart"}
    assert rows["rate_limit.token"]["origin"] in ("default", "environment TOKEN_RATE_LIMIT")
    assert rows["log.level"]["changes"] == "reload"
    assert rows["secrets.session_secret"]["value"].startswith("(set")
    text = str(rows)
    for name, value in server.environment.items():
        assert len(value) < 8 or ("SECRET" not in name and "PASSWORD" not in name) or value not in text


@pytest.fixture(params=[ByRequest, ByCommand], ids=["socket", "command"])
def own(tmp_path, request):
    path = tmp_path / ".env"

    def configure(**variables):
        path.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
        path.chmod(0o600)
    configure(TOKEN_RATE_LIMIT="20")
    with Server(tmp_path) as running:
        running.configure, running.do = configure, request.param(running)
        yield running


def test_a_reload_says_what_it_changes(own):
    assert own.do("server", "reload") == {"changes": []}
    own.configure(TOKEN_RATE_LIMIT="21", SERVER_LOOPS="3")
    changes = own.do("server", "reload")["changes"]
    assert changes == [
        {"key": "server.loops", "was": "0", "is": "3", "needs_restart": True},
        {"key": "rate_limit.token", "was": "20", "is": "21", "needs_restart": False}]
    events = own.database.events("CONFIGURATION_RELOADED")
    assert [row[0] for row in events] == [WHO, WHO]


def test_a_reload_of_a_mistake_changes_nothing_and_says_why(own):
    own.configure(TOKEN_RATE_LIMIT="many")
    assert "rate_limit.token" in refused(409, own.do, "server", "reload")
    own.configure(TOKEN_RATE_LIMIT="20")
    assert own.do("server", "reload") == {"changes": []}
    assert len(own.database.events("CONFIGURATION_RELOADED")) == 2, "whoever asks is in the trail first"


def test_what_waits_for_a_restart_is_from_where_it_was(own):
    def setting(key):
        return {row["key"]: row for row in own.do("server", "config")["settings"]}[key]
    assert setting("rate_limit.token")["origin"] == ".env:1"
    own.configure(LOGIN_RATE_LIMIT="7", SERVER_LOOPS="3", TOKEN_RATE_LIMIT="21")
    own.do("server", "reload")
    assert setting("rate_limit.token")["origin"] == ".env:3" and setting("rate_limit.token")["value"] == "21"
    assert setting("server.loops") == {"key": "server.loops", "value": "0", "origin": "default", "changes": "restart"}


def test_queues_say_how_many_wait(do, server):
    rows = {row["name"]: row for row in do("server", "queues")["queues"]}
    assert rows["writer"] == {"name": "writer", "threads": 1, "waiting": 0, "limit": 8192}
    assert rows["workers"]["threads"] >= 1 and ("readers" in rows) == (server.environment["DATABASE_DRIVER"] == "postgres")


def test_the_server_says_what_the_doctor_finds(own):
    found = own.do("server", "doctor")["checks"]
    assert {row["check"] for row in found} >= {"configuration", "files", "disk", "clock", "keys", "admin socket", "proxy"}
    (files,) = [row for row in found if row["check"] == "files"]
    assert files["state"] == "warn" and "first start" in files["text"] and "delete the file" in files["advice"]
    for name in ("SESSION_SECRET", "DEFAULT_ADMIN_PASSWORD"):
        assert own.environment[name] not in str(found)


def test_jobs_say_when_they_ran_and_what_went_wrong(tmp_path):
    with Server(tmp_path) as server:
        do = ByRequest(server)
        def job(name):  # none before their thread runs, just behind the sockets
            return {row["name"]: row for row in do("server", "jobs")["jobs"]}.get(name, {"state": None})
        until(lambda: job("purge sessions")["state"] == "ok", patience(10))
        told = job("purge sessions")
        assert told["every"] == "30s" and told["runs_on"] == "leader" and told["failures"] == 0
        assert told["last_run"] <= told["next_run"] and "error" not in told
        assert do("server", "status")["leads"] is True
        server.database.execute("ALTER TABLE logout_notices RENAME TO elsewhere")
        until(lambda: job("send logout tokens")["state"] == "failed", patience(20))
        told = job("send logout tokens")
        assert told["error"] and told["failed_at"] == told["last_run"] and told["failures"] >= 1


# ---- keys ----

def keys(do, state):
    return [row["kid"] for row in do("key", "list")["keys"]
            if (row["alg"], row["state"]) == (ALG, state)]


def published(server, kid, there=True):
    """Waits until the server itself knows what was done to its keys."""
    deadline = time.monotonic() + patience(15)
    while (kid in [key["kid"] for key in server.published_keys()]) != there:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_successor_signs_early_only_by_force(own):
    do, (first,) = own.do, keys(own.do, "active")
    before = own.database.snapshot()
    assert "no successor" in refused(409, do, "key", "promote", ALG)
    do("key", "rotate", ALG)
    (second,) = keys(do, "next")
    assert "published" in refused(409, do, "key", "promote", ALG)
    assert keys(do, "active") == [first] and before
    do("key", "promote", ALG, force=True)
    assert keys(do, "active") == [second] and keys(do, "retired") == [first]
    assert len(own.database.events("SIGNING_KEY_PROMOTED")) == 1
    published(own, first)
    published(own, second)


def test_a_successor_that_verifiers_know_signs_at_once(own):
    do = own.do
    do("key", "rotate", ALG)
    (second,) = keys(do, "next")
    own.database.execute("UPDATE signing_keys SET created_ms = created_ms - 90000000 WHERE kid = ?",
                         second)
    with contextlib.suppress(Refused):  # if housekeeping was first
        do("key", "promote", ALG)
    assert keys(do, "active") == [second]


def test_what_signs_stays_and_what_signed_goes_only_by_force(own):
    do, (first,) = own.do, keys(own.do, "active")
    assert "signs" in refused(409, do, "key", "retire", first)
    assert "signs" in refused(409, do, "key", "retire", first, force=True)
    assert "sign" not in refused(404, do, "key", "retire", "nobody")
    do("key", "rotate", ALG)
    (second,) = keys(do, "next")
    do("key", "promote", ALG, force=True)
    assert "signed" in refused(409, do, "key", "retire", first)
    do("key", "retire", first, force=True)
    assert keys(do, "retired") == [] and keys(do, "active") == [second]
    assert [row[0] for row in own.database.events("SIGNING_KEY_RETIRED", f"key:{first}")] == [WHO]
    published(own, first, there=False)


def test_a_successor_is_taken_back(own):
    do, (first,) = own.do, keys(own.do, "active")
    do("key", "rotate", ALG)
    (second,) = keys(do, "next")
    do("key", "retire", second)
    assert keys(do, "next") == [] and keys(do, "active") == [first]
    client = do("client", "create", name="Robot", grants=["client"])
    with own.client() as http:
        assert http.post("/oauth/token", {"grant_type": "client_credentials"},
                         [basic(client["client_id"], client["client_secret"])]).status == 200
