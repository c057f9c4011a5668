"""Moving in from the Go original: `authgate migrate from-go`."""

import os
import subprocess
import uuid

import pytest

import upstream as up
from app import App
from browser import Browser
from database import now_ms
from go_original import GoOriginal, new_secret
from race import at_once
from running import BINARY, Server
from sanitizer import patience
from upstream import Upstream

KINDS = ["sqlite", *(["postgres"] if "TEST_POSTGRES" in os.environ else [])]
CALLBACK = "https://app.example/cb"
PASSWORD = "the password of old"


def from_go(server, *arguments):
    return subprocess.run([BINARY, "migrate", "from-go", *arguments], text=True,
                          capture_output=True, timeout=patience(60), check=False, cwd=server.directory,
                          env=server.environment)


class World:
    """An installation of the Go original, and what its people and clients have."""

    def __init__(self, kind, directory):
        go = self.go = GoOriginal(kind, directory)
        self.secret, self.other_secret = new_secret(), new_secret()
        self.admin = go.add_user("root", PASSWORD, role="admin", full_name="Root Ähm")
        self.mia = go.add_user("mia", PASSWORD, email="Mia@Example.org")
        self.off = go.add_user("off", PASSWORD, is_active=False)
        self.app = go.add_client(
            "Web app", self.secret, user_id=self.mia, enable_auth_code_flow=True,
            redirect_uris=[CALLBACK, "http://app.internal/cb", "https://app.example/x#frag"],
            scopes="openid email profile")
        self.spa = go.add_client("Page", enable_auth_code_flow=True, redirect_uris=[CALLBACK])
        self.robot = go.add_client(
            "Robot", self.other_secret, enable_device_flow=False, project="p-1",
            enable_client_credentials_flow=True, scopes="read", token_profile="long")
        self.pending = go.add_client("Waits", new_secret(), status="pending")
        self.rejected = go.add_client("Rejected", new_secret(), status="inactive")
        self.app_token = go.add_token(self.mia, self.app, authorization_id=1)
        self.page_token = go.add_token(self.mia, self.spa)
        self.dead_tokens = [
            go.add_token(self.mia, self.spa, status="revoked"),
            go.add_token(self.mia, self.spa, status="disabled"),
            go.add_token(self.mia, self.spa, lives_s=-1),
            go.add_token(str(uuid.uuid4()), self.spa),
            go.add_token(self.mia, str(uuid.uuid4())),
            go.add_token(self.mia, self.spa, category="access")]
        self.kept_token = go.add_token(self.mia, self.spa)
        self.off_token = go.add_token(self.off, self.spa)
        go.add_consent(self.mia, self.app, scopes="openid email profile")
        go.add_consent(self.mia, self.spa, is_active=False)
        go.add("audit_logs", id=str(uuid.uuid4()), event_type="AUTHENTICATION_SUCCESS")
        go.add("oauth_connections", id="c1", user_id=self.mia, provider="github")
        go.add("device_codes", device_code_hash="h", user_code="ABCDEFGH")


@pytest.fixture(scope="module", params=KINDS)
def moved(request, tmp_path_factory):
    """The world before, and a server that it has moved to."""
    world = World(request.param, tmp_path_factory.mktemp("go"))
    server = Server(tmp_path_factory.mktemp("new"))
    world.done = from_go(server, world.go.place)
    assert world.done.returncode == 0, world.done.stderr
    with server.start():
        yield world, server


@pytest.fixture
def world(moved):
    return moved[0]


@pytest.fixture
def server(moved):
    return moved[1]


@pytest.fixture
def app(world, server, http):
    return App(server, http, world.app, world.secret, scope="openid email")


@pytest.fixture
def spa(world, server, http):
    return App(server, http, world.spa)


# ---- people -------------------------------------------------------------------------------------


def test_the_old_password_lets_in_and_becomes_yescrypt(world, server, database, app):
    """M17"""
    hash_of = "SELECT password_hash FROM users WHERE username = 'mia'"
    assert database.value(hash_of).startswith("$2a$")
    with Browser(server) as browser:
        assert browser.sign_in("mia", "another password").status == 401
        assert browser.sign_in("mia", PASSWORD).status == 303
        assert database.value(hash_of).startswith("$y$")
        # The consent of old is remembered, and the subject is the same person.
        answer = app.answer(app.start(browser, prompt="none"))
        claims = app.id_claims(app.redeem(answer["code"]).json()["id_token"])
    assert claims["sub"] == world.mia


def test_who_was_disabled_stays_so(server):
    with Browser(server) as browser:
        assert "disabled" in browser.sign_in("off", PASSWORD).text


def test_people_are_who_they_were(world, database):
    rows = database.rows("SELECT id, username, email, full_name, role, disabled_ms IS NULL, "
                         "created_ms FROM users ORDER BY username")
    assert [(str(uuid.UUID(bytes=id)), *rest) for id, *rest in rows] == [
        (world.mia, "mia", "mia@example.org", "", "user", True, rows[0][-1]),
        (world.off, "off", "off@example.org", "", "user", False, rows[1][-1]),
        (world.admin, "root", "root@example.org", "Root Ähm", "admin", True, rows[2][-1])]
    assert rows and all(abs(row[-1] - now_ms()) < 3600_000 for row in rows)


# ---- clients ------------------------------------------------------------------------------------


def test_the_old_secret_authenticates_and_outgrows_its_hash(world, server, http, database):
    """M17"""
    robot = App(server, http, world.robot, world.other_secret)
    stored = "SELECT secret_hash, secret_digest FROM clients WHERE name = 'Robot'"
    wrong = App(server, http, world.robot, new_secret())
    ask = {"grant_type": "client_credentials"}
    assert database.rows(stored)[0][0].startswith("$2a$")
    assert wrong.token(**ask).error == "invalid_client"
    assert robot.introspect("x").json() == {"active": False}
    for _ in range(2):
        answer = robot.token(**ask)
        assert answer.status == 200 and answer.json()["scope"] == "read", answer.text
        assert database.rows(stored)[0][0] is None and database.rows(stored)[0][1]
    assert wrong.token(**ask).error == "invalid_client"


def test_only_active_clients_are_served(world, server, http):
    for client in (world.pending, world.rejected):
        answer = http.post("/oauth/token", {"grant_type": "client_credentials",
                                            "client_id": client, "client_secret": "x"})
        assert answer.error == "invalid_client"


def test_clients_may_do_what_they_could(database):
    """M17"""
    rows = database.rows("SELECT name, type, auth_method, grants, scopes, redirect_uris, status, "
                         "token_profile FROM clients ORDER BY name")
    assert set(database.rows("SELECT refresh_always, introspect_all, access_token_typ, id_token_alg "
                             "FROM clients")) == {(1, 0, "JWT", "RS256")}
    device = "urn:ietf:params:oauth:grant-type:device_code"
    assert rows == [
        ("Page", "public", "none", f"{device} authorization_code refresh_token",
         "email profile offline_access", CALLBACK, "active", "standard"),
        ("Rejected", "confidential", "client_secret", f"{device} refresh_token",
         "email profile offline_access", "", "disabled", "standard"),
        ("Robot", "confidential", "client_secret", "client_credentials", "read", "", "active",
         "long"),
        ("Waits", "confidential", "client_secret", f"{device} refresh_token",
         "email profile offline_access", "", "pending", "standard"),
        ("Web app", "confidential", "client_secret", f"{device} authorization_code refresh_token",
         "openid email profile offline_access", CALLBACK, "active", "standard")]


# ---- tokens -------------------------------------------------------------------------------------


def is_alive(app, tokens):
    return app.introspect(tokens["access_token"]).json()["active"]


def test_an_old_refresh_token_works_once_and_becomes_one_of_ours(world, app, database):
    """M17"""
    answer = app.refresh(world.app_token)
    assert answer.status == 200, answer.text
    tokens = answer.json()
    assert is_alive(app, tokens) and tokens["refresh_token"].count(".") == 1
    assert tokens["scope"] == "email profile"
    assert tokens["refresh_token"] != world.app_token
    # A retry gets the same; later it is theft.
    assert app.refresh(world.app_token).json()["refresh_token"] == tokens["refresh_token"]
    assert app.refresh(tokens["refresh_token"]).status == 200
    database.execute("UPDATE refresh_tokens SET used_ms = used_ms - 31000")
    assert app.refresh(world.app_token).error == "invalid_grant"
    assert app.refresh(tokens["refresh_token"]).error == "invalid_grant"
    assert not is_alive(app, tokens)


def test_parallel_uses_of_an_old_token_have_one_successor(world, spa, server, app):
    assert app.refresh(world.page_token).error == "invalid_grant"  # it is another client's

    answers = at_once(server, lambda http, _: spa.refresh(world.page_token, http), 16)
    assert {answer.status for answer in answers} == {200}, [a.text for a in answers]
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1


def test_what_was_dead_stays_dead(world, spa, database):
    """M17"""
    with database.unchanged():
        for token in [*world.dead_tokens, world.off_token]:
            assert spa.refresh(token).error == "invalid_grant"


def test_an_imported_token_can_be_revoked(world, spa):
    """RFC 7009: by the client it belongs to."""
    assert spa.revoke(world.kept_token).status == 200
    assert spa.refresh(world.kept_token).error == "invalid_grant"


# ---- the report ---------------------------------------------------------------------------------


def test_what_does_not_come_along_is_told(world):
    report = world.done.stdout
    assert "3 of 3 users have come along" in report and "5 of 5 clients" in report
    assert "1 of 2 consents" in report and "4 of 9 refresh tokens" in report
    for line in ("http://app.internal/cb", "no fragment", "revoked or disabled", "expired",
                 "its user or client is not here", "taken back", "project and service account",
                 "1 access tokens stay behind", "1 device codes", "1 audit log rows",
                 "1 connections"):
        assert line in report, line
    for secret in (world.secret, world.app_token, "$2a$"):
        assert secret not in report + world.done.stderr


def test_a_second_run_is_refused_and_changes_nothing(world, server, database):
    server.published_keys()  # the start is over
    with database.unchanged():
        again = from_go(server, world.go.place)
    assert again.returncode == 70 and "holds data already" in again.stderr


def test_the_trail_says_that_they_moved_in(database):
    ((actor, _, detail),) = database.events("DATABASE_IMPORTED")
    assert actor == "system" and detail == "users=3 clients=5 consents=1 tokens=4 connections=0"


# ---- what is odd --------------------------------------------------------------------------------


@pytest.fixture(params=KINDS)
def go(request, tmp_path):
    return GoOriginal(request.param, tmp_path)


@pytest.fixture
def target(tmp_path):
    return Server(tmp_path)


def test_names_that_differ_in_case_only(go, target):
    go.add_user("Bob", PASSWORD, email="first@example.org")
    kept = go.add_user("bob", PASSWORD, email="B@example.org")
    go.add_user("carl", PASSWORD, email="b@EXAMPLE.org")
    go.add_user("a b", PASSWORD)
    go.add_user("Dora", "x", auth_source="http_api", role="wizard")
    go.add_user("eve", full_name="x" * 200, email="no address")
    done = from_go(target, go.place)
    assert done.returncode == 0, done.stderr
    assert "3 of" not in done.stdout and "4 of 6 users" in done.stdout
    for line in ("users: Bob: left out", "it is another user's: b@example.org", "a b: left out",
                 "Dora: comes without a password", "Dora: comes as an ordinary user",
                 "eve: has no password", "eve: comes without its full name", "no address",
                 "no active admin"):
        assert line in done.stdout, line
    users = dict(target.database.rows("SELECT username, id FROM users"))
    assert set(users) == {"bob", "carl", "dora", "eve"}
    assert str(uuid.UUID(bytes=users["bob"])) == kept
    emails = dict(target.database.rows("SELECT username, email FROM users"))
    assert {emails["bob"], emails["carl"]} == {"b@example.org", None}


def test_clients_that_are_odd(go, target):
    go.add_client("old id", client_id="authgate-cli")
    go.add_client("no grant", enable_device_flow=False, enable_auth_code_flow=True,
                  redirect_uris=["http://intern/cb"])
    go.add_client("scopes", scopes='a"b')
    go.add_client("profile", new_secret(), token_profile="huge", client_secret="plain")
    go.add_client("", user_id=str(uuid.uuid4()))
    done = from_go(target, go.place)
    assert done.returncode == 0, done.stderr
    assert "2 of 5 clients" in done.stdout
    for line in ("authgate-cli: left out", "no redirect URI is left", "no grant that it could use",
                 "left out: scopes: expected words", "profile is unknown", "needs a new secret",
                 "named after its client_id", "no owner any more"):
        assert line in done.stdout, line


def test_scopes_are_words_however_they_were_parted(go, target):
    user = go.add_user("mia", PASSWORD)
    tv = go.add_client("tv", scopes="  email   profile ")
    go.add_token(user, tv, scopes=" email  profile")
    go.add_consent(user, tv, scopes="profile  profile ")
    done = from_go(target, go.place)
    assert "1 of 1 consents" in done.stdout and "1 of 1 refresh tokens" in done.stdout
    assert target.database.value("SELECT scope FROM consents") == "profile"
    for table, column in (("families", "scope"), ("refresh_tokens", "scope")):
        assert target.database.value(f"SELECT {column} FROM {table}") == "email profile"
    assert target.database.value("SELECT scopes FROM clients") == "email profile offline_access"


def test_scopes_that_living_tokens_carry_are_named_and_added_if_wanted(go, target):
    """The original stores any scope that a device asks for; its own programs ask for `read write`."""
    user = go.add_user("mia", PASSWORD, role="admin")
    tv = go.add_client("tv", scopes="email profile")
    token = go.add_token(user, tv, scopes="read write email")
    go.add_token(user, tv, scopes="gone", lives_s=-5)
    go.add_token(user, tv, scopes="dead", status="revoked")
    go.add_token(user, go.add_client("plain"))
    dry = from_go(target, go.place, "--dry-run")
    told = [line for line in dry.stdout.splitlines() if "living tokens" in line]
    assert len(told) == 1 and tv in told[0] and "read write" in told[0], dry.stdout
    assert "--add-scopes" in told[0] and "gone" not in told[0]
    wet = from_go(target, go.place, "--add-scopes")
    assert wet.returncode == 0, wet.stderr
    assert "gets the scopes that its living tokens carry: read write" in wet.stdout
    scopes = target.database.value("SELECT scopes FROM clients WHERE name = 'tv'")
    assert scopes == "email profile offline_access read write"
    with target.start(), target.client() as http:
        tokens = App(target, http, tv).refresh(token).json()
        assert tokens["scope"] == "read write email" and tokens["refresh_token"]
        again = App(target, http, tv).refresh(tokens["refresh_token"]).json()
        assert again["scope"] == "read write email" and again["refresh_token"]


def test_machines_come_without_the_device_grant_that_they_never_had(go, target):
    """The original sets its device flag for everybody; its list of grant types tells them apart."""
    go.add_client("Robot", new_secret(), grant_types="client_credentials",
                  enable_client_credentials_flow=True)
    go.add_client("Both", new_secret(), grant_types="device_code client_credentials",
                  enable_client_credentials_flow=True)
    go.add_client("Urn", grant_types="urn:ietf:params:oauth:grant-type:device_code")
    done = from_go(target, go.place)
    grants = dict(target.database.rows("SELECT name, grants FROM clients"))
    device = "urn:ietf:params:oauth:grant-type:device_code refresh_token"
    assert grants == {"Robot": "client_credentials", "Both": device + " client_credentials",
                      "Urn": device}
    assert done.stdout.count("without the device grant") == 1


def test_what_clients_will_meet_is_told(go, target):
    go.add_client("Desktop", enable_auth_code_flow=True, redirect_uris=["http://127.0.0.1/cb"])
    go.add_client("Web", new_secret(), scopes="openid email", client_type="confidential")
    done = from_go(target, go.place)
    for line in ("will ask people each time they sign in", "has no scope openid",
                 "1 with a secret could introspect", "ID tokens of 1 will be signed with RS256"):
        assert done.stdout.count(line) == 1, (line, done.stdout)


TENANT = "AAAAAAAA-2222-3333-4444-555555555555"


@pytest.fixture
def github():
    upstream = Upstream()
    upstream.override = {"id_token": None}
    upstream.answers = {"/api/v3/user": (200, {"id": 583231, "login": "octocat"}),
                        "/api/v3/user/emails": (200, [])}
    yield upstream
    upstream.close()


@pytest.fixture
def connected(go, github, tmp_path):
    """People with connections, good and bad, and a server that knows GitHub and Entra."""
    def connect(user_id, provider, subject, **columns):
        go.add("oauth_connections", id=str(uuid.uuid4()), user_id=user_id, provider=provider,
               provider_user_id=subject, access_token="gho_secret", **columns)
    connect(go.add_user("octo"), "github", "583231", provider_username="octocat")
    mia = go.add_user("mia", PASSWORD)
    connect(mia, "github", "12", provider_username="mia\x1b[2J")
    connect(mia, "microsoft", "0b1e-4f")
    connect(go.add_user("root", PASSWORD, role="admin"), "github", "1")
    connect(mia, "gitea", "7")
    for subject in ("", "x y", "01", "-1", "1e3", "9" * 65):
        connect(mia, "github", subject)
    connect(str(uuid.uuid4()), "github", "5")
    connect(None, "github", "6")
    return Server(tmp_path, GITHUB_OAUTH_ENABLED="true", GITHUB_URL=github.url, GITHUB_CLIENT_ID="c",
                  GITHUB_CLIENT_SECRET="s", MICROSOFT_OAUTH_ENABLED="true", MICROSOFT_CLIENT_ID="c",
                  MICROSOFT_CLIENT_SECRET="s", MICROSOFT_TENANT_ID=TENANT)


def test_connections_come_along_if_wanted_and_each_is_named(go, connected, github):
    dry = from_go(connected, go.place, "--dry-run", "--add-connections")
    assert dry.returncode == 0, dry.stderr
    for line in ("octo: comes along: github 583231 octocat",
                 "mia: comes along, and lets in whoever that is", "github 12 mia?[2J", "0b1e-4f",
                 "root: left out: an administrator", "gitea 7", "left out: no such server",
                 "left out: the identifier is none", "left out: its user is not here"):
        assert line in dry.stdout, (line, dry.stdout)
    assert "3 of 13 connections would come along" in dry.stdout and "stay behind: the original makes" not in dry.stdout
    wet = from_go(connected, go.place, "--add-connections")
    assert wet.stdout == dry.stdout.replace("would come", "have come")
    assert set(connected.database.rows("SELECT provider, issuer, subject FROM identities")) == {
        ("github", github.url, "583231"), ("github", github.url, "12"),
        ("microsoft", "https://login.microsoftonline.com", TENANT.lower() + ":0b1e-4f")}
    assert b"gho_secret" not in connected.database.contents()
    with connected.start(), Browser(connected) as browser:
        up.sign_in(browser, github, "github", iss=None)
        assert "octo" in browser.get("/account").text


def test_connections_stay_behind_unless_they_are_asked_for(go, connected):
    done = from_go(connected, go.place)
    assert "13 connections to other servers stay behind" in done.stdout
    assert "connections have come along" not in done.stdout
    assert connected.database.count("identities") == 0


def test_what_is_known_of_an_address_comes_along(go, target):
    go.add_user("mia", PASSWORD, email_verified=True)
    go.add_user("bob", PASSWORD)
    go.add_user("eve", PASSWORD, email="no address", email_verified=True)
    from_go(target, go.place)
    assert dict(target.database.rows("SELECT username, email_verified FROM users")) == {
        "mia": 1, "bob": 0, "eve": None}


def test_a_dry_run_tells_the_same_and_touches_nothing(go, target, tmp_path):
    user = go.add_user("mia", PASSWORD, role="admin")
    go.add_token(user, go.add_client("tv"))
    files = sorted(p.name for p in tmp_path.iterdir())
    dry = from_go(target, go.place, "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == files
    wet = from_go(target, go.place)
    assert dry.stdout == wet.stdout.replace("have come along", "would come along")
    assert "1 of 1 refresh tokens" in wet.stdout


def test_a_failure_leaves_nothing(go, target):
    go.add_user("mia", PASSWORD)
    go.execute("DROP TABLE device_codes")
    done = from_go(target, go.place)
    assert done.returncode == 70 and "no database of the Go original" in done.stderr
    assert target.database.count("users") == target.database.count("audit_log") == 0


def test_a_place_that_is_no_source(target, tmp_path):
    (tmp_path / "text").write_text("no database" * 100)
    for wrong in ("nix.db", str(tmp_path / "text"), "postgres://127.0.0.1:1/x"):
        assert from_go(target, wrong).returncode == 70
    assert not (tmp_path / "nix.db").exists()
    same = from_go(target, "{DATABASE_DRIVER}:{DATABASE_DSN}".format(**target.environment))
    assert same.returncode == 70 and "name another one" in same.stderr
    assert from_go(target).returncode == 2


@pytest.mark.parametrize("times_as", [
    "{:%Y-%m-%d %H:%M:%S.%f}789 +0200 CEST m=+0.012", "{:%Y-%m-%d %H:%M:%S}+02:00",
    "{:%Y-%m-%dT%H:%M:%S.%f}+02:00"])
def test_instants_as_any_driver_for_sqlite_wrote_them(tmp_path, target, times_as):
    go = GoOriginal("sqlite", tmp_path, times_as)
    user = go.add_user("mia", PASSWORD)
    go.add_token(user, go.add_client("tv"), lives_s=300)
    go.add_token(user, go.add_client("tv"), lives_s=-300)
    done = from_go(target, go.place)
    assert "1 of 2 refresh tokens" in done.stdout
    assert abs(target.database.value("SELECT expires_ms - issued_ms FROM refresh_tokens")
               - 300_000) < 5000


def test_hundreds_of_rows_come_along(go, target):
    with go.at_once():
        users = [go.add_user(f"u{n}") for n in range(450)]
        tv = go.add_client("tv")
        for user in users[:250]:
            go.add_token(user, tv)
    done = from_go(target, go.place)
    assert "450 of 450 users" in done.stdout and "250 of 250 refresh tokens" in done.stdout
    assert "440 more" in done.stdout
