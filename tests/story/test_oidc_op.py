"""The modules of the OpenID Foundation's Basic OP, Form Post OP and Config OP plans, as far as
they apply to an authorization code server, under the names the conformance suite gives them.

Every module of the Basic OP plan runs twice: once with answers in the query, and once with
response_mode=form_post, which is the Form Post OP plan."""

import base64
import json
import time
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from app import App
from browser import Browser


@pytest.fixture(params=["query", "form_post"])
def rp(request, server, http):
    """The suite's client: confidential, without PKCE, with a nonce."""
    app = App.register(server, http, "Suite", secret="suite-secret", scope="openid")
    app.defaults = {"code_challenge": None, "code_challenge_method": None, "nonce": "the nonce",
                    "response_mode": None if request.param == "query" else request.param}
    app.redeem_code = lambda code, **more: app.redeem(code, code_verifier=None, **more)
    return app


@pytest.fixture
def member(server):
    """A browser with a sign-in of its own, which the next one replaces."""
    with Browser(server) as browser:
        browser.sign_in()
        yield browser


def finish(rp, browser, **changes):
    """A whole flow; claims of the ID token and the token response."""
    answer = rp.authorize(browser, **changes)
    assert "code" in answer, answer
    response = rp.redeem_code(answer["code"])
    assert response.status == 200, response.text
    tokens = response.json()
    return rp.id_claims(tokens["id_token"]), tokens


def works(rp, browser, **changes):
    claims, tokens = finish(rp, browser, **changes)
    assert claims["nonce"] == "the nonce"
    assert rp.userinfo(tokens["access_token"]).json()["sub"] == claims["sub"]
    return claims


# ---- responses and ID tokens --------------------------------------------------------------------


def test_oidcc_server(rp, admin):
    claims, tokens = finish(rp, admin)
    assert claims["iss"] == rp.server.url and claims["aud"] == rp.client_id
    assert claims["azp"] == rp.client_id and len(claims["sub"]) <= 255
    assert claims["exp"] > claims["iat"] and abs(claims["iat"] - time.time()) < 60
    assert claims["at_hash"] and tokens["token_type"] == "Bearer" and tokens["expires_in"] > 0


def test_oidcc_response_type_missing(rp, admin):
    assert rp.authorize(admin, response_type=None)["error"] == "invalid_request"


def test_oidcc_idtoken_signature(rp, admin):
    tokens = finish(rp, admin)[1]
    header = jwt.get_unverified_header(tokens["id_token"])
    assert header["kid"] and header["alg"] in ("ES256", "RS256")


def test_oidcc_idtoken_rs256(rp, server, admin, database):
    """A client may ask for RS256, which every server has to know."""
    database.set_client(rp.client_id, "id_token_alg", "RS256")
    assert jwt.get_unverified_header(finish(rp, admin)[1]["id_token"])["alg"] == "RS256"


def test_oidcc_idtoken_unsigned(http):
    """Nobody can have them: "none" is not offered."""
    document = http.get("/.well-known/openid-configuration").json()
    assert "none" not in document["id_token_signing_alg_values_supported"]


def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(rp, admin):
    assert "nonce" not in finish(rp, admin, nonce=None)[0]


# ---- userinfo -----------------------------------------------------------------------------------


def test_oidcc_userinfo_get(rp, admin):
    claims, tokens = finish(rp, admin)
    assert rp.userinfo(tokens["access_token"]).json() == {"sub": claims["sub"]}


def test_oidcc_userinfo_post_header(rp, http, admin):
    claims, tokens = finish(rp, admin)
    response = http.request("POST", "/oauth/userinfo", [
        ("Authorization", f"Bearer {tokens['access_token']}")])
    assert response.json() == {"sub": claims["sub"]}


def test_oidcc_userinfo_post_body(rp, http, admin):
    claims, tokens = finish(rp, admin)
    response = http.post("/oauth/userinfo", {"access_token": tokens["access_token"]})
    assert response.json() == {"sub": claims["sub"]}


# ---- scopes and claims --------------------------------------------------------------------------


PROFILE = {"preferred_username", "name", "updated_at"}
EMAIL = {"email"}


@pytest.mark.parametrize("scope,expected", [
    pytest.param("openid profile", PROFILE, id="profile"),
    pytest.param("openid email", EMAIL, id="email")])
def test_oidcc_scope(rp, admin, scope, expected):
    """oidcc-scope-profile, oidcc-scope-email"""
    tokens = finish(rp, admin, scope=scope)[1]
    assert set(rp.userinfo(tokens["access_token"]).json()) == {"sub"} | expected


def test_oidcc_scope_all(rp, admin):
    """Of all that the server knows: address and phone are not among them."""
    tokens = finish(rp, admin, scope="openid profile email")[1]
    info = rp.userinfo(tokens["access_token"]).json()
    assert set(info) == {"sub"} | PROFILE | EMAIL
    assert isinstance(info["updated_at"], int)


@pytest.mark.parametrize("scope", ["address", "phone"])
def test_oidcc_scope_that_is_not_offered(rp, http, admin, scope):
    """oidcc-scope-address, oidcc-scope-phone: the suite skips what discovery does not list."""
    document = http.get("/.well-known/openid-configuration").json()
    assert scope not in document["scopes_supported"]
    assert finish(rp, admin, scope=f"openid {scope}")[1]["scope"] == "openid"


def test_oidcc_ensure_other_scope_order_succeeds(rp, admin):
    works(rp, admin, scope="email profile openid")


def test_oidcc_alternate_happy_flow(rp, admin):
    """Lower-case percent encodings and parameters in another order."""
    target = rp.target()
    path, _, query = target.partition("?")
    turned = path + "?" + "&".join(reversed(query.replace("%3A", "%3a").replace(
        "%2F", "%2f").split("&")))
    answer = rp.answer(rp.walk(admin, admin.get(turned)))
    assert rp.redeem_code(answer["code"]).status == 200


def test_oidcc_claims_essential(rp, admin):
    works(rp, admin, claims='{"userinfo":{"name":{"essential":true}}}')


@pytest.mark.parametrize("asked, granted, told", [
    ({"userinfo": {"name": {"essential": True}}}, "openid profile", PROFILE),
    ({"userinfo": {"email": None}}, "openid email", EMAIL),
    ({"id_token": {"email": {"essential": True}, "auth_time": {"essential": True}}},
     "openid email", EMAIL),
    ({"userinfo": {"birthdate": {"essential": True}, "x": None}, "y": 1}, "openid", set())],
    ids=["name", "email", "id token", "unknown"])
def test_claims_are_asked_for_by_name(rp, admin, asked, granted, told):
    """OpenID Connect Core section 5.5: by the scopes they stand under, which a person is shown."""
    claims, tokens = finish(rp, admin, scope="openid", claims=json.dumps(asked))
    assert tokens["scope"] == granted and "auth_time" in claims
    assert set(rp.userinfo(tokens["access_token"]).json()) == {"sub"} | told
    assert told <= set(claims)


def test_claims_give_no_more_than_the_client_may_have(new_app, admin):
    app = new_app(secret="s", scopes="openid")
    tokens = app.tokens(admin, scope="openid", claims='{"userinfo":{"email":null,"name":null}}')
    assert tokens["scope"] == "openid"
    plain = new_app(secret="s", scopes="openid email read")
    assert plain.tokens(admin, scope="read", claims='{"userinfo":{"email":null}}')["scope"] == "read"


def test_claims_can_name_the_person_and_how_they_signed_in(rp, admin):
    claims, _ = finish(rp, admin)
    mine = json.dumps({"id_token": {"sub": {"value": claims["sub"]},
                                    "acr": {"essential": True, "values": ["x", claims["acr"]]}}})
    assert "code" in rp.authorize(admin, claims=mine, prompt="none")
    other = json.dumps({"id_token": {"sub": {"value": "somebody else"}}})
    assert rp.authorize(admin, claims=other, prompt="none")["error"] == "login_required"
    for wish in ({"essential": True, "value": "urn:gold"}, {"essential": True, "values": ["x"]}):
        asked = json.dumps({"id_token": {"acr": wish}})
        assert rp.authorize(admin, claims=asked)["error"] == "access_denied"
    voluntary = json.dumps({"id_token": {"acr": {"values": ["urn:gold"]}}})
    assert "code" in rp.authorize(admin, claims=voluntary)


@pytest.mark.parametrize("claims", ["x", "[]", "1", '{"userinfo": 1}', '{"id_token": []}', "{" * 40,
                                    '{"userinfo": {"a": {"b": {"c": 1}}}, "userinfo": {}}'])
def test_claims_that_are_none_are_an_error(rp, admin, claims):
    assert rp.authorize(admin, claims=claims)["error"] == "invalid_request"


def test_oidcc_claims_locales(rp, admin):
    works(rp, admin, claims_locales="se")


# ---- what the person sees -----------------------------------------------------------------------


@pytest.mark.parametrize("display", ["page", "popup"])
def test_oidcc_display(rp, admin, display):
    """oidcc-display-page, oidcc-display-popup"""
    works(rp, admin, display=display)


def test_oidcc_ui_locales(rp, admin):
    works(rp, admin, ui_locales="se")


def test_oidcc_login_hint(rp, visitor):
    page = visitor.follow(rp.start(visitor, login_hint="bob@example.com"))
    assert page.form("/login")
    assert "code" in rp.answer(rp.walk(visitor, page))


def test_oidcc_ensure_request_with_acr_values_succeeds(rp, admin):
    works(rp, admin, acr_values="1 2")


def test_oidcc_ensure_request_with_unknown_parameter_succeeds(rp, admin):
    works(rp, admin, extra="foobar")


# ---- signing in again ---------------------------------------------------------------------------


def test_oidcc_prompt_login(rp, member):
    """A32: the sign-in of before does not do."""
    first = works(rp, member)
    page = member.follow(rp.start(member, prompt="login"))
    assert page.form("/login"), "asked for the password again"
    later = _wait_for_the_next_second(first)
    answer = rp.answer(rp.walk(member, page))
    claims = rp.id_claims(rp.redeem_code(answer["code"]).json()["id_token"])
    assert claims["auth_time"] >= later and claims["sub"] == first["sub"]


def _wait_for_the_next_second(claims):
    while time.time() < claims["auth_time"] + 1:
        time.sleep(0.05)
    return claims["auth_time"] + 1


def test_oidcc_prompt_login_cannot_be_skipped(rp, admin):
    """A32: the address after the sign-in, with the old session."""
    page = rp.start(admin, prompt="login")
    assert page.location.startswith("/login?next=")
    for _ in range(2):
        skipped = admin.get(_next_of(page.location))
        assert skipped.location.startswith("/login?next="), skipped.location


def _next_of(location):
    return parse_qs(urlsplit(location).query)["next"][0]


def test_oidcc_prompt_none_not_logged_in(rp, visitor):
    """A30"""
    page = rp.start(visitor, prompt="none")
    assert rp.answer(page)["error"] == "login_required"
    assert "authgate_session" not in visitor.cookies


def test_oidcc_prompt_none_logged_in(rp, admin):
    first = works(rp, admin)
    again = works(rp, admin, prompt="none")
    assert (again["sub"], again["auth_time"]) == (first["sub"], first["auth_time"])


def test_prompt_none_without_consent(rp, admin):
    """A30: of the FAPI plans."""
    page = rp.start(admin, prompt="none")
    assert rp.answer(page)["error"] == "consent_required"


@pytest.mark.parametrize("prompt", ["none login", "none consent", "login none"])
def test_prompt_none_stands_alone(rp, admin, prompt):
    """A31"""
    assert rp.answer(rp.start(admin, prompt=prompt))["error"] == "invalid_request"


def test_prompt_consent_asks_again(rp, admin):
    works(rp, admin)
    assert admin.follow(rp.start(admin, prompt="consent")).form("/oauth/authorize/decide")


def test_prompt_select_account_lets_choose(rp, admin):
    assert admin.follow(rp.start(admin, prompt="select_account")).form("/login")


def test_oidcc_max_age_1(rp, member, database):
    """A33: with a sign-in two seconds ago."""
    first = works(rp, member)
    database.execute("UPDATE sessions SET created_ms = created_ms - 2000")
    page = member.follow(rp.start(member, max_age="1"))
    assert page.form("/login"), "asked for the password again"
    answer = rp.answer(rp.walk(member, page))
    claims = rp.id_claims(rp.redeem_code(answer["code"]).json()["id_token"])
    assert claims["auth_time"] >= first["auth_time"] - 2
    assert time.time() - claims["auth_time"] < 5


def test_oidcc_max_age_10000(rp, admin):
    first = works(rp, admin)
    again = works(rp, admin, max_age="10000")
    assert again["auth_time"] == first["auth_time"]


@pytest.mark.parametrize("age", ["-1", "x", "1.5", "99999999999999999999", "0x10", "1e3"])
def test_max_age_is_a_number_of_seconds(rp, admin, age):
    """A33"""
    assert rp.answer(rp.start(admin, max_age=age))["error"] == "invalid_request"


def test_max_age_0_is_like_prompt_login(rp, admin):
    """A33"""
    assert admin.follow(rp.start(admin, max_age="0")).form("/login")


def test_oidcc_id_token_hint(rp, admin):
    tokens = finish(rp, admin)[1]
    first = rp.id_claims(tokens["id_token"])
    again = works(rp, admin, prompt="none", id_token_hint=tokens["id_token"])
    assert again["sub"] == first["sub"]


def test_id_token_hint_of_somebody_else(rp, admin, server, database):
    """OpenID Connect Core section 3.1.2.2: never an answer about another person."""
    name = f"hinted-{rp.client_id[:8]}"
    database.add_user(name)
    with Browser(server) as other:
        other.sign_in(name)
        hint = finish(rp, other)[1]["id_token"]
    works(rp, admin)
    assert rp.answer(rp.start(admin, prompt="none", id_token_hint=hint))["error"] == \
        "login_required"
    assert admin.follow(rp.start(admin, id_token_hint=hint)).form("/login")


# ---- requests -----------------------------------------------------------------------------------


def test_oidcc_ensure_post_request_succeeds(rp, visitor):
    page = visitor.post("/oauth/authorize", rp.params(), [("Origin", "https://suite.example"),
                                                          ("Sec-Fetch-Site", "cross-site")])
    assert "code" in rp.answer(rp.walk(visitor, page))


def test_oidcc_ensure_registered_redirect_uri(rp, admin):
    page = rp.start(admin, redirect_uri="https://app.example/not-registered")
    assert page.status == 400 and page.location is None and page.text


def test_oidcc_ensure_redirect_uri_in_authorization_request(rp, admin, database):
    database.set_client(rp.client_id, "redirect_uris",
                        "https://app.example/cb https://app.example/other")
    page = rp.start(admin, redirect_uri=None)
    assert page.status == 400 and page.location is None


def _unsigned(claims):
    parts = [{"alg": "none"}, claims]
    return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode()
                    for p in parts) + "."


def test_oidcc_ensure_request_object_with_redirect_uri(rp, admin):
    """Not supported, which discovery says; in no case is the address inside believed."""
    request = _unsigned({"redirect_uri": "https://evil.example/", "client_id": rp.client_id})
    assert rp.answer(rp.start(admin, request=request))["error"] == "request_not_supported"


def test_oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(rp, admin):
    request = _unsigned({"state": "another state"})
    answer = rp.answer(rp.start(admin, request=request))
    assert (answer["error"], answer["state"]) == ("request_not_supported", "the state")


def test_oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(rp, admin):
    answer = rp.answer(rp.start(admin, request_uri="https://app.example/request.jwt"))
    assert answer["error"] == "request_uri_not_supported"


def test_oidcc_ensure_request_with_valid_pkce_succeeds(rp, admin):
    right = App(rp.server, rp.http, rp.client_id, rp.secret)
    right.verifier = rp.verifier
    code = right.code(admin, nonce="the nonce")
    assert right.redeem(code).status == 200


# ---- codes and refresh tokens -------------------------------------------------------------------


def test_oidcc_codereuse(rp, admin):
    code = rp.authorize(admin)["code"]
    assert rp.redeem_code(code).status == 200
    assert rp.redeem_code(code).error == "invalid_grant"


def test_oidcc_codereuse_30seconds(rp, admin, database):
    """Half a minute later; the first token dies with it."""
    code = rp.authorize(admin)["code"]
    tokens = rp.redeem_code(code).json()
    for column in ("created_ms", "expires_ms"):
        database.execute(f"UPDATE auth_codes SET {column} = {column} - 30000")
    assert rp.redeem_code(code).error == "invalid_grant"
    assert rp.userinfo(tokens["access_token"]).status == 401


def test_oidcc_refresh_token(rp, new_app, admin):
    tokens = finish(rp, admin, scope="openid offline_access", prompt="consent")[1]
    renewed = rp.refresh(tokens["refresh_token"]).json()
    first, second = rp.id_claims(tokens["id_token"]), rp.id_claims(renewed["id_token"])
    for name in ("iss", "sub", "aud", "auth_time"):
        assert first[name] == second[name]
    assert second["iat"] >= first["iat"]
    other = new_app("Second client", secret="other")
    assert other.refresh(tokens["refresh_token"]).error == "invalid_grant"


def test_oidcc_server_client_secret_post(rp, http, admin, database):
    database.set_client(rp.client_id, "auth_method", "client_secret_post")
    code = rp.authorize(admin)["code"]
    response = http.post("/oauth/token", {
        "grant_type": "authorization_code", "code": code, "redirect_uri": rp.redirect_uri,
        "client_id": rp.client_id, "client_secret": rp.secret})
    assert response.status == 200 and response.json()["id_token"]


# ---- Config OP ----------------------------------------------------------------------------------


def test_oidcc_discovery_endpoint_verification(server, http):
    response = http.get("/.well-known/openid-configuration")
    document = response.json()
    assert document["issuer"] == server.url
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"):
        assert document[name].startswith(server.url + "/")
    assert document["response_types_supported"] == ["code"]
    assert document["subject_types_supported"] == ["public"]
    assert "RS256" in document["id_token_signing_alg_values_supported"]
    assert {"openid", "profile", "email"} <= set(document["scopes_supported"])
    assert {"sub", "iss", "aud", "exp", "iat"} <= set(document["claims_supported"])
    assert {"query", "form_post"} == set(document["response_modes_supported"])
    # Section 3: the default of request_uri_parameter_supported is true, so it has to be said.
    for name in ("request_parameter_supported", "request_uri_parameter_supported"):
        assert document[name] is False
    assert document["claims_parameter_supported"] is True
    kids = [key["kid"] for key in http.get("/.well-known/jwks.json").json()["keys"]]
    assert len(set(kids)) == len(kids) and kids
