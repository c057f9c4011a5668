"""A person signs in from a shell: `login`, `token`, `whoami`, `logout` against a
server that is kind, slow, broken or hostile."""

import json
import pathlib
import re
import signal
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
from fake_as import DEVICE_CODE, FakeServer  # noqa: E402
from sanitizer import patience  # noqa: E402
from shell import AUTHGATE, environment, files, on_terminal, run  # noqa: E402


@pytest.fixture(name="home")
def _home(tmp_path):
    return tmp_path


def login(home, server, *arguments, **variables):
    return run(home, "login", "--device", "--issuer", server.issuer, "--client-id", "cli",
               *arguments, **variables)


# ---- the ordinary way ---------------------------------------------------------------------------


def test_signs_in_and_keeps_a_private_file(home):
    with FakeServer(pending=1) as server:
        result = login(home, server, "--scope", "openid", "--scope", "profile")
        assert result.returncode == 0, result.stderr
        assert "WDJB-MJHT" in result.stderr
        assert server.url + "/device\n" in result.stderr
        assert server.url + "/device?user_code=WDJB-MJHT" in result.stderr
        assert "as mia, for 1 hour (until " in result.stderr
        assert result.stdout == ""
        (file,) = files(home)
        assert str(file) in result.stderr
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        assert json.loads(file.read_text())["access_token"] == server.access_token
        assert server.requests[1][2] == {"client_id": "cli", "scope": "openid profile"}
        assert run(home, "token").stdout == server.access_token + "\n"
        assert server.access_token not in result.stderr
        assert DEVICE_CODE not in result.stderr + file.read_text()


def test_pipe_sees_no_control_characters(home):
    with FakeServer(pending=1) as server:
        result = login(home, server)
        assert not re.search(r"[^\n -~]", result.stderr + result.stdout)


def test_terminal_sees_colour_qr_code_and_countdown_and_fits(home):
    with FakeServer(pending=1, expires_in=900) as server:
        status, seen = on_terminal(home, "login", "--device", "--issuer", server.issuer, "--client-id", "cli")
        screen = seen.decode()
        assert status == 0, screen
        assert "\033[1;7m WDJB-MJHT " in screen
        assert "▀" in screen and "\033[38;5;16;48;5;231m" in screen
        assert re.search(r"\r\033\[KWaiting for your approval, 1[45]:\d\d left", screen)
        assert "Signed in to 127.0.0.1" in screen
        before = screen.split("\r\033[KWaiting")[0]
        assert before.count("\n") + 1 <= 24
        assert server.access_token[:16] not in screen


def test_no_color_means_no_colour(home):
    with FakeServer() as server:
        _, seen = on_terminal(home, "login", "--device", "--issuer", server.issuer, "--client-id", "cli",
                              NO_COLOR="1")
        assert b"\033[1" not in seen and b"\033[38" not in seen
        assert "▀" in seen.decode()


def test_dumb_terminal_sees_plain_lines(home):
    with FakeServer() as server:
        _, seen = on_terminal(home, "login", "--device", "--issuer", server.issuer, "--client-id", "cli",
                              TERM="dumb")
        assert not re.search(rb"[^\r\n -~]", seen)
        assert b"Waiting until you have approved" in seen


def test_narrow_terminal_and_never_show_no_qr_code(home):
    with FakeServer() as server:
        _, seen = on_terminal(home, "login", "--device", "--issuer", server.issuer, "--client-id", "cli",
                              columns=30)
        assert "▀" not in seen.decode()
        _, seen = on_terminal(home, "login", "--device", "--issuer", server.issuer, "--client-id", "cli",
                              "--force", "--qr", "never")
        assert "▀" not in seen.decode()


def test_json_speaks_in_events_without_secrets(home):
    with FakeServer(pending=1) as server:
        result = login(home, server, "--json")
        events = [json.loads(line) for line in result.stdout.splitlines()]
        assert [e["event"] for e in events] == ["device_code", "authorized"]
        assert events[0]["user_code"] == "WDJB-MJHT"
        assert events[0]["expires_in"] == 60
        assert events[1]["account"] == "mia"
        assert DEVICE_CODE not in result.stdout
        assert server.access_token not in result.stdout
        assert result.stderr == ""


def test_second_login_reuses_unless_forced(home):
    with FakeServer() as server:
        login(home, server)
        asked = len(server.requests)
        again = login(home, server)
        assert again.returncode == 0 and "Already signed in" in again.stderr
        assert len(server.requests) == asked
        assert login(home, server, "--force").returncode == 0
        assert len(server.requests) > asked
        assert len(files(home)) == 1


def test_environment_names_server_and_client_and_dotenv_does_not(home):
    with FakeServer() as server:
        (home / ".env").write_text("AUTHGATE_ISSUER=%s\nAUTHGATE_CLIENT_ID=cli\n" % server.issuer)
        result = run(home, "login")
        assert result.returncode == 2 and "--issuer" in result.stderr
        result = run(home, "login", "--device", AUTHGATE_ISSUER=server.issuer, AUTHGATE_CLIENT_ID="cli")
        assert result.returncode == 0


def test_missing_client_id_is_explained(home):
    with FakeServer() as server:
        result = run(home, "login", "--device", "--issuer", server.issuer)
        assert result.returncode == 2
        assert "credentials file" in result.stderr
        assert not server.requests


# ---- polling (RFC 8628 section 3.5) -------------------------------------------------------------


def test_never_polls_before_the_interval_and_slow_down_adds_five_seconds(home):
    with FakeServer(slow_down=1, interval=1) as server:
        started = time.monotonic()
        assert login(home, server).returncode == 0
        first, second = server.polls()
        assert first - started >= 1.0
        assert second - first >= 5.9


def test_server_that_is_away_for_a_moment_is_waited_for(home):
    with FakeServer(failures=1, interval=1) as server:
        assert login(home, server).returncode == 0
        first, second = server.polls()
        assert second - first >= 1.9


def test_denial_is_exit_3(home):
    with FakeServer(outcome="access_denied") as server:
        result = login(home, server, "--json")
        assert result.returncode == 3
        assert json.loads(result.stdout.splitlines()[-1])["error"] == "access_denied"
        assert "denied" in result.stderr
        assert not files(home)


def test_expiry_is_exit_5_whoever_notices_it(home):
    with FakeServer(outcome="expired_token") as server:
        assert login(home, server).returncode == 5
    with FakeServer(pending=1000, expires_in=2) as server:
        assert login(home, server).returncode == 5
    with FakeServer(pending=1000) as server:
        assert login(home, server, "--timeout", "1s").returncode == 5


def test_refused_client_is_exit_7(home):
    with FakeServer(device="invalid_client", description="no such\x1b[2J client") as server:
        result = login(home, server)
        assert result.returncode == 7
        assert "no such?[2J client" in result.stderr
    with FakeServer(device="invalid_scope") as server:
        assert login(home, server).returncode == 7


@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_stops_at_once_with_130(home, which):
    with FakeServer(pending=1000) as server:
        with subprocess.Popen(
                [AUTHGATE, "login", "--device", "--issuer", server.issuer, "--client-id", "cli"],
                env=environment(home), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
                text=True) as process:
            while "Waiting" not in process.stderr.readline():
                pass
            sent = time.monotonic()
            process.send_signal(which)
            assert process.wait(timeout=patience(5)) == 130
            assert time.monotonic() - sent < patience(0.9)
        assert not files(home)


def test_interrupt_is_heard_while_a_server_keeps_silent(home):
    with FakeServer(delay=10) as server:
        with subprocess.Popen(
                [AUTHGATE, "login", "--device", "--issuer", server.issuer, "--client-id", "cli"],
                env=environment(home), stderr=subprocess.DEVNULL) as process:
            while not server.requests:
                time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=patience(3)) == 130


# ---- hostile servers ----------------------------------------------------------------------------


@pytest.mark.parametrize("switches, status, word", [
    ({"issuer": None, "metadata": "redirect"}, 1, "redirect"),
    ({"metadata": "huge"}, 1, "longer than"),
    ({"metadata": "not json"}, 1, "not a JSON"),
    ({"metadata": "down"}, 6, "503"),
    ({"extra": {"token_endpoint": "https://evil.example/t"}}, 1, "another host"),
    ({"user_code": "A\x1b[2JB"}, 1, "can be shown"),
])
def test_broken_or_hostile_server_is_named_and_gets_nothing(home, switches, status, word):
    with FakeServer(**switches) as server:
        result = login(home, server)
        assert result.returncode == status, result.stderr
        assert word in result.stderr
        assert "\x1b" not in result.stderr
        assert not server.polls()
        assert not files(home)


def test_wrong_issuer_is_refused_with_both_names(home):
    with FakeServer(issuer="https://auth.example.com") as server:
        result = run(home, "login", "--device", "--issuer", server.url, "--client-id", "cli")
        assert result.returncode == 1
        assert "https://auth.example.com" in result.stderr and server.url in result.stderr
        assert len(server.requests) == 1


def test_plain_http_is_for_this_machine_only(home):
    result = run(home, "login", "--device", "--issuer", "http://auth.example.com", "--client-id", "cli")
    assert result.returncode == 1 and "https" in result.stderr


def test_nobody_there_is_exit_6(home):
    result = run(home, "login", "--device", "--issuer", "http://127.0.0.1:1", "--client-id", "cli")
    assert result.returncode == 6 and "127.0.0.1" in result.stderr


def test_issuer_with_a_path_and_openid_configuration(home):
    with FakeServer(path="/tenant/1", oidc_only=True) as server:
        assert login(home, server).returncode == 0
        assert [r[1] for r in server.requests[:2]] == [
            "/.well-known/oauth-authorization-server/tenant/1",
            "/tenant/1/.well-known/openid-configuration"]


def test_proxy_of_the_environment_is_not_used_for_this_machine(home):
    with FakeServer() as server:
        assert login(home, server, http_proxy="http://127.0.0.1:1").returncode == 0


# ---- what was kept ------------------------------------------------------------------------------


def test_token_prints_the_token_only(home):
    with FakeServer() as server:
        login(home, server)
        result = run(home, "token")
        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout == server.access_token + "\n"
        found = json.loads(run(home, "token", "--json").stdout)
        assert found["issuer"] == server.issuer and found["account"] == "mia"


def test_token_is_not_shown_on_a_terminal_unasked(home):
    with FakeServer() as server:
        login(home, server)
        status, seen = on_terminal(home, "token")
        assert status == 1 and server.access_token.encode() not in seen and b"--show" in seen
        status, seen = on_terminal(home, "token", "--show", columns=500)
        assert status == 0 and server.access_token.encode() in seen


def test_token_that_ends_soon_is_exit_4(home):
    assert run(home, "token").returncode == 4
    with FakeServer(token_lifetime=60) as server:
        login(home, server)
        assert run(home, "token").returncode == 0
        result = run(home, "token", "--min-ttl", "5m")
        assert result.returncode == 4 and result.stdout == ""
        assert "authgate login" in result.stderr


def test_token_never_guesses_between_servers(home):
    with FakeServer() as one, FakeServer() as two:
        login(home, one)
        login(home, two)
        result = run(home, "token")
        assert result.returncode == 1 and "--issuer" in result.stderr and not result.stdout
        assert run(home, "token", "--issuer", two.issuer).stdout == two.access_token + "\n"


def test_token_of_the_environment_wins_and_touches_no_disk(home):
    result = run(home, "token", AUTHGATE_TOKEN="from-outside")
    assert result.stdout == "from-outside\n"
    assert not (home / ".local").exists()
    with FakeServer() as server:
        result = login(home, server, AUTHGATE_TOKEN="from-outside")
        assert result.returncode == 2 and "AUTHGATE_TOKEN" in result.stderr


def test_readable_or_linked_file_is_refused(home):
    with FakeServer() as server:
        login(home, server)
        (file,) = files(home)
        file.chmod(0o644)
        result = run(home, "token")
        assert result.returncode == 8 and "chmod 600" in result.stderr and not result.stdout
        file.chmod(0o600)
        file.rename(home / "away")
        file.symlink_to(home / "away")
        result = run(home, "token")
        assert result.returncode == 8 and "symbolic link" in result.stderr


def test_twenty_at_once_all_get_the_whole_token(home):
    with FakeServer() as server:
        login(home, server)
        with ThreadPoolExecutor(20) as pool:
            jobs = [pool.submit(run, home, "token") for _ in range(20)]
            jobs += [pool.submit(login, home, server, "--force") for _ in range(2)]
            results = [job.result() for job in jobs]
        assert all(r.returncode == 0 for r in results)
        assert {r.stdout for r in results[:20]} == {server.access_token + "\n"}
        assert [f.name for f in (home / ".local/state/authgate").iterdir()] == [
            files(home)[0].name]


def test_whoami_asks_the_server_and_cleans_what_it_says(home):
    assert run(home, "whoami").returncode == 4
    with FakeServer() as server:
        login(home, server)
        result = run(home, "whoami")
        assert result.returncode == 0, result.stderr
        assert "mia at %s (confirmed by the server" % server.issuer in result.stdout
        assert "Mia ?[2JExample" in result.stdout
        server.access_token = "revoked"
        result = run(home, "whoami")
        assert result.returncode == 4 and "refused by the server" in result.stdout
    assert "not checked" in run(home, "whoami").stdout


# ---- small terminals, small slips ---------------------------------------------------------------


@pytest.mark.parametrize("columns", [20, 40, 80])
def test_the_waiting_line_fits_the_terminal_and_stays_one_line(home, columns):
    with FakeServer(pending=3) as server:
        status, seen = on_terminal(home, "login", "--device", "--qr", "never", "--issuer",
                                   server.issuer, "--client-id", "cli", columns=columns)
    assert status == 0
    drawn = [part for part in seen.decode().split("\r\x1b[K") if part.startswith("Waiting")]
    assert len(drawn) >= 3
    for line in drawn[:-1]:
        assert "\n" not in line and len(line) < columns, line


def test_a_code_stands_where_its_address_stands_in_colour_too(home):
    with FakeServer() as server:
        _, seen = on_terminal(home, "login", "--device", "--qr", "never", "--issuer",
                              server.issuer, "--client-id", "cli")
    lines = re.sub(r"\x1b\[[0-9;]*[mK]", "", seen.decode()).splitlines()
    (address,) = [line for line in lines if line.startswith("  Open")]
    (code,) = [line for line in lines if "and enter code" in line]
    assert code.index(server.user_code) == address.index("http")


def test_a_slash_at_the_end_of_the_issuer_is_no_other_server(home):
    with FakeServer() as server:
        result = run(home, "login", "--device", "--issuer", server.issuer + "/", "--client-id", "cli")
        assert result.returncode == 0, result.stderr
        for issuer in (server.issuer, server.issuer + "/"):
            assert run(home, "token", "--issuer", issuer).stdout == server.access_token + "\n"
    with FakeServer() as server:
        server.issuer += "/"
        result = run(home, "login", "--device", "--issuer", server.url, "--client-id", "cli")
        assert result.returncode == 0, result.stderr


def test_an_end_of_input_is_no_interrupt(home):
    with FakeServer() as server:
        result = run(home, "login", "--flow", "paste", "--issuer", server.issuer, "--client-id",
                     "cli")
        assert result.returncode == 1 and "nothing was pasted" in result.stderr


def test_logout_does_not_end_another_sign_in_than_the_one_in_use(home):
    with FakeServer() as server:
        assert run(home, "login", "--device", "--issuer", server.issuer, "--client-id",
                   "cli").returncode == 0
        result = run(home, "logout", AUTHGATE_TOKEN="another")
        assert result.returncode == 2 and "unset" in result.stderr
        assert not server.revoked and run(home, "token").returncode == 0
