#!/usr/bin/python3
"""python3-authlib: its requests session for every grant, and its own judgement of ID tokens."""

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, jwt
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata

from part import Part, settings
from person import link

given = settings()
part = Part()
SCOPE = "openid profile email offline_access"
VERIFIER = "authlib-verifier-" + "0123456789" * 3
metadata = requests.get(given["issuer"] + "/.well-known/openid-configuration", timeout=10).json()


def person(act, **query):
    reply = requests.get(link(given["person"], act, **query), timeout=30)
    assert reply.ok, reply.text
    return reply.text


def session(name, **more):
    client = given["clients"][name]
    method = {"basic": "client_secret_basic", "machine": "client_secret_basic",
              "post": "client_secret_post"}.get(name, "none")
    return OAuth2Session(client["id"], client["secret"], token_endpoint_auth_method=method,
                         revocation_endpoint_auth_method=method,
                         redirect_uri=client["redirect_uri"], scope=SCOPE, **more)


def sign_in(name, **more):
    client = session(name, code_challenge_method="S256")
    url, state = client.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=VERIFIER, nonce="a nonce", **more)
    back = person("sign-in", url=url)
    token = client.fetch_token(metadata["token_endpoint"], authorization_response=back,
                               state=state, code_verifier=VERIFIER)
    return client, token


def id_claims(name, token):
    keys = JsonWebKey.import_key_set(requests.get(metadata["jwks_uri"], timeout=10).json())
    claims = jwt.decode(token["id_token"], keys, claims_cls=CodeIDToken, claims_options={
        "iss": {"essential": True, "value": metadata["issuer"]},
        "aud": {"essential": True, "value": given["clients"][name]["id"]}},
        claims_params={"nonce": "a nonce", "client_id": given["clients"][name]["id"],
                       "access_token": token["access_token"]})
    claims.validate()
    return claims


with part.case("discovery document is valid"):
    if metadata["issuer"].startswith("https"):
        OpenIDProviderMetadata(metadata).validate()
    else:
        # Its only complaint may be that a test does without TLS.
        for name in ("response_types_supported", "subject_types_supported",
                     "id_token_signing_alg_values_supported", "scopes_supported",
                     "grant_types_supported", "token_endpoint_auth_methods_supported",
                     "claims_supported", "code_challenge_methods_supported"):
            check = getattr(OpenIDProviderMetadata(metadata), f"validate_{name}", None)
            assert check, name
            check()

for kind in ("basic", "post", "public"):
    with part.case(f"code flow with PKCE: {kind}"):
        browser, tokens = sign_in(kind)
        assert id_claims(kind, tokens)["preferred_username"] == "admin"
        info = browser.get(metadata["userinfo_endpoint"])
        assert info.json()["sub"] == id_claims(kind, tokens)["sub"]

    with part.case(f"refresh: {kind}"):
        browser, tokens = sign_in(kind)
        old = tokens["access_token"]
        renewed = browser.refresh_token(metadata["token_endpoint"], tokens["refresh_token"])
        assert renewed["access_token"] != old
        assert browser.get(metadata["userinfo_endpoint"]).status_code == 200

    with part.case(f"revocation: {kind}"):
        browser, tokens = sign_in(kind)
        reply = browser.revoke_token(metadata["revocation_endpoint"], tokens["refresh_token"],
                                     "refresh_token")
        assert reply.status_code == 200, reply.text
        assert browser.get(metadata["userinfo_endpoint"]).status_code == 401

for kind in ("basic", "post"):
    with part.case(f"introspection: {kind}"):
        browser, tokens = sign_in(kind)
        reply = browser.introspect_token(metadata["introspection_endpoint"],
                                         tokens["access_token"], "access_token")
        assert reply.json()["active"] is True

with part.case("client credentials"):
    machine = session("machine")
    tokens = machine.fetch_token(metadata["token_endpoint"], grant_type="client_credentials",
                                 scope="read")
    assert tokens["scope"] == "read"

with part.case("device grant"):
    device = given["clients"]["device"]
    asked = requests.post(metadata["device_authorization_endpoint"], timeout=10, data={
        "client_id": device["id"], "scope": "openid profile"}).json()
    person("approve", user_code=asked["user_code"])
    tokens = session("device").fetch_token(
        metadata["token_endpoint"], device_code=asked["device_code"],
        grant_type="urn:ietf:params:oauth:grant-type:device_code")
    assert tokens["access_token"] and tokens["id_token"]

with part.case("the challenge is computed alike"):
    assert len(create_s256_code_challenge(VERIFIER)) == 43

part.end()
