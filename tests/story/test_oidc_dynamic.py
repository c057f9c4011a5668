"""The modules of the OpenID Foundation's Dynamic OP plan, under the names the conformance suite
gives them, for a server that registers whoever asks. What the server does not offer, it has to
refuse by name: modules of request objects, signed userinfo and the like are tests of that."""

import base64
import json
import socket

import jwt
import pytest

from app import App
from browser import Browser
from running import Server
from waiting import until

CALLBACK = "https://app.example/cb"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("dynamic"), ENABLE_DYNAMIC_CLIENT_REGISTRATION="true",
                DYNAMIC_CLIENT_REGISTRATION_APPROVAL="false",
                DYNAMIC_CLIENT_REGISTRATION_UNUSED_MAX="10000") as running:
        yield running


@pytest.fixture
def register(http):
    """register(...): the reply to metadata with sensible rest."""
    def send(**metadata):
        body = {"client_name": "Suite", "redirect_uris": [CALLBACK],
                "grant_types": ["authorization_code", "refresh_token"],
                "response_types": ["code"], **metadata}
        return http.request("POST", "/oauth/register", [("Content-Type", "application/json")],
                            json.dumps(body).encode())
    return send


@pytest.fixture
def new_rp(server, http, register):
    """Registers the suite's client, which works at once."""
    def make(redirect_uri=None, **metadata):
        response = register(**metadata)
        assert response.status == 201, response.text
        made = response.json()
        app = App(server, http, made["client_id"], made.get("client_secret"),
                  redirect_uri or made["redirect_uris"][0], "openid")
        app.registration = made
        return app
    return make


def told(page):
    assert page.status == 400 and page.location is None, (page.status, page.location)


def test_oidcc_server(new_rp, admin):
    rp = new_rp()
    claims = rp.id_claims(rp.tokens(admin, nonce="n")["id_token"])
    assert claims["nonce"] == "n" and claims["aud"] == rp.client_id


def test_oidcc_discovery_endpoint_verification(http, server):
    document = http.get("/.well-known/openid-configuration").json()
    assert document["registration_endpoint"] == server.url + "/oauth/register"


def test_oidcc_ensure_redirect_uri_in_authorization_request(new_rp, admin, database):
    rp = new_rp(redirect_uris=[CALLBACK, CALLBACK + "2"])
    with database.unchanged():
        told(rp.start(admin, redirect_uri=None))


def test_oidcc_ensure_request_object_with_redirect_uri(new_rp, admin):
    part = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    answer = new_rp().authorize(admin, request=f"{part}.{part}.")
    assert answer["error"] == "request_not_supported"


def test_oidcc_idtoken_rs256(new_rp, admin):
    rp = new_rp(id_token_signed_response_alg="RS256")
    token = rp.tokens(admin)["id_token"]
    assert jwt.get_unverified_header(token)["alg"] == "RS256"
    assert rp.id_claims(token)["aud"] == rp.client_id


def test_oidcc_idtoken_unsigned(register, database):
    with database.unchanged():
        response = register(id_token_signed_response_alg="none")
    assert (response.status, response.error) == (400, "invalid_client_metadata")


def test_oidcc_redirect_uri_query_ok(new_rp, admin):
    """oidcc-redirect-uri-query-OK"""
    rp = new_rp(redirect_uris=[CALLBACK + "?foo=bar"])
    page = rp.walk(admin, rp.start(admin))
    assert page.location.startswith(CALLBACK + "?foo=bar&code=")


def test_oidcc_redirect_uri_query_added(new_rp, admin, database):
    rp = new_rp()
    with database.unchanged():
        told(rp.start(admin, redirect_uri=CALLBACK + "?foo=bar"))


def test_oidcc_redirect_uri_query_mismatch(new_rp, admin, database):
    rp = new_rp(redirect_uris=[CALLBACK + "?foo=bar"])
    with database.unchanged():
        for query in ("?bar=foo", "?foo=bar&x=y", "?foo=baz", ""):
            told(rp.start(admin, redirect_uri=CALLBACK + query))


def test_oidcc_redirect_uri_regfrag(register, database):
    with database.unchanged():
        response = register(redirect_uris=[CALLBACK + "#foobar"])
    assert (response.status, response.error) == (400, "invalid_redirect_uri")


def test_oidcc_refresh_token(new_rp, admin):
    rp, other = new_rp(), new_rp()
    tokens = rp.lasting_tokens(admin, prompt="consent")
    assert rp.refresh(tokens["refresh_token"]).status == 200
    assert other.refresh(tokens["refresh_token"]).error == "invalid_grant"


@pytest.mark.parametrize("name", [
    "logo_uri", "policy_uri", "tos_uri", "jwks_uri", "client_uri"])
def test_oidcc_registration_uris_are_never_fetched(register, name):
    """oidcc-registration-logo-uri, -policy-uri, -tos-uri, -jwks-uri; I7, I14: taken, shown or
    refused, but nobody calls."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.3)
        uri = f"https://127.0.0.1:{listener.getsockname()[1]}/x"
        response = register(**{name: uri})
        assert response.status == 201 or response.error == "invalid_client_metadata"
        with pytest.raises(TimeoutError):
            listener.accept()


@pytest.mark.parametrize("metadata", [
    {"sector_identifier_uri": "https://127.0.0.1:9/sector.json"},
    {"sector_identifier_uri": "https://127.0.0.1:9/sector.json", "subject_type": "pairwise"}],
    ids=["public", "pairwise"])
def test_oidcc_registration_sector_bad(register, metadata):
    """oidcc-registration-sector-uri, -sector-bad: pairwise subjects are not offered."""
    response = register(**metadata)
    if "subject_type" in metadata:
        assert (response.status, response.error) == (400, "invalid_client_metadata")
    else:
        assert response.status in (201, 400)


@pytest.mark.parametrize("name", ["request_uri", "request"])
def test_oidcc_request_uri_signed_rs256(new_rp, admin, name):
    """oidcc-request-uri-unsigned, oidcc-request-uri-signed-rs256"""
    answer = new_rp().authorize(admin, **{name: "https://app.example/request.jwt"})
    assert answer["error"] == f"{name}_not_supported"


def test_oidcc_userinfo_rs256(register):
    """Signed userinfo is not offered: refused, never ignored in silence."""
    response = register(userinfo_signed_response_alg="RS256")
    if response.status == 201:
        assert "userinfo_signed_response_alg" not in response.json()
    else:
        assert response.error == "invalid_client_metadata"


@pytest.mark.parametrize("method", ["private_key_jwt", "client_secret_jwt", "tls_client_auth"])
def test_oidcc_ensure_client_assertion_methods_are_refused(register, http, method):
    """oidcc-ensure-client-assertion-with-iss-aud-succeeds, oidcc-refresh-token-rp-key-rotation: not
    offered, so not registered."""
    document = http.get("/.well-known/openid-configuration").json()
    assert method not in document["token_endpoint_auth_methods_supported"]
    response = register(token_endpoint_auth_method=method)
    assert (response.status, response.error) == (400, "invalid_client_metadata")


def test_client_assertions_are_not_believed(new_rp, admin, http):
    """CVE-2020-15222, and authlib had to learn it, too: an unknown way to authenticate is none."""
    rp = new_rp()
    code = rp.code(admin)
    response = http.post("/oauth/token", {
        "grant_type": "authorization_code", "code": code, "redirect_uri": rp.redirect_uri,
        "code_verifier": rp.verifier, "client_id": rp.client_id, "client_assertion": "a.b.c",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"})
    assert (response.status, response.error) == (401, "invalid_client")


# ---- key rotation -------------------------------------------------------------------------------


def kids(rp):
    return {key["kid"] for key in rp.keys()}


def kid_of(token):
    return jwt.get_unverified_header(token)["kid"]


def later(server, days):
    """As if time had passed for the signing keys; a start looks after them."""
    server.stop()
    server.database.execute("UPDATE signing_keys SET created_ms = created_ms - ?",
                            days * 86_400_000)
    server.start()


def test_oidcc_server_rotate_keys(tmp_path):
    """E14: the next key is published before it signs; the old one stays while its tokens live."""
    with Server(tmp_path) as server, server.client() as http, Browser(server) as browser:
        browser.sign_in()
        rp = App.register(server, http, secret="s")
        old, before = rp.tokens(browser), kids(rp)
        later(server, 91)
        until(lambda: len(kids(rp)) > len(before))
        meanwhile = rp.tokens(browser)
        assert kid_of(meanwhile["id_token"]) == kid_of(old["id_token"]), "published, not used yet"
        later(server, 2)
        until(lambda: kid_of(rp.tokens(browser)["id_token"]) != kid_of(old["id_token"]))
        new = rp.tokens(browser)
        assert kid_of(new["id_token"]) not in before
        assert kid_of(new["access_token"]) not in before
        for tokens in (old, meanwhile, new):
            assert rp.is_alive(tokens["access_token"])
            assert rp.id_claims(tokens["id_token"])["sub"]
        assert server.database.execute(
            "UPDATE signing_keys SET expires_ms = 1 WHERE state = 'retired'")
        later(server, 0)
        until(lambda: kid_of(old["id_token"]) not in kids(rp))
        assert rp.id_claims(rp.tokens(browser)["id_token"])["sub"]
