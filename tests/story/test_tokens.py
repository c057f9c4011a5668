"""What we issue, judged by somebody else's library: python3-jwt against the keys we
publish.  And the metadata, which has to be true."""

import base64
import json
import time
import urllib.parse
import uuid

import jwt
import pytest

from browser import Browser
from database import DEVICE_GRANT
from device import Device
from running import Server
from wire import basic

JWT_SECRET = "Zq7-fu3Lw9-mBx2Ty8-Kd5Hn4-Ra6Vp9"
PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "k", "oth"}


@pytest.fixture(scope="module", params=["ES256", "RS256", "EdDSA", "HS256"])
def signer(request, tmp_path_factory):
    """A server for each algorithm."""
    environment = {"JWT_SIGNING_ALGORITHM": request.param}
    if request.param == "HS256":
        environment["JWT_SECRET"] = JWT_SECRET
    with Server(tmp_path_factory.mktemp(request.param), **environment) as server:
        server.algorithm = request.param
        server.machine = server.database.add_client("Machine", secret="s")
        yield server


def machine_token(server):
    with server.client() as http:
        response = http.post("/oauth/token", {"grant_type": "client_credentials"},
                             [basic(server.machine, "s")])
        assert response.status == 200, response.text
        return response.json()["access_token"]


def user_token(server):
    with Browser(server) as browser, Device(server) as device:
        browser.sign_in()
        browser.approve(device.user_code)
        return device.poll().json()["access_token"]


def verified(server, token):
    """The claims, if python3-jwt believes the token."""
    if server.algorithm == "HS256":
        key = JWT_SECRET
    else:
        kid = jwt.get_unverified_header(token)["kid"]
        (jwk,) = [k for k in server.published_keys() if k["kid"] == kid]
        key = jwt.PyJWK(jwk, algorithm=server.algorithm).key
    return jwt.decode(token, key, algorithms=[server.algorithm], audience=server.url,
                      issuer=server.url, options={"require": ["exp", "iat", "iss", "sub", "aud",
                                                              "jti"]})


def test_tokens_of_people_verify(signer):
    before = int(time.time())
    token = user_token(signer)
    claims = verified(signer, token)
    header = jwt.get_unverified_header(token)
    assert (header["alg"], header["typ"]) == (signer.algorithm, "at+jwt")
    assert set(claims) == {"iss", "sub", "aud", "client_id", "scope", "iat", "exp", "auth_time",
                           "jti"}
    assert claims["client_id"] == signer.client_id
    assert claims["scope"] == "openid profile"
    assert claims["exp"] - claims["iat"] == 36000
    assert before <= claims["auth_time"] <= claims["iat"] <= time.time()
    user = signer.database.value("SELECT id FROM users WHERE username = 'admin'")
    assert claims["sub"] == str(uuid.UUID(bytes=user))


def test_tokens_of_machines_verify_and_are_never_a_users(signer):
    """B26"""
    claims = verified(signer, machine_token(signer))
    assert claims["sub"] == "client:" + signer.machine
    assert claims["exp"] - claims["iat"] == 3600
    assert "auth_time" not in claims


def test_the_row_of_a_token_says_what_the_token_says(signer):
    claims = verified(signer, machine_token(signer))
    row = signer.database.rows(
        "SELECT issued_ms, expires_ms, scope FROM access_tokens WHERE id = ?",
        uuid.UUID(claims["jti"]).bytes)
    assert row == [(claims["iat"] * 1000, claims["exp"] * 1000, claims["scope"])]


def test_no_two_tokens_are_the_same(signer):
    tokens = [machine_token(signer) for _ in range(5)]
    assert len({verified(signer, t)["jti"] for t in tokens}) == 5


def test_a_changed_token_does_not_verify(signer):
    head, payload, signature = machine_token(signer).split(".")
    for changed in (f"{head}.{payload}.{'A' * len(signature)}",
                    f"{head}.{payload[:-4]}AAAA.{signature}"):
        with pytest.raises(jwt.InvalidTokenError):
            verified(signer, changed)


def test_published_keys_are_public(signer):
    """E15; RS256 is for id_tokens, whatever signs access tokens."""
    keys = signer.published_keys()
    assert sorted(k["alg"] for k in keys) == sorted({signer.algorithm, "RS256"} - {"HS256"})
    assert len({k["kid"] for k in keys}) == len(keys)
    for key in keys:
        assert not PRIVATE_MEMBERS & set(key)
        assert key["use"] == "sig" and key["kid"]
    with signer.client() as http:
        assert JWT_SECRET not in http.get("/.well-known/jwks.json").text


def test_a_first_start_publishes_no_set_without_the_key_of_id_tokens(tmp_path):
    """The key is made beside the first half second of work: who needs it waits."""
    with Server(tmp_path) as server:
        first = server.published_keys()
        assert [key["alg"] for key in first].count("RS256") == 1 and len(first) == 2
        server.restart()
        assert server.published_keys() == first


def test_signing_keys_are_sealed_at_rest(signer):
    """L1, L2: no PEM, no raw private number, and not the HMAC secret."""
    published = signer.published_keys()
    kept = b"".join(p.read_bytes() for p in signer.directory.iterdir() if p.is_file())
    assert b"PRIVATE KEY" not in kept and JWT_SECRET.encode() not in kept
    assert signer.database.count("signing_keys") == len(published)


def test_a_restart_keeps_the_signing_key(signer):
    old = machine_token(signer)
    keys = signer.published_keys()
    signer.restart()
    assert signer.published_keys() == keys
    assert verified(signer, old) and verified(signer, machine_token(signer))


def test_another_secret_does_not_open_the_signing_keys(tmp_path):
    """L2: the start stops; it does not silently sign with a new key."""
    with Server(tmp_path) as server:
        pass
    server.environment["SESSION_SECRET"] = "Another-Secret-Of-32-Bytes-0123456"
    assert server.launch().ended() == 78
    assert "does not open" in server.log


def test_with_only_a_jwt_secret_tokens_are_hs256(tmp_path):
    """As the Go original does."""
    with Server(tmp_path, JWT_SECRET=JWT_SECRET) as server:
        server.machine = server.database.add_client("Machine", secret="s")
        assert jwt.get_unverified_header(machine_token(server))["alg"] == "HS256"


# ---- metadata -----------------------------------------------------------------------------------


@pytest.fixture(name="metadata")
def _metadata(http):
    return http.get("/.well-known/openid-configuration").json()


def test_both_documents_are_the_same(http, metadata):
    """RFC 8414, OpenID Connect Discovery"""
    assert http.get("/.well-known/oauth-authorization-server").json() == metadata


def test_the_issuer_is_the_configured_one_whatever_the_host_says(http, server):
    """F17"""
    headers = [("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Proto", "https"),
               ("Forwarded", "host=evil.example")]
    for path in ("/.well-known/openid-configuration", "/.well-known/jwks.json"):
        response = http.request("GET", path, headers, host="evil.example")
        assert "evil" not in response.text
    response = http.request("POST", "/oauth/device/code",
                            [*headers, ("Content-Type", "application/x-www-form-urlencoded")],
                            b"client_id=" + server.client_id.encode(), host="evil.example")
    assert response.json()["verification_uri"] == server.url + "/device"


def test_every_listed_endpoint_answers(http, server, metadata):
    assert metadata["issuer"] == server.url
    endpoints = {n: v for n, v in metadata.items() if n.endswith(("_endpoint", "_uri"))}
    assert {"token_endpoint", "device_authorization_endpoint", "jwks_uri"} <= set(endpoints)
    for name, url in endpoints.items():
        assert url.startswith(server.url + "/"), name
        path = urllib.parse.urlsplit(url).path
        assert http.get(path).status != 404, name


def test_endpoints_that_answer_are_listed(http, metadata):
    """The other direction, for what clients look for and no switch turns off."""
    listed = {urllib.parse.urlsplit(v).path for n, v in metadata.items()
              if n.endswith(("_endpoint", "_uri"))}
    for path in ("/oauth/token", "/oauth/device/code", "/oauth/authorize", "/oauth/revoke",
                 "/oauth/introspect", "/oauth/userinfo"):
        assert (http.get(path).status != 404) == (path in listed), path


def test_listed_grants_and_no_others_are_known(http, server, metadata):
    listed = set(metadata["grant_types_supported"])
    assert {DEVICE_GRANT, "client_credentials"} <= listed
    for grant in listed | {"authorization_code", "refresh_token", "password", "implicit"}:
        response = http.post("/oauth/token", {"grant_type": grant, "client_id": server.client_id})
        assert (response.error != "unsupported_grant_type") == (grant in listed), grant


def test_listed_ways_to_authenticate_work(http, database, metadata):
    ways = {
        "client_secret_basic": lambda c: ({}, [basic(c, "s")]),
        "client_secret_post": lambda c: ({"client_id": c, "client_secret": "s"}, []),
        "none": lambda c: ({"client_id": c}, []),
    }
    assert set(metadata["token_endpoint_auth_methods_supported"]) == set(ways)
    for way, make in ways.items():
        secret = None if way == "none" else "s"
        client = database.add_client(way, secret=secret, auth_method=way)
        fields, headers = make(client)
        assert http.post("/oauth/device/code", fields, headers).status == 200, way


def test_listed_scopes_are_granted(http, server, metadata):
    response = http.post("/oauth/device/code", {
        "client_id": server.client_id, "scope": " ".join(metadata["scopes_supported"])})
    assert response.status == 200


def test_documents_may_be_cached_but_errors_not(http):
    for path in ("/.well-known/openid-configuration", "/.well-known/jwks.json"):
        assert "max-age" in http.get(path).header("cache-control")
    assert http.request("POST", "/.well-known/jwks.json").header("cache-control") == "no-store"


def test_the_audience_is_configurable(tmp_path):
    """One as a string, several as an array (RFC 7519 section 4.1.3)."""
    with Server(tmp_path, JWT_AUDIENCE="https://a.example https://b.example") as server:
        server.machine = server.database.add_client("Machine", secret="s")
        payload = machine_token(server).split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert claims["aud"] == ["https://a.example", "https://b.example"]


def test_a_client_may_have_tokens_of_the_type_that_its_resource_servers_know(new_app, admin):
    """Spring Security as it comes refuses at+jwt."""
    app = new_app(secret="s", columns={"access_token_typ": "JWT"})
    token = app.tokens(admin)["access_token"]
    assert jwt.get_unverified_header(token)["typ"] == "JWT"
    assert app.userinfo(token).status == 200
    # It is no ID token for all that.
    answer = app.authorize(admin, id_token_hint=token)
    assert answer["error"] == "invalid_request"
