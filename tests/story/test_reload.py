"""SIGHUP: what can change does at once, what cannot is said, and a mistake changes nothing."""

import threading

import pytest

from load import Load
from running import Server
from waiting import until
from wire import basic

MACHINE = {"grant_type": "client_credentials"}
TOKEN = "a-token-that-nobody-may-read-in-a-log"


@pytest.fixture
def own(tmp_path):
    """A server whose configuration the test may write: own.configure(NAME="value")."""
    def configure(**variables):
        path = tmp_path / ".env"
        path.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
        path.chmod(0o600)

    configure(CLIENT_CREDENTIALS_TOKEN_EXPIRATION="10m")
    with Server(tmp_path) as server:
        server.configure = configure
        server.published_keys()
        server.machine = basic(server.database.add_client("machine", secret="s"), "s")
        yield server


def lifetime(server, http):
    return http.post("/oauth/token", MACHINE, [server.machine]).json()["expires_in"]


def test_a_reload_changes_what_can_change_and_says_what(own):
    with own.client() as http:
        assert lifetime(own, http) == 600
        assert http.get("/livez", [("X-Request-Id", "mine")]).header("x-request-id") != "mine"
        own.configure(CLIENT_CREDENTIALS_TOKEN_EXPIRATION="20m", TRUSTED_PROXIES="127.0.0.0/8",
                      CORS_ENABLED="true", CORS_ALLOWED_ORIGINS="https://app.example",
                      LOG_FORMAT="json", ENABLE_DYNAMIC_CLIENT_REGISTRATION="true",
                      DYNAMIC_CLIENT_REGISTRATION_TOKEN=TOKEN)
        own.reload()
        assert lifetime(own, http) == 1200
        keys = http.get("/.well-known/jwks.json", [("Origin", "https://app.example")])
        assert keys.header("access-control-allow-origin") == "https://app.example"
        assert http.get("/livez", [("X-Request-Id", "mine")]).header("x-request-id") == "mine"
        assert "registration_endpoint" in http.get("/.well-known/openid-configuration").json()
    assert 'key=jwt.client_credentials_expiration was=10m is=20m' in own.log
    assert "key=registration.token" in own.log and TOKEN not in own.log
    assert own.log.splitlines()[-1].startswith("{")


def test_what_is_read_at_the_start_only_keeps_its_value_and_is_told(own):
    own.configure(CLIENT_CREDENTIALS_TOKEN_EXPIRATION="10m", SERVER_LOOPS="7",
                  ADMIN_SOCKET="/nowhere/else")
    own.reload()
    assert 'msg="configuration change needs a restart" key=server.loops was=0 is=7' in own.log
    assert "changed=0" in own.log
    own.reload()
    assert own.log.count("key=server.loops was=0 is=7") == 2, "it is still to be done"


def test_a_mistake_changes_nothing_and_says_where(own):
    own.configure(CLIENT_CREDENTIALS_TOKEN_EXPIRATION="20m", JWT_EXPIRATION="soon")
    own.reload()
    assert ".env:2: JWT_EXPIRATION (jwt.expiration): expected a duration" in own.log
    assert "nothing is changed" in own.log
    own.configure(CLIENT_CREDENTIALS_TOKEN_EXPIRATION="20m", TRUSTED_PROXIES="everybody")
    own.reload()
    assert ".env:2: TRUSTED_PROXIES (server.trusted_proxies)" in own.log
    with own.client() as http:
        assert lifetime(own, http) == 600
        own.configure(CLIENT_CREDENTIALS_TOKEN_EXPIRATION="20m")
        own.reload()
        assert lifetime(own, http) == 1200


def test_reloads_under_load_are_seen_whole_or_not_at_all(own):
    mine = threading.local()

    def step():
        if not hasattr(mine, "http"):
            mine.http = own.client()
        return lifetime(own, mine.http)

    with Load(step, threads=4) as load:
        for i in range(20):
            own.configure(CLIENT_CREDENTIALS_TOKEN_EXPIRATION=f"{10 + i % 2}m")
            own.reload()
            done = len(load.results)
            # Four may have been under way: the others began with the new value.
            until(lambda: load.errors or len(load.results) >= done + 8)
    assert not load.errors, load.errors[0]
    assert set(load.results) == {600, 660}
