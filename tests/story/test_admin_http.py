"""The admin API on the public listener: by access token, and by nothing else."""

import itertools

import pytest

from admin import API, JSON_TYPE, ByRequest
from app import ALL_SCOPES, App
from browser import Browser
from database import DEVICE_GRANT
from device import Device
from routes import routes
from running import ADMIN_PASSWORD, Server
from wire import basic

ADMIN = "authgate:admin"
ADMIN_ROUTES = [route for route in routes() if "ROUTE_ADMIN" in route.flags]
names = itertools.count()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("server"), ADMIN_HTTP="true", CORS_ENABLED="true",
                CORS_ALLOWED_ORIGINS="*") as running:
        yield running


@pytest.fixture(scope="module")
def console(server):
    """A client that may ask to administer."""
    with server.client() as http:
        yield App.register(server, http, "Console", secret="the secret of the console",
                           scopes=f"{ALL_SCOPES} {ADMIN}", scope=f"openid {ADMIN}")


@pytest.fixture(scope="module")
def admin_token(server, console):
    with Browser(server) as browser:
        return console.tokens(browser)["access_token"]


def bearer(token):
    return [("Authorization", f"Bearer {token}")]


def ask(http, token, method="GET", target=f"{API}/users", headers=()):
    return http.request(method, target, [JSON_TYPE, *headers, *(bearer(token) if token else [])],
                        b"{}" if method != "GET" else None)


def person(server, role="user"):
    """The name of somebody new."""
    name = f"operator{next(names)}"
    server.database.add_user(name)
    server.database.execute("UPDATE users SET role = ? WHERE username = ?", role, name)
    return name


def token_of(server, console, name, **changes):
    with Browser(server) as browser:
        assert browser.sign_in(name, ADMIN_PASSWORD).status == 303
        return console.tokens(browser, **changes)["access_token"]


# ---- who may not ----

@pytest.mark.parametrize("route", ADMIN_ROUTES, ids=str)
def test_who_has_no_token_is_told_so_on_every_route(http, admin, database, route):
    """I1, F10: anonymous, and an admin's own browser: a cookie opens nothing, so that no page of
    another site can make a browser administer."""
    with database.unchanged():
        for headers in ([], admin.headers()):
            reply = ask(http, None, route.method, route.path, headers)
            assert (reply.status, reply.error) == (401, "invalid_token")
            assert reply.header("www-authenticate").startswith("Bearer")


@pytest.fixture(scope="module")
def powerless(server, console):
    """Tokens that administer nothing, by why."""
    plain, stale, disabled = person(server), person(server, "admin"), person(server, "admin")
    tokens = {
        "an ordinary user": token_of(server, console, plain),
        "an admin once": token_of(server, console, stale),
        "a disabled admin": token_of(server, console, disabled),
        "without the scope": token_of(server, console, "admin", scope="openid profile"),
        "for another server": token_of(server, console, "admin", resource="https://api.example/"),
        "nobody": "e30.e30.e30",
    }
    ByRequest(server)("user", "demote", stale)
    ByRequest(server)("user", "disable", disabled)
    return tokens


@pytest.mark.parametrize("why, status", [
    ("an ordinary user", 403), ("an admin once", 403), ("a disabled admin", 401),
    ("without the scope", 403), ("for another server", 403), ("nobody", 401)])
@pytest.mark.parametrize("route", ADMIN_ROUTES, ids=str)
def test_a_token_without_power_opens_no_route(http, database, powerless, why, status, route):
    """I1, I5: the role is looked up at each request; a scope alone, or a role alone, is nothing."""
    with database.unchanged():
        reply = ask(http, powerless[why], route.method, route.path)
    assert reply.status == status
    assert reply.error == ("insufficient_scope" if status == 403 else "invalid_token")


def test_a_machine_never_administers(http, server, database):
    """I5: the scope takes a person."""
    client_id = database.add_client("Robot", secret="the secret of the robot",
                                    scopes=f"read {ADMIN}")
    who = [basic(client_id, "the secret of the robot")]
    fields = {"grant_type": "client_credentials"}
    assert http.post("/oauth/token", {**fields, "scope": ADMIN}, who).error == "invalid_scope"
    token = http.post("/oauth/token", fields, who).json()
    assert token["scope"] == "read" and ask(http, token["access_token"]).status == 403


def test_a_device_never_administers(http, server, database):
    """A code that somebody reads out to an admin must not hand over the server."""
    client_id = database.add_client("TV", grants=(DEVICE_GRANT,), scopes=f"read {ADMIN}")
    reply = http.post("/oauth/device/code", {"client_id": client_id, "scope": f"read {ADMIN}"})
    assert reply.error == "invalid_scope"
    with Browser(server) as browser, Device(server, client_id, scope="", http=http) as device:
        browser.sign_in()
        browser.approve(device.user_code)
        assert device.poll().json()["scope"] == "read"


@pytest.mark.parametrize("place", ["query", "body"])
def test_a_token_elsewhere_than_in_the_header_is_none(http, admin_token, place):
    target = f"{API}/users" + (f"?access_token={admin_token}" if place == "query" else "")
    if place == "query":
        assert http.get(target).status == 401
    else:
        reply = http.post(f"{API}/clients", {"access_token": admin_token})
        assert reply.status == 401


# ---- who may ----

@pytest.mark.parametrize("route", ADMIN_ROUTES, ids=str)
def test_the_token_of_an_admin_opens_every_route(http, admin_token, route):
    reply = ask(http, admin_token, route.method, route.path)
    assert reply.status == 404 if ":" in route.pattern else reply.status in (200, 201, 400)
    assert reply.header("cache-control") == "no-store"


def test_what_is_done_is_done_by_user_and_client(http, console, admin_token, database):
    reply = http.request("POST", f"{API}/clients", [JSON_TYPE, *bearer(admin_token)],
                         b'{"name":"By token","grants":["client"]}')
    assert reply.status == 201
    ((actor, *_),) = database.events("CLIENT_CREATED", f"client:{reply.json()['client_id']}")
    assert actor == f"user:admin client:{console.client_id}"


@pytest.fixture(scope="module")
def old_session(server, console):
    """A browser of an admin who signed in a quarter of an hour ago, and a token that it gave."""
    name = person(server, "admin")
    with Browser(server) as browser:
        assert browser.sign_in(name, ADMIN_PASSWORD).status == 303
        server.database.execute("UPDATE sessions SET created_ms = created_ms - 901000 WHERE user_id ="
                                " (SELECT id FROM users WHERE username = ?)", name)
        yield browser, console.tokens(browser)["access_token"]


@pytest.mark.parametrize("route", ADMIN_ROUTES, ids=str)
def test_a_session_left_open_looks_and_changes_nothing(http, database, old_session, route):
    """I1: RFC 9470"""
    with database.unchanged():
        reply = ask(http, old_session[1], route.method, route.path)
    if route.method == "GET":
        assert reply.status in (200, 400, 404)
    else:
        assert (reply.status, reply.error) == (401, "insufficient_user_authentication")
        assert 'max_age="900"' in reply.header("www-authenticate")


def test_who_signs_in_again_changes_things(http, console, old_session):
    browser, _ = old_session
    assert browser.follow(console.start(browser, max_age="900")).form("/login"), "asked for the password"
    with Browser(console.server) as fresh:
        token = console.tokens(fresh, max_age="900")["access_token"]
    assert ask(http, token, "POST", f"{API}/audit/sign").status == 200


def test_a_lost_role_is_lost_with_the_next_request(http, server, console):
    """F7, I1: and what was given with it never comes back."""
    name, do = person(server, "admin"), ByRequest(server)
    with Browser(server) as browser:
        assert browser.sign_in(name, ADMIN_PASSWORD).status == 303
        token = console.tokens(browser)["access_token"]
        assert ask(http, token).status == 200
        do("user", "demote", name)
        assert ask(http, token).status == 403
        assert browser.get("/account").status == 303
    do("user", "promote", name)
    assert ask(http, token).status == 401
    assert ask(http, token_of(server, console, name)).status == 200


def test_a_refresh_gives_no_power(http, server, console):
    name = person(server, "admin")
    with Browser(server) as browser:
        assert browser.sign_in(name, ADMIN_PASSWORD).status == 303
        tokens = console.tokens(browser, scope=f"openid {ADMIN} offline_access")
        assert ADMIN in tokens["scope"] and ask(http, tokens["access_token"]).status == 200
        again = console.refresh(tokens["refresh_token"]).json()
        assert again["scope"] == "openid offline_access"
        assert ask(http, again["access_token"]).status == 403
        assert console.refresh(again["refresh_token"], scope=ADMIN).error == "invalid_scope"
        assert ADMIN not in console.introspect(tokens["refresh_token"]).json()["scope"]


def sign_out(server, browser, name):
    browser.submit(browser.get("/logout").form("/logout"))


def sign_out_from_elsewhere(server, browser, name):
    (session,) = ByRequest(server)("session", "list", user=name)["sessions"]
    ByRequest(server)("session", "revoke", session["id"])


def expire(server, browser, name):
    server.database.execute("UPDATE sessions SET expires_ms = 1 WHERE user_id ="
                            " (SELECT id FROM users WHERE username = ?)", name)


def idle(server, browser, name):
    server.database.execute("UPDATE sessions SET seen_ms = 1 WHERE user_id ="
                            " (SELECT id FROM users WHERE username = ?)", name)


@pytest.mark.parametrize("end", [sign_out, sign_out_from_elsewhere, expire, idle])
def test_power_ends_with_its_session(http, server, console, end):
    name = person(server, "admin")
    with Browser(server) as browser:
        assert browser.sign_in(name, ADMIN_PASSWORD).status == 303
        token, plain = console.tokens(browser)["access_token"], console.tokens(browser, scope="openid")
        assert ask(http, token).status == 200
        end(server, browser, name)
    assert ask(http, token).status == 401 and not console.is_alive(token)
    assert console.userinfo(token).status == 401
    assert console.is_alive(plain["access_token"])


def test_a_token_never_gains_power_with_its_user(http, server, console):
    """Who is no administrator does not get the scope, and is told so."""
    name = person(server)
    with Browser(server) as browser:
        assert browser.sign_in(name, ADMIN_PASSWORD).status == 303
        tokens = console.tokens(browser)
        assert tokens["scope"] == "openid"
        alone = console.answer(console.walk(browser, console.start(browser, scope=ADMIN)))
        assert alone["error"] == "invalid_scope"
    ByRequest(server)("user", "promote", name)
    assert ask(http, tokens["access_token"]).status == 403


def test_no_other_origin_may_ask(http, admin_token):
    """Even where other endpoints answer every origin."""
    for method in ("GET", "OPTIONS"):
        reply = ask(http, admin_token, method, headers=[
            ("Origin", "https://app.example"), ("Access-Control-Request-Method", "GET")])
        assert not reply.header("access-control-allow-origin")


def test_power_is_short_asked_for_by_name_and_consented_to_each_time(server, console, database):
    database.set_client(console.client_id, "token_profile", "long")
    with Browser(server) as browser:
        browser.sign_in()
        for _ in range(2):
            page = console.start(browser)
            while page.status == 303 and page.location.startswith("/"):
                page = browser.get(page.location)
            assert page.status == 200 and "Administer this server" in page.text
            assert console.tokens(browser)["expires_in"] == 900
        assert ADMIN not in console.tokens(browser, scope=None)["scope"]
        assert console.tokens(browser, scope="openid")["expires_in"] > 900


def test_a_client_that_registers_itself_cannot_have_it(tmp_path):
    with pytest.raises(AssertionError, match="not for clients that register themselves"):
        Server(tmp_path, DYNAMIC_CLIENT_REGISTRATION_SCOPES=f"openid {ADMIN}").start()


def test_strangers_are_limited_and_the_socket_is_not(tmp_path):
    with Server(tmp_path, ADMIN_HTTP="true", ENABLE_RATE_LIMIT="true", ADMIN_RATE_LIMIT="3") as own, \
            own.client() as http:
        statuses = [ask(http, None).status for _ in range(5)]
        assert statuses == [401, 401, 401, 429, 429]
        assert int(ask(http, None).header("retry-after")) > 0
        for _ in range(10):
            ByRequest(own)("user", "list")
