"""A person signs in with the browser: the loopback listener, what comes back to
it, and what must not be believed.  A small program plays the browser."""

import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
from fake_as import FakeServer  # noqa: E402
from sanitizer import patience  # noqa: E402
from shell import AUTHGATE, environment, files, run  # noqa: E402
from waiting import until  # noqa: E402


@pytest.fixture(name="home")
def _home(tmp_path):
    return tmp_path


class Login:
    """`authgate login --flow browser --no-open --json`, waiting for its browser."""

    def __init__(self, home, server, *arguments, **variables):
        self.home = home
        self.process = subprocess.Popen(
            [AUTHGATE, "login", "--flow", "browser", "--no-open", "--json", "--issuer",
             server.issuer, "--client-id", "cli", "--scope", "openid", *arguments],
            cwd=home, env=environment(home, **variables), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.event = json.loads(self.process.stdout.readline())
        self.url = self.event["authorization_uri"]
        self.redirect_uri = self.event["redirect_uri"]
        self.asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.url).query))
        self.port = urllib.parse.urlsplit(self.redirect_uri).port

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=patience(10))

    def back(self, **answer):
        return visit(self.redirect_uri + "?" + urllib.parse.urlencode(answer))

    def end(self):
        out, err = self.process.communicate(timeout=patience(15))
        return self.process.returncode, out, err


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def visit(url, follow=True, method="GET", **headers):
    """Returns (status, headers, text, address it ended at)."""
    opener = urllib.request.build_opener(*([] if follow else [Stay()]))
    request = urllib.request.Request(url, method=method, headers=headers)
    try:
        with opener.open(request, timeout=patience(10)) as reply:
            return reply.status, reply.headers, reply.read().decode(), reply.url
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode(), url


def raw(port, data, wait=2):
    with socket.create_connection(("127.0.0.1", port), timeout=wait) as s:
        s.sendall(data)
        reply = b""
        try:
            while part := s.recv(65536):
                reply += part
        except (socket.timeout, ConnectionResetError):
            pass
        return reply.decode()


# ---- the ordinary way ---------------------------------------------------------------------------


def test_browser_signs_in_and_ends_on_a_clean_page(home):
    with FakeServer(id_token="good") as server, Login(home, server) as login:
        status, headers, text, address = visit(login.url)
        assert status == 200 and "signed in to 127.0.0.1 as mia" in text
        assert address == "http://127.0.0.1:%d/done" % login.port
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "href" not in text and "src=" not in text and "<script" not in text
        status, out, err = login.end()
        assert (status, err) == (0, "")
        assert json.loads(out)["event"] == "authorized" and json.loads(out)["account"] == "mia"
        (file,) = files(home)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert run(home, "token").stdout == server.access_token + "\n"
        assert server.access_token not in out


def test_request_carries_pkce_state_and_nonce_and_no_verifier(home):
    with FakeServer() as server, Login(home, server) as login:
        assert login.asked["response_type"] == "code"
        assert login.asked["code_challenge_method"] == "S256"
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/callback", login.redirect_uri)
        for name in ("state", "nonce", "code_challenge"):
            assert re.fullmatch(r"[\w-]{43}", login.asked[name])
        visit(login.url)
        assert login.end()[0] == 0
        verifier = server.requests[-2][2]["code_verifier"]
        assert verifier not in login.url and len(verifier) == 43


def test_localhost_listens_on_both_addresses_on_one_port(home):
    with FakeServer() as server, \
            Login(home, server, "--redirect-uri", "http://localhost/back") as login:
        assert login.redirect_uri == "http://localhost:%d/back" % login.port
        for host in ("127.0.0.1", "[::1]"):
            status, _, _, _ = visit("http://%s:%d/back" % (host, login.port), Host="localhost:%d" %
                                    login.port)
            assert status == 400
        assert visit(login.url)[0] == 200
        assert login.end()[0] == 0


def test_fixed_port_that_is_taken_is_named(home):
    with FakeServer() as server, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = run(home, "login", "--flow", "browser", "--no-open", "--issuer", server.issuer,
                     "--client-id", "cli", "--redirect-uri",
                     "http://127.0.0.1:%d/callback" % taken.getsockname()[1])
        assert result.returncode == 8 and "in use" in result.stderr


@pytest.mark.parametrize("uri", [
    "https://127.0.0.1/callback", "http://example.com/callback", "http://127.0.0.1/done",
    "http://127.0.0.1/a?b", "http://127.0.0.1:99999/x", "myapp:/x"])
def test_redirect_uri_must_be_loopback(home, uri):
    with FakeServer() as server:
        result = run(home, "login", "--flow", "browser", "--no-open", "--issuer", server.issuer,
                     "--client-id", "cli", "--redirect-uri", uri)
        assert result.returncode == 1 and "redirect URI" in result.stderr


def test_confidential_client_gives_its_secret_on_standard_input(home):
    with FakeServer() as server:
        with subprocess.Popen(
                [AUTHGATE, "login", "--device", "--issuer", server.issuer, "--client-id", "cli",
                 "--client-secret-stdin"], env=environment(home), stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            _, err = process.communicate("s3cret!\n", timeout=patience(15))
            assert process.returncode == 0, err
        forms = [r[2] for r in server.requests if r[0] == "POST"]
        assert not any("client_secret" in f or "client_id" in f for f in forms)
        assert server.basic == ["cli:s3cret%21"] * 2
        assert "s3cret!" not in err


# ---- answers that are not for us ----------------------------------------------------------------


def test_wrong_state_is_answered_and_does_not_end_the_sign_in(home):
    """A page that guesses the port cannot abort a sign-in (nor one without state)."""
    with FakeServer() as server, Login(home, server) as login:
        for answer in ({"code": "x"}, {"error": "access_denied"}, {"state": "", "code": "x"},
                       {"state": "guess", "code": "x"}, {"state": "guess", "error": "x"}):
            status, _, text, _ = login.back(**answer)
            assert status == 400 and "another sign-in" in text
        assert visit(login.url)[0] == 200
        assert login.end()[0] == 0


@pytest.mark.parametrize("switch, word", [
    ("other iss", "another server"), ("no iss", "does not say which server")])
def test_answer_of_another_issuer_is_refused_and_nothing_is_sent(home, switch, word):
    with FakeServer(authorize=switch) as server, Login(home, server) as login:
        _, _, text, address = visit(login.url)
        assert "Not signed in" in text and address.endswith("/done")
        status, _, err = login.end()
        assert status == 1 and word in err
        assert not server.polls() and not files(home)


def test_denial_in_the_browser_is_exit_3(home):
    with FakeServer(authorize="denied") as server, Login(home, server) as login:
        assert "Denied" in visit(login.url)[2]
        assert login.end()[0] == 3
        assert not files(home)


def test_second_callback_is_refused(home):
    with FakeServer(token_lifetime=60) as server, Login(home, server) as login:
        status, _, _, _ = visit(login.url, follow=False)
        assert status == 302
        answer = {"state": login.asked["state"], "iss": server.issuer, "code": "code-0"}
        first = visit(login.redirect_uri + "?" + urllib.parse.urlencode(answer), follow=False)
        assert first[0] == 303 and first[1]["Location"] == "/done"
        status, _, text, _ = login.back(**answer)
        assert status == 410 and "Used already" in text
        assert login.end()[0] == 0
        assert len(server.polls()) == 1


def test_repeated_parameters_are_refused(home):
    with FakeServer() as server, Login(home, server) as login:
        visit(login.redirect_uri + "?" + urllib.parse.urlencode(
            [("state", login.asked["state"]), ("code", "a"), ("code", "b"),
             ("iss", server.issuer)]))
        status, _, err = login.end()
        assert status == 1 and "repeats" in err and not server.polls()


# ---- requests that are not a browser's ----------------------------------------------------------


def test_other_hosts_methods_and_paths_get_nothing(home):
    with FakeServer() as server, Login(home, server) as login:
        good = "/callback?state=" + login.asked["state"] + "&code=x&iss=" + server.issuer
        port = login.port
        rows = [
            ("GET %s HTTP/1.1\r\nHost: evil.example:%d\r\n\r\n" % (good, port), "400"),
            ("GET %s HTTP/1.1\r\nHost: localhost:%d\r\n\r\n" % (good, port), "400"),
            ("GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % good, "400"),
            ("GET %s HTTP/1.1\r\n\r\n" % good, "400"),
            ("GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nHost: x\r\n\r\n" % (good, port), "400"),
            ("POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (good, port), "405"),
            ("HEAD %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (good, port), "405"),
            ("GET /favicon.ico HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % port, "404"),
            ("GET /done HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % port, "404"),
            ("GET http://127.0.0.1/ HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % port, "400"),
            ("\x16\x03\x01\r\n\r\n", "400"),
        ]
        for text, status in rows:
            assert raw(port, text.encode())[9:12] == status, text
        assert raw(port, b"GET /" + b"a" * 9000)[9:12] in ("431", "")
        assert visit(login.url)[0] == 200
        assert login.end()[0] == 0


def test_silent_and_slow_connections_do_not_hold_up_the_browser(home):
    with FakeServer() as server, Login(home, server) as login:
        idle = [socket.create_connection(("127.0.0.1", login.port)) for _ in range(40)]
        idle[-1].sendall(b"GET /call")
        began = time.monotonic()
        assert visit(login.url)[0] == 200
        assert login.end()[0] == 0
        assert time.monotonic() - began < patience(5)
        for connection in idle:
            connection.close()


# ---- id_tokens ----------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong, word", [
    ("forged", "signature"), ("iss", "another issuer"), ("aud", "another client"),
    ("exp", "has ended"), ("nonce", "nonce"), ("at_hash", "another access token"),
    ("none", "no key that fits"), ("hmac", "no key that fits")])
def test_forged_id_token_is_refused_and_nothing_is_kept(home, wrong, word):
    with FakeServer(id_token=wrong) as server, Login(home, server) as login:
        assert "Not signed in" in visit(login.url)[2]
        status, _, err = login.end()
        assert status == 1 and word in err, err
        assert not files(home)


def test_forged_id_token_of_the_device_flow_is_refused_as_well(home):
    with FakeServer(id_token="forged") as server:
        result = run(home, "login", "--device", "--issuer", server.issuer, "--client-id", "cli")
        assert result.returncode == 1 and "signature" in result.stderr and not files(home)


# ---- waiting, switching, pasting ----------------------------------------------------------------


def test_browser_that_never_comes_back_is_exit_5(home):
    with FakeServer() as server, Login(home, server, "--timeout", "1s") as login:
        assert login.end()[0] == 5


def test_interrupt_while_waiting_is_130(home):
    with FakeServer() as server, Login(home, server) as login:
        login.process.send_signal(signal.SIGINT)
        assert login.end()[0] == 130


def test_pasted_address_signs_in_and_a_foreign_one_is_asked_for_again(home):
    with FakeServer(id_token="good") as server:
        with subprocess.Popen(
                [AUTHGATE, "login", "--flow", "paste", "--issuer", server.issuer, "--client-id",
                 "cli"], cwd=home, env=environment(home), stdin=subprocess.PIPE, stderr=subprocess.PIPE,
                text=True) as process:
            seen = ""
            while "Paste that whole address" not in seen:
                seen += process.stderr.readline()
            url = re.search(r"  (http\S+authorize\S+)", seen).group(1)
            process.stdin.write("http://127.0.0.1/callback?state=x&code=y\n")
            ended = visit(url, follow=False)[1]["Location"]
            process.stdin.write(ended + "\n")
            _, err = process.communicate(timeout=patience(15))
            assert process.returncode == 0, err
            assert "not the address of this sign-in" in err and "Signed in to" in err


class Terminal:
    """authgate on a pseudo-terminal that a test can type on."""

    def __init__(self, home, *arguments, **variables):
        self.ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [AUTHGATE, *arguments], cwd=home, env=environment(home, **variables), stdin=theirs,
            stdout=theirs, stderr=theirs, start_new_session=True,
            preexec_fn=lambda: __import__("fcntl").ioctl(theirs, 0x540E, 0))
        os.close(theirs)
        self.seen = ""

    def until(self, text, seconds=10):
        deadline = time.monotonic() + patience(seconds)
        while text not in self.seen and time.monotonic() < deadline:
            if select.select([self.ours], [], [], 0.1)[0]:
                try:
                    self.seen += os.read(self.ours, 65536).decode()
                except OSError:
                    break
        assert text in self.seen, self.seen
        return self.seen

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(timeout=patience(10))
        os.close(self.ours)


def opener(home, script):
    path = home / "opener"
    path.write_text("#!/bin/sh\n" + script + "\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture(name="desktop")
def _desktop(home):
    """A desktop session whose browser only notes what it was asked for."""
    return {"DISPLAY": ":0", "container": "",
            "BROWSER": opener(home, 'printf "%%s\\n" "$@" > %s.new && mv %s.new %s'
                              % ((home / "opened",) * 3))}


def test_desktop_opens_the_browser_with_the_address_as_one_argument(home, desktop):
    with FakeServer() as server:
        with Terminal(home, "login", "--issuer", server.issuer, "--client-id", "cli",
                      **desktop) as terminal:
            terminal.until("d: device code instead")
            assert "Signing in with the browser: " in terminal.seen
            until((home / "opened").exists)
            opened = (home / "opened").read_text().splitlines()
            assert len(opened) == 1
            page = page_behind(opened[0])
            assert page in terminal.seen
            assert browse(page)[0] == 200
            terminal.until("Signed in to 127.0.0.1")
            assert terminal.process.wait(timeout=patience(10)) == 0
        assert not list(home.glob("**/*.html"))


# ---- other users of the machine -----------------------------------------------------------------


def page_behind(argument):
    """Where a browser that was given this argument goes, if its owner may read it."""
    path = pathlib.Path(urllib.parse.unquote(argument.removeprefix("file://")))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and path.stat().st_uid == os.geteuid()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    return re.search(r'content="0;url=([^"]+)"', path.read_text()).group(1)


def browse(url):
    """As visit, with cookies."""
    opener_ = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with opener_.open(url, timeout=patience(10)) as reply:
        return reply.status, reply.read().decode()


def signing_in(home, server, variables):
    return Terminal(home, "login", "--flow", "browser", "--issuer", server.issuer, "--client-id",
                    "cli", **variables)


def test_what_everybody_can_read_leads_nowhere(home, desktop):
    """The arguments of a program: no state, no port, no address of the sign-in."""
    with FakeServer() as server, signing_in(home, server, desktop) as terminal:
        terminal.until("Waiting")
        until((home / "opened").exists)
        argument = (home / "opened").read_text().strip()
        page = page_behind(argument)
        port = str(urllib.parse.urlsplit(page).port)
        assert argument.startswith("file:///") and port not in argument.rsplit("/", 1)[1]
        assert server.issuer not in argument
        assert visit(f"http://127.0.0.1:{port}/start/", follow=False)[0] == 404
        assert visit(f"http://127.0.0.1:{port}/start/{'A' * 43}", follow=False)[0] == 404


def test_an_answer_of_another_browser_does_not_sign_in(home, desktop):
    """Not even with the right state: somebody else was signed in there."""
    with FakeServer() as server, signing_in(home, server, desktop) as terminal:
        terminal.until("Waiting")
        until((home / "opened").exists)
        page = page_behind((home / "opened").read_text().strip())
        asked = visit(page, follow=False)[1]["Location"]
        back = visit(asked, follow=False)[1]["Location"]
        for headers in ({}, {"Cookie": "authgate-sign-in=guess"}):
            status, _, text, _ = visit(back, follow=False, **headers)
            assert status == 403 and "Not this browser" in text
        assert not server.polls()
        assert browse(page)[0] == 200
        terminal.until("Signed in to 127.0.0.1")


def test_where_no_file_can_be_read_the_address_works_once(home, desktop):
    """Windows' browsers, and those on the other side of an editor's connection."""
    with FakeServer() as server:
        with signing_in(home, server, {**desktop, "WSL_DISTRO_NAME": "Debian"}) as terminal:
            terminal.until("Waiting")
            until((home / "opened").exists)
            page = (home / "opened").read_text().strip()
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+/start/[\w-]{43}", page)
            assert visit(page, follow=False)[0] == 303
            assert visit(page, follow=False)[0] == 410
            terminal.until("opened twice")
            assert terminal.process.wait(timeout=patience(10)) == 1
        assert not server.polls() and not files(home)


# ---- more of waiting ----------------------------------------------------------------------------


def test_d_switches_to_a_device_code_and_the_terminal_is_put_back(home, desktop):
    import termios
    with FakeServer() as server:
        with Terminal(home, "login", "--issuer", server.issuer, "--client-id", "cli",
                      **desktop) as terminal:
            terminal.until("d: device code instead")
            assert not termios.tcgetattr(terminal.ours)[3] & termios.ICANON
            os.write(terminal.ours, b"xD")
            terminal.until("device code: you asked for it")
            terminal.until("Signed in to")
            assert terminal.process.wait(timeout=patience(10)) == 0
            assert termios.tcgetattr(terminal.ours)[3] & termios.ICANON


@pytest.mark.parametrize("script", ["exit 3", "kill -9 $$"])
def test_opener_that_fails_leads_to_a_device_code_at_once(home, desktop, script):
    """xdg-open says 3 or 4 when nothing can open the address."""
    desktop["BROWSER"] = opener(home, script)
    with FakeServer() as server:
        with Terminal(home, "login", "--issuer", server.issuer, "--client-id", "cli",
                      **desktop) as terminal:
            terminal.until("device code: no browser could be opened", 3)
            terminal.until("Signed in to")


def test_browser_that_stays_silent_leads_to_a_device_code(home, desktop):
    with FakeServer() as server:
        with Terminal(home, "login", "--timeout", "2s", "--issuer", server.issuer, "--client-id",
                      "cli", **desktop) as terminal:
            terminal.until("device code: the browser did not come back")
            terminal.until("Signed in to")


def test_ssh_without_display_says_so_and_shows_a_code(home):
    with FakeServer() as server:
        with Terminal(home, "login", "--issuer", server.issuer, "--client-id", "cli",
                      SSH_CONNECTION="a 1 b 2") as terminal:
            terminal.until("a device code: this is an SSH session without a display.")
            terminal.until("WDJB-MJHT")


def test_nobody_there_is_exit_4_with_the_way_out(home):
    with FakeServer() as server:
        arguments = ("login", "--issuer", server.issuer, "--client-id", "cli")
        result = run(home, *arguments)
        assert result.returncode == 4 and "AUTHGATE_TOKEN" in result.stderr
        result = run(home, *arguments, CI="true")
        assert result.returncode == 4 and "CI is set" in result.stderr
        assert run(home, *arguments, AUTHGATE_FLOW="device").returncode == 0
        assert run(home, *arguments, AUTHGATE_FLOW="maybe").returncode == 2


def test_hostile_browser_variable_runs_no_shell(home, desktop):
    named = desktop["BROWSER"]
    desktop["BROWSER"] = f"true;touch pwned:{named} $(touch${{IFS}}pwned) ;touch pwned %s"
    with FakeServer() as server:
        with Terminal(home, "login", "--issuer", server.issuer, "--client-id", "cli",
                      **desktop) as terminal:
            terminal.until("d: device code")
            until((home / "opened").exists)
    *words, address = (home / "opened").read_text().splitlines()
    assert words == ["$(touch${IFS}pwned)", ";touch", "pwned"]
    assert address.startswith("file:///")
    assert not (home / "pwned").exists()


def test_chromium_ends_on_the_clean_page(home):
    """A real browser: it connects in advance, wants an icon, follows the redirect."""
    chromium = shutil.which("chromium")
    if not chromium:
        pytest.skip("needs chromium")
    with FakeServer(id_token="good") as server, Login(home, server) as login:
        page = subprocess.run(
            [chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
             "--user-data-dir=" + str(home / "chromium"), "--virtual-time-budget=5000",
             "--screenshot=" + str(home / "page.png"), "--window-size=800,500", "--dump-dom",
             login.url], env=environment(home), capture_output=True, text=True, timeout=patience(60),
            check=False)
        assert "<h1>Signed in</h1>" in page.stdout, page.stderr
        assert login.end()[0] == 0
        assert login.asked["state"] not in page.stdout
