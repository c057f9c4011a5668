"""A server that counts requests refuses some of people who did nothing wrong: whoever waits as
long as it says gets through."""

import pathlib
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
from fake_as import FakeServer  # noqa: E402
from shell import age, run  # noqa: E402

BUSY = {
    "slow_down": (429, {"error": "slow_down"}, [("Retry-After", "1")]),
    "another code": (429, {"error": "too_many_requests"}, [("Retry-After", "1")]),
    "unavailable": (429, {"error": "temporarily_unavailable"}, []),
    "no body": (429, b"", [("Retry-After", "1")]),
    "a page": (429, b"<html>busy</html>", []),
}
FROM_LOGIN = ["/.well-known/oauth-authorization-server", "/oauth/device/code", "/oauth/token"]


@pytest.fixture(name="home")
def _home(tmp_path):
    return tmp_path


def login(home, server, *arguments):
    return run(home, "login", "--device", "--store", "file", "--issuer", server.issuer,
               "--client-id", "cli", *arguments, timeout=60)


@pytest.mark.parametrize("path", FROM_LOGIN)
@pytest.mark.parametrize("kind", BUSY)
def test_a_sign_in_outlasts_a_busy_server(home, path, kind):
    with FakeServer(busy={path: [BUSY[kind]]}) as server:
        result = login(home, server)
        assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("kind", BUSY)
def test_a_refresh_outlasts_a_busy_server_and_is_asked_for_once_more(home, kind):
    with FakeServer(refresh="rotate") as server:
        assert login(home, server).returncode == 0
        age(home)
        server.busy["/oauth/token"] = [BUSY[kind]]
        result = run(home, "token")
        assert (result.returncode, result.stdout) == (0, server.access_token + "\n"), result.stderr
        assert server.refreshes == 1


@pytest.mark.parametrize("kind", BUSY)
def test_a_logout_outlasts_a_busy_server(home, kind):
    with FakeServer(refresh="rotate", busy={"/oauth/revoke": [BUSY[kind]]}) as server:
        assert login(home, server).returncode == 0
        assert run(home, "logout").returncode == 0
        assert ("refresh_token", "refresh-0") in server.revoked


def test_whoami_outlasts_a_busy_server(home):
    with FakeServer() as server:
        assert login(home, server).returncode == 0
        server.busy["/oauth/userinfo"] = [BUSY["slow_down"]]
        assert "confirmed" in run(home, "whoami").stdout


def test_the_server_says_how_long_to_wait_between_two_polls(home):
    with FakeServer(busy={"/oauth/token": [
            (429, {"error": "too_many"}, [("Retry-After", "4")])]}) as server:
        assert login(home, server).returncode == 0
        first, second = server.polls()
        assert second - first >= 4


def test_a_wait_that_is_too_long_ends_with_a_reason_instead(home):
    with FakeServer(refresh="rotate") as server:
        assert login(home, server).returncode == 0
        age(home)
        server.busy["/oauth/token"] = [(429, b"", [("Retry-After", "86400")])]
        began = time.monotonic()
        result = run(home, "token")
        assert result.returncode == 6 and "too many requests" in result.stderr
        assert time.monotonic() - began < 15
        assert run(home, "token").returncode == 0


@pytest.mark.parametrize("header", ["-5", "soon", "", "0", "1e3", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_a_wait_that_makes_no_sense_is_a_second_and_not_a_storm(home, header):
    with FakeServer(refresh="rotate") as server:
        assert login(home, server).returncode == 0
        age(home)
        before = len(server.polls())
        server.busy["/oauth/token"] = [(429, b"", [("Retry-After", header)])]
        assert run(home, "token").returncode == 0
        first, second = server.polls()[before:]
        assert 0.9 <= second - first < 10


def test_a_grant_is_not_sent_twice_to_a_server_that_may_have_used_it_up(home):
    with FakeServer(refresh="rotate") as server:
        assert login(home, server).returncode == 0
        age(home)
        before = len(server.polls())
        server.busy["/oauth/token"] = [(503, b"", [("Retry-After", "1")])]
        assert run(home, "token").returncode == 6
        assert len(server.polls()) == before + 1


@pytest.mark.parametrize("lifetime,state", [
    ("3600", "valid"), (3600.5, "valid"), (10 ** 30, "valid"), (None, "valid"), ("soon", "valid"),
    (0, "ended"), (-5, "ended")])
def test_a_lifetime_is_understood_however_it_is_written(home, lifetime, state):
    with FakeServer(token_lifetime=lifetime) as server:
        assert login(home, server).returncode == 0
        assert state in run(home, "status").stdout
        assert "unknown" not in run(home, "status").stdout
