"""POST /oauth/token against wrong, doubled, oversized and hostile requests.  Ids in
docstrings are rows of the catalogue of attacks."""

import base64
import hashlib
import json
import urllib.parse

import pytest

from database import DEVICE_GRANT
from wire import FORM_TYPE, basic

TOKEN = "/oauth/token"
SECRET = "a secret: of+many%kinds/äö"
MACHINE = {"grant_type": "client_credentials"}


@pytest.fixture(scope="module")
def machine(server):
    """A confidential client that authenticates with Basic."""
    return server.database.add_client("Machine", secret="machine-secret")


@pytest.fixture(scope="module")
def poster(server):
    """A confidential client that authenticates in the body."""
    return server.database.add_client(
        "Poster", secret="poster-secret", auth_method="client_secret_post")


def refused(response, error, status=400):
    assert (response.status, response.error) == (status, error), response.text
    assert set(response.json()) <= {"error", "error_description"}
    assert response.header("cache-control") == "no-store"
    for word in ("SELECT", "sqlite", "lib/", "server/"):
        assert word not in response.text


def post(http, fields, *headers):
    return http.post(TOKEN, fields, headers)


# ---- the ordinary way ---------------------------------------------------------------------------


def test_a_machine_gets_a_token_of_its_own(http, machine, database):
    """B26, B37"""
    response = post(http, {**MACHINE, "scope": "read"}, basic(machine, "machine-secret"))
    assert response.status == 200
    answer = response.json()
    assert set(answer) == {"access_token", "token_type", "expires_in", "scope"}
    assert (answer["token_type"], answer["expires_in"], answer["scope"]) == ("Bearer", 3600, "read")
    digest = hashlib.sha256(answer["access_token"].encode()).digest()
    assert database.value("SELECT count(*) FROM access_tokens WHERE digest = ?", digest) == 1


def test_secrets_in_the_body_work_for_clients_registered_so(http, poster):
    response = post(http, {**MACHINE, "client_id": poster, "client_secret": "poster-secret"})
    assert response.status == 200


def test_replies_are_never_cached_and_never_shared(http, machine):
    """B37"""
    for response in (post(http, MACHINE, basic(machine, "machine-secret")),
                     post(http, MACHINE, basic(machine, "no"))):
        assert response.header("cache-control") == "no-store"
        assert response.header("pragma") == "no-cache"
        assert response.header("content-type") == "application/json"
        assert response.header("access-control-allow-origin") is None
        assert response.header("access-control-allow-credentials") is None


# ---- the shape of the request -------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", [TOKEN, "/oauth/device/code"])
def test_only_post_is_answered(http, database, method, path):
    """B1"""
    with database.unchanged():
        response = http.request(method, path)
    assert response.status == 405
    assert response.header("allow") == "POST, OPTIONS"


def test_parameters_in_the_query_do_not_count(http, machine, server, database):
    """B1: an address ends in logs and histories."""
    query = urllib.parse.urlencode({**MACHINE, "client_id": machine})
    with database.unchanged():
        refused(http.post(f"{TOKEN}?{query}", {}), "invalid_request")
        refused(http.post(f"{TOKEN}?client_id={server.client_id}", {"grant_type": DEVICE_GRANT}),
                "invalid_client", 401)
    assert machine not in server.log


@pytest.mark.parametrize("kind", [
    "application/json", "multipart/form-data; boundary=x", "text/plain", "", None,
    "application/x-www-form-urlencoded; charset=latin-1", "application/x-www-form-urlencodedx"])
def test_bodies_that_are_no_form_are_refused(http, machine, database, kind):
    """B2"""
    headers = [basic(machine, "machine-secret")]
    if kind is not None:
        headers.append(("Content-Type", kind))
    body = json.dumps(MACHINE).encode() if kind == "application/json" else \
        b"grant_type=client_credentials"
    with database.unchanged():
        refused(http.request("POST", TOKEN, headers, body), "invalid_request", 415)


@pytest.mark.parametrize("kind", [
    "application/x-www-form-urlencoded;charset=UTF-8",
    "Application/X-WWW-Form-Urlencoded ; charset=\"utf-8\""])
def test_forms_may_say_that_they_are_utf8(http, machine, kind):
    """B2"""
    response = http.request("POST", TOKEN, [basic(machine, "machine-secret"),
                                            ("Content-Type", kind)],
                            b"grant_type=client_credentials")
    assert response.status == 200


@pytest.mark.parametrize("body,statuses", [
    (b"grant_type=" + b"x" * 1_000_000, (413,)),
    (b"&".join(b"p%d=1" % i for i in range(10_000)), (400, 413)),
    (b"&" * 60_000, (400,)),
    (b"grant_type=" + b"%41" * 20_000, (400,)),
])
def test_large_bodies_are_refused_and_the_server_goes_on(http, database, body, statuses):
    """B3"""
    with database.unchanged():
        assert http.post(TOKEN, body).status in statuses
    assert http.get("/livez").status == 200


@pytest.mark.parametrize("body", [
    b"grant_type=client_credentials%00", b"grant_type=client_credentials\0",
    b"grant_type=%c0%ae", b"grant_type=%ff", b"grant_type=\xff", b"grant_type=%zz",
    b"grant_type=%4", b"grant_type%00=client_credentials", b"grant_type=%ed%a0%80"])
def test_malformed_encodings_are_refused(http, machine, database, body):
    """B4"""
    with database.unchanged():
        response = http.post(TOKEN, body, [basic(machine, "machine-secret")])
    refused(response, "invalid_request")


@pytest.mark.parametrize("client", ["{id}%00", "{id}%00evil", "{id}%20", "%20{id}", "{upper}",
                                    "{{{id}}}", "{id}\xff".encode("latin-1").decode("latin-1")])
def test_nothing_but_the_exact_client_id_is_a_client(http, server, database, client):
    """B4"""
    own = server.client_id
    text = client.format(id=own, upper=own.upper())
    with database.unchanged():
        response = http.post("/oauth/device/code", b"client_id=" + text.encode("latin-1"))
    assert response.error in ("invalid_request", "invalid_client")


@pytest.mark.parametrize("extra", [
    [("grant_type", "client_credentials")], [("grant_type", "password")],
    [("scope", "read"), ("scope", "read")], [("anything", "1"), ("anything", "2")]])
def test_repeated_parameters_are_refused(http, machine, database, extra):
    """B5, A13: never the first, never the last."""
    with database.unchanged():
        response = post(http, [("grant_type", "client_credentials"), *extra],
                        basic(machine, "machine-secret"))
    refused(response, "invalid_request")


# ---- client authentication ----------------------------------------------------------------------


def test_authenticating_twice_is_refused(http, machine, poster, database):
    """B6"""
    with database.unchanged():
        for client in (machine, poster):
            response = post(http, {**MACHINE, "client_id": client,
                                   "client_secret": "machine-secret"},
                            basic(machine, "machine-secret"))
            refused(response, "invalid_request")


def test_header_and_body_have_to_name_the_same_client(http, machine, poster, database):
    """B7"""
    with database.unchanged():
        response = post(http, {**MACHINE, "client_id": poster}, basic(machine, "machine-secret"))
    refused(response, "invalid_client", 401)
    assert post(http, {**MACHINE, "client_id": machine},
                basic(machine, "machine-secret")).status == 200


def header(text):
    return ("Authorization", text)


def test_broken_authorization_headers_are_refused(http, machine, database):
    """B8"""
    encoded = base64.b64encode(f"{machine}:machine-secret".encode()).decode()
    no_colon = base64.b64encode(machine.encode()).decode()
    nul = base64.b64encode(f"{machine}:machine-secret\0x".encode()).decode()
    bad_percent = base64.b64encode(f"{machine}:machine%zzsecret".encode()).decode()
    wrong = [header("Basic"), header("Basic "), header("Basic !!!!"), header("Basic " + no_colon),
             header("Bearer " + encoded), header("Basic " + encoded + "="), header("Basic " + nul),
             header("Basic " + bad_percent), header("Basic " + encoded + " x"),
             header("Basic " + "A" * 8000), header(encoded), basic("", ""), basic(machine, "")]
    with database.unchanged():
        for value in wrong:
            response = post(http, MACHINE, value)
            refused(response, "invalid_client", 401)
            assert response.header("www-authenticate") == 'Basic realm="authgate"'


@pytest.mark.parametrize("credentials", [{}, {"client_id": "x"}, {"client_secret": "machine-secret"},
                                         {"client_secret": "wrong"}], ids=str)
def test_who_does_not_authenticate_is_told_how(http, machine, database, credentials):
    """RFC 6749 section 5.2, RFC 9110 section 15.5.2: wherever the credentials were."""
    if credentials.get("client_secret") == "wrong":
        credentials = {"client_id": machine, **credentials}
    with database.unchanged():
        for path in (TOKEN, "/oauth/introspect", "/oauth/revoke"):
            response = http.post(path, {**MACHINE, "token": "x", **credentials})
            if "client_secret" in credentials and "client_id" not in credentials:
                refused(response, "invalid_request")
                continue
            refused(response, "invalid_client", 401)
            assert response.header("www-authenticate") == 'Basic realm="authgate"'
    response = http.post("/oauth/device/code", {})
    assert (response.status, response.error) == (400, "invalid_request")


def test_a_header_that_is_too_large_is_refused(server, database):
    """B8"""
    with database.unchanged(), server.client() as http:
        assert post(http, MACHINE, header("Basic " + "A" * 65_536)).status in (400, 431)


def test_the_scheme_is_read_in_any_case(http, machine):
    """B8"""
    value = basic(machine, "machine-secret")[1]
    assert post(http, MACHINE, header("bAsIc" + value[5:])).status == 200


def test_secrets_with_special_characters_work_when_encoded(http, database):
    """B8, RFC 6749 section 2.3.1"""
    client = database.add_client("Special", secret=SECRET)
    encoded = urllib.parse.quote_plus(SECRET)
    assert post(http, MACHINE, basic(client, encoded)).status == 200
    assert post(http, MACHINE, basic(client, SECRET)).status == 401


def test_wrong_clients_cannot_be_told_from_wrong_secrets(http, machine, poster, database):
    """B9: status, headers and body are the same, whatever is wrong."""
    unknown = "0190b5c0-0000-7000-8000-000000000000"
    disabled = database.add_client("Disabled", secret="machine-secret", status="disabled")
    replies = set()
    with database.unchanged():
        for client, secret in [(machine, "wrong"), (machine, ""), (unknown, "machine-secret"),
                               ("not-a-uuid", "x"), (disabled, "machine-secret"),
                               (poster, "poster-secret")]:
            response = post(http, MACHINE, basic(client, secret))
            replies.add((response.status, response.body, tuple(
                (n, v) for n, v in response.headers if n not in ("date", "x-request-id"))))
    assert len(replies) == 1
    refused(response, "invalid_client", 401)


def test_confidential_clients_cannot_pass_as_public_and_the_reverse(
        http, server, machine, database):
    """B10: in the Basic scheme, no secret is one way to be public."""
    fields = {"grant_type": DEVICE_GRANT, "device_code": "x.y"}
    with database.unchanged():
        for response in (post(http, {**fields, "client_id": machine}),
                         post(http, fields, basic(machine, "")),
                         post(http, fields, basic(server.client_id, "guess"))):
            refused(response, "invalid_client", 401)
        refused(post(http, fields, basic(server.client_id, "")), "invalid_grant")


def test_a_public_client_that_sends_a_secret_is_refused(http, server, database):
    """B10"""
    with database.unchanged():
        response = http.post("/oauth/device/code",
                             {"client_id": server.client_id, "client_secret": "guess"})
    refused(response, "invalid_client", 401)


def test_only_the_registered_method_authenticates(http, machine, poster, database):
    """B11"""
    with database.unchanged():
        refused(post(http, {**MACHINE, "client_id": machine, "client_secret": "machine-secret"}),
                "invalid_client", 401)
        refused(post(http, MACHINE, basic(poster, "poster-secret")), "invalid_client", 401)


@pytest.mark.parametrize("wrong", [
    lambda s: s[:-1], lambda s: s + "x", lambda s: s.upper(), lambda s: s + " ",
    lambda s: hashlib.sha256(s.encode()).hexdigest()])
def test_secrets_have_to_be_exact(http, machine, database, wrong):
    """B12, CVE-2024-25189: the digest in the database is no secret either."""
    with database.unchanged():
        refused(post(http, MACHINE, basic(machine, wrong("machine-secret"))),
                "invalid_client", 401)


@pytest.mark.nodes
def test_a_replaced_secret_is_dead_at_once(http, database):
    """B13"""
    client = database.add_client("Renewed", secret="old-secret")
    assert post(http, MACHINE, basic(client, "old-secret")).status == 200
    database.set_client(client, "secret_digest", hashlib.sha256(b"new-secret").digest())
    refused(post(http, MACHINE, basic(client, "old-secret")), "invalid_client", 401)
    assert post(http, MACHINE, basic(client, "new-secret")).status == 200


# ---- grants -------------------------------------------------------------------------------------


@pytest.mark.parametrize("grant,error", [
    (None, "invalid_request"), ("", "invalid_request"), ("password", "unsupported_grant_type"),
    ("implicit", "unsupported_grant_type"), ("Client_Credentials", "unsupported_grant_type"),
    ("client_credentials ", "unsupported_grant_type"),
    ("urn:ietf:params:oauth:grant-type:jwt-bearer", "unsupported_grant_type")])
def test_unknown_grants_are_refused(http, machine, database, grant, error):
    """B14"""
    with database.unchanged():
        response = post(http, {"scope": "read"} if grant is None else {"grant_type": grant},
                        basic(machine, "machine-secret"))
    refused(response, error)


def test_clients_may_use_only_their_own_grants(http, database):
    """B15"""
    client = database.add_client("One grant", secret="s", grants=["client_credentials"])
    with database.unchanged():
        response = post(http, {"grant_type": DEVICE_GRANT, "device_code": "x.y"},
                        basic(client, "s"))
    refused(response, "unauthorized_client")


def test_a_public_client_has_no_tokens_of_its_own(http, server, database):
    """B26: even if somebody registered the grant for it."""
    client = database.add_client("Public", grants=["client_credentials"])
    with database.unchanged():
        for public in (client, server.client_id):
            refused(post(http, {**MACHINE, "client_id": public}), "unauthorized_client")


@pytest.mark.parametrize("scope", ["offline_access", "read profile", "email",
                                   "read unknown", "READ", 'rea"d', "re\\ad", "r\u00e9ad"])
def test_a_machine_cannot_have_what_belongs_to_people(http, machine, database, scope):
    """B26"""
    with database.unchanged():
        refused(post(http, {**MACHINE, "scope": scope}, basic(machine, "machine-secret")),
                "invalid_scope")


def test_without_a_scope_a_machine_gets_all_of_its_own(http, machine):
    """B26"""
    answer = post(http, MACHINE, basic(machine, "machine-secret")).json()
    assert answer["scope"] == "read write"


@pytest.mark.parametrize("scope, granted", [("openid", "read write"), ("openid read", "read"),
                                            ("write openid", "write")])
def test_openid_says_nothing_of_a_machine(http, machine, scope, granted):
    """kubelogin and others always send it."""
    answer = post(http, {**MACHINE, "scope": scope}, basic(machine, "machine-secret")).json()
    assert answer["scope"] == granted and "id_token" not in answer


def test_a_machine_of_the_go_original_gets_its_words(http, database):
    """Its clients have the scopes `email profile` unless somebody chose others."""
    client = database.add_client("Old robot", secret="s", scopes="email profile offline_access")
    who = basic(client, "s")
    for asked in ({}, {"scope": "email profile"}):
        assert post(http, {**MACHINE, **asked}, who).json()["scope"] == "email profile"
    assert post(http, {**MACHINE, "scope": "email"}, who).json()["scope"] == "email"
    refused(post(http, {**MACHINE, "scope": "offline_access"}, who), "invalid_scope")


def test_a_scope_of_no_words_is_not_written(http, database):
    """RFC 6749 section 3.3: at least one."""
    client = database.add_client("Wordless", secret="s", scopes="openid offline_access")
    answer = post(http, MACHINE, basic(client, "s")).json()
    assert set(answer) == {"access_token", "token_type", "expires_in"}
    payload = answer["access_token"].split(".")[1]
    assert "scope" not in json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    known = http.post("/oauth/introspect", {"token": answer["access_token"]},
                      [basic(client, "s")]).json()
    assert known["active"] and "scope" not in known


def test_the_answer_names_the_scope_that_is_too_much(http, machine):
    answer = post(http, {**MACHINE, "scope": "read payroll:write"},
                  basic(machine, "machine-secret"))
    refused(answer, "invalid_scope")
    assert "payroll:write" in answer.json()["error_description"]


def test_unknown_parameters_are_ignored(http, machine):
    """RFC 6749 section 3.2, B38: they cannot become claims either."""
    response = post(http, {**MACHINE, "sub": "admin", "aud": "x", "exp": "9", "claims": "{}"},
                    basic(machine, "machine-secret"))
    assert response.status == 200, response.text
    payload = response.json()["access_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert claims["sub"] == f"client:{machine}"
    assert "claims" not in claims


def test_secrets_never_reach_the_log(server, http, machine, database):
    """B40"""
    marked = database.add_client("Marked", secret="mark-of-a-secret")
    post(http, MACHINE, basic(marked, "mark-of-a-secret"))
    post(http, {**MACHINE, "client_id": marked, "client_secret": "mark-of-a-secret"})
    http.post(TOKEN, b"client_secret=mark-of-a-secret&grant_type=%zz")
    http.request("POST", TOKEN, [FORM_TYPE], b"code=mark-of-a-secret&password=mark-of-a-secret")
    assert "mark-of-a-secret" not in server.log
    assert base64.b64encode(f"{marked}:mark-of-a-secret".encode()).decode() not in server.log
