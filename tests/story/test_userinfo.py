"""What an access token is good for: userinfo and tokeninfo (OpenID Connect Core section 5.3,
RFC 6750). Ids in docstrings, as D11, are rows of the catalogue of attacks."""

import json

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from browser import Browser
from database import now_ms
from forge import forgeries

BEARER = ("/oauth/userinfo", "/oauth/tokeninfo")


def bearer(token, scheme="Bearer"):
    return [("Authorization", f"{scheme} {token}")]


def unknown(response):
    """RFC 6750 section 3.1"""
    assert response.status == 401, response.text
    assert response.error == "invalid_token"
    assert response.header("www-authenticate").startswith("Bearer ")
    assert response.header("cache-control") == "no-store"


@pytest.fixture
def token(app, admin):
    return app.tokens(admin, scope="openid profile email")["access_token"]


@pytest.mark.parametrize("scope,claims", [
    ("openid", {"sub"}),
    ("openid profile", {"sub", "preferred_username", "name", "updated_at"}),
    ("openid email", {"sub", "email"}),
    ("openid offline_access read", {"sub"})])
def test_scopes_decide_what_is_told(app, admin, scope, claims):
    info = app.userinfo(app.tokens(admin, scope=scope)["access_token"])
    assert set(info.json()) == claims
    assert info.header("cache-control") == "no-store"


def test_the_subject_is_that_of_the_id_token(app, admin):
    tokens = app.tokens(admin)
    assert app.userinfo(tokens["access_token"]).json()["sub"] == \
        app.id_claims(tokens["id_token"])["sub"]


def test_addresses_are_called_what_is_known_of_them(app, admin, database):
    """#99: what nobody has verified is not called verified; nor the contrary, which some
    applications take for a reason to refuse a person."""
    tokens = app.tokens(admin, scope="openid email")
    for known, said in ((None, {}), (0, {"email_verified": False}), (1, {"email_verified": True})):
        database.execute("UPDATE users SET email_verified = ? WHERE username = 'admin'", known)
        expected = {"email": "admin@localhost", **said}
        info = app.userinfo(tokens["access_token"]).json()
        assert info == {"sub": info["sub"], **expected}
        claims = app.id_claims(app.tokens(admin, scope="openid email")["id_token"])
        assert {name: claims[name] for name in claims if name.startswith("email")} == expected
    database.execute("UPDATE users SET email_verified = NULL")


def test_the_token_may_come_by_post(http, token):
    assert http.post("/oauth/userinfo", {}, bearer(token)).status == 200
    assert http.post("/oauth/userinfo", {"access_token": token}).status == 200
    assert http.request("POST", "/oauth/userinfo", bearer(token)).status == 200


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_has_no_case(http, token, scheme):
    """D11"""
    assert http.get("/oauth/userinfo", bearer(token, scheme)).status == 200


def test_without_a_token_nothing_is_told(http, database):
    """D11"""
    with database.unchanged():
        for path in BEARER:
            bare = http.get(path)
            unknown(bare)
            assert "error" not in bare.header("www-authenticate"), "RFC 6750 section 3.1"
            for value in ("", "Bearer", "Bearer ", "Basic eDp5", "Token x", "Bearer x",
                          "Bearer a.b.c", "Bearer " + "A" * 9000):
                unknown(http.get(path, [("Authorization", value)]))


def test_a_token_in_the_address_is_refused(http, token):
    """D11: also a right one, and beside a header."""
    for path in BEARER:
        assert http.get(f"{path}?access_token={token}").status == 400
        assert http.get(f"{path}?access_token={token}", bearer(token)).status == 400


def test_two_tokens_are_refused(http, token):
    """D11"""
    assert http.post("/oauth/userinfo", {"access_token": token}, bearer(token)).status == 400
    twice = [("access_token", token), ("access_token", token)]
    assert http.post("/oauth/userinfo", twice).status == 400


def test_dead_tokens_are_unknown(app, http, admin, database):
    """D6, D11"""
    for sql in ("UPDATE access_tokens SET expires_ms = ?",
                "UPDATE access_tokens SET revoked_ms = ?",
                "UPDATE families SET revoked_ms = ?", "UPDATE families SET disabled_ms = ?"):
        dead = app.tokens(admin)["access_token"]
        table = sql.split()[1]
        newest = f"(SELECT id FROM {table} ORDER BY id DESC LIMIT 1)"
        database.execute(f"{sql} WHERE id = {newest}", now_ms() - 1)
        for path in BEARER:
            unknown(http.get(path, bearer(dead)))


def test_tokens_of_disabled_people_and_clients_are_unknown(new_app, server, database):
    """D9, D10, F7"""
    database.add_user("info-leaver")
    app = new_app(secret="s")
    with Browser(server) as leaver:
        leaver.sign_in("info-leaver")
        token = app.tokens(leaver)["access_token"]
    database.set_disabled("info-leaver")
    unknown(app.userinfo(token))
    assert 'error="invalid_token"' in app.userinfo(token).header("www-authenticate")
    database.set_disabled("info-leaver", False)
    assert app.userinfo(token).status == 200
    database.set_client(app.client_id, "status", "disabled")
    unknown(app.userinfo(token))


def test_userinfo_is_not_for_tokens_of_other_servers(app, admin, server):
    """RFC 9068 section 4: whoever gets a token does not read here who sent it."""
    elsewhere = app.tokens(admin, resource="https://api1.example/")["access_token"]
    unknown(app.userinfo(elsewhere))
    unknown(app.http.post("/oauth/userinfo", {"access_token": elsewhere}))
    both = app.tokens(admin, resource=["https://api1.example/", server.url])["access_token"]
    assert app.userinfo(both).status == 200
    assert app.userinfo(app.tokens(admin)["access_token"]).status == 200


def test_userinfo_needs_openid(app, admin):
    """D11"""
    response = app.userinfo(app.tokens(admin, scope="profile read")["access_token"])
    assert (response.status, response.error) == (403, "insufficient_scope")
    assert 'error="insufficient_scope"' in response.header("www-authenticate")


def test_machines_have_no_userinfo(new_app):
    """D13"""
    robot = new_app(secret="s", grants=["client_credentials"])
    token = robot.token(grant_type="client_credentials", scope="read").json()["access_token"]
    assert robot.userinfo(token).status in (401, 403)
    info = robot.http.get("/oauth/tokeninfo", bearer(token)).json()
    assert (info["subject_type"], info["user_id"]) == ("client", f"client:{robot.client_id}")


def test_tokeninfo_says_what_the_token_says(app, http, admin):
    token = app.tokens(admin)["access_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    info = http.get("/oauth/tokeninfo", bearer(token)).json()
    assert info == {"active": True, "user_id": claims["sub"], "client_id": claims["client_id"],
                    "scope": claims["scope"], "exp": claims["exp"], "iss": claims["iss"],
                    "subject_type": "user"}


def test_other_tokens_are_no_access_tokens(app, http, admin):
    """E9, E16"""
    tokens = app.lasting_tokens(admin)
    for text in (tokens["id_token"], tokens["refresh_token"], app.code(admin),
                 admin.cookies["authgate_session"]):
        for path in BEARER:
            unknown(http.get(path, bearer(text)))


def everyone(app, token):
    header = jwt.get_unverified_header(token)
    (jwk,) = [k for k in app.keys() if k["kid"] == header["kid"]]
    public = jwt.PyJWK(jwk, algorithm=header["alg"]).key
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return forgeries(token, jwk, pem)


def test_cve_2024_37568_cve_2025_59420_cve_2026_44699_forged_access_tokens_are_unknown(
        app, http, token, database):
    """E1, E2, E3, E5 to E10, E12, E13, CVE-2025-61920, CVE-2025-62706: at every door."""
    with database.unchanged():
        for name, text in everyone(app, token):
            response = http.post("/oauth/userinfo", {"access_token": text})
            assert response.status in (401, 413), (name, response.status)
            assert app.introspect(text).text in ('{"active":false}',) or \
                app.introspect(text).status == 413, name
            assert app.revoke(text).status in (200, 413), name
    assert app.is_alive(token)


def test_forged_id_token_hints_are_refused(app, admin, http, database):
    """E1 to E13: the one place that reads JWTs of our own by their signature."""
    token = app.tokens(admin)["id_token"]
    right = app.start(admin, id_token_hint=token, prompt="none")
    assert "code" in app.answer(right)
    with database.unchanged():
        for name, text in everyone(app, token):
            if name == "negated":
                continue  # RFC 7518 section 3.4 makes both signatures right.
            page = admin.post("/oauth/authorize", app.params(id_token_hint=text, prompt="none"),
                              [("Origin", "https://app.example")])
            if page.status == 303:
                assert "code" not in app.answer(page), name
            else:
                assert page.status in (400, 413), name


def test_an_access_token_is_no_id_token_hint(app, admin, token, database):
    """E9"""
    with database.unchanged():
        page = app.start(admin, id_token_hint=token, prompt="none")
        assert app.answer(page)["error"] == "invalid_request"


def test_a_hint_of_the_past_is_still_a_hint(app, admin):
    """OpenID Connect Core section 3.1.2.2: an expired ID token may be one; ours never expires here
    within a test, but one of another client of this issuer is none of its business either."""
    token = app.tokens(admin)["id_token"]
    assert "code" in app.answer(app.start(admin, id_token_hint=token, prompt="none"))


def test_nothing_a_person_types_becomes_a_claim(app, server, database):
    """B38, F12: names stay strings in JSON."""
    evil = '","sub":"evil","x":"</script>\u2028\\'
    database.add_user("claimant", full_name=evil)
    with Browser(server) as claimant:
        claimant.sign_in("claimant")
        tokens = app.tokens(claimant)
    info = app.userinfo(tokens["access_token"])
    assert info.json()["name"] == evil and info.json()["sub"] != "evil"
    assert len(json.loads(info.text, object_pairs_hook=list)) == len(info.json())
    assert app.id_claims(tokens["id_token"])["name"] == evil


def test_scripts_of_other_origins_may_not_read_unless_allowed(http, token):
    """B37, J14"""
    for origin in ("https://evil.example", "null", "http://127.0.0.1"):
        response = http.get("/oauth/userinfo", [*bearer(token), ("Origin", origin)])
        assert response.header("access-control-allow-origin") is None
