"""Dynamic client registration (RFC 7591) and its management (RFC 7592). Ids in docstrings, as I7,
are rows of the catalogue of attacks."""

import json
import time
import uuid

import jwt
import pytest

from admin import ByRequest
from app import App
from running import Server
from sanitizer import patience

TOKEN = "the initial access token of this server"
CALLBACK = "https://app.example/cb"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
JSON = ("Content-Type", "application/json")


def bearer(token):
    return ("Authorization", f"Bearer {token}")


def send(http, method, target, metadata=None, headers=()):
    if metadata is None:
        return http.request(method, target, list(headers))
    body = metadata if isinstance(metadata, bytes) else json.dumps(metadata).encode()
    return http.request(method, target, [JSON, *headers], body)


def register(http, headers=(), **metadata):
    metadata = {"client_name": "Registered", "redirect_uris": [CALLBACK], **metadata}
    metadata = {name: value for name, value in metadata.items() if value is not None}
    return send(http, "POST", "/oauth/register", metadata, headers)


def registered(http, **metadata):
    response = register(http, **metadata)
    assert response.status == 201, response.text
    assert response.header("cache-control") == "no-store"
    return response.json()


def manage(http, client, method, metadata=None, token=None):
    return send(http, method, f"/oauth/register/{client['client_id']}", metadata,
                [bearer(token or client["registration_access_token"])])


def refused(response, error, status=400):
    assert (response.status, response.error) == (status, error), response.text
    assert response.header("cache-control") == "no-store"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Open to everybody; approval is needed."""
    with Server(tmp_path_factory.mktemp("server"), CORS_ENABLED="true",
                CORS_ALLOWED_ORIGINS="https://spa.example",
                ENABLE_DYNAMIC_CLIENT_REGISTRATION="true",
                DYNAMIC_CLIENT_REGISTRATION_UNUSED_MAX="1000000") as running:
        yield running


def approve(database, client):
    database.set_client(client["client_id"], "status", "active")


def app_of(server, http, client, **options):
    return App(server, http, client["client_id"], client.get("client_secret"), **options)


# ---- who may ------------------------------------------------------------------------------------


def test_registration_is_off_by_default(tmp_path):
    with Server(tmp_path) as running, running.client() as http:
        refused(register(http), "registration_not_supported", 403)
        for method in ("GET", "DELETE"):
            client = {"client_id": str(uuid.uuid4()), "registration_access_token": "x"}
            refused(manage(http, client, method), "registration_not_supported", 403)
        assert "registration_endpoint" not in http.get("/.well-known/openid-configuration").json()


def test_the_metadata_names_the_endpoint(server, http):
    for document in ("openid-configuration", "oauth-authorization-server"):
        found = http.get(f"/.well-known/{document}").json()
        assert found["registration_endpoint"] == server.url + "/oauth/register"


def test_an_initial_access_token_is_demanded_where_there_is_one(tmp_path):
    """I6"""
    with Server(tmp_path, ENABLE_DYNAMIC_CLIENT_REGISTRATION="true",
                DYNAMIC_CLIENT_REGISTRATION_TOKEN=TOKEN) as running, running.client() as http:
        with running.database.unchanged():
            for headers in ([], [bearer("wrong")], [bearer(TOKEN + "x")], [bearer(TOKEN[:-1])],
                            [bearer("")], [("Authorization", "Basic " + TOKEN)],
                            [("Authorization", TOKEN)]):
                response = register(http, headers)
                refused(response, "invalid_token", 401)
                assert response.header("www-authenticate").startswith("Bearer ")
        assert register(http, [bearer(TOKEN)]).status == 201
        assert TOKEN not in running.log


def test_registration_is_limited_by_address(tmp_path):
    """I8"""
    with Server(tmp_path, ENABLE_DYNAMIC_CLIENT_REGISTRATION="true",
                ENABLE_RATE_LIMIT="true") as running, running.client() as http:
        statuses = [register(http).status for _ in range(7)]
        assert statuses == [201] * 5 + [429] * 2
        assert int(register(http).header("retry-after")) > 0


def test_clients_that_nobody_uses_are_limited(tmp_path):
    """I8"""
    with Server(tmp_path, ENABLE_DYNAMIC_CLIENT_REGISTRATION="true",
                DYNAMIC_CLIENT_REGISTRATION_UNUSED_MAX="3") as running, running.client() as http:
        first = registered(http)
        registered(http)
        registered(http)
        with running.database.unchanged():
            response = register(http)
        refused(response, "slow_down", 429)
        running.database.set_client(first["client_id"], "used_ms", 1)
        registered(http)


def test_unused_and_deleted_clients_are_purged(tmp_path):
    """I8"""
    options = {"ENABLE_DYNAMIC_CLIENT_REGISTRATION": "true"}
    with Server(tmp_path, **options) as running, running.client() as http:
        old, used, young, gone = [registered(http) for _ in range(4)]
        database = running.database
        before = database.count("clients")
        assert manage(http, gone, "DELETE").status == 204  # its row goes with the next purge
        database.set_client(used["client_id"], "used_ms", 1)
        for client in (used, old):
            database.set_client(client["client_id"], "created_ms", 1)
        running.restart()
        deadline = time.monotonic() + patience(20)
        while database.count("clients") > before - 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        left = {uuid.UUID(bytes=i) for (i,) in database.rows("SELECT id FROM clients")}
        assert {uuid.UUID(used["client_id"]), uuid.UUID(young["client_id"])} <= left
        assert not left & {uuid.UUID(old["client_id"]), uuid.UUID(gone["client_id"])}


# ---- a new client -------------------------------------------------------------------------------


def test_a_confidential_client_is_answered_with_everything(server, http, database):
    client = registered(http, scope="openid email", contacts=["a@app.example"],
                        client_uri="https://app.example/", logo_uri="https://app.example/l.png",
                        post_logout_redirect_uris=["https://app.example/bye"],
                        grant_types=["authorization_code", "refresh_token"], unknown={"x": [1]})
    assert uuid.UUID(client["client_id"]).version == 7
    assert len(client["client_secret"]) == 43 and client["client_secret_expires_at"] == 0
    assert client["registration_client_uri"] == \
        f"{server.url}/oauth/register/{client['client_id']}"
    assert client["client_name"] == "Registered" and client["redirect_uris"] == [CALLBACK]
    assert client["grant_types"] == ["authorization_code", "refresh_token"]
    assert client["response_types"] == ["code"] and client["scope"] == "openid email"
    assert client["token_endpoint_auth_method"] == "client_secret_basic"
    assert client["application_type"] == "web" and client["contacts"] == ["a@app.example"]
    assert client["post_logout_redirect_uris"] == ["https://app.example/bye"]
    assert client["client_uri"] == "https://app.example/" and client["subject_type"] == "public"
    assert client["logo_uri"] == "https://app.example/l.png" and "unknown" not in client
    assert client["client_id_issued_at"] > 1_700_000_000
    ((actor, _, detail),) = database.events("CLIENT_REGISTERED", f"client:{client['client_id']}")
    assert actor == "anonymous" and "status=pending" in detail


def test_nothing_that_was_handed_out_is_stored(http, database):
    client = registered(http)
    row = repr(database.rows("SELECT * FROM clients WHERE id = ?",
                             uuid.UUID(client["client_id"]).bytes))
    assert client["client_secret"] not in row
    assert client["registration_access_token"] not in row


def test_a_public_client_gets_no_secret(http):
    """W-23"""
    client = registered(http, token_endpoint_auth_method="none")
    assert "client_secret" not in client and "client_secret_expires_at" not in client


def test_defaults_are_those_of_the_rfc(http):
    client = registered(http, client_name=None)
    assert client["grant_types"] == ["authorization_code"] and client["client_name"]
    assert client["scope"] == "openid profile email offline_access"


def test_a_device_needs_no_redirect_uri(http):
    for name in (DEVICE_GRANT, "device_code"):
        client = registered(http, redirect_uris=None, token_endpoint_auth_method="none",
                            application_type="native", grant_types=[name, "refresh_token"])
        assert client["grant_types"] == [DEVICE_GRANT, "refresh_token"]
        assert client["redirect_uris"] == [] and client["response_types"] == []


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_a_client_chooses_how_its_id_tokens_are_signed(server, http, admin, database, algorithm):
    client = registered(http, scope="openid", id_token_signed_response_alg=algorithm)
    assert client["id_token_signed_response_alg"] == algorithm
    approve(database, client)
    app = app_of(server, http, client, scope="openid")
    id_token = app.tokens(admin)["id_token"]
    assert jwt.get_unverified_header(id_token)["alg"] == algorithm
    assert app.id_claims(id_token)


def test_native_clients_may_come_back_to_their_own_scheme(http):
    uris = ["com.example.app:/cb", "http://127.0.0.1/cb"]
    assert registered(http, redirect_uris=uris, application_type="native")["redirect_uris"] == uris


def test_a_client_is_pending_until_somebody_approves_it(server, http, admin, database):
    """I7"""
    client = registered(http, scope="openid")
    app = app_of(server, http, client, scope="openid")
    assert app.start(admin).status == 400
    assert app.token(grant_type="refresh_token", refresh_token="x").error == "invalid_client"
    approve(database, client)
    tokens = app.tokens(admin)
    assert app.is_alive(tokens["access_token"])
    assert database.value("SELECT used_ms FROM clients WHERE id = ?",
                          uuid.UUID(client["client_id"]).bytes) > 1


def test_without_approval_a_client_works_at_once(tmp_path):
    with Server(tmp_path, ENABLE_DYNAMIC_CLIENT_REGISTRATION="true",
                DYNAMIC_CLIENT_REGISTRATION_TOKEN=TOKEN,
                DYNAMIC_CLIENT_REGISTRATION_SCOPES="openid read",
                DYNAMIC_CLIENT_REGISTRATION_APPROVAL="false") as running:
        with running.client() as http:
            client = register(http, [bearer(TOKEN)], redirect_uris=None, scope="read",
                              grant_types=["client_credentials"]).json()
            app = app_of(running, http, client)
            assert app.token(grant_type="client_credentials").json()["scope"] == "read"


def test_an_open_server_registers_no_machines(tmp_path):
    with Server(tmp_path, ENABLE_DYNAMIC_CLIENT_REGISTRATION="true",
                DYNAMIC_CLIENT_REGISTRATION_APPROVAL="false") as running:
        with running.client() as http, running.database.unchanged():
            refused(register(http, redirect_uris=None, grant_types=["client_credentials"]),
                    "invalid_client_metadata")


# ---- what is refused ----------------------------------------------------------------------------

REDIRECT_URIS = [
    "http://app.example/cb", "https://app.example/cb#f", "javascript:alert(1)",
    "data:text/html,x", "vbscript:x", "file:///etc/passwd", "https://good.example\\@evil.example",
    "https://user@app.example/", "https://app.example/*", "https://*.app.example/",
    "https://app.example/%2e%2e/cb", "https://app.example/../cb", "https://app.example/a b",
    "https://app.example/\t", "https://app.example/\n", "https://b\u00fccher.example/", "",
    "com.example.app:/cb", "//app.example/cb", "https://", "https:app.example",
    "https://app.example/" + "x" * 4096]


@pytest.mark.parametrize("uri", REDIRECT_URIS, ids=lambda uri: repr(uri[:40]))
def test_redirect_uris_that_could_lead_elsewhere_are_refused(http, database, uri):
    """A6, A7, A8, I7"""
    with database.unchanged():
        response = register(http, redirect_uris=[CALLBACK, uri])
        assert response.status == 400
        assert response.error in ("invalid_redirect_uri", "invalid_client_metadata")
        response = register(http, post_logout_redirect_uris=[uri])
        assert response.status == 400


METADATA = [
    {"grant_types": ["implicit"]}, {"grant_types": ["password"]}, {"grant_types": "authorization_code"},
    {"grant_types": ["refresh_token"]}, {"grant_types": [1]}, {"grant_types": {}},
    {"grant_types": ["client_credentials"], "token_endpoint_auth_method": "none"},
    {"response_types": ["token"]}, {"response_types": ["code id_token"]},
    {"response_types": ["code"], "grant_types": [DEVICE_GRANT]},
    {"token_endpoint_auth_method": "private_key_jwt"}, {"token_endpoint_auth_method": ""},
    {"token_endpoint_auth_method": "none client_secret_basic"},
    {"scope": "openid admin"}, {"scope": "read"}, {"scope": ["openid"]}, {"scope": "openid\nx"},
    {"application_type": "service"}, {"id_token_signed_response_alg": "none"},
    {"id_token_signed_response_alg": "HS256"}, {"subject_type": "pairwise"},
    {"client_name": ""}, {"client_name": "  "}, {"client_name": 5}, {"client_name": "x" * 121},
    {"client_name": "x" * 60_000}, {"client_name": "a\nb"}, {"client_name": "gpj\u202eexe"},
    {"client_name": "a\u200bb"}, {"client_name": "\u3164"}, {"client_name": "\u2800"},
    {"client_name": "\u00a0"}, {"client_name": "a\u034fb"}, {"client_name": "a\U000e0101"},
    {"client_name": "\u115f"}, {"client_name": "---"}, {"client_name": "\u0301"}, {"client_name": "\x1b[2J"},
    {"dpop_bound_access_tokens": True},
    {"logo_uri": "http://10.0.0.1/"}, {"logo_uri": "javascript:alert(1)"}, {"logo_uri": "https://u@x.example/"},
    {"client_uri": "http://app.example/"}, {"backchannel_logout_uri": "http://app.example/"},
    {"backchannel_logout_uri": "https://127.0.0.1/"}, {"backchannel_logout_uri": "https://localhost/"},
    {"contacts": "a@b"}, {"contacts": ["x" * 255]}, {"contacts": ["a@b"] * 11},
]


@pytest.mark.parametrize("metadata", METADATA, ids=lambda m: repr(m)[:60])
def test_metadata_beyond_what_is_offered_is_refused(http, database, metadata):
    """I7, I14"""
    with database.unchanged():
        refused(register(http, **metadata), "invalid_client_metadata")


IGNORED = [
    {"jwks": {"keys": []}}, {"jwks": "not even a set"}, {"jwks_uri": "http://169.254.169.254/"},
    {"jwks_uri": "https://x.example/"}, {"sector_identifier_uri": "https://x.example/"},
    {"request_uris": ["https://app.example/r"]}, {"initiate_login_uri": "https://app.example/go"},
    {"tos_uri": "https://app.example/tos"}, {"software_id": "x", "software_version": "1"},
    {"default_max_age": 60}, {"x_made_up": {"a": [1]}}, {"client_name#ja": "\u540d"},
    {"request_object_signing_alg": "RS256"}, {"dpop_bound_access_tokens": False}]


@pytest.mark.parametrize("metadata", IGNORED, ids=lambda m: repr(m)[:60])
def test_members_that_mean_nothing_here_are_ignored(http, metadata):
    """RFC 7591 section 2: and the answer does not say them."""
    assert not set(metadata) & set(registered(http, **metadata))


@pytest.mark.parametrize("uri", ["cursor://anysphere.cursor-retrieval/oauth/callback",
                                 "vscode://publisher.extension/callback", "com.example.app:/cb"])
def test_a_public_client_with_a_scheme_of_its_own_is_native(http, uri):
    """RFC 8252 section 7.1, and those who have no dot in theirs."""
    client = registered(http, redirect_uris=[uri], token_endpoint_auth_method="none")
    assert (client["application_type"], client["redirect_uris"]) == ("native", [uri])
    refused(register(http, redirect_uris=[uri]), "invalid_redirect_uri")
    refused(register(http, redirect_uris=[uri], token_endpoint_auth_method="none",
                     application_type="web"), "invalid_redirect_uri")


def test_escapes_in_the_path_of_a_redirect_uri_stay_as_they_are(server, http, database, admin):
    """Gitea's callback of a source `My SSO`: compared byte for byte."""
    uri = "https://git.example/user/oauth2/My%20SSO/callback"
    client = registered(http, redirect_uris=[uri])
    approve(database, client)
    app = app_of(server, http, client, redirect_uri=uri)
    assert app.tokens(admin)["access_token"]
    for other in (uri.replace("%20", "+"), uri.replace("%20", " "), uri.replace("My", "%4Dy")):
        page = admin.get(app.target(redirect_uri=other))
        assert page.status == 400 and not page.location


def test_what_libraries_expect_signs_id_tokens_unless_told_otherwise(
        server, http, database, admin, tmp_path):
    """OpenID Connect Registration section 2: RS256."""
    client = registered(http)
    assert client["id_token_signed_response_alg"] == "RS256"
    approve(database, client)
    tokens = app_of(server, http, client).tokens(admin)
    assert jwt.get_unverified_header(tokens["id_token"])["alg"] == "RS256"
    with Server(tmp_path, ENABLE_DYNAMIC_CLIENT_REGISTRATION="true",
                ID_TOKEN_SIGNING_ALGORITHM="ES256") as running, running.client() as other:
        assert registered(other)["id_token_signed_response_alg"] == "ES256"


def test_software_statements_are_not_trusted(http, database):
    """I9"""
    with database.unchanged():
        refused(register(http, software_statement="a.b.c"), "unapproved_software_statement")


def test_a_code_client_needs_a_redirect_uri(http, database):
    with database.unchanged():
        refused(register(http, redirect_uris=None), "invalid_redirect_uri")
        refused(register(http, redirect_uris=[]), "invalid_redirect_uri")
        refused(register(http, redirect_uris=[f"https://app.example/{i}" for i in range(1000)]),
                "invalid_client_metadata")


@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b"null", b'"x"', b'{"client_name": "a", "client_name": "b"}', b"{}x",
    b"[" * 5000, b'{"a":' * 17 + b"1" + b"}" * 17, b'{"client_name": "\xff"}',
    b'{"client_name": "a\\u0000b"}'])
def test_a_body_that_is_no_json_object_is_refused(http, database, body):
    with database.unchanged():
        refused(send(http, "POST", "/oauth/register", body), "invalid_request")


def test_bodies_are_bounded_and_typed(http, database):
    """I7"""
    with database.unchanged():
        assert register(http, client_name="x" * 100_000).status == 413
        assert http.post("/oauth/register", {"client_name": "x"}).status == 415


# ---- management ---------------------------------------------------------------------------------


def test_a_client_reads_itself(http):
    client = registered(http, client_uri="https://app.example/")
    response = manage(http, client, "GET")
    assert response.status == 200 and response.header("cache-control") == "no-store"
    del client["client_secret"]  # left once
    assert response.json() == client


def test_management_needs_the_clients_own_token(http, database, server):
    client, other = registered(http), registered(http)
    token = client["registration_access_token"]
    with database.unchanged():
        for method in ("GET", "PUT", "DELETE"):
            body = {} if method == "PUT" else None
            for target, given in ((client["client_id"], other["registration_access_token"]),
                                  (client["client_id"], client["client_secret"]),
                                  (client["client_id"], token[:-1]), (client["client_id"], ""),
                                  (other["client_id"], token), (str(uuid.uuid4()), token),
                                  (server.client_id, token), ("x", token)):
                response = send(http, method, f"/oauth/register/{target}", body, [bearer(given)])
                refused(response, "invalid_token", 401)
                assert response.header("www-authenticate").startswith("Bearer ")


def changed(client, **changes):
    """The body of an update: what was answered, without what is the server's."""
    ours = ("registration_access_token", "registration_client_uri", "client_secret_expires_at",
            "client_id_issued_at")
    return {name: value for name, value in {**client, **changes}.items() if name not in ours}


def test_an_update_replaces_everything(http, database):
    client = registered(http, contacts=["a@app.example"], client_uri="https://app.example/")
    body = changed(client, redirect_uris=["https://app.example/new"], client_name=None)
    del body["contacts"], body["client_uri"]
    answer = manage(http, client, "PUT", body).json()
    assert answer["redirect_uris"] == ["https://app.example/new"]
    assert "contacts" not in answer and "client_uri" not in answer
    assert answer["client_name"] != "Registered"
    assert answer == manage(http, client, "GET").json()
    ((actor, _, _),) = database.events("CLIENT_UPDATED", f"client:{client['client_id']}")
    assert actor == f"client:{client['client_id']}"


def test_a_change_of_what_was_approved_needs_approval_again(server, http, admin, database):
    """W-05"""
    client = registered(http, scope="openid")
    approve(database, client)
    token = app_of(server, http, client, scope="openid").tokens(admin)["access_token"]
    assert manage(http, client, "PUT", changed(client, contacts=["b@app.example"])).status == 200
    app = app_of(server, http, client, scope="openid")
    assert app.is_alive(token)
    response = manage(http, client, "PUT", changed(client, redirect_uris=["https://evil.example/"]))
    assert response.status == 200 and not app.is_alive(token)
    assert app.start(admin, redirect_uri="https://evil.example/").status == 400


def test_a_disabled_client_does_not_enable_itself(http, database):
    client = registered(http)
    database.set_client(client["client_id"], "status", "disabled")
    assert manage(http, client, "PUT", changed(client, client_name="New")).status == 200
    assert database.value("SELECT status FROM clients WHERE id = ?",
                          uuid.UUID(client["client_id"]).bytes) == "disabled"


@pytest.mark.parametrize("changes", [
    {"client_id": None}, {"client_id": "78a14ffb-ec41-4c9f-b0f5-a86b002fa796"}, {"client_secret": "chosen"},
    {"token_endpoint_auth_method": "none"}, {"redirect_uris": ["javascript:alert(1)"]},
    {"scope": "admin"}, {"software_statement": "x"}], ids=repr)
def test_updates_are_judged_like_registrations(http, database, changes):
    client = registered(http)
    with database.unchanged():
        assert manage(http, client, "PUT", changed(client, **changes)).status == 400
        for ours in ("registration_access_token", "registration_client_uri",
                     "client_secret_expires_at", "client_id_issued_at"):
            body = {**changed(client), ours: client[ours]}
            refused(manage(http, client, "PUT", body), "invalid_request")


def test_deleting_a_client_ends_its_tokens(server, http, admin, database):
    client = registered(http, scope="openid")
    approve(database, client)
    app = app_of(server, http, client, scope="openid")
    token = app.tokens(admin)["access_token"]
    response = manage(http, client, "DELETE")
    assert response.status == 204 and response.body == b""
    assert not app.is_alive(token)
    assert app.token(grant_type="client_credentials").error == "invalid_client"
    for method in ("GET", "DELETE"):
        refused(manage(http, client, method), "invalid_token", 401)
    assert len(database.events("CLIENT_DELETED", f"client:{client['client_id']}")) == 1


def test_browsers_of_allowed_origins_may_register(http):
    origin = ("Origin", "https://spa.example")
    response = register(http, [origin])
    assert response.header("access-control-allow-origin") == "https://spa.example"
    response = http.request("OPTIONS", "/oauth/register",
                            [origin, ("Access-Control-Request-Method", "POST")])
    assert "POST" in response.header("access-control-allow-methods")


def test_what_operators_decided_stays_when_a_client_edits_itself(server, http):
    """What RFC 7591 has no word for is not the client's to change."""
    client, do = registered(http), ByRequest(server)
    decided = {"token_profile": "long", "access_token_typ": "JWT", "require_pkce": True, "refresh_always": True,
               "introspect_all": True}
    do("client", "edit", client["client_id"], **decided)
    assert manage(http, client, "PUT", changed(client, client_name="Renamed")).status == 200
    shown = do("client", "show", client["client_id"])
    assert shown["name"] == "Renamed" and {name: shown[name] for name in decided} == decided
