"""TOKEN_PROVIDER_MODE=http_api: a service of the operator's makes the tokens. What it returns is
checked, recorded, listed and revoked like what this server makes; when it fails, nothing is issued."""

import contextlib
import hashlib
import hmac
import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from app import App
from browser import Browser
from device import Device
from running import Server
from sanitizer import BINARY, patience
from token_service import token_service
from waiting import until
from wire import basic

SECRET = "the secret between the two"


@pytest.fixture
def service():
    with token_service() as running:
        yield running


@pytest.fixture
def serving(tmp_path, service):
    with contextlib.ExitStack() as stack:
        def start(mode="http_api", **environment):
            return stack.enter_context(Server(
                tmp_path, TOKEN_PROVIDER_MODE=mode, TOKEN_API_URL=service.url,
                TOKEN_API_RETRY_DELAY="50ms", TOKEN_API_MAX_RETRY_DELAY="100ms", **environment))
        yield start


class Machine:
    """A client with tokens of its own, and the right to look at them."""

    def __init__(self, server, provider=None):
        self.server, self.http = server, server.client()
        self.client_id = server.database.add_client("Machine", secret="s")
        if provider:
            server.database.set_client(self.client_id, "token_provider", provider)
        self.proof = [basic(self.client_id, "s")]

    def post(self, path, **fields):
        return self.http.post(path, fields, self.proof)

    def token(self, **more):
        return self.post("/oauth/token", grant_type="client_credentials", **more)

    def introspect(self, token):
        return self.post("/oauth/introspect", token=token).json()


def app_of(server, secret="s", **options):
    return App.register(server, server.client(), secret=secret, scope="openid profile offline_access",
                        **options)


def tokens_of(app):
    """What a person's sign-in gives the application."""
    with Browser(app.server) as browser:
        return app.tokens(browser)


def rows(server):
    return [server.database.count(table) for table in ("families", "access_tokens", "refresh_tokens")]


def test_a_machine_gets_what_the_service_makes(serving, service):
    server = serving()
    machine = Machine(server)
    answer = machine.token(scope="read").json()
    assert answer["access_token"] in service.tokens and answer["token_type"] == "Bearer"
    (asked,) = service.asked("generate")
    assert asked == {"user_id": "client:" + machine.client_id, "client_id": machine.client_id,
                     "scopes": "read", "expires_in": 3600}
    assert answer["expires_in"] == 3600
    seen = machine.introspect(answer["access_token"])
    assert seen["active"] and seen["scope"] == "read" and seen["client_id"] == machine.client_id
    assert server.database.value("SELECT count(*) FROM access_tokens WHERE foreign_digest = ?",
                                 hashlib.sha256(answer["access_token"].encode()).digest()) == 1


def test_no_row_and_no_log_holds_the_text_of_a_token(serving, service):
    server = serving(TOKEN_API_AUTH_MODE="simple", TOKEN_API_AUTH_SECRET=SECRET)
    tokens = tokens_of(app_of(server))
    kept = server.kept()
    for text in (tokens["access_token"], tokens["refresh_token"], SECRET):
        assert text.encode() not in kept


def test_a_person_gets_both_tokens_and_an_id_token_of_ours(serving, service):
    server = serving()
    app = app_of(server)
    tokens = tokens_of(app)
    assert {tokens["access_token"], tokens["refresh_token"]} == set(service.tokens)
    access, refresh = service.asked("generate")
    assert access["user_id"] == refresh["user_id"] and "-" in access["user_id"]
    assert (access["expires_in"], refresh["expires_in"]) == (36000, 2592000)
    assert tokens["id_token"].count(".") == 2
    with server.client() as http:
        me = http.get("/oauth/userinfo", [("Authorization", "Bearer " + tokens["access_token"])])
    assert me.status == 200 and me.json()["sub"] == access["user_id"]
    assert service.asked("validate")[-1] == {"token": tokens["access_token"]}


def test_a_device_gets_what_the_service_makes(serving, service):
    server = serving()
    with Device(server) as device, Browser(server) as browser:
        assert device.poll().json()["error"] == "authorization_pending"
        browser.sign_in()
        browser.approve(device.user_code)
        assert not service.requests
        assert device.poll().json()["access_token"] in service.tokens
        assert device.poll().json()["error"] == "invalid_grant"


def test_the_signature_is_that_of_the_original(serving, service):
    Machine(serving(TOKEN_API_AUTH_MODE="hmac", TOKEN_API_AUTH_SECRET=SECRET)).token()
    ((path, _, headers, body),) = service.requests
    signed = headers["X-Timestamp"].encode() + b"POST" + path.encode() + body
    assert headers["X-Signature"] == hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()


def test_a_refresh_token_that_stays_is_refreshed_there(serving, service):
    server = serving()
    app = app_of(server)
    tokens = tokens_of(app)
    answer = app.refresh(tokens["refresh_token"]).json()
    assert answer["refresh_token"] == tokens["refresh_token"]
    assert answer["access_token"] in service.tokens and answer["expires_in"] == 600
    assert service.asked("validate") == [{"token": tokens["refresh_token"]}]
    (asked,) = service.asked("refresh")
    assert asked["enable_rotation"] is False and asked["refresh_token"] == tokens["refresh_token"]
    assert asked["client_id"] == app.client_id


def test_a_rotated_refresh_token_is_the_services(serving, service):
    """As with our own: a second use within the window gets the same successor, one after its use
    ends the sign-in."""
    server = serving(REFRESH_TOKEN_MODE="rotation")
    app = app_of(server)
    first = tokens_of(app)["refresh_token"]
    renew = app.refresh
    second = renew(first).json()
    assert second["refresh_token"] in service.tokens and second["refresh_token"] != first
    again = renew(first).json()
    assert again["refresh_token"] == second["refresh_token"]
    assert again["access_token"] in service.tokens
    third = renew(second["refresh_token"]).json()
    assert third["refresh_token"] not in (first, second["refresh_token"])
    assert renew(first).json()["error"] == "invalid_grant"
    assert renew(third["refresh_token"]).json()["error"] == "invalid_grant"
    assert server.database.events("SUSPICIOUS_ACTIVITY")


def test_parallel_refreshes_agree(serving, service):
    server = serving(REFRESH_TOKEN_MODE="rotation")
    app = app_of(server)
    first = tokens_of(app)["refresh_token"]

    def renew(_):
        with server.client() as http:
            return app.refresh(first, http)

    service.answers["/base/validate"] = (200, {"valid": True})
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(renew, range(3)))
    assert {a.status for a in answers} == {200}, [a.text for a in answers]
    assert len({a.json()["refresh_token"] for a in answers}) == 1


def test_the_service_can_only_say_no(serving, service):
    """A token that it has forgotten is dead here too; one that was revoked here stays dead."""
    server = serving()
    machine = Machine(server)
    one, two = (machine.token().json()["access_token"] for _ in range(2))
    del service.tokens[one]
    assert machine.introspect(one) == {"active": False}
    assert machine.introspect(two)["active"]
    before = len(service.requests)
    assert machine.post("/oauth/revoke", token=two).status == 200
    assert machine.introspect(two) == {"active": False}
    assert len(service.requests) == before  # revoking calls nobody, the dead are not asked about
    assert two in service.tokens
    stranger = "svc.not-issued-by-this-server"
    service.tokens[stranger] = {"user_id": "client:" + machine.client_id,
                                "client_id": machine.client_id, "scopes": "read"}
    assert machine.introspect(stranger) == {"active": False}


@pytest.mark.parametrize("says", [{"user_id": "somebody-else"}, {"client_id": "another"},
                                  {"expires_at": 1}, {"valid": "true"}])
def test_a_token_that_the_service_says_is_anothers_is_dead(serving, service, says):
    machine = Machine(serving())
    token = machine.token().json()["access_token"]
    service.answer("validate", 200, {"valid": True, **says})
    assert machine.introspect(token) == {"active": False}


def test_ending_a_sign_in_ends_the_services_tokens(serving, service):
    """Listed on the account page, and revoked there."""
    server = serving()
    app = app_of(server)
    tokens = tokens_of(app)
    with Browser(server) as browser:
        browser.sign_in()
        page = browser.get("/account/sessions")
        assert "App" in page.text
    assert server.database.execute("UPDATE families SET revoked_ms = 1") == 1
    assert app.introspect(tokens["access_token"]).json() == {"active": False}
    assert app.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


OUTAGES = {
    "no answer": "hang up",
    "500": (500, {"message": "broken"}),
    "429": (429, {}),
    "no JSON": (200, b"<html>"),
    "a list": (200, []),
    "no token": (200, {"success": True}),
    "a number": (200, {"success": True, "access_token": 7}),
    "with a space": (200, {"success": True, "access_token": "a b"}),
    "with a line": (200, {"success": True, "access_token": "a\r\nX: y"}),
    "too long": (200, {"success": True, "access_token": "a" * 9000}),
    "enormous": (200, b'{"success":true,"access_token":"' + b"a" * 1_000_000 + b'"}'),
    "another type": (200, {"success": True, "access_token": "t", "token_type": "MAC"}),
    "dead at once": (200, {"success": True, "access_token": "t", "expires_in": 0}),
    "a redirect": (307, {}),
}


@pytest.mark.parametrize("kind", OUTAGES)
def test_an_outage_is_an_error_that_says_so(serving, service, kind):
    """Nothing is half issued: no row, and the code can be redeemed when the service is back."""
    server = serving(TOKEN_API_MAX_RETRIES="1")
    app = app_of(server)
    with Browser(server) as browser:
        code = app.code(browser)
    before = rows(server)
    service.answers["/base/generate"] = OUTAGES[kind]
    answer = app.redeem(code)
    if kind == "a redirect":
        assert answer.status == 400 and answer.json()["error"] == "access_denied"
    else:
        assert answer.status == 503 and answer.json()["error"] == "temporarily_unavailable"
        assert "service that makes tokens" in answer.json()["error_description"]
    assert rows(server) == before
    assert "the service that makes tokens gave none" in server.log
    service.answers.clear()
    assert app.redeem(code).status == 200


def test_a_refusal_is_told_apart(serving, service):
    server = serving()
    service.answer("generate", 200, {"success": False, "message": "not this one: secret reason"})
    answer = Machine(server).token()
    assert answer.status == 400 and answer.json()["error"] == "access_denied"
    assert "secret reason" not in answer.text
    service.answer("generate", 403, {"message": "no"})
    assert Machine(server).token().status == 400


def test_the_refresh_token_failing_issues_nothing(serving, service):
    """The access token was made, the refresh token not: the client gets neither."""
    server = serving(TOKEN_API_MAX_RETRIES="0")
    app = app_of(server)
    with Browser(server) as browser:
        code = app.code(browser)
    before = rows(server)

    def only_once(asked):
        if asked["expires_in"] > 100000:
            return 500, {}
        return service.handle("/base/generate", asked)

    service.answers["/base/generate"] = only_once
    answer = app.redeem(code)
    assert answer.status == 503 and rows(server) == before


def test_the_same_token_twice_is_not_issued(serving, service):
    server = serving()
    machine = Machine(server)
    service.answer("generate", 200, {"success": True, "access_token": "always-the-same"})
    assert machine.token().status == 200
    assert machine.token().status == 503
    app = app_of(server)
    with Browser(server) as browser:
        code = app.code(browser)
    service.answer("generate", 200, {"success": True, "access_token": "twice-the-same"})
    assert app.redeem(code).status == 503


def test_an_outage_while_a_token_is_looked_at_is_no_verdict(serving, service):
    """Neither active nor inactive: nobody knows."""
    machine = Machine(serving(TOKEN_API_MAX_RETRIES="0"))
    token = machine.token().json()["access_token"]
    service.answer("validate", 500, {})
    assert machine.post("/oauth/introspect", token=token).status == 503
    service.answers.clear()
    assert machine.introspect(token)["active"]


def test_a_lifetime_is_never_longer_than_ours(serving, service):
    server = serving()
    machine = Machine(server)
    service.answer("generate", 200, {"success": True, "access_token": "long", "expires_in": 10 ** 9})
    assert machine.token().json()["expires_in"] == 3600
    service.answer("generate", 200, {"success": True, "access_token": "short", "expires_in": 5})
    assert machine.token().json()["expires_in"] == 5
    service.answer("generate", 200, {"success": True, "access_token": "unsaid"})
    assert machine.token().json()["expires_in"] == 3600
    span = "SELECT max(expires_ms - issued_ms), min(expires_ms - issued_ms) FROM access_tokens"
    assert server.database.rows(span) == [(3600_000, 5_000)]


def test_a_token_may_have_the_form_of_one_of_ours(serving, service):
    """Another authgate may be the service: JWTs that end in a jti, refresh tokens of two parts."""
    server = serving("local")
    ours = Machine(server)
    jwt = ours.token().json()["access_token"]
    refresh = tokens_of(app_of(server))["refresh_token"]
    theirs = Machine(server, "http_api")
    for text in (jwt[:-8] + "AAAAAAAA", refresh[:-8] + "AAAAAAAA"):
        service.answer("generate", 200, {"success": True, "access_token": text})
        service.answer("validate", 200, {"valid": True})
        assert theirs.token().json()["access_token"] == text
        assert theirs.introspect(text)["active"]
    assert ours.introspect(jwt)["active"]


def test_a_client_may_choose(serving, service):
    server = serving("local")
    assert Machine(server).token().json()["access_token"].count(".") == 2
    assert not service.requests
    theirs = Machine(server, "http_api").token().json()["access_token"]
    assert theirs in service.tokens


def test_a_client_may_stay_with_us(serving, service):
    server = serving()
    assert Machine(server, "local").token().json()["access_token"].count(".") == 2
    assert not service.requests


def test_an_operator_chooses_by_command(serving, service):
    server = serving("local")
    client = server.database.add_client("Machine", secret="s")
    run = subprocess.run([BINARY, "admin", "client", "edit", client, "--token-provider", "http_api"],
                         env=server.environment, cwd=server.directory, capture_output=True, text=True,
                         check=False)
    assert run.returncode == 0, run.stderr
    assert server.database.value("SELECT token_provider FROM clients WHERE name = 'Machine'") == "http_api"


def test_tokens_that_administer_are_always_ours(serving, service):
    """A service must not be able to make itself an administrator."""
    server = serving(ADMIN_HTTP="true")
    app = App.register(server, server.client(), secret="s", scope="openid authgate:admin",
                       scopes="openid authgate:admin")
    token = tokens_of(app)["access_token"]
    assert token.count(".") == 2 and not service.requests


def test_extra_claims_are_refused(serving, service):
    server = serving(EXTRA_CLAIMS_ENABLED="true")
    answer = Machine(server).token(extra_claims='{"a":"b"}')
    assert answer.status == 400 and "extra_claims" in answer.json()["error_description"]
    assert not service.requests


def test_a_service_that_was_left_behind_is_replaced_at_the_next_refresh(serving, service):
    """From the service to this server: access tokens of the service end, people stay signed in."""
    server = serving(TOKEN_API_MAX_RETRIES="0")
    app = app_of(server)
    tokens = tokens_of(app)
    server.stop()
    server.environment["TOKEN_PROVIDER_MODE"] = "local"
    del server.environment["TOKEN_API_URL"]
    service.close()
    with server.start():
        app.http = server.client()
        assert app.introspect(tokens["access_token"]).json() == {"active": False}
        answer = app.refresh(tokens["refresh_token"]).json()
        assert answer["access_token"].count(".") == 2 and answer["refresh_token"].count(".") == 1


def test_a_slow_service_stops_nobody_elses_tokens(serving, service):
    """Others have tokens of ours; those who wait are bounded."""
    service.delay_s = 6
    server = serving(TOKEN_API_TIMEOUT="8s", TOKEN_API_MAX_RETRIES="0")
    slow, quick = Machine(server), Machine(server, "local")

    def wait(_):
        with server.client() as http:
            return http.post("/oauth/token", {"grant_type": "client_credentials"}, slow.proof).status

    with ThreadPoolExecutor(24) as pool:
        waiting = [pool.submit(wait, n) for n in range(24)]
        until(lambda: len(service.requests) >= 3, 20)
        began = time.monotonic()
        for _ in range(50):
            assert quick.token().status == 200
        assert time.monotonic() - began < patience(5)
        assert {w.result() for w in waiting} <= {200, 503}


@pytest.mark.parametrize("environment, says", [
    ({"TOKEN_PROVIDER_MODE": "http_api"}, "token_provider.url"),
    ({"TOKEN_API_URL": "http://tokens.example/"}, "https://"),
    ({"TOKEN_API_URL": "https://tokens.example/?a=b"}, "query"),
    ({"TOKEN_API_URL": "https://tokens.example", "TOKEN_API_AUTH_MODE": "hmac"}, "auth_secret"),
    ({"TOKEN_API_URL": "https://tokens.example", "TOKEN_API_AUTH_MODE": "simple",
      "TOKEN_API_AUTH_SECRET": "s", "TOKEN_API_AUTH_HEADER": "a b"}, "header"),
    ({"TOKEN_PROVIDER_MODE": "remote"}, "local http_api"),
])
def test_a_configuration_with_which_no_token_could_be_made_is_refused(tmp_path, environment, says):
    env = {"PATH": os.environ["PATH"], "SESSION_SECRET": "0123456789abcdefghijklmnopqrstuvwxyz",
           **environment}
    run = subprocess.run([BINARY, "config", "check"], env=env, cwd=tmp_path, capture_output=True,
                         text=True, check=False)
    assert run.returncode != 0 and says in run.stdout + run.stderr, run.stdout + run.stderr
