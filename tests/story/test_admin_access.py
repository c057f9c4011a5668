"""Operators look at who is in, and take access back from anybody."""

import itertools
import uuid

import pytest

from admin import WHO, refused
from app import DECIDE
from browser import Browser
from database import DEVICE_GRANT
from race import ROUNDS, at_once
from running import ADMIN_PASSWORD
from waiting import until

names = itertools.count()


@pytest.fixture
def mia(server, database):
    """A browser of a person of her own, signed in."""
    name = f"mia{next(names)}"
    database.add_user(name)
    with Browser(server) as browser:
        browser.name = name
        assert browser.sign_in(name, ADMIN_PASSWORD).status == 303
        yield browser


@pytest.fixture
def held(app, mia):
    """Tokens that the application got from mia."""
    return app.lasting_tokens(mia)


def only(do, noun, **query):
    (row,) = do(noun, "list", **query)[noun + "s"]
    return row


def test_a_grant_is_listed_and_ended(do, app, mia, held, database):
    grant = only(do, "grant", user=mia.name)
    assert grant == only(do, "grant", client=app.client_id)
    assert (grant["kind"], grant["username"], grant["client_id"]) == ("code", mia.name, app.client_id)
    do("grant", "revoke", grant["id"])
    assert not app.is_alive(held["access_token"])
    assert app.refresh(held["refresh_token"]).error == "invalid_grant"
    assert "revoked_at" in only(do, "grant", user=mia.name)
    assert [row[0] for row in database.events("TOKEN_REVOKED", f"family:{grant['id']}")] == [WHO]
    refused(404, do, "grant", "revoke", grant["id"])


def test_one_token_is_ended_and_its_grant_lives(do, app, mia, held, database):
    grant, token = only(do, "grant", user=mia.name), only(do, "token", user=mia.name)
    assert token == only(do, "token", client=app.client_id) == only(do, "token", grant=grant["id"])
    assert token["grant_id"] == grant["id"]
    do("token", "revoke", token["id"])
    assert not app.is_alive(held["access_token"])
    assert app.refresh(held["refresh_token"]).status == 200
    assert [row[0] for row in database.events("TOKEN_REVOKED", f"token:{token['id']}")] == [WHO]
    refused(404, do, "token", "revoke", token["id"])


def test_a_session_is_listed_and_ended(do, mia, database):
    session = only(do, "session", user=mia.name)
    do("session", "revoke", session["id"])
    assert mia.get("/account").status == 303
    assert do("session", "list", user=mia.name)["sessions"] == []
    assert [row[0] for row in database.events("SESSION_REVOKED", f"session:{session['id']}")] == [WHO]


@pytest.mark.nodes
def test_all_of_a_person_ends_at_once(do, app, mia, held):
    code = app.code(mia)
    do("user", "revoke", mia.name)
    assert mia.get("/account").status == 303 and not app.is_alive(held["access_token"])
    assert app.refresh(held["refresh_token"]).error == "invalid_grant"
    assert app.redeem(code).error == "invalid_grant"
    assert "revoked_at" in do("grant", "list", user=mia.name)["grants"][0]


# ---- what was given to somebody who has become another -------------------------------------------


def waiting(server, new_device, app, browser):
    """A code and a device that the person has let in, and that nobody has redeemed yet."""
    device = new_device()
    browser.approve(device.user_code)
    return app.code(browser), device


ENDING = {"disabled": ["disable", "enable"], "reset": ["reset-password"],
          "both": ["disable", "reset-password", "enable"]}


@pytest.mark.parametrize("verbs", ENDING.values(), ids=ENDING)
@pytest.mark.parametrize("keeps", [False, True], ids=["", "keep-tokens"])
@pytest.mark.nodes
def test_nothing_given_before_outlives_it(server, do, app, mia, held, new_device, verbs, keeps):
    """B23, F7"""
    code, device = waiting(server, new_device, app, mia)
    for verb in verbs:
        do("user", verb, mia.name, **({"keep_tokens": True} if keeps and verb != "enable" else {}))
    assert app.redeem(code).error == "invalid_grant"
    assert device.poll().error == "access_denied"
    assert mia.get("/account").status == 303
    assert app.is_alive(held["access_token"]) == keeps
    assert app.refresh(held["refresh_token"]).status == (200 if keeps else 400)


def test_who_loses_a_role_loses_sessions_and_what_was_not_redeemed(
        server, do, app, mia, held, new_device):
    """F7: tokens of ordinary scopes say nothing about the role, and stay."""
    code, device = waiting(server, new_device, app, mia)
    do("user", "promote", mia.name)
    do("user", "demote", mia.name)
    assert app.redeem(code).error == "invalid_grant"
    assert device.poll().error == "access_denied"
    assert mia.get("/account").status == 303
    assert app.is_alive(held["access_token"])


def test_tokens_of_a_disabled_person_rest_even_if_they_are_kept(do, app, mia, held):
    do("user", "disable", mia.name, keep_tokens=True)
    assert not app.is_alive(held["access_token"])
    assert app.refresh(held["refresh_token"]).error == "invalid_grant"
    do("user", "enable", mia.name)
    assert app.refresh(held["refresh_token"]).status == 200


@pytest.mark.parametrize("verb, event", [
    ("disable", "USER_DISABLED"), ("reset-password", "USER_PASSWORD_RESET")])
def test_the_trail_tells_that_tokens_were_kept(do, mia, database, verb, event):
    user = do("user", "show", mia.name)["id"]
    for options, detail in (({}, ""), ({"keep_tokens": True}, "tokens=kept")):
        do("user", verb, mia.name, **options)
        assert database.events(event, f"user:{user}")[-1][2] == detail


@pytest.mark.parametrize("verb, asks", [("reset-password", True), ("revoke", True), ("promote", False)])
def test_what_a_thief_allowed_has_to_be_asked_again(server, do, new_app, mia, verb, asks):
    app = new_app(secret="s", redirect_uris="https://app.example/callback",
                  redirect_uri="https://app.example/callback")
    app.tokens(mia)
    password = do("user", verb, mia.name).get("password", ADMIN_PASSWORD)
    with Browser(server) as browser:
        assert browser.sign_in(mia.name, password).status == 303
        page = app.start(browser, prompt="none")
        assert (app.answer(page).get("error") == "consent_required") == asks


def test_who_is_made_anew_under_an_old_name_gets_nothing_of_it(server, do, app, mia, held, new_device):
    code, device = waiting(server, new_device, app, mia)
    do("user", "delete", mia.name)
    do("user", "create", username=mia.name)
    assert app.redeem(code).error == "invalid_grant"
    assert device.poll().status == 400
    assert app.refresh(held["refresh_token"]).error == "invalid_grant"
    assert not app.is_alive(held["access_token"])
    assert mia.get("/account").status == 303


@pytest.mark.parametrize("verb", ["disable", "reset-password"])
@pytest.mark.parametrize("round_number", range(ROUNDS))
@pytest.mark.nodes
def test_a_redemption_that_races_it_comes_before_or_fails(server, do, app, mia, verb, round_number):
    codes = [app.code(mia) for _ in range(4)]
    answers = at_once(server, lambda http, i: do("user", verb, mia.name) if i == 2
                      else app.redeem(codes[i % 4], http), 5)
    answers.pop(2)
    for answer in answers:
        assert answer.status in (200, 400), answer.text
        assert answer.status != 200 or not app.is_alive(answer.json()["access_token"])


@pytest.mark.nodes
def test_all_of_a_client_ends_at_once_and_it_may_ask_again(do, app, mia, held):
    code = app.code(mia)
    do("client", "revoke", app.client_id)
    assert not app.is_alive(held["access_token"])
    assert app.refresh(held["refresh_token"]).error == "invalid_grant"
    assert app.redeem(code).error == "invalid_grant"
    assert app.is_alive(app.tokens(mia)["access_token"])


def test_what_a_client_was_given_ends_without_being_touched(do, app, mia, held, database):
    """However much a client holds, taking it back is one row."""
    before = {table: database.rows(f"SELECT * FROM {table} ORDER BY 1")
              for table in ("families", "access_tokens", "refresh_tokens", "consents")}
    do("client", "revoke", app.client_id)
    assert not app.is_alive(held["access_token"])
    for table, rows in before.items():
        assert database.rows(f"SELECT * FROM {table} ORDER BY 1") == rows, table
    assert "revoked_at" in only(do, "grant", client=app.client_id)


def asks_for_consent(app, browser):
    page = app.start(browser)
    while page.status == 303 and page.location.startswith("/"):
        page = browser.get(page.location)
    return DECIDE in [form.action for form in page.forms]


def test_a_consent_goes_with_what_a_client_was_given(do, app, mia):
    app.code(mia)
    assert not asks_for_consent(app, mia)
    do("client", "revoke", app.client_id)
    assert asks_for_consent(app, mia)
    app.code(mia)
    assert not asks_for_consent(app, mia)


def test_a_device_that_was_let_in_gets_nothing_any_more(do, new_device, mia, database):
    client_id = database.add_client("TV of mine", grants=(DEVICE_GRANT,), scopes="read")
    waiting, approved = (new_device(client_id=client_id, scope="read") for _ in range(2))
    mia.approve(approved.user_code)
    do("client", "revoke", client_id)
    assert approved.poll().error == waiting.poll().error == "access_denied"
    fresh = new_device(client_id=client_id, scope="read")
    mia.approve(fresh.user_code)
    assert fresh.poll().status == 200


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_a_parallel_refresh_does_not_outlive_the_revocation(server, do, app, mia, held, round_number):
    """A client is taken back while it redeems and refreshes: nothing of it is alive afterwards."""
    codes = [app.code(mia) for _ in range(8)]

    def request(http, i):
        if i == 8:
            return do("client", "revoke", app.client_id)
        if i > 8:
            return app.refresh(held["refresh_token"], http=http)
        return app.redeem(codes[i], http=http)
    given = at_once(server, request, 16)
    texts = [reply.json()["access_token"] for i, reply in enumerate(given)
             if i != 8 and reply.status == 200]
    assert not any(app.is_alive(text) for text in texts)


def test_machine_tokens_of_a_client_end_too(do, http, app, database):
    database.set_client(app.client_id, "grants", "client_credentials")

    def token():
        return app.token(grant_type="client_credentials", scope="read").json()["access_token"]
    first = token()
    assert app.introspect(first).json()["active"]
    do("client", "revoke", app.client_id)
    assert not app.introspect(first).json()["active"]
    assert app.introspect(token()).json()["active"]


def test_a_device_request_is_denied(do, new_device, database):
    device = new_device()
    request = do("device", "list", limit=1)["devices"][0]
    assert request["state"] == "pending"
    assert request["user_code"] == device.user_code[:4] + "-****"
    assert device.user_code[5:] not in str(request) and device.code not in str(request)
    do("device", "deny", request["id"])
    assert device.poll().error == "access_denied"
    assert [row[0] for row in database.events("DEVICE_CODE_DENIED", f"device:{request['id']}")] == [WHO]
    refused(404, do, "device", "deny", request["id"])


@pytest.mark.parametrize("state", ["pending", "approved"])
def test_a_device_request_that_has_run_out_is_expired(do, new_device, database, state):
    new_device()
    request = do("device", "list", limit=1)["devices"][0]["id"]
    marks = (state, bytes.fromhex(request.replace("-", "")))
    database.execute("UPDATE device_codes SET expires_ms = 1, state = ? WHERE id = ?", *marks)
    found = [row["state"] for row in do("device", "list", limit=200)["devices"] if row["id"] == request]
    assert found in (["expired"], []), "or it has been deleted already"


@pytest.mark.parametrize("noun", ["grant", "token", "session", "device"])
def test_lists_come_newest_first_in_pages(do, noun, mia, app, new_device):
    for _ in range(3):
        app.tokens(mia)
        new_device()
    whole = [row["id"] for row in do(noun, "list", limit=200)[noun + "s"]]
    seen, more = [], {}
    while len(seen) < 4:
        page = do(noun, "list", limit=2, **more)
        seen += [row["id"] for row in page[noun + "s"]]
        if "next" not in page:
            break
        more = {"after": page["next"]}
    assert seen == whole[:len(seen)] == sorted(seen, reverse=True) and seen


@pytest.mark.parametrize("noun", ["grant", "token"])
def test_a_list_tells_what_is_alive_and_can_be_held_to_it(do, app, mia, database, noun):
    """However it ended: itself, with its grant, its user or its client."""
    def listed(**query):
        return [row["state"] for row in do(noun, "list", user=mia.name, **query)[noun + "s"]]
    app.lasting_tokens(mia)
    assert listed() == listed(active=True) == listed(client=app.client_id) == ["active"]
    grant = do("grant", "list", user=mia.name)["grants"][0]["id"]
    for stop, go, state in (
            (lambda: do("grant", "disable", grant), lambda: do("grant", "enable", grant), "disabled"),
            (lambda: do("user", "disable", mia.name, keep_tokens=True), lambda: do("user", "enable", mia.name), "disabled"),
            (lambda: do("client", "disable", app.client_id),
             lambda: do("client", "enable", app.client_id), "disabled"),
            (lambda: do("client", "revoke", app.client_id), None, "revoked")):
        stop()
        assert listed() == [state] and listed(active=True) == []
        if go:
            go()
            assert listed() == listed(active=True) == ["active"]
    assert do(noun, "list", user="admin", client=app.client_id)[noun + "s"] == []


def test_an_expired_token_is_told_from_a_living_one(do, app, mia, database):
    def states():
        """What ends is deleted now and then: a list may come just too late."""
        app.lasting_tokens(mia)
        database.execute("UPDATE access_tokens SET expires_ms = 1 WHERE family_id IN"
                         " (SELECT f.id FROM families f JOIN users u ON u.id = f.user_id"
                         " WHERE u.username = ?)", mia.name)
        return {row["state"] for row in do("token", "list", user=mia.name)["tokens"]}

    until(lambda: states() == {"expired"})
    assert do("token", "list", user=mia.name, active=True)["tokens"] == []


def test_a_grant_that_is_stopped_goes_on_when_it_is_let(do, app, mia, held, database):
    grant = only(do, "grant", user=mia.name)["id"]
    do("grant", "disable", grant)
    assert not app.is_alive(held["access_token"])
    assert app.refresh(held["refresh_token"]).error == "invalid_grant"
    refused(404, do, "grant", "disable", grant)
    do("grant", "enable", grant)
    refused(404, do, "grant", "enable", grant)
    assert app.is_alive(held["access_token"]) and app.refresh(held["refresh_token"]).status == 200
    for event in ("TOKEN_DISABLED", "TOKEN_ENABLED"):
        assert [row[0] for row in database.events(event, f"family:{grant}")] == [WHO]


def test_who_let_a_client_in_is_told_from_both_sides_and_taken_back(do, app, mia, held, database):
    (by_client,) = do("client", "authorizations", app.client_id)["authorizations"]
    assert by_client["username"] == mia.name and "profile" in by_client["scope"]
    (by_user,) = do("user", "authorizations", mia.name)["authorizations"]
    assert by_user["client_id"] == app.client_id and by_user["is_remembered"] is True
    assert by_user["grants"] == 1
    do("user", "withdraw", (mia.name, app.client_id))
    assert do("client", "authorizations", app.client_id)["authorizations"] == []
    assert do("user", "authorizations", mia.name)["authorizations"] == []
    assert not app.is_alive(held["access_token"])
    events = database.events("USER_AUTHORIZATION_REVOKED", f"client:{app.client_id}")
    assert [row[0] for row in events] == [WHO]
    refused(404, do, "user", "withdraw", (mia.name, app.client_id))


@pytest.mark.parametrize("noun, whose", [("client", "app"), ("user", "mia")])
def test_authorizations_come_in_pages(server, do, new_app, mia, database, noun, whose):
    if whose == "mia":
        for _ in range(3):
            new_app(secret="s").code(mia)
        name = mia.name
    else:
        app = new_app(secret="s")
        for _ in range(3):
            person = f"guest{next(names)}"
            database.add_user(person)
            with Browser(server) as browser:
                browser.sign_in(person, ADMIN_PASSWORD)
                app.code(browser)
        name = app.client_id
    whole = do(noun, "authorizations", name)["authorizations"]
    first = do(noun, "authorizations", name, limit=2)
    rest = do(noun, "authorizations", name, limit=2, after=first["next"])
    assert first["authorizations"] + rest["authorizations"] == whole and len(whole) == 3
    assert "next" not in rest


@pytest.mark.parametrize("query", [{"client": "x"}, {"grant": "x"}, {"user": "admin", "client": "x"}])
def test_a_filter_that_cannot_be_is_refused(do, query):
    refused(400, do, "token", "list", **query)


def test_a_filter_by_nobody_is_told(do):
    refused(404, do, "grant", "list", user="nobody")


# ---- accounts at other servers ---------------------------------------------------------------------


def test_connections_are_listed_and_ended_but_never_the_last_way_in(do, database):
    """Somebody without a password who is disconnected could never sign in again."""
    name = f"linked{next(names)}"
    database.add_user(name)
    database.execute("UPDATE users SET password_hash = '' WHERE username = ?", name)
    first, second = (database.connect_identity(name, provider) for provider in ("corp", "forge"))
    listed = do("user", "connections", name)["connections"]
    assert [row["provider"] for row in listed] == ["corp", "forge"]
    assert all(row["username"] == "casey" and row["used_at"] and row["subject"] for row in listed)
    do("user", "disconnect", (name, str(uuid.UUID(bytes=first))))
    assert [row["provider"] for row in do("user", "connections", name)["connections"]] == ["forge"]
    refused(409, do, "user", "disconnect", (name, str(uuid.UUID(bytes=second))))
    refused(404, do, "user", "disconnect", (name, str(uuid.UUID(bytes=first))))
    refused(404, do, "user", "disconnect", ("admin", str(uuid.UUID(bytes=second))))
    assert [row[0] for row in database.events("OAUTH_CONNECTION_DELETED", f"user:{name}")] == [WHO]
