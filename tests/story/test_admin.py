"""Operators make and change clients and people, by the admin socket and by `authgate admin`."""

import itertools
import json
import os
import re
import stat
import threading
import time
from urllib.parse import quote

import pytest

from admin import WHO, AdminClient, ByRequest, actions, command, refused
from browser import Browser
from database import DEVICE_GRANT
from device import Device
from routes import routes
from running import ADMIN_PASSWORD
from sanitizer import patience
from wire import basic

NOBODY = "0190b5c0-0000-7000-8000-000000000000"
PASSWORD = "four unrelated words here"
ROUNDS = int(os.environ.get("RACE_ROUNDS", "3")) * 20
ADMIN_ROUTES = [route for route in routes() if "ROUTE_ADMIN" in route.flags]
numbers = itertools.count()


def new_name(stem="person"):
    return f"{stem}{next(numbers)}"


def new_user(do, /, **members):
    return do("user", "create", **{"username": new_name(), "password": PASSWORD, **members})


def signs_in(server, username, password=PASSWORD):
    with Browser(server) as browser:
        return browser.sign_in(username, password).status == 303


# ---- who may ----

@pytest.mark.parametrize("route", ADMIN_ROUTES, ids=str)
def test_the_public_listener_knows_nothing_of_it(http, database, route):
    with database.unchanged():
        reply = http.request(route.method, route.path, [("Content-Type", "application/json")], b"{}")
    assert reply.status == 404


def test_only_owner_and_group_may_open_the_socket(server):
    """I17: the door is the mode of the socket."""
    assert stat.S_IMODE(os.stat(server.admin_socket).st_mode) == 0o660


def test_every_admin_route_is_reached_by_a_command():
    by_command = {(a.method, a.pattern) for a in actions().values()}
    assert {(r.method, re.sub(r":\w+", ":", r.pattern)) for r in ADMIN_ROUTES} == by_command


@pytest.mark.parametrize("route", [r for r in ADMIN_ROUTES if ":id" in r.pattern], ids=str)
def test_what_is_not_there_is_not_found(ask, database, route):
    with database.unchanged():
        for name in (NOBODY, "nobody"):
            target = re.sub(r":\w+", name, route.pattern)
            reply = ask.send(route.method, target, {})
            assert (reply.status, reply.error) == (404, "not_found"), target


@pytest.fixture(scope="module")
def somebody(server):
    """The id of one of each, by the member of the path that names it."""
    do = ByRequest(server)
    return {"clients": do("client", "create", name="Robot", grants=["client"])["client_id"], "users": new_user(do)["id"]}


@pytest.mark.parametrize("route", [r for r in ADMIN_ROUTES if r.flags & {"ROUTE_JSON", "ROUTE_MAYBE_JSON"}], ids=str)
def test_a_member_that_is_not_known_is_refused_by_name(ask, database, somebody, route):
    """A setting that is misspelt must not be left out in silence."""
    target = re.sub(r":id", somebody.get(route.pattern.split("/")[4], ""), route.pattern)
    with database.unchanged():
        for wrong in ("redirect_uri", "client_id", "Name", "x" * 300):
            reply = ask.send(route.method, target, {wrong: "https://app.example/"})
            assert (reply.status, reply.error) == (400, "invalid_request"), target
            assert f'unknown member "{wrong[:64]}"; this operation takes: ' in reply.json()["error_description"]


@pytest.mark.parametrize("route", ADMIN_ROUTES, ids=str)
def test_a_parameter_that_is_not_known_is_refused_by_name(ask, database, route):
    """A filter that is misspelt must not show, or change, more than was asked for."""
    target = re.sub(r":\w+", NOBODY, route.pattern)
    with database.unchanged():
        reply = ask.send(route.method, f"{target}?stauts=active&x%3Cy=", {})
    assert (reply.status, reply.error) == (400, "invalid_request")
    assert reply.json()["error_description"] == "unknown parameters: stauts, x<y"


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"name":1,"name":2}', b"\xff"])
@pytest.mark.parametrize("path", ["clients", "users"])
def test_a_body_that_is_no_object_is_refused(ask, database, path, body):
    with database.unchanged():
        reply = ask.request("POST", f"/api/admin/v1/{path}", [("Content-Type", "application/json")],
                            body)
    assert reply.status == 400


# ---- clients ----

def test_a_client_is_made_shown_and_used(server, do, http, database):
    made = do("client", "create", name="TV", type="public", grants=["device"],
              scopes=["openid", "read"])
    assert "client_secret" not in made
    assert made["grants"] == [DEVICE_GRANT] and made["scopes"] == ["openid", "read"]
    assert do("client", "show", made["client_id"]) == made
    Device(server, client_id=made["client_id"], scope="read", http=http)
    target = f"client:{made['client_id']}"
    assert [row[0] for row in database.events("CLIENT_CREATED", target)] == [WHO]


def test_the_secret_of_a_confidential_client_is_shown_once(server, do, http):
    made = do("client", "create", name="Robot", type="confidential", grants=["client"],
              scopes=["read"])
    secret = made.pop("client_secret")
    assert do("client", "show", made["client_id"]) == made
    token = http.post("/oauth/token", {"grant_type": "client_credentials"},
                      [basic(made["client_id"], secret)])
    assert token.status == 200
    assert secret.encode() not in server.kept()


def test_a_new_secret_takes_the_place_of_the_old_one(do, http, database):
    made = do("client", "create", name="Robot", grants=["client"])
    rotated = do("client", "rotate-secret", made["client_id"])
    assert rotated["client_secret"] != made["client_secret"]
    for secret, status in ((made["client_secret"], 401), (rotated["client_secret"], 200)):
        reply = http.post("/oauth/token", {"grant_type": "client_credentials"},
                          [basic(made["client_id"], secret)])
        assert reply.status == status
    assert database.events("CLIENT_SECRET_REGENERATED", f"client:{made['client_id']}")


def test_the_old_secret_is_kept_as_long_as_it_was_said(do, http, database):
    made = do("client", "create", name="Robot", grants=["client"])
    name, old = made["client_id"], made["client_secret"]

    def works(secret):
        return http.post("/oauth/token", {"grant_type": "client_credentials"},
                         [basic(name, secret)]).status == 200
    new = do("client", "rotate-secret", name, keep_old_for="1h")
    assert works(old) and works(new["client_secret"])
    assert do("client", "show", name)["old_secret_until"] == new["old_secret_until"]
    database.set_client(name, "old_secret_expires_ms", 1)
    assert not works(old) and works(new["client_secret"])
    newest = do("client", "rotate-secret", name, keep_old_for="1h")["client_secret"]
    assert not works(old) and works(new["client_secret"]) and works(newest)
    last = do("client", "rotate-secret", name)["client_secret"]
    assert not works(newest) and not works(new["client_secret"]) and works(last)


@pytest.mark.parametrize("time", ["31d", "-1h", "for ever", "1"])
def test_a_secret_is_not_kept_for_a_time_that_is_none(do, database, time):
    made = do("client", "create", name="Robot", grants=["client"])
    with database.unchanged():
        refused(400, do, "client", "rotate-secret", made["client_id"], keep_old_for=time)


@pytest.mark.parametrize("verb, status, event", [
    ("approve", "active", "CLIENT_APPROVED"), ("reject", "disabled", "CLIENT_REJECTED")])
def test_a_client_that_waits_is_decided_on_once(do, database, verb, status, event):
    made = do("client", "create", name="Robot", grants=["client"])
    name = made["client_id"]
    with database.unchanged():
        assert "wait" in refused(409, do, "client", verb, name)
    database.set_client(name, "status", "pending")
    do("client", verb, name)
    assert do("client", "show", name)["status"] == status
    assert [row[0] for row in database.events(event, f"client:{name}")] == [WHO]
    for again in ("approve", "reject"):
        refused(409, do, "client", again, name)


def test_a_public_client_gets_no_secret(do):
    made = do("client", "create", name="TV", type="public", grants=["device"])
    assert "no secret" in refused(400, do, "client", "rotate-secret", made["client_id"])


def test_a_disabled_client_is_out_until_it_is_enabled(do, http):
    made = do("client", "create", name="Robot", grants=["client"])

    def status():
        return http.post("/oauth/token", {"grant_type": "client_credentials"},
                         [basic(made["client_id"], made["client_secret"])]).status
    assert status() == 200
    do("client", "disable", made["client_id"])
    assert status() == 401 and do("client", "show", made["client_id"])["status"] == "disabled"
    do("client", "enable", made["client_id"])
    assert status() == 200


def test_a_deleted_client_is_gone(do, http, database):
    made = do("client", "create", name="Robot", grants=["client"])
    do("client", "delete", made["client_id"])
    refused(404, do, "client", "show", made["client_id"])
    assert http.post("/oauth/token", {"grant_type": "client_credentials"},
                     [basic(made["client_id"], made["client_secret"])]).status == 401
    assert database.events("CLIENT_DELETED", f"client:{made['client_id']}")


GOOD = {"name": "X", "grants": ["code"], "redirect_uris": ["https://app.example/cb"]}
WRONG = {
    "no name": {"name": ""},
    "a name too long": {"name": "x" * 129},
    "a name that draws": {"name": "Seen \x1b[31mred"},
    "a name that turns": {"name": "gpj\u202eexe"},
    "only refresh tokens": {"grants": ["refresh"]},
    "no grant": {"grants": []},
    "an unknown grant": {"grants": ["password"]},
    "an unknown type": {"type": "secret"},
    "no redirect URI": {"redirect_uris": []},
    "a foreign http URI": {"redirect_uris": ["http://app.example/cb"]},
    "a fragment": {"redirect_uris": ["https://app.example/cb#x"]},
    "a script": {"redirect_uris": ["javascript:alert(1)"]},
    "an unknown profile": {"token_profile": "eternal"},
    "an unsigned id token": {"id_token_alg": "none"},
    "machine tokens for the public": {"type": "public", "grants": ["client"]},
    "a public secret": {"type": "public", "auth_method": "client_secret_basic"},
    "a confidential client without one": {"auth_method": "none"},
    "a scope in quotes": {"scopes": ['"read"']},
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_a_client_that_would_not_work_is_refused(do, database, change):
    with database.unchanged():
        assert refused(400, do, "client", "create", **{**GOOD, **change})


def test_the_contract_of_the_command(server):
    done = command(server, "client", "create", "--name", "N", "--type", "confidential",
                   "--grant", "device", "--grant", "code", "--redirect-uri", "https://a.example/1",
                   "--redirect-uri", "https://a.example/2", "--scope", "openid read", "--json")
    assert done.returncode == 0 and not done.stderr
    made = json.loads(done.stdout)
    assert re.fullmatch("[A-Za-z0-9_-]{43}", made["client_secret"])
    assert made["redirect_uris"] == ["https://a.example/1", "https://a.example/2"]
    assert made["grants"] == [DEVICE_GRANT, "authorization_code"]
    name = new_name()
    done = command(server, "user", "create", "--username", name, "--password-stdin",
                   "--email", f"{name}@example.org", "--role", "admin", "--json",
                   stdin=PASSWORD + "\n")
    assert done.returncode == 0 and not done.stderr
    made = json.loads(done.stdout)
    assert (made["username"], made["role"]) == (name, "admin") and "password" not in made
    assert command(server, "user", "delete", name, "--yes").returncode == 0


# ---- lists ----

@pytest.mark.parametrize("noun", ["clients", "users"])
def test_lists_come_in_pages_that_miss_nothing(server, ask, noun):
    do = ByRequest(server)
    for _ in range(5):
        if noun == "clients":
            do("client", "create", name="One of many", grants=["client"])
        else:
            new_user(do)
    key = {"clients": "client_id", "users": "id"}[noun]
    whole = ask.get(f"/api/admin/v1/{noun}?limit=200").json()[noun]
    seen, after = [], ""
    while True:
        page = ask.get(f"/api/admin/v1/{noun}?limit=2{after}").json()
        assert len(page[noun]) <= 2
        seen += [row[key] for row in page[noun]]
        if "next" not in page:
            break
        after = f"&after={page['next']}"
    assert seen == [row[key] for row in whole] and len(set(seen)) == len(seen) >= 5


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "limit=-1", "after=x",
                                   "limit=1&limit=2"])
@pytest.mark.parametrize("noun", ["clients", "users"])
def test_a_page_that_cannot_be_is_refused(ask, noun, query):
    """I10: a page of no size, of any size, from anywhere."""
    assert ask.get(f"/api/admin/v1/{noun}?{query}").status == 400


def test_lists_are_narrowed_by_state(do, ask, database):
    waiting = do("client", "create", name="Waits", grants=["client"])["client_id"]
    database.set_client(waiting, "status", "pending")
    found = [row["client_id"] for row in do("client", "list", status="pending", limit=200)["clients"]]
    assert waiting in found
    do("client", "reject", waiting)
    assert waiting not in [row["client_id"] for row in do("client", "list", status="pending")["clients"]]
    admins = do("user", "list", role="admin")["users"]
    assert admins and {row["role"] for row in admins} == {"admin"}
    refused(400, do, "client", "list", status="deleted")
    refused(400, do, "user", "list", role="root")


# What sqlmap begins with.
INJECTIONS = ["'", "1' OR '1'='1", "1; DROP TABLE users; --", "1' UNION SELECT password_hash FROM"
              " users --", "%", "_", "\\", "1') OR 1=1 --", "$1", "?", "' || pg_sleep(9) --",
              "1 AND randomblob(900000000)"]


@pytest.mark.parametrize("text", INJECTIONS)
@pytest.mark.parametrize("target", [
    "users?role=", "clients?status=", "users?after=", "grants?user=", "grants?client=",
    "tokens?grant=", "audit?event=", "audit?actor=", "audit?since=", "users/", "clients/"])
def test_what_looks_like_sql_is_a_value_like_any_other(ask, database, target, text):
    """I13: it names nothing, whatever it contains; no wildcard matches."""
    with database.unchanged():
        began = time.monotonic()
        reply = ask.get(f"/api/admin/v1/{target}{quote(text, safe='')}")
    assert reply.status in (400, 404) or reply.json()["events"] == []
    assert time.monotonic() - began < patience(5) and "hash" not in reply.text.replace(text, "")


@pytest.mark.parametrize("member", ["id", "client_id", "status", "owner_id", "client_secret", "created_at", "disabled_ms", "type"])
@pytest.mark.parametrize("noun", ["clients", "users"])
def test_what_may_not_be_set_is_refused(ask, database, somebody, noun, member):
    """I3: neither when one is made nor when one is edited."""
    body = {"clients": {"name": "Plain", "grants": ["client"]}, "users": {"username": new_name(), "password": PASSWORD}}[noun]
    with database.unchanged():
        if (noun, member) != ("clients", "type"):
            assert ask.send("POST", f"/api/admin/v1/{noun}", {**body, member: NOBODY}).status == 400
        for also in ({}, {"role": "admin"}, {"username": "other"}):
            assert ask.send("PATCH", f"/api/admin/v1/{noun}/{somebody[noun]}", {member: NOBODY, **also}).status == 400


# ---- people ----

def test_a_person_is_made_shown_and_signs_in(server, do, database):
    made = new_user(do, email="Ann@Example.org" if isinstance(do, ByRequest) else "b@example.org",
                    full_name="Ann A.")
    assert made["role"] == "user" and made["status"] == "active" and "password" not in made
    assert do("user", "show", made["id"]) == do("user", "show", made["username"]) == made
    assert signs_in(server, made["username"])
    assert [row[0] for row in database.events("USER_CREATED") if row[0] == WHO]


def test_a_password_is_made_up_and_shown_once(server, do):
    made = do("user", "create", username=new_name())
    password = made.pop("password")
    assert do("user", "show", made["id"]) == made
    assert signs_in(server, made["username"], password)
    assert password.encode() not in server.kept()


def test_a_new_password_ends_the_old_one_and_all_sessions(server, do):
    made = new_user(do)
    with Browser(server) as browser:
        assert browser.sign_in(made["username"], PASSWORD).status == 303
        reset = do("user", "reset-password", made["username"], password="another good password")
        assert "password" not in reset
        assert browser.get("/account").status == 303
    assert not signs_in(server, made["username"])
    assert signs_in(server, made["username"], "another good password")


def test_a_new_password_is_made_up_when_none_is_given(server, do):
    made = new_user(do)
    reset = do("user", "reset-password", made["username"])
    assert signs_in(server, made["username"], reset["password"])


def test_disabling_signs_out_and_keeps_out(server, do):
    made = new_user(do)
    with Browser(server) as browser:
        assert browser.sign_in(made["username"], PASSWORD).status == 303
        do("user", "disable", made["id"])
        assert browser.get("/account").status == 303
    assert not signs_in(server, made["username"])
    do("user", "enable", made["id"])
    assert signs_in(server, made["username"])


def test_roles_change_both_ways(do, database):
    made = new_user(do)
    do("user", "promote", made["id"])
    assert do("user", "show", made["id"])["role"] == "admin"
    do("user", "demote", made["id"])
    assert do("user", "show", made["id"])["role"] == "user"
    assert len(database.events("USER_ROLE_CHANGED", f"user:{made['id']}")) == 2


def test_a_deleted_person_is_gone(server, do, database):
    made = new_user(do)
    do("user", "delete", made["username"])
    refused(404, do, "user", "show", made["id"])
    assert not signs_in(server, made["username"])
    assert database.events("USER_DELETED", f"user:{made['id']}")


BAD_USERS = {
    "no name": {"username": ""},
    "a blank in the name": {"username": "a b"},
    "no address": {"email": "nobody"},
    "two addresses": {"email": "a@b@c"},
    "an unknown role": {"role": "root"},
    "a short password": {"password": "seven77"},
}


@pytest.mark.parametrize("change", BAD_USERS.values(), ids=BAD_USERS)
def test_a_person_that_cannot_be_is_refused(do, database, change):
    with database.unchanged():
        refused(400, do, "user", "create",
                **{"username": new_name(), "password": PASSWORD, **change})


def test_a_name_or_an_address_belongs_to_one(do, database):
    email = f"{new_name()}@example.org"
    made = new_user(do, email=email)
    with database.unchanged():
        assert "taken" in refused(409, new_user, do, username=made["username"].upper())
        assert "taken" in refused(409, new_user, do, email=email.upper())


# ---- one admin remains ----

@pytest.mark.parametrize("verb", ["disable", "demote", "delete"])
def test_the_last_admin_stays(server, do, database, verb):
    with database.unchanged():
        assert "administer" in refused(409, do, "user", verb, "admin")
    assert signs_in(server, "admin", ADMIN_PASSWORD)


def test_a_disabled_admin_does_not_count(do):
    other = new_user(do, role="admin")
    do("user", "disable", other["id"])
    refused(409, do, "user", "demote", "admin")
    do("user", "delete", other["id"])


@pytest.mark.nodes
def test_two_admins_who_demote_each_other_leave_one(server, database):
    """I4: of two demotions at the same instant, the second finds that it would leave nobody."""
    do = ByRequest(server)
    pair = ["admin", new_user(do, role="admin")["username"]]
    with AdminClient(server) as one, AdminClient(server) as two:
        for _ in range(ROUNDS):
            barrier, statuses = threading.Barrier(2), []

            def demote(client, name, barrier=barrier, statuses=statuses):
                barrier.wait(10)
                statuses.append(client.send("POST", f"/api/admin/v1/users/{name}/demote").status)
            threads = [threading.Thread(target=demote, args=(client, name))
                       for client, name in zip((one, two), pair)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert sorted(statuses) == [200, 409]
            assert database.value("SELECT count(*) FROM users WHERE role = 'admin'") == 1
            for name in pair:
                do("user", "promote", name)
    do("user", "delete", pair[1])


# ---- the command itself ----

def test_people_see_a_table_and_fields(server, database):
    """I17: what others have named draws nothing on an operator's terminal."""
    do = ByRequest(server)
    made = do("client", "create", name="Seen", type="public", grants=["device"])
    database.set_client(made["client_id"], "name", "Seen \x1b[31mred")
    done = command(server, "client", "list")
    assert done.returncode == 0 and made["client_id"] in done.stdout
    assert "\x1b" not in done.stdout and done.stdout.splitlines()[0].split()[:2] == \
        ["client_id", "name"]
    done = command(server, "client", "show", made["client_id"])
    assert re.search(r"^status +active$", done.stdout, re.M)


def test_what_destroys_asks_first(server, database):
    do = ByRequest(server)
    made = do("client", "create", name="Kept", type="public", grants=["device"])
    with database.unchanged():
        done = command(server, "client", "delete", made["client_id"], stdin="y\n")
    assert done.returncode == 3 and "--yes" in done.stderr


def test_a_server_that_is_not_there_is_told(server, tmp_path):
    done = command(server, "--socket", str(tmp_path / "none.sock"), "client", "list")
    assert done.returncode == 6 and "is the server running" in done.stderr
    assert "none.sock: No such file or directory" in done.stderr and "port" not in done.stderr
