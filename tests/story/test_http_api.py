"""AUTH_MODE=http_api: a service of the operator's knows the passwords. The wire is that of the Go
original, as a recorder saw it."""

import contextlib
import hashlib
import hmac
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from browser import Browser
from quiet import serve
from running import ADMIN_PASSWORD, Server
from sanitizer import patience
from waiting import until
from wire import basic

SECRET = "the secret between the two"
YES = {"success": True, "user_id": "u-1", "email": "kim@corp.example", "full_name": "Kim"}




@pytest.fixture
def api():
    import http.server

    class Recorder:
        def __init__(self):
            self.requests, self.person, self.script, self.delay_s = [], dict(YES), [], 0
            recorder = self

            class Handler(http.server.BaseHTTPRequestHandler):
                protocol_version = "HTTP/1.1"

                def do_POST(self):
                    body = self.rfile.read(int(self.headers["Content-Length"]))
                    recorder.requests.append((time.monotonic(), self.path, dict(self.headers), body))
                    time.sleep(recorder.delay_s)
                    asked = json.loads(body)
                    step = recorder.script.pop(0) if recorder.script else None
                    if step == "hang up":
                        self.connection.close()
                        return
                    if step == "begin":
                        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
                        self.wfile.flush()
                        self.connection.shutdown(2)
                        return
                    status, answer, headers = step or (
                        (200, recorder.person, {}) if asked["password"] == "right"
                        else (200, {"success": False, "message": "no"}, {}))
                    data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(data)))
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(data)

                def log_message(self, *_):
                    pass

            self.http = serve(Handler)
            self.url = f"http://127.0.0.1:{self.http.server_port}"

    recorder = Recorder()
    yield recorder
    recorder.http.shutdown()
    recorder.http.server_close()


@pytest.fixture
def serving(tmp_path, api):
    with contextlib.ExitStack() as stack:
        def start(path="/auth", **environment):
            return stack.enter_context(Server(
                tmp_path, AUTH_MODE="http_api", HTTP_API_URL=api.url + path,
                HTTP_API_RETRY_DELAY="50ms", HTTP_API_MAX_RETRY_DELAY="200ms", **environment))
        yield start


def sign_in(server, username="kim", password="right"):
    """The answer to the form, and who is signed in then."""
    with Browser(server) as browser:
        page = browser.sign_in(username, password)
        account = browser.get("/account")
        return page, account.text if account.status == 200 else None


def test_somebody_whom_the_service_knows_gets_an_account(serving, api):
    server = serving()
    page, shown = sign_in(server)
    assert page.status == 303 and "kim" in shown and "Kim" in shown
    _, shown = sign_in(server)
    assert "kim" in shown
    assert server.database.value("SELECT count(*) FROM users WHERE username = 'kim'") == 1
    ((provider, subject, email),) = server.database.rows(
        "SELECT provider, subject, email FROM identities")
    assert (provider, subject, email) == ("http-api", "u-1", "kim@corp.example")


def test_the_request_is_that_of_the_original(serving, api):
    sign_in(serving(), "kim", "p<w>&\"ö")
    ((_, path, headers, body),) = api.requests
    assert path == "/auth"
    assert body == '{"username":"kim","password":"p\\u003cw\\u003e\\u0026\\"ö"}'.encode()
    assert headers["Content-Type"] == "application/json"
    assert not {"X-API-Secret", "X-Signature", "Authorization"} & set(headers)


def test_a_wrong_password_is_wrong(serving, api):
    server = serving()
    page, shown = sign_in(server, password="wrong")
    assert page.status == 401 and shown is None
    assert "The username or the password is wrong." in page.text and "no" not in page.text.split()
    assert server.database.count("users") == 1
    assert len(api.requests) == 1
    assert server.database.events("AUTHENTICATION_FAILURE")


def test_who_has_a_password_here_is_not_asked_for_there(serving, api):
    server = serving()
    page, shown = sign_in(server, "admin", ADMIN_PASSWORD)
    assert page.status == 303 and "admin" in shown
    assert sign_in(server, "admin", "right")[1] is None
    assert api.requests == []


def test_simple_sends_the_secret_in_a_header(serving, api):
    sign_in(serving(HTTP_API_AUTH_MODE="simple", HTTP_API_AUTH_SECRET=SECRET))
    assert api.requests[0][2]["X-API-Secret"] == SECRET


def test_the_header_of_simple_has_another_name_if_told(serving, api):
    sign_in(serving(HTTP_API_AUTH_MODE="simple", HTTP_API_AUTH_SECRET=SECRET,
                    HTTP_API_AUTH_HEADER="X-Our-Key"))
    assert api.requests[0][2]["X-Our-Key"] == SECRET


def test_hmac_signs_what_the_original_signs(serving, api):
    """The path decoded, the query as it is, the body behind; the nonce is sent, not signed."""
    before = int(time.time())
    sign_in(serving("/base/auth%2Fx?tenant=a%20b", HTTP_API_AUTH_MODE="hmac",
                    HTTP_API_AUTH_SECRET=SECRET))
    ((_, path, headers, body),) = api.requests
    assert path == "/base/auth%2Fx?tenant=a%20b"
    stamp = headers["X-Timestamp"]
    assert before <= int(stamp) <= time.time() + 1
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
                        headers["X-Nonce"])
    signed = stamp.encode() + b"POST" + b"/base/auth/x?tenant=a%20b" + body
    assert headers["X-Signature"] == hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()


def test_hmac_v2_signs_the_nonce_too(serving, api):
    sign_in(serving("/auth?t=1", HTTP_API_AUTH_MODE="hmac-v2", HTTP_API_AUTH_SECRET=SECRET))
    ((_, _, headers, body),) = api.requests
    signed = "\n".join(["v2", headers["X-Timestamp"], headers["X-Nonce"], "POST", "/auth?t=1",
                        hashlib.sha256(body).hexdigest()])
    assert headers["X-Signature"] == "v2=" + hmac.new(
        SECRET.encode(), signed.encode(), hashlib.sha256).hexdigest()


@pytest.mark.parametrize("step", ["hang up", (500, {}, {}), (503, b"", {}), (429, {}, {})])
def test_a_failure_is_tried_again_with_a_fresh_signature(serving, api, step):
    api.script = [step, step]
    _, shown = sign_in(serving(HTTP_API_AUTH_MODE="hmac", HTTP_API_AUTH_SECRET=SECRET))
    assert "kim" in shown
    assert len(api.requests) == 3
    assert len({r[3] for r in api.requests}) == 1
    assert len({r[2]["X-Nonce"] for r in api.requests}) == 3


def test_after_all_attempts_the_person_is_told_that_the_service_failed(serving, api):
    api.script = [(500, {}, {})] * 9
    server = serving()
    page, shown = sign_in(server)
    assert page.status == 502 and shown is None and len(api.requests) == 4
    assert "did not answer" in page.text
    assert "password service failed" in server.log


def test_no_retries_is_one_attempt(serving, api):
    api.script = [(500, {}, {})]
    assert sign_in(serving(HTTP_API_MAX_RETRIES="0"))[0].status == 502
    assert len(api.requests) == 1


@pytest.mark.parametrize("answer, is_in", [
    ({"success": True, "user_id": "u-2", "email": "kim@corp.example"}, True),
    ({"success": True, "user_id": "u-2"}, True),  # the original needs an address of somebody new
    ({"success": False, "user_id": "u-2", "email": "kim@corp.example"}, False),
    ({"success": True, "email": "kim@corp.example"}, False),
    ({"success": True, "user_id": "", "email": "kim@corp.example"}, False),
    ({"user_id": "u-2", "email": "kim@corp.example"}, False),
    ([], False)])
def test_each_answer_of_the_original(serving, api, answer, is_in):
    api.script = [(200, answer, {})]
    server = serving()
    page, shown = sign_in(server)
    assert (page.status == 303) == is_in == (shown is not None)
    assert server.database.count("identities") == int(is_in)


def test_what_the_service_says_of_somebody_replaces_only_what_it_says(serving, api):
    server = serving()
    api.script = [(200, {"success": True, "user_id": "u-2", "email": "kim@corp.example", "full_name": "Kim"}, {}),
                  (200, {"success": True, "user_id": "u-2"}, {})]
    sign_in(server)
    sign_in(server)
    assert server.database.rows("SELECT email, full_name FROM users WHERE username = 'kim'") == [
        ("kim@corp.example", "Kim")]


@pytest.mark.parametrize("step", ["begin", (400, {"message": "x"}, {}), (401, {}, {}),
                                  (404, {"message": "x"}, {}), (200, b"<html>", {}),
                                  (200, {"success": True}, {}), (200, {"success": "true"}, {}),
                                  (307, {}, {"Location": "http://127.0.0.1:9/"})])
def test_a_password_is_not_sent_again_once_an_answer_has_begun(serving, api, step):
    api.script = [step]
    server = serving()
    page, shown = sign_in(server)
    assert page.status in (401, 502) and shown is None
    assert len(api.requests) == 1
    assert server.database.count("users") == 1


def test_the_service_may_ask_for_patience(serving, api):
    api.script = [(503, {}, {"Retry-After": "1"})]
    server = serving(HTTP_API_TIMEOUT="10s")
    server.stop()
    server.environment["HTTP_API_MAX_RETRY_DELAY"] = "5s"
    with server.start():
        assert "kim" in sign_in(server)[1]
    assert api.requests[1][0] - api.requests[0][0] >= 1


def test_waiting_for_the_service_has_an_end(serving, api):
    api.delay_s = 30
    server = serving(HTTP_API_TIMEOUT="1s")
    began = time.monotonic()
    assert sign_in(server)[0].status == 502
    assert time.monotonic() - began < patience(4)


def test_a_dead_service_is_left_alone_for_a_while(serving, api):
    server = serving(HTTP_API_MAX_RETRIES="0")
    api.script = [(500, {}, {})] * 20
    for _ in range(8):
        assert sign_in(server)[0].status == 502
    assert len(api.requests) < 8 and "is left alone" in server.log
    page, shown = sign_in(server, "admin", ADMIN_PASSWORD)
    assert page.status == 303 and "admin" in shown


def test_a_name_that_is_anothers_is_not_given_away(serving, api):
    """Somebody who signs in otherwise has that name and no password here."""
    server = serving()
    sign_in(server)
    api.person = {**YES, "user_id": "u-2"}
    page, shown = sign_in(server)
    assert page.status == 409 and shown is None


def test_an_account_that_moved_here_without_a_password_is_found_by_its_name(serving, api):
    server = serving()
    server.database.add_user("kim")
    server.database.execute("UPDATE users SET password_hash = '' WHERE username = 'kim'")
    assert sign_in(server)[0].status == 303
    assert server.database.value("SELECT count(*) FROM users WHERE username = 'kim'") == 1


def test_a_disabled_account_is_kept_out(serving, api):
    server = serving()
    sign_in(server)
    server.database.set_disabled("kim")
    page, shown = sign_in(server)
    assert page.status == 403 and shown is None


def test_an_address_of_somebody_else_is_left_out(serving, api):
    server = serving()
    server.database.execute("UPDATE users SET email = 'kim@corp.example' WHERE username = 'admin'")
    assert sign_in(server)[0].status == 303
    assert server.database.value("SELECT email FROM users WHERE username = 'kim'") is None


def test_the_password_is_in_no_log_and_no_row(serving, api):
    server = serving(HTTP_API_AUTH_MODE="simple", HTTP_API_AUTH_SECRET=SECRET)
    api.script = [(500, {}, {})]
    sign_in(server, password="a secret password")
    kept = server.kept()
    assert b"a secret password" not in kept and SECRET.encode() not in kept


def test_a_slow_service_blocks_nobody_else(serving, api):
    """Passwords that are known here, and tokens, go on while many wait for the service."""
    api.delay_s = 8
    server = serving(HTTP_API_TIMEOUT="9s")
    machine = basic(server.database.add_client("Machine", secret="s"), "s")
    with ThreadPoolExecutor(40) as pool:
        waiting = [pool.submit(sign_in, server, f"kim{n}") for n in range(40)]
        until(lambda: len(api.requests) >= 4, 20)  # fewer threads call where each has a connection
        with server.client() as http:
            for _ in range(50):
                assert http.post("/oauth/token", {"grant_type": "client_credentials"},
                                 [machine]).status == 200
        began = time.monotonic()
        assert sign_in(server, "admin", ADMIN_PASSWORD)[0].status == 303
        assert time.monotonic() - began < patience(5)
        statuses = [w.result()[0].status for w in waiting]
    assert set(statuses) <= {303, 409, 502, 503}, statuses


@pytest.mark.parametrize("environment, says", [
    ({"AUTH_MODE": "http_api"}, "http_api.url"),
    ({"AUTH_MODE": "http_api", "HTTP_API_URL": "http://api.example/"}, "passwords are sent there"),
    ({"AUTH_MODE": "http_api", "HTTP_API_URL": "https://api.example/",
      "HTTP_API_AUTH_MODE": "hmac"}, "auth_secret"),
    ({"AUTH_MODE": "http_api", "HTTP_API_URL": "https://api.example/",
      "HTTP_API_AUTH_MODE": "github"}, "auth_mode"),
    ({"AUTH_MODE": "ldap"}, "auth.mode"),
    ({"GITHUB_OAUTH_ENABLED": "true"}, "client_id"),
    ({"MICROSOFT_OAUTH_ENABLED": "true", "MICROSOFT_CLIENT_ID": "x",
      "MICROSOFT_CLIENT_SECRET": "y", "MICROSOFT_TENANT_ID": "common"}, "every organisation"),
    ({"MICROSOFT_OAUTH_ENABLED": "true", "MICROSOFT_CLIENT_ID": "x",
      "MICROSOFT_CLIENT_SECRET": "y"}, "tenants"),
    ({"GITEA_OAUTH_ENABLED": "true", "GITEA_CLIENT_ID": "x", "GITEA_CLIENT_SECRET": "y"},
     "issuer"),
    ({"GITLAB_OAUTH_ENABLED": "true", "GITLAB_CLIENT_ID": "x", "GITLAB_CLIENT_SECRET": "y",
      "GITLAB_URL": "http://gitlab.example"}, "https://"),
])
def test_a_configuration_with_which_nobody_could_sign_in_is_refused(tmp_path, environment, says):
    """By name: `config check` says what is missing."""
    import os
    import subprocess
    from sanitizer import BINARY
    env = {"PATH": os.environ["PATH"], "SESSION_SECRET": "0123456789abcdefghijklmnopqrstuvwxyz",
           **environment}
    run = subprocess.run([BINARY, "config", "check"], env=env, cwd=tmp_path, capture_output=True,
                         text=True, check=False)
    assert run.returncode != 0 and says in run.stdout + run.stderr, run.stdout + run.stderr


# ---- while it does not answer -----------------------------------------------------------------------


OFFLINE = {"HTTP_API_OFFLINE_GRACE": "1h", "HTTP_API_MAX_RETRIES": "0"}
DOWN = [(500, {}, {})] * 99


def verifiers(server):
    return server.database.value("SELECT count(*) FROM identities WHERE verifier_hash IS NOT NULL")


def test_without_a_grace_nobody_signs_in_while_it_is_down(serving, api):
    server = serving(HTTP_API_MAX_RETRIES="0")
    sign_in(server)
    assert verifiers(server) == 0
    api.script = list(DOWN)
    assert sign_in(server)[0].status == 502


def test_the_password_that_it_took_last_is_good_for_the_grace(serving, api):
    server = serving(**OFFLINE)
    assert sign_in(server)[1]
    api.script = list(DOWN)
    page, shown = sign_in(server)
    assert page.status == 303 and "kim" in shown
    assert "a password was compared here" in server.log
    assert b"right" not in [v for row in server.database.rows("SELECT verifier_hash FROM identities") for v in row]
    server.database.execute("UPDATE identities SET verified_ms = verified_ms - 3601000")
    assert sign_in(server)[0].status == 502


@pytest.mark.parametrize("username, password", [("kim", "wrong"), ("kim", ""), ("nobody", "right"),
                                                ("admin2", "right")])
def test_nothing_else_is_let_in_and_all_are_told_the_same(serving, api, username, password):
    server = serving(**OFFLINE)
    sign_in(server)
    api.script = list(DOWN)
    page, shown = sign_in(server, username, password)
    assert shown is None and page.status == 502 and "did not answer" in page.text
    assert server.database.value("SELECT count(*) FROM users WHERE username <> 'admin'") == 1


def test_an_offline_sign_in_makes_no_password_last_longer(serving, api):
    server = serving(**OFFLINE)
    sign_in(server)
    before = server.database.value("SELECT verified_ms FROM identities")
    api.script = list(DOWN)
    assert sign_in(server)[1]
    assert server.database.value("SELECT verified_ms FROM identities") == before


def test_a_password_that_it_refuses_is_forgotten_here(serving, api):
    """Somebody who left, or changed it: the next outage must not let the old one in."""
    server = serving(**OFFLINE)
    sign_in(server)
    api.script = [(200, {"success": False}, {})]
    assert sign_in(server, password="wrong")[1] is None and verifiers(server) == 1  # just a typo
    api.script = [(200, {"success": False}, {})]
    assert sign_in(server)[1] is None and verifiers(server) == 0
    api.script = list(DOWN)
    assert sign_in(server)[0].status == 502


def test_a_new_password_takes_the_place_of_the_old_one(serving, api):
    server = serving(**OFFLINE)
    sign_in(server)
    api.script = [(200, api.person, {})]
    assert sign_in(server, password="the new one")[1]
    api.script = list(DOWN)
    assert sign_in(server)[0].status == 502
    assert sign_in(server, password="the new one")[1]


def test_who_is_disabled_here_stays_out(serving, api):
    server = serving(**OFFLINE)
    sign_in(server)
    server.database.set_disabled("kim")
    api.script = list(DOWN)
    page, shown = sign_in(server)
    assert page.status in (403, 502) and shown is None


def test_guesses_while_it_is_down_are_counted(serving, api):
    server = serving(ENABLE_RATE_LIMIT="true", LOGIN_RATE_LIMIT="10000", LOGIN_RATE_LIMIT_BURST="10000", **OFFLINE)
    sign_in(server)
    api.script = list(DOWN) * 3
    statuses = [sign_in(server, password="wrong")[0].status for _ in range(40)]
    assert 429 in statuses
