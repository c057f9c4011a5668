"""What users of the Go original's clients suffered from, and must not here.

Told elsewhere: the secret in the device flow, slow_down, expiry, an opener that fails,
'&' in addresses, a foreign state, localhost and its two addresses, iss, plain http
(test_login_command.py and test_browser_login.py)."""

import os
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
from fake_as import FakeServer  # noqa: E402
from shell import age, files, run  # noqa: E402
from test_browser_login import Login, visit  # noqa: E402


@pytest.fixture(name="home")
def _home(tmp_path):
    return tmp_path


def login(home, server, *arguments):
    return run(home, "login", "--device", "--issuer", server.issuer, "--client-id", "cli",
               *arguments)


def test_nothing_is_written_to_the_directory_one_is_in(home):
    with FakeServer() as server:
        before = set(os.listdir(home))
        assert login(home, server).returncode == 0
        assert set(os.listdir(home)) - before == {".local"}


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_no_part_of_a_token_is_printed(home, arguments):
    with FakeServer(refresh="rotate", id_token="good") as server:
        result = login(home, server, *arguments)
        shown = result.stdout + result.stderr + run(home, "status").stdout + \
            run(home, "whoami").stdout + run(home, "logout").stderr
        assert server.access_token[:12] not in shown and server.access_token[-12:] not in shown
        assert "refresh-0" not in shown


def test_no_scope_is_asked_for_unless_one_was_named(home):
    with FakeServer() as server:
        assert login(home, server).returncode == 0
        assert all("scope" not in (r[2] or {}) for r in server.requests)


def test_code_is_exchanged_once_even_if_that_fails(home):
    with FakeServer() as server, Login(home, server) as waiting:
        server.token_hook = 502
        assert "Not signed in" in visit(waiting.url)[2]
        assert waiting.end()[0] == 6
        assert len(server.polls()) == 1 and not files(home)


def test_refresh_is_sent_once_even_if_that_fails(home):
    with FakeServer(refresh="down") as server:
        login(home, server)
        age(home)
        before = len(server.polls())
        assert run(home, "token").returncode == 6
        assert len(server.polls()) == before + 1
