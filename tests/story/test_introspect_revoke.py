"""Introspection (RFC 7662) and revocation (RFC 7009). Ids in docstrings, as D2, are rows of the
catalogue of attacks."""


import jwt
import pytest

from browser import Browser
from database import now_ms
from race import at_once
from waiting import until
from wire import basic

DEAD = '{"active":false}'


def nothing_said(response):
    """D8"""
    assert response.status == 200 and response.text == DEAD, response.text
    assert response.header("cache-control") == "no-store"


def revoked(response):
    assert response.status == 200 and response.json() == {}, response.text
    assert response.header("cache-control") == "no-store"


def refused(response, error, status=400):
    assert (response.status, response.error) == (status, error), response.text


# ---- introspection ------------------------------------------------------------------------------


def test_a_live_token_is_described(app, admin):
    token = app.tokens(admin, scope="openid read")["access_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    answer = app.introspect(token).json()
    assert answer["active"] is True and answer["username"] == "admin"
    for name in ("iss", "sub", "client_id", "scope", "aud", "iat", "exp", "jti"):
        assert answer[name] == claims[name], name
    assert answer["token_type"] == "Bearer"


def test_a_live_refresh_token_is_described_to_its_client(app, admin):
    """D9"""
    token = app.lasting_tokens(admin)["refresh_token"]
    answer = app.introspect(token).json()
    assert answer["active"] is True and answer["client_id"] == app.client_id
    assert "token_type" not in answer
    access = app.introspect(app.refresh(token).json()["access_token"]).json()
    assert answer["iss"] == access["iss"] and answer["sub"] == access["sub"]
    assert answer["scope"] == access["scope"] and answer["exp"] > access["exp"] > answer["iat"]


def test_public_clients_learn_nothing(spa, admin, database):
    """D7: who only names itself could be anybody."""
    token = spa.tokens(admin)["access_token"]
    with database.unchanged():
        refused(spa.introspect(token), "invalid_client", 401)


def test_asking_needs_credentials(app, http, admin, database):
    """D7"""
    token = app.tokens(admin)["access_token"]
    with database.unchanged():
        for fields, headers in (
                ({}, []), ({"client_id": app.client_id}, []),
                ({}, [basic(app.client_id, "wrong")]), ({}, [basic("x", app.secret)]),
                ({"client_id": app.client_id, "client_secret": app.secret}, []),
                ({}, [("Authorization", f"Bearer {token}")])):
            response = http.post("/oauth/introspect", {"token": token, **fields}, headers)
            assert response.status in (400, 401) and "active" not in response.json()


def test_tokens_of_others_are_none_of_a_clients_business(app, new_app, admin, database):
    """D7"""
    tokens, other = app.lasting_tokens(admin), new_app(secret="other")
    with database.unchanged():
        nothing_said(other.introspect(tokens["access_token"]))
        nothing_said(other.introspect(tokens["refresh_token"]))


@pytest.mark.parametrize("token", ["x", "a.b.c", "A" * 66, "%00", "🦊", "A" * 20000, " "],
                         ids=lambda t: repr(t)[:20])
def test_unknown_tokens_are_inactive(app, database, token):
    """D8"""
    with database.unchanged():
        nothing_said(app.introspect(token))


def test_a_token_is_required(app):
    refused(app.introspect(""), "invalid_request")
    refused(app.revoke(""), "invalid_request")


def test_other_kinds_are_inactive(app, admin, database):
    """D9"""
    tokens, code = app.lasting_tokens(admin), app.code(admin)
    with database.unchanged():
        for text in (tokens["id_token"], code, admin.cookies["authgate_session"]):
            nothing_said(app.introspect(text))


@pytest.mark.parametrize("table,column,kinds", [
    ("access_tokens", "expires_ms", ["access_token"]),
    ("access_tokens", "revoked_ms", ["access_token"]),
    ("refresh_tokens", "expires_ms", ["refresh_token"]),
    ("refresh_tokens", "revoked_ms", ["refresh_token"]),
    ("families", "revoked_ms", ["access_token", "refresh_token"]),
    ("families", "disabled_ms", ["access_token", "refresh_token"])])
def test_cve_2026_8922_each_kind_of_death_is_seen(app, admin, database, table, column, kinds):
    """D9, D10"""
    tokens = app.lasting_tokens(admin)
    newest = f"(SELECT id FROM {table} ORDER BY id DESC LIMIT 1)"
    database.execute(f"UPDATE {table} SET {column} = ? WHERE id = {newest}", now_ms() - 1)
    for kind in kinds:
        nothing_said(app.introspect(tokens[kind]))


def test_cve_2026_8922_tokens_of_disabled_people_are_inactive(app, server, database):
    """D9, D10"""
    database.add_user("introspect-leaver")
    with Browser(server) as leaver:
        leaver.sign_in("introspect-leaver")
        tokens = app.lasting_tokens(leaver)
    database.set_disabled("introspect-leaver")
    nothing_said(app.introspect(tokens["access_token"]))
    nothing_said(app.introspect(tokens["refresh_token"]))


def test_a_used_token_of_a_rotation_is_inactive(new_app, admin, database):
    app = new_app(secret="s")
    tokens = app.lasting_tokens(admin)
    database.execute("UPDATE refresh_tokens SET used_ms = ? WHERE id ="
                     " (SELECT id FROM refresh_tokens ORDER BY id DESC LIMIT 1)", now_ms())
    nothing_said(app.introspect(tokens["refresh_token"]))


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "id_token", "x", ""])
def test_a_hint_is_only_a_hint(app, admin, hint):
    """D5"""
    tokens = app.lasting_tokens(admin)
    for text in (tokens["access_token"], tokens["refresh_token"]):
        assert app.introspect(text, token_type_hint=hint).json()["active"] is True
        revoked(app.revoke(text, token_type_hint=hint))
        nothing_said(app.introspect(text))


# ---- revocation ---------------------------------------------------------------------------------


def test_revoking_an_access_token_kills_that_one(app, admin, database):
    """D6"""
    tokens = app.lasting_tokens(admin)
    other = app.refresh(tokens["refresh_token"]).json()
    before = len(database.events("TOKEN_REVOKED"))
    revoked(app.revoke(tokens["access_token"]))
    assert not app.is_alive(tokens["access_token"]) and app.is_alive(other["access_token"])
    nothing_said(app.introspect(tokens["access_token"]))
    assert app.refresh(tokens["refresh_token"]).status == 200
    assert len(database.events("TOKEN_REVOKED")) == before + 1


def test_revoking_a_refresh_token_kills_its_family(app, spa, admin):
    """D4, D6"""
    for client in (app, spa):
        tokens = client.lasting_tokens(admin)
        newer = client.refresh(tokens["refresh_token"]).json()
        revoked(client.revoke(newer["refresh_token"]))
        for answer in (tokens, newer):
            assert not client.is_alive(answer["access_token"])
            assert client.refresh(answer["refresh_token"]).error == "invalid_grant"


def test_revoking_the_old_token_of_a_rotation_kills_the_family_too(spa, admin):
    """D4: signing out must not depend on which answer arrived."""
    tokens = spa.lasting_tokens(admin)
    newer = spa.refresh(tokens["refresh_token"]).json()
    revoked(spa.revoke(tokens["refresh_token"]))
    assert not spa.is_alive(newer["access_token"])
    assert spa.refresh(newer["refresh_token"]).error == "invalid_grant"


def test_revoking_kills_no_other_family(app, admin):
    """D4"""
    mine, other = app.lasting_tokens(admin), app.lasting_tokens(admin)
    revoked(app.revoke(mine["refresh_token"]))
    assert app.is_alive(other["access_token"])
    assert app.refresh(other["refresh_token"]).status == 200


def test_revoking_what_is_not_there_is_fine(app, admin, database):
    """D1"""
    tokens = app.lasting_tokens(admin)
    for kind in ("access_token", "refresh_token"):
        revoked(app.revoke(tokens[kind]))
    with database.unchanged():
        for text in (tokens["access_token"], tokens["refresh_token"], "x", "a.b.c", "A" * 66,
                     tokens["id_token"], "A" * 20000):
            revoked(app.revoke(text))


def test_tokens_of_others_stay_alive(app, new_app, spa, admin, database):
    """D2"""
    tokens, other = app.lasting_tokens(admin), new_app(secret="other")
    with database.unchanged():
        for client in (other, spa):
            revoked(client.revoke(tokens["access_token"]))
            revoked(client.revoke(tokens["refresh_token"]))
    assert app.is_alive(tokens["access_token"])
    assert app.refresh(tokens["refresh_token"]).status == 200


def test_revoking_needs_credentials(app, http, admin, database):
    """D3"""
    token = app.tokens(admin)["access_token"]
    with database.unchanged():
        refused(http.post("/oauth/revoke", {"token": token, "client_id": app.client_id}),
                "invalid_client", 401)
        response = http.post("/oauth/revoke", {"token": token}, [basic(app.client_id, "wrong")])
        refused(response, "invalid_client", 401)
        assert response.header("www-authenticate").startswith("Basic ")
        nobody = http.post("/oauth/revoke", {"token": token})
        refused(nobody, "invalid_client", 401)
        assert nobody.header("www-authenticate").startswith("Basic ")
    assert app.is_alive(token)


def test_by_get_nothing_is_revoked(app, http, admin, database):
    """B1, F11"""
    token = app.tokens(admin)["access_token"]
    with database.unchanged():
        for path in ("/oauth/revoke", "/oauth/introspect"):
            response = http.get(f"{path}?token={token}&client_id={app.client_id}")
            assert response.status == 405 and "POST" in response.header("allow")


def test_cve_2020_15223_what_could_not_be_stored_is_not_called_revoked(app, admin, server):
    """D4, M3: the database is locked by somebody else for longer than we wait."""
    token = app.lasting_tokens(admin)["refresh_token"]
    with server.database.blocked():
        response = app.revoke(token)
    assert response.status == 503 and response.header("retry-after")
    assert app.refresh(token).status == 200
    revoked(app.revoke(token))


def test_revocations_survive_a_crash(app, admin, server):
    """M9"""
    tokens = app.lasting_tokens(admin)
    revoked(app.revoke(tokens["refresh_token"]))
    server.kill()
    server.start()
    assert not app.is_alive(tokens["access_token"])
    assert app.refresh(tokens["refresh_token"]).error == "invalid_grant"


@pytest.mark.nodes
def test_parallel_revocations_agree(app, admin):
    tokens = app.lasting_tokens(admin)
    replies = at_once(app.server, lambda http, _: app.post(
        "/oauth/revoke", {"token": tokens["refresh_token"]}, http), 32)
    for reply in replies:
        revoked(reply)
    assert not app.is_alive(tokens["access_token"])


def test_a_resource_server_of_all_clients_sees_their_access_tokens(
        app, spa, new_app, admin, database):
    """By a right of its own, and each look is noted; refresh tokens stay their client's affair."""
    gateway = new_app(secret="g", columns={"introspect_all": 1})
    robot = new_app(secret="r", grants=["client_credentials"])
    mine = robot.token(grant_type="client_credentials", scope="read").json()["access_token"]
    lasting = app.lasting_tokens(admin)
    for token, client in ((lasting["access_token"], app), (mine, robot),
                          (spa.tokens(admin)["access_token"], spa)):
        answer = gateway.introspect(token).json()
        assert (answer["active"], answer["client_id"]) == (True, client.client_id)
        until(lambda client=client: (
            f"client:{gateway.client_id}", "route:/oauth/introspect",
            f"client={client.client_id}") in database.events("TOKEN_INTROSPECTED"))
    nothing_said(gateway.introspect(lasting["refresh_token"]))
    app.revoke(lasting["access_token"])
    nothing_said(gateway.introspect(lasting["access_token"]))
    own = len(database.events("TOKEN_INTROSPECTED"))
    assert app.introspect(app.tokens(admin)["access_token"]).json()["active"]
    nothing_said(new_app(secret="x").introspect(mine))
    assert len(database.events("TOKEN_INTROSPECTED")) == own
    # It may look, and no more.
    assert gateway.revoke(mine).status == 200
    assert gateway.introspect(mine).json()["active"]
