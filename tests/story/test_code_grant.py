"""Codes at the token endpoint (RFC 6749 section 4.1.3, RFC 7636). Ids in docstrings, as B16, are
rows of the catalogue of attacks."""

import re
import secrets
import uuid

import pytest

from app import challenge_of
from browser import Browser
from database import now_ms
from race import ROUNDS, at_once
from waiting import until
from wire import basic


def refused(response, error, status=400):
    assert (response.status, response.error) == (status, error), response.text
    assert response.header("cache-control") == "no-store"
    assert set(response.json()) <= {"error", "error_description"}


def all_dead(app, tokens):
    """Nothing of an answer is worth anything any more."""
    return not app.is_alive(tokens["access_token"]) and (
        "refresh_token" not in tokens or
        app.refresh(tokens["refresh_token"]).status == 400)


# ---- the reply ----------------------------------------------------------------------------------


def test_the_reply_is_never_stored_anywhere(app, admin):
    """B37"""
    response = app.redeem(app.code(admin))
    assert response.header("cache-control") == "no-store"
    assert response.header("pragma") == "no-cache"
    assert response.header("content-type") == "application/json"
    assert response.header("access-control-allow-origin") is None
    assert response.header("access-control-allow-credentials") is None


def test_codes_and_tokens_are_long_and_printable(app, admin):
    """B39: 256 random bits after the id."""
    code = app.code(admin, scope="openid offline_access")
    tokens = app.redeem(code).json()
    for text in (code, tokens["refresh_token"]):
        assert re.fullmatch(r"[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}", text)
    assert re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){2}", tokens["access_token"])


def test_hydra_0_11_12_nothing_of_the_request_is_kept_or_logged(app, admin, server):
    """B40, L1: looks for the text in every file of the server."""
    code = app.code(admin, scope="openid offline_access", nonce="a-nonce")
    tokens = app.redeem(code).json()
    again = app.refresh(tokens["refresh_token"]).json()
    kept = server.kept()
    secrets = [app.secret, app.verifier, code, code.split(".")[1], tokens["access_token"],
               tokens["id_token"], tokens["refresh_token"].split(".")[1], again["access_token"]]
    for text in secrets:
        assert text.encode() not in kept
    assert challenge_of(app.verifier).encode() in kept


def test_without_offline_access_there_is_no_refresh_token(app, admin):
    assert "refresh_token" not in app.tokens(admin)
    assert "refresh_token" in app.tokens(admin, scope="openid offline_access")


# ---- a code is used once ------------------------------------------------------------------------


def test_a_replay_takes_back_what_the_first_use_gave(app, spa, admin, database):
    """B16"""
    for client in (app, spa):
        code = client.code(admin, scope="openid offline_access")
        tokens = client.redeem(code).json()
        renewed = client.refresh(tokens["refresh_token"]).json()
        assert client.is_alive(tokens["access_token"])
        before = len(database.events("AUTHORIZATION_CODE_REPLAYED"))
        refused(client.redeem(code), "invalid_grant")
        assert all_dead(client, tokens) and all_dead(client, renewed)
        assert len(database.events("AUTHORIZATION_CODE_REPLAYED")) == before + 1


def test_a_replay_takes_back_nothing_of_other_sign_ins(app, admin):
    other = app.lasting_tokens(admin)
    code = app.code(admin)
    assert app.redeem(code).status == 200
    refused(app.redeem(code), "invalid_grant")
    assert app.is_alive(other["access_token"])
    assert app.refresh(other["refresh_token"]).status == 200


def test_a_stranger_cannot_cause_revocation_by_a_replay(app, new_app, admin, http, database):
    """B18: the code counts together with the client's own authentication only."""
    other = new_app(secret="other")
    code = app.code(admin)
    token = app.redeem(code).json()["access_token"]
    with database.unchanged():
        refused(other.redeem(code), "invalid_grant")
        refused(http.post("/oauth/token", {
            "grant_type": "authorization_code", "code": code, "client_id": app.client_id,
            "redirect_uri": app.redirect_uri, "code_verifier": app.verifier}),
            "invalid_client", 401)
        refused(http.post("/oauth/token", {
            "grant_type": "authorization_code", "code": code},
            [basic(app.client_id, "wrong")]), "invalid_client", 401)
    assert app.is_alive(token)


def test_a_used_code_without_its_verifier_revokes_nothing(spa, admin, database):
    """B18: a public client proves itself by nothing else."""
    code = spa.code(admin)
    token = spa.redeem(code).json()["access_token"]
    with database.unchanged():
        refused(spa.redeem(code, code_verifier="A" * 43), "invalid_grant")
        refused(spa.redeem(code, code_verifier=""), "invalid_grant")
    assert spa.is_alive(token)
    refused(spa.redeem(code), "invalid_grant")
    assert not spa.is_alive(token)


@pytest.mark.nodes
def test_of_parallel_uses_of_a_code_at_most_one_wins(app, spa, admin, database):
    """B17, R4"""
    for i in range(ROUNDS):
        client = (app, spa)[i % 2]
        code = client.code(admin, scope="openid offline_access")
        before = database.count("access_tokens")
        replies = at_once(client.server, lambda http, _: client.redeem(code, http))
        winners = [r for r in replies if r.status == 200]
        assert len(winners) == 1
        assert database.count("access_tokens") == before + 1
        for reply in replies:
            if reply.status != 200:
                refused(reply, "invalid_grant")
        assert all_dead(client, winners[0].json())


# ---- and by the right client, with the right proofs ----------------------------------------------


@pytest.mark.parametrize("code", [
    "", "x", "a.b", "A" * 66, "A" * 22 + "." + "A" * 43, "%00", "🦊", "A" * 5000], ids=repr)
def test_codes_that_were_never_issued_are_refused(app, database, code):
    with database.unchanged():
        refused(app.redeem(code), "invalid_grant" if code else "invalid_request")


def test_a_changed_code_is_refused_and_harms_nothing(app, admin, database):
    code = app.code(admin)
    head, secret = code.split(".")
    changed = ("B" if secret[0] != "B" else "C") + secret[1:]
    with database.unchanged():
        for wrong in (f"{head}.{changed}", f"{head}.", head, code + "A", code[:-1],
                      code + "\0", code + " "):
            assert app.redeem(wrong).status == 400
    assert app.redeem(code).status == 200


def test_an_expired_code_is_refused(app, admin, database):
    """B19"""
    code = app.code(admin)
    assert 0 < database.value("SELECT max(expires_ms) FROM auth_codes") - now_ms() <= 60_000
    database.execute("UPDATE auth_codes SET expires_ms = ?", now_ms() - 1)
    with database.unchanged():
        refused(app.redeem(code), "invalid_grant")


@pytest.mark.parametrize("uri", [
    None, "", "https://app.example/cb/", "https://app.example/CB", "https://app.example/cb?",
    "https://evil.example/cb", "https%3A%2F%2Fapp.example%2Fcb", "https://app.example/%63b"],
    ids=repr)
def test_the_redirect_uri_has_to_be_the_same(app, admin, uri):
    """B20: the code survives one mistake."""
    code = app.code(admin)
    refused(app.redeem(code, redirect_uri=uri), "invalid_grant")
    assert app.redeem(code).status == 200


def test_a_code_of_one_app_is_nothing_to_another(app, new_app, spa, admin, database):
    """B21"""
    code, thieves = app.code(admin), (new_app(secret="thief"), spa)
    with database.unchanged():
        for thief in thieves:
            thief.verifier = app.verifier
            refused(thief.redeem(code), "invalid_grant")
            actor, _, _ = database.events(
                "AUTHORIZATION_CODE_MISMATCHED", f"client:{app.client_id}")[-1]
            assert actor == f"client:{thief.client_id}"
    assert app.redeem(code).status == 200


@pytest.mark.parametrize("verifier", [
    "A" * 43, "A" * 42, "A" * 129, "x", "A" * 42 + "+", "A" * 42 + "ä", "A" * 42 + "\0",
    "A" * 42 + " "], ids=repr)
def test_a_wrong_verifier_is_refused(spa, admin, verifier):
    """B22"""
    assert spa.redeem(spa.code(admin), code_verifier=verifier).status == 400


def test_the_challenge_itself_is_no_verifier(spa, admin):
    """B22: as it would be if the method were plain."""
    code = spa.code(admin)
    refused(spa.redeem(code, code_verifier=challenge_of(spa.verifier)), "invalid_grant")


def test_guessing_the_verifier_burns_the_code(spa, admin):
    """B22"""
    code = spa.code(admin)
    for _ in range(3):
        refused(spa.redeem(code, code_verifier="A" * 43), "invalid_grant")
    refused(spa.redeem(code), "invalid_grant")


@pytest.mark.nodes
def test_guessing_the_verifier_in_parallel_burns_the_code_as_well(spa, admin, database):
    """B22: no more guesses count than three, however many come at once."""
    code = spa.code(admin)
    replies = at_once(spa.server, lambda http, i: spa.redeem(
        code, http, code_verifier=f"{i:043d}"), 16)
    assert {r.status for r in replies} == {400}
    refused(spa.redeem(code), "invalid_grant")


def test_a_user_disabled_meanwhile_gives_nothing(app, server, database):
    """B23"""
    database.add_user("code-leaver")
    with Browser(server) as leaver:
        leaver.sign_in("code-leaver")
        code = app.code(leaver)
    database.set_disabled("code-leaver")
    with database.unchanged():
        refused(app.redeem(code), "invalid_grant")


@pytest.fixture
def browsers(server, database):
    """Two of one person, signed in."""
    database.add_user("code-signer")
    with Browser(server) as first, Browser(server) as second:
        for browser in (first, second):
            assert browser.sign_in("code-signer").status == 303
        yield first, second
    database.execute("DELETE FROM users WHERE username = 'code-signer'")


def test_a_code_ends_when_its_session_is_signed_out(app, spa, browsers):
    """A client must not take up a session of whose end nobody will tell it."""
    first, second = browsers
    code, public, other = app.code(first), spa.code(first), app.code(second)
    first.submit(first.get("/logout").form("/logout"))
    refused(app.redeem(code), "invalid_grant")
    refused(spa.redeem(public), "invalid_grant")
    assert app.redeem(other).status == 200, "of a session that goes on"


def test_a_code_ends_when_its_session_is_signed_out_from_elsewhere(app, browsers):
    first, second = browsers
    code = app.code(second)
    first.submit(next(f for f in first.get("/account/sessions").forms if f.action.endswith("/revoke")))
    assert second.get("/account").status == 303
    refused(app.redeem(code), "invalid_grant")


@pytest.mark.nodes
def test_a_redemption_that_races_a_sign_out_is_told_of_it_or_fails(server, new_app, database):
    app = new_app(secret="s", columns={"backchannel_logout_uri": "http://127.0.0.1:9/"})
    for i in range(ROUNDS):
        database.add_user(f"racer{i}")
        with Browser(server) as browser:
            browser.sign_in(f"racer{i}")
            code, form = app.code(browser), browser.get("/logout").form("/logout")
            notices = database.value("SELECT count(*) FROM logout_notices WHERE client_id = ?",
                                     uuid.UUID(app.client_id).bytes)
            _, redeemed = at_once(server, lambda http, n, browser=browser, form=form, code=code: (
                http.post(form.action, form.fields, browser.headers()) if n == 0
                else app.redeem(code, http)), 2)
        assert redeemed.status in (200, 400)
        more = database.value("SELECT count(*) FROM logout_notices WHERE client_id = ?",
                              uuid.UUID(app.client_id).bytes) - notices
        assert more == (redeemed.status == 200)


def test_a_user_deleted_meanwhile_gives_nothing(app, server, database):
    """B23"""
    database.add_user("code-gone")
    with Browser(server) as gone:
        gone.sign_in("code-gone")
        code = app.code(gone)
    database.execute("DELETE FROM users WHERE username = 'code-gone'")
    with database.unchanged():
        refused(app.redeem(code), "invalid_grant")


def test_a_client_disabled_meanwhile_gets_nothing(new_app, admin, database):
    """B24"""
    app = new_app(secret="s")
    code = app.code(admin)
    database.set_client(app.client_id, "status", "disabled")
    with database.unchanged():
        refused(app.redeem(code), "invalid_client", 401)


def test_scopes_cannot_grow_at_the_token_endpoint(app, admin):
    """B25"""
    response = app.redeem(app.code(admin, scope="openid"), scope="openid email write")
    assert response.status == 400 or response.json()["scope"] == "openid"


def test_the_grant_has_to_be_allowed(new_app, admin, database):
    """B15"""
    app = new_app(secret="s")
    code = app.code(admin)
    database.set_client(app.client_id, "grants", "refresh_token")
    with database.unchanged():
        refused(app.redeem(code), "unauthorized_client")


def test_machines_get_tokens_of_their_own_only(new_app, spa, database):
    """B26"""
    robot = new_app(secret="s", grants=["client_credentials"])
    answer = robot.token(grant_type="client_credentials", scope="read").json()
    assert "refresh_token" not in answer and "id_token" not in answer
    for scope in ("offline_access", "profile", "email", "read offline_access"):
        refused(robot.token(grant_type="client_credentials", scope=scope), "invalid_scope")
    refused(spa.token(grant_type="client_credentials"), "unauthorized_client")
    machine = new_app(grants=["client_credentials"])
    refused(machine.token(grant_type="client_credentials"), "unauthorized_client")
    claims = robot.introspect(answer["access_token"]).json()
    assert claims["sub"] == f"client:{robot.client_id}"


def test_a_repeated_code_is_no_request(spa, admin, http, database):
    """B5"""
    code = spa.code(admin)
    fields = [("grant_type", "authorization_code"), ("client_id", spa.client_id),
              ("redirect_uri", spa.redirect_uri), ("code_verifier", spa.verifier),
              ("code", code), ("code", code)]
    with database.unchanged():
        refused(http.post("/oauth/token", fields), "invalid_request")
        refused(http.post("/oauth/token", [*fields[:-1], ("code_verifier", "x")]),
                "invalid_request")


def test_a_code_in_the_address_is_not_looked_at(spa, admin, http, database):
    """B1"""
    code = spa.code(admin)
    with database.unchanged():
        assert http.post(f"/oauth/token?code={code}&grant_type=authorization_code", {
            "client_id": spa.client_id, "redirect_uri": spa.redirect_uri,
            "code_verifier": spa.verifier}).status == 400


def test_codes_survive_a_restart_and_stay_used(app, server, admin):
    """M9"""
    used, fresh = app.code(admin), app.code(admin)
    tokens = app.redeem(used).json()
    server.restart()
    assert app.redeem(fresh).status == 200
    assert app.is_alive(tokens["access_token"])
    refused(app.redeem(used), "invalid_grant")
    assert not app.is_alive(tokens["access_token"])


def test_the_client_is_told_which_check_failed(server, app, spa, new_app, admin, database):
    """And so is the log: a developer's mistake should not take an evening."""
    def told(response, words):
        refused(response, "invalid_grant")
        assert words in response.json()["error_description"], response.text
        until(lambda: words in server.log)

    for client in (app, spa):
        told(client.redeem(client.code(admin), code_verifier=secrets.token_urlsafe(32)),
             "code_verifier does not belong")
        told(client.redeem(client.code(admin), code_verifier=None), "code_verifier is missing")
        told(client.redeem(client.code(admin), redirect_uri="https://app.example/other"),
             "redirect_uri is not that")
        told(client.redeem(client.code(admin), redirect_uri=None), "redirect_uri is missing")
        told(client.redeem("x" * 66), "none of this server")
        code = client.code(admin)
        assert client.redeem(code).status == 200
        told(client.redeem(code, code_verifier="x" * 43), "used before")
        told(client.redeem(code), "used before: what came of it has been revoked")
        code = client.code(admin)
        told(new_app(secret="thief").redeem(code), "issued to another client")
        database.execute("UPDATE auth_codes SET expires_ms = 1 WHERE state = 'issued'")
        told(client.redeem(code), "has expired")
        told(client.refresh("x" * 66), "not known here")
        token = client.lasting_tokens(admin)["refresh_token"]
        told(new_app(secret="other").refresh(token), "another client's")
        client.revoke(token)
        told(client.refresh(token), "sign-in of the refresh token has ended")
