"""Operators edit clients and people, and read the audit trail."""

import itertools
import re

import pytest

from admin import WHO, ByRequest, refused
from app import App
from routes import routes

numbers = itertools.count()


@pytest.fixture
def client(server):
    return ByRequest(server)("client", "create", name="Before", grants=["code"], scopes=["openid"],
                             redirect_uris=["https://app.example/cb"])


def test_an_edit_changes_what_is_said_and_nothing_else(do, client, database):
    edited = do("client", "edit", client["client_id"], name="After", scopes=["openid", "read"])
    assert edited == do("client", "show", client["client_id"])
    same = set(edited) - {"name", "scopes", "updated_at"}
    assert {k: edited[k] for k in same} == {k: client[k] for k in same}
    assert (edited["name"], edited["scopes"]) == ("After", ["openid", "read"])
    assert [row[0] for row in database.events("CLIENT_UPDATED", f"client:{client['client_id']}")] == [WHO]


@pytest.mark.parametrize("change", [
    {"name": ""}, {"redirect_uris": ["javascript:1"]}, {"grants": ["password"]},
    {"type": "public"}, {"token_profile": "eternal"}], ids=str)
def test_an_edit_that_would_not_work_changes_nothing(do, client, database, change):
    with database.unchanged():
        refused(400, do, "client", "edit", client["client_id"], **change)


def test_an_edit_of_what_has_changed_meanwhile_is_refused(ask, client, database):
    target = f"/api/admin/v1/clients/{client['client_id']}"
    first = ask.get(target).header("etag")
    for _ in range(3):
        reply = ask.send("PATCH", target, {"name": "One"}, [("If-Match", first)])
        assert reply.status == 200 and reply.header("etag") != first
        first = reply.header("etag")
        assert ask.get(target).header("etag") == first
    with database.unchanged():
        reply = ask.send("PATCH", target, {"name": "Two"}, [("If-Match", '"1"')])
        assert reply.status == 412
    assert ask.send("PATCH", target, {"name": "Two"}, [("If-Match", "*")]).status == 200


CHANGES = [r for r in routes() if re.fullmatch(r"/api/admin/v1/(clients|users)/:id(/[a-z-]+)?", r.pattern)
           and r.method != "GET" and not r.pattern.endswith("/revoke")]


@pytest.mark.parametrize("route", CHANGES, ids=str)
def test_every_change_of_what_has_changed_meanwhile_is_refused(ask, do, client, database, route):
    name = client["client_id"]
    if "users" in route.pattern:
        first = {"invite": True} if route.pattern.endswith("/invite") else {"password": "four unrelated words"}
        name = do("user", "create", username=f"held{next(numbers)}", **first)["id"]
    else:
        database.set_client(name, "status", "pending")
    noun = route.pattern.split("/")[4]
    seen = ask.get(f"/api/admin/v1/{noun}/{name}").header("etag")
    ask.send("PATCH", f"/api/admin/v1/{noun}/{name}", {"name" if noun == "clients" else "full_name": "Other"})
    target = route.pattern.replace(":id", name)
    with database.unchanged():
        reply = ask.send(route.method, target, {}, [("If-Match", seen)])
        assert (reply.status, reply.error) == (412, "invalid_request")
    now = ask.get(f"/api/admin/v1/{noun}/{name}").header("etag")
    assert ask.send(route.method, target, {}, [("If-Match", now)]).status == 200


def test_a_persons_address_and_name_are_edited(do, ask, database):
    name = f"edited{next(numbers)}"
    made = do("user", "create", username=name, password="four unrelated words")
    edited = do("user", "edit", name, email=f"{name}@example.org", full_name="Some One")
    assert (edited["email"], edited["full_name"]) == (f"{name}@example.org", "Some One")
    assert edited == do("user", "show", made["id"])
    assert edited["role"] == "user" and edited["created_at"] == made["created_at"]
    refused(400, do, "user", "edit", name, email="nobody")
    other = do("user", "create", username=f"other{next(numbers)}", password="four unrelated words")
    assert "taken" in refused(409, do, "user", "edit", other["id"], email=f"{name}@example.org")
    target = f"/api/admin/v1/users/{name}"
    assert ask.send("PATCH", target, {"full_name": "X"}, [("If-Match", '"1"')]).status == 412


# ---- audit ----

def test_the_trail_is_read_newest_first_and_filtered(do, client):
    target = f"client:{client['client_id']}"
    do("client", "disable", client["client_id"])
    do("client", "enable", client["client_id"])
    rows = do("audit", "list", target=target)["events"]
    assert [row["detail"] for row in rows] == ["active", "disabled", "authorization_code"]
    assert {row["actor"] for row in rows} == {WHO}
    (row,) = do("audit", "list", target=target, event="CLIENT_CREATED", actor=WHO)["events"]
    assert row == rows[-1]
    page = do("audit", "list", target=target, limit=2)
    rest = do("audit", "list", target=target, limit=2, after=page["next"])
    assert page["events"] + rest["events"] == rows and "next" not in rest


def test_the_trail_is_counted(do, client, database):
    counts = {row["event"]: row["count"] for row in do("audit", "stats", since="24h")["stats"]}
    assert counts["CLIENT_CREATED"] == database.value(
        "SELECT count(*) FROM audit_log WHERE event = 'CLIENT_CREATED'") > 0
    assert do("audit", "stats", since="1ms")["stats"] == []


@pytest.mark.parametrize("since", ["yesterday", "-1h", "1x"])
def test_a_time_that_is_none_is_refused(do, since):
    refused(400, do, "audit", "list", since=since)


# ---- keys ----

def test_a_key_gets_a_successor_on_demand_and_only_one(do, database):
    done = {row["alg"] for row in do("key", "list")["keys"] if row["state"] == "next"}
    alg = ({"ES256", "RS256"} - done).pop()
    do("key", "rotate", alg)
    keys = do("key", "list")["keys"]
    assert sorted(row["state"] for row in keys if row["alg"] == alg) == ["active", "next"]
    assert set(keys[0]) <= {"kid", "alg", "state", "created_at", "expires_at"}
    (new,) = [row["kid"] for row in keys if row["alg"] == alg and row["state"] == "next"]
    assert [row[0] for row in database.events("SIGNING_KEY_CREATED", f"key:{new}")] == [WHO]
    with database.unchanged(without=("audit_log", "audit_chains", "leases")):
        assert "successor already" in refused(409, do, "key", "rotate", alg)
        assert "successor" not in refused(404, do, "key", "rotate", "HS256")
        assert "successor" not in refused(404, do, "key", "promote", "HS256")


def test_a_new_client_may_ask_for_all_that_the_metadata_list(do, http):
    """Libraries ask for all of scopes_supported."""
    listed = http.get("/.well-known/openid-configuration").json()["scopes_supported"]
    lasting = do("client", "create", name="Lasting", grants=["device", "refresh"], type="public")
    assert lasting["scopes"] == listed
    brief = do("client", "create", name="Brief", grants=["device"], type="public")
    assert set(listed) - set(brief["scopes"]) == {"offline_access"}


def test_a_developers_loopback_address_makes_no_native_client(do, server, admin, http):
    """Whose consent nobody could remember: prompt=none would fail for ever."""
    uris = ["https://app.example/cb", "http://localhost:3000/cb"]
    made = do("client", "create", name="Web app", grants=["code"], redirect_uris=uris)
    assert made["application_type"] == "web"
    app = App(server, http, made["client_id"], made["client_secret"], uris[0], scope="openid")
    app.code(admin)
    assert "code" in app.authorize(admin, prompt="none")
    assert admin.get(app.target(redirect_uri="http://localhost:3001/cb")).status == 400


def test_a_native_client_may_use_any_port_of_localhost(do, server, admin, http):
    """kubelogin and most tools say localhost (RFC 8252 section 7.3 speaks of the addresses)."""
    made = do("client", "create", name="Tool", type="public", grants=["code"],
              redirect_uris=["http://localhost/cb"])
    assert made["application_type"] == "native"
    for port in (1024, 49152):
        app = App(server, http, made["client_id"], None, f"http://localhost:{port}/cb")
        assert app.tokens(admin)["access_token"]
    for other in ("http://localhost:1024/evil", "http://127.0.0.1:1024/cb",
                  "https://localhost:1024/cb", "http://localhost.evil.example:1024/cb"):
        assert admin.get(app.target(redirect_uri=other)).status == 400


def test_a_new_client_has_its_id_tokens_signed_as_libraries_expect(do):
    """OpenID Connect Registration section 2"""
    made = do("client", "create", name="Plain", grants=["device"], type="public")
    assert made["id_token_alg"] == "RS256"
    other = do("client", "create", name="Quick", grants=["device"], type="public",
               id_token_alg="ES256")
    assert other["id_token_alg"] == "ES256"
    assert do("client", "edit", other["client_id"], name="Quicker")["id_token_alg"] == "ES256"


# ---- every field is its own ----

SAID = {
    "name": "Fields", "auth_method": "client_secret_post", "application_type": "native",
    "grants": ["authorization_code", "refresh_token"], "scopes": ["openid", "own"],
    "redirect_uris": ["https://a.example/back", "http://127.0.0.1/back"],
    "post_logout_redirect_uris": ["https://a.example/bye"], "backchannel_logout_uri": "https://a.example/out",
    "token_profile": "long", "id_token_alg": "ES256", "access_token_typ": "JWT",
    "device_complete": "never", "device_code_expiration": "2m", "device_networks": ["192.0.2.0/24"],
    "device_scopes": ["openid"], "device_refresh_lifetime": "3h", "device_sign_in_within": "4m",
    "device_same_network": "refuse", "device_open_max": 5,
}
FLAGS = ("require_pkce", "refresh_always", "introspect_all")


def test_every_field_of_a_client_is_kept_and_shown_as_itself(do):
    for flag in FLAGS:
        said = {**SAID, **{name: name == flag for name in FLAGS}}
        made = do("client", "create", **said)
        name = made.pop("client_id")
        for shown in (made, do("client", "show", name)):
            assert {field: shown[field] for field in said} == said
        other = {field: not value if value in (True, False) else value for field, value in said.items()}
        assert do("client", "edit", name, **other)["require_pkce"] is other["require_pkce"]
        shown = do("client", "show", name)
        assert {field: shown[field] for field in other} == other


def test_every_time_of_a_client_is_its_own(do, database):
    name = do("client", "create", name="Times", grants=["client"])["client_id"]
    times = {"created_ms": 1, "updated_ms": 2, "used_ms": 3}
    for column, day in times.items():
        database.set_client(name, column, day * 86400000)
    shown = do("client", "show", name)
    assert [shown[field] for field in ("created_at", "updated_at", "used_at")] == \
        [f"1970-01-0{day + 1}T00:00:00Z" for day in times.values()]


def test_an_address_is_verified_by_an_operator_until_it_changes(do):
    name = f"mail{next(numbers)}"
    made = do("user", "create", username=name, email=f"{name}@example.com")
    assert made["email_verified"] is False
    assert do("user", "edit", name, email_verified=True)["email_verified"] is True
    assert do("user", "edit", name, full_name="Mail")["email_verified"] is True
    assert do("user", "edit", name, email=f"{name}@example.org")["email_verified"] is False
    do("user", "edit", name, email_verified=True)
    assert do("user", "edit", name, email_verified=False)["email_verified"] is False
    nobody = do("user", "create", username=f"mail{next(numbers)}")["username"]
    refused(400, do, "user", "edit", nobody, email_verified=True)


def test_what_an_operator_lets_a_client_do_counts_at_once(do, new_app, server, http, admin,
                                                          database):
    """A refresh token without offline_access, everybody's access tokens, an address as verified."""
    made = do("client", "create", name="Gateway", grants=["code", "refresh"],
              redirect_uris=["https://app.example/cb"], refresh_always=True, introspect_all=True)
    gateway = App(server, http, made["client_id"], made["client_secret"])
    do("user", "edit", "admin", email_verified=True)
    tokens = gateway.tokens(admin, scope="openid email")
    assert tokens["refresh_token"] and tokens["scope"] == "openid email"
    assert gateway.userinfo(tokens["access_token"]).json()["email_verified"] is True
    other = new_app(secret="o").tokens(admin)["access_token"]
    assert gateway.introspect(other).json()["active"] is True
    do("client", "edit", made["client_id"], refresh_always=False, introspect_all=False)
    assert gateway.introspect(other).json() == {"active": False}
    assert "refresh_token" not in gateway.tokens(admin, scope="openid email")
    said = [detail for _, target, detail in (*database.events("CLIENT_CREATED"),
                                             *database.events("CLIENT_UPDATED"))
            if target == f"client:{made['client_id']}"]
    assert said == ["authorization_code refresh_token introspect_all", "edited introspect_all=false"]
