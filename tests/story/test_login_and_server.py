"""`authgate login` against the server of the same program: both flows, refresh,
and a sign-out that the server knows of."""

import json
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
for place in ("support", "interop"):
    sys.path.insert(0, str(ROOT / "tests" / place))
from app import App  # noqa: E402
from fake_as import FakeServer  # noqa: E402
from person import approve_device, sign_in  # noqa: E402
from running import Server  # noqa: E402
from sanitizer import patience  # noqa: E402
from shell import AUTHGATE, environment, files, run  # noqa: E402
from test_browser_login import visit  # noqa: E402

SCOPES = ("--scope", "openid", "--scope", "profile", "--scope", "offline_access")


@pytest.fixture(name="server", scope="module")
def _server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(name="home")
def _home(tmp_path):
    return tmp_path


def start(home, server, *arguments):
    return subprocess.Popen(
        [AUTHGATE, "login", "--json", "--issuer", server.url, "--client-id", server.client_id,
         *SCOPES, *arguments], cwd=home, env=environment(home), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def by_browser(home, server, *arguments):
    with start(home, server, "--flow", "browser", "--no-open", *arguments) as process:
        event = json.loads(process.stdout.readline())
        page = visit(sign_in(server, event["authorization_uri"]))
        out, err = process.communicate(timeout=patience(20))
        assert process.returncode == 0, err
        return page, json.loads(out)


def test_browser_flow_refresh_and_sign_out(home, server):
    page, event = by_browser(home, server)
    assert "Signed in" in page[2] and page[3].endswith("/done")
    assert event["account"] == "admin"
    kept = json.loads(files(home)[0].read_text())
    assert kept["refresh_token"] and kept["id_token"].count(".") == 2
    first = run(home, "token").stdout
    assert "confirmed by the server" in run(home, "whoami").stdout
    kept["expires_at"] = 1
    files(home)[0].write_text(json.dumps(kept))
    second = run(home, "token")
    assert second.returncode == 0, second.stderr
    assert second.stdout != first
    assert json.loads(files(home)[0].read_text())["refresh_token"] != kept["refresh_token"]
    ended = run(home, "logout")
    assert ended.returncode == 0 and "signed out" in ended.stderr
    home.joinpath(".local/state/authgate/x.json").write_text(json.dumps(
        {**kept, "access_token": second.stdout.strip()}))
    home.joinpath(".local/state/authgate/x.json").chmod(0o600)
    assert "refused by the server" in run(home, "whoami").stdout or \
        run(home, "whoami").returncode == 4


def test_device_flow(home, server):
    with start(home, server, "--device") as process:
        event = json.loads(process.stdout.readline())
        approve_device(server, event["user_code"])
        out, err = process.communicate(timeout=patience(30))
        assert process.returncode == 0, err
    assert json.loads(out)["account"] == "admin"
    assert run(home, "token").returncode == 0


class Example:
    """`authgate example NAME`, whose first line says what to open."""

    def __init__(self, home, server, name, client_id, secret=None, *arguments):
        self.process = subprocess.Popen(
            [AUTHGATE, "example", name, "--issuer", server.url, "--client-id", client_id,
             *(["--client-secret-stdin"] if secret else []), *arguments], cwd=home,
            env=environment(home), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        if secret:
            self.process.stdin.write(secret + "\n")
            self.process.stdin.flush()

    def first_line(self):
        return self.process.stderr.readline()

    def end(self):
        out, err = self.process.communicate(timeout=patience(30))
        assert self.process.returncode == 0, err
        return out


def test_example_device(home, server):
    example = Example(home, server, "device", server.client_id, None, "--scope", "openid profile")
    approve_device(server, example.first_line().split()[-1])
    assert example.end() == "Hello, admin.\n"
    assert not files(home)


@pytest.mark.parametrize("secret, method", [
    (None, None), ("a secret: of %41 its own", "basic"), ("another+secret", "post")])
def test_example_code_public_and_confidential(home, server, secret, method):
    app = App.register(server, None, secret=secret, redirect_uris="http://127.0.0.1/callback",
                       columns={"application_type": "native"},
                       auth_method="client_secret_" + method if secret else None)
    example = Example(home, server, "code", app.client_id, secret, "--scope", "openid profile",
                      *(["--client-auth", method] if secret else []))
    visit(sign_in(server, example.first_line().split()[-1]))
    assert example.end() == "Hello, admin.\n"


def test_example_machine(home, server):
    app = App.register(server, None, secret="machine secret", grants=("client_credentials",),
                       auth_method="client_secret_basic")
    example = Example(home, server, "machine", app.client_id, "machine secret")
    out = example.end()
    assert re.match(r"A token for \d+ seconds, scope ", out) and out.endswith("Revoked.\n")
    assert f"It belongs to client:{app.client_id}.\n" in out


# ---- administering over the network ----

ADMIN = "authgate:admin"


@pytest.fixture(scope="module")
def open_server(tmp_path_factory):
    """Its admin API answers on the network too."""
    with Server(tmp_path_factory.mktemp("open"), ADMIN_HTTP="true") as running:
        running.database.set_client(running.client_id, "scopes", f"openid profile offline_access {ADMIN}")
        yield running


def admin(home, server, *words, **variables):
    return run(home, "admin", "--server", server.url, *words, **variables)


def test_an_administrator_who_has_signed_in_administers_over_the_network(home, open_server):
    nobody = admin(home, open_server, "client", "list")
    assert nobody.returncode == 4 and f"authgate login --issuer {open_server.url}" in nobody.stderr
    by_browser(home, open_server, "--scope", ADMIN)
    listed = admin(home, open_server, "client", "list")
    assert listed.returncode == 0 and open_server.client_id in listed.stdout, listed
    made = json.loads(admin(home, open_server, "user", "create", "--username", "far", "--json").stdout)
    missing = admin(home, open_server, "user", "show", "nowhere")
    assert missing.returncode == 9 and "no user with the ID or name nowhere" in missing.stderr
    assert admin(home, open_server, "user", "delete", "far", "--yes").returncode == 0
    target = f"user:{made['id']}"
    for event in ("USER_CREATED", "USER_DELETED"):
        (row,) = open_server.database.events(event, target)
        assert row[0] == f"user:admin client:{open_server.client_id}"


def test_a_sign_in_without_the_scope_is_told_what_to_do(home, open_server):
    by_browser(home, open_server)
    done = admin(home, open_server, "client", "list")
    assert done.returncode == 4 and f"--scope 'openid {ADMIN}'" in done.stderr
    done = admin(home, open_server, "client", "list", AUTHGATE_TOKEN="nonsense")
    assert done.returncode == 4 and "authgate login --force" in done.stderr


def test_a_server_that_keeps_its_admin_api_to_itself_is_told(home, server):
    done = admin(home, server, "client", "list", AUTHGATE_TOKEN="x")
    assert done.returncode == 9 and "admin.http" in done.stderr


def test_a_profile_names_the_server_and_the_client(home, open_server):
    by_browser(home, open_server, "--scope", ADMIN)
    added = run(home, "profile", "add", "far", "--issuer", open_server.url, "--client-id", open_server.client_id)
    assert added.returncode == 0, added
    listed = run(home, "admin", "--profile", "far", "client", "list")
    assert listed.returncode == 0 and open_server.client_id in listed.stdout, listed
    other = run(home, "admin", "--profile", "far", "--client-id", "other", "client", "list")
    assert other.returncode == 4 and f"--issuer {open_server.url}" in other.stderr
    missing = run(home, "admin", "--profile", "near", "client", "list")
    assert missing.returncode == 2 and "near" in missing.stderr


@pytest.mark.parametrize("other", [("--socket", "x"), ("--profile", "x"), ("--offline",)])
def test_only_one_way_is_taken_at_a_time(home, server, other):
    done = admin(home, server, *other, "client", "list")
    assert done.returncode == 2 and "use only one of" in done.stderr


def test_an_answer_of_another_program_is_none(home):
    with FakeServer() as fake:
        done = run(home, "admin", "--server", fake.issuer, "client", "list", AUTHGATE_TOKEN="x")
    assert done.returncode in (1, 9) and not done.stdout
