#!/usr/bin/python3
"""python3-requests-oauthlib, which many command line tools and notebooks use."""

import os

import requests
from oauthlib.oauth2 import BackendApplicationClient, InvalidGrantError, WebApplicationClient
from requests_oauthlib import OAuth2Session

from part import Part, settings
from person import link

# Its name for: loopback needs no TLS.
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
given = settings()
part = Part()
SCOPE = ["openid", "profile", "offline_access"]
VERIFIER = "oauthlib-verifier-" + "0123456789" * 3
metadata = requests.get(given["issuer"] + "/.well-known/openid-configuration", timeout=10).json()


def secret_of(name):
    client = given["clients"][name]
    if name == "post":
        return {"client_secret": client["secret"], "include_client_id": True}
    if name == "basic":
        return {"auth": requests.auth.HTTPBasicAuth(client["id"], client["secret"])}
    return {"include_client_id": True}


def sign_in(name, **options):
    given_client = given["clients"][name]
    client = WebApplicationClient(given_client["id"], code_verifier=VERIFIER)
    session = OAuth2Session(client=client, redirect_uri=given_client["redirect_uri"],
                            scope=SCOPE, **options)
    url, _ = session.authorization_url(
        metadata["authorization_endpoint"], code_challenge_method="S256",
        code_challenge=client.create_code_challenge(VERIFIER, "S256"))
    back = requests.get(link(given["person"], "sign-in", url=url), timeout=30)
    assert back.ok, back.text
    session.fetch_token(metadata["token_endpoint"], authorization_response=back.text,
                        code_verifier=VERIFIER, **secret_of(name))
    return session, back.text


for kind in ("basic", "post", "public"):
    with part.case(f"code flow with PKCE: {kind}"):
        signed_in, _ = sign_in(kind)
        info = signed_in.get(metadata["userinfo_endpoint"]).json()
        assert info["preferred_username"] == "admin"

    with part.case(f"refresh: {kind}"):
        signed_in, _ = sign_in(kind)
        old = signed_in.token["access_token"]
        extra = secret_of(kind)
        if extra.pop("include_client_id", False):
            extra["client_id"] = given["clients"][kind]["id"]
        new = signed_in.refresh_token(metadata["token_endpoint"], **extra)
        assert new["access_token"] != old
        assert signed_in.get(metadata["userinfo_endpoint"]).status_code == 200

with part.case("a code is used once"):
    signed_in, callback = sign_in("public")
    try:
        signed_in.fetch_token(metadata["token_endpoint"], authorization_response=callback,
                              code_verifier=VERIFIER, include_client_id=True)
        raise AssertionError("used twice")
    except InvalidGrantError:
        pass

with part.case("client credentials"):
    machine = given["clients"]["machine"]
    session = OAuth2Session(client=BackendApplicationClient(machine["id"], scope=["read"]))
    token = session.fetch_token(metadata["token_endpoint"], client_id=machine["id"],
                                client_secret="machine secret")
    assert token["scope"] == ["read"]

part.end()
