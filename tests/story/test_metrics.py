"""GET /metrics: who may read it, that it is what Prometheus expects, and that every number moves
when, and only when, what it counts has happened. Ids in docstrings are rows of the catalogue of
attacks."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import time

import pytest

import certificate
from admin import ByRequest
from app import App
from browser import Browser
from device import Device
from exposition import Exposition
from race import at_once
from routes import routes
from running import BINARY, Server
from sanitizer import patience
from wire import basic

TOKEN = "a token for Prometheus"
BEARER = ("Authorization", f"Bearer {TOKEN}")
ON_SQLITE = os.environ.get("TEST_DATABASE", "sqlite") == "sqlite"
# These go on by themselves, or with every request.
RESTLESS = ("http_", "process_", "authgate_commit_", "authgate_db_", "cache_",
            "authgate_gauges_", "sessions_active", "oauth_tokens_active", "oauth_device_codes_active",
            "oauth_device_codes_pending", "authgate_queue_depth", "authgate_audit_")


def with_metrics(directory, **environment):
    return Server(directory, METRICS_ENABLED="true", METRICS_TOKEN=TOKEN,
                  METRICS_GAUGE_UPDATE_INTERVAL="1s", **environment)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with with_metrics(tmp_path_factory.mktemp("server")) as running:
        yield running


def scrape(server):
    with server.client() as http:
        reply = http.get("/metrics", [BEARER])
    assert reply.status == 200, reply.text
    return Exposition(reply.text)


class Watch:
    """with Watch(server) as moved: ...; afterwards moved() is what grew, and by how much."""

    def __init__(self, server):
        self.server = server

    def __enter__(self):
        self.before = scrape(self.server).samples()
        return self

    def __exit__(self, kind, *_):
        after = scrape(self.server).samples()
        self.grown = {key: value - self.before.get(key, 0) for key, value in after.items()
                      if value != self.before.get(key, 0)}

    def __call__(self, without=RESTLESS):
        """Counters and the counts of histograms, as {'name label-value ...': by how much}."""
        return {" ".join([name.removesuffix("_total"), *(v for _, v in sorted(labels))]): value
                for (name, labels), value in self.grown.items()
                if not name.startswith(without) and not name.endswith(("_bucket", "_sum"))
                and not name.startswith("oauth_token_generation")}

    def of(self, name, **labels):
        return self.grown.get((name, frozenset(labels.items())), 0)


# ---- who may read it ----------------------------------------------------------------------------


def test_there_are_none_unless_asked_for(tmp_path):
    """I15"""
    with Server(tmp_path) as plain, plain.client() as http:
        assert http.get("/metrics", [BEARER]).status == 404


WRONG = {"nothing": [], "another": [("Authorization", "Bearer another")],
         "a part": [("Authorization", f"Bearer {TOKEN[:-1]}")],
         "more": [("Authorization", f"Bearer {TOKEN}x")], "basic": [basic("metrics", TOKEN)],
         "no scheme": [("Authorization", TOKEN)], "empty": [("Authorization", "Bearer ")]}


@pytest.mark.parametrize("kind", WRONG)
def test_the_token_is_needed(http, kind):
    """I15"""
    reply = http.get("/metrics", WRONG[kind])
    assert reply.status == 401 and reply.error == "unauthorized"
    assert reply.header("www-authenticate") == 'Bearer realm="Metrics"'
    assert "# TYPE" not in reply.text and "no-store" in reply.header("cache-control")


def test_tokens_that_are_guessed_are_paced_and_the_right_one_is_not(tmp_path):
    """I15: ten wrong ones, and an address waits; Prometheus elsewhere does not, however often it asks."""
    with with_metrics(tmp_path, ENABLE_RATE_LIMIT="true", TRUSTED_PROXIES="127.0.0.1/32") as one, \
            one.client() as http:
        def ask(address, token):
            return http.get("/metrics", [("X-Forwarded-For", address),
                                         ("Authorization", f"Bearer {token}")])
        assert [ask("192.0.2.1", TOKEN).status for _ in range(30)] == [200] * 30
        assert [ask("192.0.2.2", f"guess {i}").status for i in range(10)] == [401] * 10
        guessed = [ask("192.0.2.2", token) for token in ("guess", TOKEN)]
        assert {reply.status for reply in guessed} == {429}
        assert all(1 <= int(reply.header("retry-after")) <= 6 for reply in guessed)
        assert ask("192.0.2.1", TOKEN).status == 200


def test_the_token_may_come_from_a_file(tmp_path):
    (tmp_path / "token").write_text(TOKEN + "\n")
    (tmp_path / "token").chmod(0o600)
    with Server(tmp_path, METRICS_ENABLED="true", METRICS_TOKEN_FILE=str(tmp_path / "token")) as one:
        scrape(one)
        with one.client() as http:
            assert http.get("/metrics").status == 401


def test_without_a_token_anybody_reads_them_and_production_does_not_start(tmp_path):
    """W-33"""
    with Server(tmp_path, METRICS_ENABLED="true") as one, one.client() as http:
        assert http.get("/metrics").status == 200
        assert "metrics.token: missing, so anybody can read /metrics" in one.log
    environment = {**one.environment, "ENVIRONMENT": "production", "BASE_URL": "https://id.example"}
    tried = subprocess.run([BINARY, "config", "check"], env=environment, cwd=tmp_path, timeout=patience(10),
                           capture_output=True, text=True)
    assert tried.returncode == 78 and "metrics.token: missing" in tried.stderr, tried.stderr


# ---- what it looks like -------------------------------------------------------------------------


def test_it_is_what_prometheus_expects(server, http):
    reply = http.get("/metrics", [BEARER])
    assert reply.header("content-type") == "text/plain; version=0.0.4; charset=utf-8"
    families = Exposition(reply.text).families
    assert len(families) > 40
    if shutil.which("promtool"):
        subprocess.run(["promtool", "check", "metrics"], input=reply.text, text=True, check=True)


def test_no_label_comes_from_outside(server, http, app, admin):
    """I15: requests can neither add series nor put a text of theirs into one."""
    mark = "a-mark-of-mine"
    http.get("/metrics/" + mark)
    http.get(f"/{mark}?{mark}={mark}")
    http.get("/account/sessions/" + mark)
    http.request("GET", "/livez", [("User-Agent", mark), ("X-Request-Id", mark)])
    http.request("BREW", "/" + mark)
    http.request("OPTIONS", "/oauth/token")
    http.post("/oauth/token", {"grant_type": mark, "client_id": mark, mark: mark})
    http.post("/oauth/revoke", {"token": mark, "client_id": mark})
    with Browser(server) as visitor:
        visitor.sign_in(username=mark)
    app.introspect(mark)
    known = {route.pattern for route in routes()} | {"unknown"}
    shown = scrape(server)
    assert shown.labels("path") <= known
    assert shown.labels("method") <= {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "OTHER", "local"}
    assert shown.value("http_requests_total", method="OTHER", path="unknown", status="404") \
        or shown.value("http_requests_total", method="OTHER", path="unknown", status="405")
    with server.client() as another:
        assert mark not in another.get("/metrics", [BEARER]).text


def test_reading_them_is_not_counted(server):
    with Watch(server) as moved:
        for _ in range(3):
            scrape(server)
    assert {key: value for key, value in moved(()).items() if key.startswith("http_")} == {}


# ---- what moves ---------------------------------------------------------------------------------


def test_a_device_that_is_let_in(server, admin, new_device):
    with Watch(server) as moved:
        device = new_device(scope="openid profile offline_access")
        assert device.poll().error == "authorization_pending"
        assert admin.submit(admin.get("/device").form("/device/verify"),
                            user_code="BBBB-BBBB").status == 400
        admin.approve(device.user_code)
        assert "refresh_token" in device.poll().json()
        assert device.poll().status == 400
    assert moved() == {
        "oauth_device_codes success": 1,
        "oauth_device_codes_authorized": 1,
        "oauth_device_code_authorization_duration_seconds_count": 1,
        "oauth_device_code_validation pending": 1,
        "oauth_device_code_validation success": 1,
        "oauth_device_code_validation invalid": 1,
        "authgate_user_codes_entered wrong": 1,
        "authgate_user_codes_entered known": 1,
        "oauth_tokens_issued device_code access": 1,
        "oauth_tokens_issued device_code refresh": 1,
        "oauth_tokens_issued device_code id": 1,
    }


def test_devices_that_are_not(server, admin, new_device, http, database):
    with Watch(server) as moved:
        refused, late = new_device(), new_device()
        admin.deny(refused.user_code)
        assert refused.poll().error == "access_denied"
        database.set_device_code(late.user_code.replace("-", ""), "expires_ms", 1)
        assert late.poll().error == "expired_token"
        assert http.post("/oauth/device/code", {"client_id": "nobody"}).status == 401
    assert moved() == {
        "oauth_device_codes success": 2,
        "oauth_device_codes error": 1,
        "oauth_device_code_validation denied": 1,
        "oauth_device_code_validation expired": 1,
        "authgate_user_codes_entered known": 1,
    }


def test_of_parallel_polls_one_counts(server, admin, new_device):
    """What loses the race, and is told so after it had signed a token, has issued nothing."""
    device = new_device()
    admin.approve(device.user_code)
    with Watch(server) as moved:
        replies = at_once(server, lambda http, i: device.poll(http), 16)
    assert [reply.status for reply in replies].count(200) == 1
    assert moved() == {
        "oauth_device_code_validation success": 1,
        "oauth_device_code_validation invalid": 15,
        "oauth_tokens_issued device_code access": 1,
        "oauth_tokens_issued device_code refresh": 1,
        "oauth_tokens_issued device_code id": 1,
    }


def test_a_web_application(server, app, spa, admin):
    with Watch(server) as moved:
        code = app.code(admin, scope="openid offline_access")
        tokens = app.redeem(code).json()
        assert app.refresh(tokens["refresh_token"]).status == 200
        assert app.refresh("nonsense").status == 400
        assert app.redeem(code).status == 400
    assert moved() == {
        "oauth_tokens_issued authorization_code access": 1,
        "oauth_tokens_issued authorization_code refresh": 1,
        "oauth_tokens_issued authorization_code id": 1,
        "oauth_tokens_issued refresh_token access": 1,
        "oauth_tokens_issued refresh_token id": 1,
        "oauth_tokens_refreshed success": 1,
        "oauth_tokens_refreshed error": 1,
        "oauth_tokens_revoked code_replayed": 1,
    }
    assert moved.of("authgate_audit_events_total", event="AUTHORIZATION_CODE_GENERATED", severity="info") == 1
    assert moved.of("authgate_audit_events_total", event="TOKEN_REQUEST_REFUSED", severity="warning") >= 1


def test_a_refresh_token_that_two_parties_hold(server, spa, admin, database):
    first = spa.lasting_tokens(admin)["refresh_token"]
    assert spa.refresh(first).status == 200
    database.execute("UPDATE refresh_tokens SET used_ms = used_ms - 60000 WHERE used_ms IS NOT NULL")
    with Watch(server) as moved:
        assert spa.refresh(first).status == 400
    assert moved() == {"oauth_tokens_refreshed error": 1, "oauth_tokens_revoked refresh_token_reused": 1}
    assert moved.of("authgate_audit_events_total", event="SUSPICIOUS_ACTIVITY", severity="critical") == 1


def test_a_machine(server, http, database):
    machine = basic(database.add_client("machine", secret="s"), "s")
    with Watch(server) as moved:
        assert http.post("/oauth/token", {"grant_type": "client_credentials"}, [machine]).status == 200
    assert moved() == {"oauth_tokens_issued client_credentials access": 1}
    assert moved.of("oauth_token_generation_duration_seconds_count", provider="local") == 1
    assert moved.of("authgate_commit_batch_size_count") >= 1
    assert moved.of("http_requests_total", method="POST", path="/oauth/token", status="200") == 1
    assert moved.of("http_request_duration_seconds_count", method="POST", path="/oauth/token") == 1


def test_signing_in_and_out(server):
    with Watch(server) as moved, Browser(server) as browser:
        assert browser.sign_in(password="wrong").status == 401
        assert browser.sign_in(username="nobody").status == 401
        assert browser.sign_in().status == 303
        page = browser.submit(browser.get("/logout").form("/logout"))
        assert page.status == 303
    assert moved() == {
        "auth_attempts local success": 1,
        "auth_attempts local error": 2,
        "auth_login local success": 1,
        "auth_login local error": 2,
        "auth_login_duration_seconds_count local": 3,
        "auth_logout": 1,
        "sessions_created": 1,
        "sessions_expired logout": 1,
        "session_duration_seconds_count": 1,
    }


def test_sessions_that_others_end(server, database):
    database.add_user("bob")
    with Browser(server) as one, Browser(server) as two, Browser(server) as three:
        for browser in (one, two, three):
            assert browser.sign_in(username="bob").status == 303
        with Watch(server) as moved:
            page = one.get("/account/sessions")
            assert one.submit(page.form("/account/sessions/revoke-all")).status == 303
        assert moved() == {"sessions_expired revoked": 2, "oauth_tokens_revoked user_request": 1}


def test_tokens_that_come_back(server, app, admin, http):
    token = app.tokens(admin)["access_token"]
    with Watch(server) as moved:
        assert app.is_alive(token) and not app.is_alive("nonsense")
        assert app.introspect(token).json()["active"]
        assert not app.introspect("nonsense").json()["active"]
        assert app.revoke(token).status == 200
        assert app.revoke(token).status == 200
    assert moved() == {
        "oauth_token_validation success": 2,
        "oauth_token_validation invalid": 2,
        "oauth_token_validation_duration_seconds_count local": 4,
        "oauth_tokens_revoked client_request": 1,
    }


def test_what_operators_take_back(server, app, admin):
    app.tokens(admin)
    with Watch(server) as moved:
        ByRequest(server)("client", "revoke", app.client_id)
    assert moved.of("oauth_tokens_revoked_total", reason="admin_request") == 1


def test_rate_limits(tmp_path):
    with with_metrics(tmp_path, ENABLE_RATE_LIMIT="true", TOKEN_RATE_LIMIT="3") as one, \
            one.client() as http:
        with Watch(one) as moved:
            statuses = [http.post("/oauth/token", {"grant_type": "x"}).status for _ in range(5)]
        assert statuses.count(429) == 2
        assert moved.of("authgate_rate_limit_decisions_total", limit="token", decision="allowed") == 3
        assert moved.of("authgate_rate_limit_decisions_total", limit="token", decision="limited") == 2


def test_sessions_that_time_out(tmp_path):
    with with_metrics(tmp_path) as one:
        with Browser(one) as browser:
            assert browser.sign_in().status == 303
        one.stop()  # its counts end with it
        one.database.execute("UPDATE sessions SET expires_ms = 1")
        one.start()
        wait_for(one, lambda shown: shown.value("sessions_expired_total", reason="timeout") == 1)


@pytest.mark.skipif(not ON_SQLITE, reason="the lock is a file's")
def test_a_database_that_is_locked(server, http, database):
    machine = basic(database.add_client("machine", secret="s"), "s")
    with Watch(server) as moved, database.blocked():
        assert http.post("/oauth/token", {"grant_type": "client_credentials"}, [machine]).status == 503
        assert scrape(server).value("authgate_ready") == 0
    wait_for(server, lambda shown: shown.value("authgate_ready") == 1)
    assert moved.of("database_query_errors_total", operation="transaction") >= 1
    assert moved.of("oauth_tokens_issued_total", token_type="access", grant_type="client_credentials") == 0


# ---- what is counted in the database ------------------------------------------------------------


def wait_for(server, holds, timeout=20):
    deadline = time.monotonic() + patience(timeout)
    while not holds(shown := scrape(server)):
        assert time.monotonic() < deadline, shown.samples()
        time.sleep(0.1)
    return shown


def test_gauges_follow_the_database(tmp_path):
    """W-33: they are counted, and cannot drift."""
    with with_metrics(tmp_path) as one, one.client() as http:
        def shows(codes, pending, access, refresh, sessions):
            wait_for(one, lambda shown: (codes, pending, access, refresh, sessions) == (
                shown.value("oauth_device_codes_active"),
                shown.value("oauth_device_codes_pending_authorization"),
                shown.value("oauth_tokens_active", token_type="access"),
                shown.value("oauth_tokens_active", token_type="refresh"),
                shown.value("sessions_active")))

        shows(0, 0, 0, 0, 0)
        first, second = Device(one, http=http), Device(one, http=http)
        shows(2, 2, 0, 0, 0)
        with Browser(one) as browser:
            browser.sign_in()
            browser.approve(first.user_code)
            shows(2, 1, 0, 0, 1)
            assert first.poll().status == 200
            browser.deny(second.user_code)
            shows(0, 0, 1, 1, 1)
            spa = App.register(one, http)
            refreshed = spa.refresh(spa.lasting_tokens(browser)["refresh_token"])
            assert refreshed.status == 200
            machine = basic(one.database.add_client("machine", secret="s"), "s")
            assert http.post("/oauth/token", {"grant_type": "client_credentials"}, [machine]).status == 200
            shows(0, 0, 4, 2, 1)
            browser.submit(browser.get("/account/sessions").form("/account/sessions/revoke-all"))
            shows(0, 0, 1, 0, 1)
            browser.submit(browser.get("/logout").form("/logout"))
            shows(0, 0, 1, 0, 0)


def test_gauges_may_be_off(tmp_path):
    with with_metrics(tmp_path, METRICS_GAUGE_UPDATE_ENABLED="false") as one:
        # By then its turn has come.
        shown = wait_for(
            one, lambda shown: shown.value("cache_hits_total", cache_name="signing_keys") >= 1)
        assert shown.value("sessions_active") is None
        assert shown.value("authgate_gauges_updated_timestamp_seconds") is None


@pytest.mark.skipif(ON_SQLITE, reason="make story-postgres")
def test_one_node_counts_for_all(tmp_path):
    def counts(node):
        return scrape(node).value("authgate_gauges_updated_timestamp_seconds") is not None

    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    with with_metrics(tmp_path / "first") as first:
        shared = {name: first.environment[name] for name in
                  ("SESSION_SECRET", "DATABASE_DRIVER", "DATABASE_DSN", "BASE_URL")}
        with with_metrics(tmp_path / "second", **shared) as second:
            wait_for(first, lambda shown: shown.value("sessions_active") == 0)
            assert not counts(second)
            first.stop()
            wait_for(second, lambda shown: shown.value("sessions_active") == 0, timeout=60)
        first.start()


def test_a_reload_is_told_and_may_bring_another_token(tmp_path):
    def configure(token, **more):
        path = tmp_path / ".env"
        path.write_text("".join(f"{n}={v}\n" for n, v in {"METRICS_TOKEN": token, **more}.items()))
        path.chmod(0o600)

    def told(token):
        with one.client() as http:
            reply = http.get("/metrics", [("Authorization", f"Bearer {token}")])
        return Exposition(reply.text).value if reply.status == 200 else None

    certificate.write(tmp_path, "first")
    configure("the first token")
    one = Server(tmp_path, METRICS_ENABLED="true", TLS_CERT_FILE=str(tmp_path / "cert.pem"),
                 TLS_KEY_FILE=str(tmp_path / "key.pem"))
    one.environment["BASE_URL"] = f"https://127.0.0.1:{one.port}"
    one.tls = certificate.trusting(tmp_path / "cert.pem")
    with one:
        value = told("the first token")
        assert value("authgate_config_last_reload_successful") == 1
        expires_s = value("authgate_tls_certificate_expiry_timestamp_seconds") - time.time()
        assert 86000 < expires_s < 86500
        configure("the second token")
        one.reload()
        assert not told("the first token") and told("the second token")
        configure("the second token", SERVER_LOOPS="many")
        one.reload()
        assert told("the second token")("authgate_config_last_reload_successful") == 0


def test_the_process_is_described(server):
    shown = scrape(server)
    # Not there, or zero, only if /proc could not be read.
    for name in ("process_resident_memory_bytes", "process_virtual_memory_bytes", "process_open_fds",
                 "process_max_fds", "process_threads", "process_cpu_seconds_total"):
        assert shown.value(name) > 0, name
    assert abs(shown.value("process_start_time_seconds") - time.time()) < 3600
    assert shown.value("http_requests_in_flight") == 1, "the scrape itself"
    assert shown.value("authgate_db_pool_open_connections") >= 3
    (version,) = shown.labels("version")
    told = subprocess.run([BINARY, "version"], capture_output=True, text=True, check=True).stdout
    assert told == f"authgate {version}\n"
    assert shown.value("authgate_build_info", version=version) == 1
    for brief in ("-V", "-v", "--version"):
        assert subprocess.run([BINARY, brief], capture_output=True, text=True, check=True).stdout == told
    for words in (["version", "--json"], ["-V", "--json"]):
        parts = json.loads(subprocess.run([BINARY, *words], capture_output=True, check=True).stdout)
        assert parts["version"] == version
        assert {"h2o", "openssl", "libsodium", "sqlite", "libcurl", "jansson", "libyaml"} <= set(parts["libraries"])
        assert all(re.match(r"\d+\.\d", number) for number in parts["libraries"].values())
        assert parts["libraries"]["sqlite"] == sqlite3.sqlite_version
