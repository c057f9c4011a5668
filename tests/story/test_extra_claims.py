"""extra_claims and the spread of lifetimes. Ids in docstrings, as B38, are rows of the catalogue of
attacks."""

import json

import jwt
import pytest

from running import Server


def claims_of(token):
    return jwt.decode(token, options={"verify_signature": False})


def machine(new_app):
    return new_app(secret="the secret of the machine", grants=("client_credentials",))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("server"), EXTRA_CLAIMS_ENABLED="true",
                JWT_EXPIRATION="10m", JWT_EXPIRATION_JITTER="5m") as running:
        yield running


def test_extra_claims_are_refused_unless_enabled(tmp_path):
    """B38, W-02"""
    with Server(tmp_path) as running, running.client() as http:
        response = http.post("/oauth/token", {
            "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
            "client_id": running.client_id, "device_code": "x", "extra_claims": '{"a":1}'})
        assert (response.status, response.error) == (400, "invalid_request")


def test_extra_claims_stay_in_an_object_of_their_own(new_app, server):
    """B38"""
    said = {"trace": "a", "deep": {"sub": "root", "roles": ["admin"]}}
    response = machine(new_app).token(grant_type="client_credentials", scope="read",
                                      extra_claims=json.dumps(said))
    claims = claims_of(response.json()["access_token"])
    assert claims["extra_claims"] == said
    assert claims["sub"].startswith("client:") and claims["iss"] == server.url
    assert not {"trace", "deep", "roles"} & set(claims)


@pytest.mark.parametrize("said", [
    '{"sub":"root"}', '{"Roles":["admin"]}', '{"email_verified":true}', '{"a":1,"a":2}', '{"a":1}{}',
    "[1]", "x", '{"a":"' + "x" * 513 + '"}', json.dumps({f"k{i}": 1 for i in range(17)}),
    '{"a":"' + "x" * 5000 + '"}', '{"":1}'], ids=lambda said: said[:24])
def test_claims_that_could_be_taken_for_ours_are_refused(new_app, database, said):
    """B38, W-02"""
    app = machine(new_app)
    with database.unchanged():
        response = app.token(grant_type="client_credentials", extra_claims=said)
        assert (response.status, response.error) == (400, "invalid_request"), response.text


def test_public_clients_add_nothing(spa, admin, database):
    """W-02"""
    code = spa.code(admin)
    with database.unchanged():
        assert spa.redeem(code, extra_claims='{"a":1}').error == "invalid_request"
    tokens = spa.redeem(code).json()
    assert "extra_claims" not in claims_of(tokens["access_token"])


def test_a_code_and_a_refresh_each_carry_their_own(app, admin):
    code = app.code(admin, scope="openid offline_access")
    tokens = app.redeem(code, extra_claims='{"trace":"first"}').json()
    assert claims_of(tokens["access_token"])["extra_claims"] == {"trace": "first"}
    assert "extra_claims" not in claims_of(tokens["id_token"])
    fresh = app.refresh(tokens["refresh_token"]).json()
    assert "extra_claims" not in claims_of(fresh["access_token"])
    fresh = app.refresh(fresh.get("refresh_token", tokens["refresh_token"]),
                        extra_claims='{"trace":"third"}').json()
    assert claims_of(fresh["access_token"])["extra_claims"] == {"trace": "third"}
    assert app.is_alive(fresh["access_token"])


def test_lifetimes_are_spread(app, admin, new_app):
    lifetimes = set()
    for _ in range(8):
        answer = app.tokens(admin)
        claims = claims_of(answer["access_token"])
        assert claims["exp"] - claims["iat"] == answer["expires_in"]
        lifetimes.add(answer["expires_in"])
    assert len(lifetimes) > 1 and min(lifetimes) >= 600 and max(lifetimes) < 900
    answer = machine(new_app).token(grant_type="client_credentials").json()
    assert answer["expires_in"] == 3600
