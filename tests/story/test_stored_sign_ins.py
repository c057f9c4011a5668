"""What is kept after a sign-in: refreshed by one of many, ended at the server,
handed to other programs."""

import json
import os
import pathlib
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
from fake_as import FakeServer  # noqa: E402
from shell import AUTHGATE, environment, files, run  # noqa: E402


@pytest.fixture(name="home")
def _home(tmp_path):
    return tmp_path


def login(home, server, *arguments):
    result = run(home, "login", "--device", "--issuer", server.issuer, "--client-id", "cli",
                 *arguments)
    assert result.returncode == 0, result.stderr


def refresh_requests(server):
    return [r for r in server.requests if (r[2] or {}).get("grant_type") == "refresh_token"]


# ---- refresh ------------------------------------------------------------------------------------


def test_fifty_at_once_refresh_once_and_all_print_the_new_token(home):
    with FakeServer(refresh="rotate", token_lifetime=5) as server:
        login(home, server)
        old = server.access_token
        with ThreadPoolExecutor(50) as pool:
            jobs = [pool.submit(run, home, "token", timeout=60) for _ in range(50)]
            results = [job.result() for job in jobs]
        assert {(r.returncode, r.stdout, r.stderr) for r in results} == {
            (0, server.access_token + "\n", "")}
        assert server.access_token != old
        assert len(refresh_requests(server)) == 1
        (file,) = files(home)
        assert json.loads(file.read_text())["refresh_token"] == "refresh-1"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert os.listdir(file.parent) == [file.name]


def test_token_with_life_left_is_not_refreshed_until_more_is_asked_for(home):
    with FakeServer(refresh="rotate", token_lifetime=60) as server:
        login(home, server)
        assert run(home, "token").returncode == 0
        assert not refresh_requests(server)
        assert run(home, "token", "--min-ttl", "5m").returncode == 0
        assert len(refresh_requests(server)) == 1
        result = run(home, "token", "--min-ttl", "5h")
        assert result.returncode == 4 and "lives that long" in result.stderr


def test_ended_session_is_exit_4_and_is_asked_for_once(home):
    with FakeServer(refresh="rotate", token_lifetime=5) as server:
        login(home, server)
        server.refresh_token = "rotated away"
        result = run(home, "token")
        assert result.returncode == 4 and "authgate login" in result.stderr
        assert result.stdout == ""
        assert len(refresh_requests(server)) == 1


def test_refusal_is_forgiven_when_a_new_sign_in_came_between(home):
    with FakeServer(refresh="rotate", token_lifetime=5) as server:
        login(home, server)
        (file,) = files(home)
        server.refresh_token = "rotated away"
        server.refresh_hook = lambda: file.write_text(json.dumps({
            **json.loads(file.read_text()), "access_token": "newer", "refresh_token": "newer-r",
            "expires_at": int(time.time()) + 3600}))
        result = run(home, "token")
        assert (result.returncode, result.stdout) == (0, "newer\n"), result.stderr


def test_server_that_is_away_is_exit_6_and_costs_nothing(home):
    with FakeServer(refresh="rotate", token_lifetime=5) as server:
        login(home, server)
        server.refresh = "down"
        assert run(home, "token").returncode == 6
        server.refresh = "rotate"
        assert run(home, "token").returncode == 0
    assert run(home, "token", "--min-ttl", "2h").returncode == 6


def test_forged_id_token_in_a_refresh_is_refused(home):
    with FakeServer(refresh="rotate", token_lifetime=5, id_token="good") as server:
        login(home, server)
        server.id_token = "forged"
        before = files(home)[0].read_text()
        result = run(home, "token")
        assert result.returncode == 1 and "signature" in result.stderr
        assert files(home)[0].read_text() == before


def test_holder_that_dies_lets_the_next_one_in(home):
    """The lock is the system's: no age, nothing to steal."""
    with FakeServer(refresh="rotate", token_lifetime=5) as server:
        login(home, server)
        server.refresh_hook = lambda: time.sleep(3)
        with subprocess.Popen([AUTHGATE, "token"], env=environment(home),
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as holder:
            while not refresh_requests(server):
                time.sleep(0.02)
            holder.kill()
            holder.wait()
            server.refresh_hook = None
            assert run(home, "token").returncode == 0


def test_id_token_is_printed_on_request(home):
    with FakeServer(id_token="good") as server:
        login(home, server)
        assert run(home, "token", "--id-token").stdout.count(".") == 2
    with FakeServer() as server:
        login(home, server)
        result = run(home, "token", "--id-token", "--issuer", server.issuer)
        assert result.returncode == 1 and "openid" in result.stderr


# ---- logout -------------------------------------------------------------------------------------


def test_logout_revokes_the_refresh_token_first_and_deletes(home):
    with FakeServer(refresh="rotate") as server:
        login(home, server)
        result = run(home, "logout")
        assert result.returncode == 0 and "signed out" in result.stderr
        assert server.revoked == [("refresh_token", "refresh-0"),
                                  ("access_token", server.access_token)]
        assert not files(home)
        assert run(home, "token").returncode == 4


def test_logout_without_the_server_is_exit_6_and_the_next_login_revokes(home):
    with FakeServer(refresh="rotate", revoke="down") as server:
        login(home, server)
        result = run(home, "logout")
        assert result.returncode == 6 and "not yet revoked" in result.stderr
        assert not files(home)
        (buried,) = (home / ".local/state/authgate").glob("*.revoke")
        assert stat.S_IMODE(buried.stat().st_mode) == 0o600
        assert run(home, "token").returncode == 4
        server.revoke = "good"
        server.revoked.clear()
        login(home, server)
        assert server.revoked[0] == ("refresh_token", "refresh-0")
        assert not buried.exists()
        assert run(home, "token").returncode == 0


def test_logout_can_stay_local(home):
    with FakeServer(refresh="rotate") as server:
        login(home, server)
        result = run(home, "logout", "--local-only")
        assert result.returncode == 0 and "not told" in result.stderr
        assert not server.revoked and not files(home)


def test_logout_of_a_server_that_cannot_revoke_says_so(home):
    with FakeServer(extra={"revocation_endpoint": ""}) as server:
        login(home, server)
        result = run(home, "logout")
        assert result.returncode == 0 and "cannot revoke" in result.stderr
        assert not files(home)


def test_logout_never_guesses(home):
    with FakeServer() as one, FakeServer() as two:
        login(home, one)
        login(home, two)
        assert run(home, "logout").returncode == 1
        assert run(home, "logout", "--issuer", one.issuer).returncode == 0
        assert not two.revoked and len(files(home)) == 1
        assert run(home, "logout", "--all").returncode == 0
