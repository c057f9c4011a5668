"""Moving a living installation to another database: `authgate migrate copy`."""

import os
import pathlib
import re
import subprocess
import time

import pytest

from app import App
from browser import Browser
from database import Postgres, open_database
from running import BINARY, Server
from sanitizer import patience
from shell import on_terminal

KINDS = ["sqlite", *(["postgres"] if "TEST_POSTGRES" in os.environ else [])]


def place(kind, directory, name):
    """The environment that makes a database of this kind the configured one."""
    dsn = str(directory / name) if kind == "sqlite" else Postgres.create()
    return {"DATABASE_DRIVER": kind, "DATABASE_DSN": dsn}


def spec(environment):
    return "{DATABASE_DRIVER}:{DATABASE_DSN}".format(**environment)


def migrate(server, *arguments, **environment):
    return subprocess.run([BINARY, "migrate", *arguments], text=True, capture_output=True,
                          timeout=patience(60), check=False, cwd=server.directory,
                          env={**server.environment, **environment})


def copied(server, source, target, *options):
    """Its digests."""
    done = migrate(server, "copy", "--from", spec(source), "--to", spec(target), *options)
    assert done.returncode == 0, done.stderr
    assert "not open" not in done.stderr
    return done.stdout


class World:
    """A server with a person's browser, an app that rotates and one that does not."""

    def __init__(self, server):
        self.server = server
        self.http = server.client()
        self.app = App.register(server, self.http, secret="the secret of the app")
        self.spa = App.register(server, self.http)
        self.browser = Browser(server)
        self.browser.sign_in()
        self.fixed = self.app.lasting_tokens(self.browser)
        self.rotating = self.spa.lasting_tokens(self.browser)
        self.revoked = self.app.tokens(self.browser)
        assert self.app.revoke(self.revoked["access_token"]).status == 200

    def look(self, server):
        """What was issued before is as good at this server as at the old one."""
        with server.client() as http, Browser(server) as browser:
            app = App(server, http, self.app.client_id, self.app.secret)
            spa = App(server, http, self.spa.client_id)
            browser.cookies = dict(self.browser.cookies)
            assert browser.get("/account").status == 200
            assert app.is_alive(self.fixed["access_token"])
            assert not app.is_alive(self.revoked["access_token"])
            assert app.refresh(self.fixed["refresh_token"]).status == 200
            answer = spa.refresh(self.rotating["refresh_token"])
            assert answer.status == 200, answer.text
            assert answer.json()["refresh_token"] != self.rotating["refresh_token"]
            app.id_claims(self.fixed["id_token"])
            # It remembers what the person allowed.
            assert "code" in app.answer(app.start(browser, prompt="none"))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("old")) as server:
        server.published_keys()
        world = World(server)
        server.stop()
        yield world


def source_of(world):
    return {name: world.server.environment[name] for name in ("DATABASE_DRIVER", "DATABASE_DSN")}


@pytest.mark.parametrize("kind", KINDS)
def test_the_copy_serves_what_the_original_did(world, tmp_path, kind):
    old, new = source_of(world), place(kind, tmp_path, "new.db")
    copied(world.server, old, new)
    moved = Server(tmp_path, **{**world.server.environment, **new})
    moved.port = world.server.port
    with moved.start():
        world.look(moved)
        # The trail of the old server is continued, and every row of it proven.
        verdict = subprocess.run([BINARY, "admin", "audit", "verify"], env=moved.environment,
                                 text=True, capture_output=True, timeout=patience(60), check=False)
        assert verdict.returncode == 0, verdict.stdout + verdict.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_there_and_back_has_equal_digests(world, tmp_path, kind):
    there, back = place(kind, tmp_path, "there.db"), place("sqlite", tmp_path, "back.db")
    first = copied(world.server, source_of(world), there)
    assert copied(world.server, there, back) == first
    for line in first.splitlines():
        table, rows, *_ = line.split()
        assert open_database(back).count(table) == int(rows) == \
            open_database(source_of(world)).count(table)
    trail = "SELECT * FROM audit_log ORDER BY id"
    assert open_database(back).rows(trail) == open_database(source_of(world)).rows(trail)


def test_an_installation_is_not_copied_over_another(world, tmp_path):
    old, new = source_of(world), place("sqlite", tmp_path, "new.db")
    copied(world.server, old, new)
    with open_database(new).unchanged(without=()):
        again = migrate(world.server, "copy", "--from", spec(old), "--to", spec(new))
    assert again.returncode == 70 and "holds data already" in again.stderr
    same = migrate(world.server, "copy", "--to", spec(old))
    assert same.returncode == 2 and "the same" in same.stderr


def test_a_copy_that_is_killed_leaves_nothing(world, tmp_path):
    """All or nothing: afterwards the same command does it."""
    old, new = place("sqlite", tmp_path, "old.db"), place("sqlite", tmp_path, "new.db")
    copied(world.server, source_of(world), old)
    open_database(old).execute(
        "INSERT INTO leases (name, holder, beat) "
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "
        "SELECT 'lease ' || i, (SELECT id FROM users), i FROM n")
    log = pathlib.Path(new["DATABASE_DSN"] + "-wal")
    with subprocess.Popen([BINARY, "migrate", "copy", "--from", spec(old), "--to", spec(new)],
                          env=world.server.environment,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        # The log holds the schema before, and rows when memory does not.
        while not (log.exists() and log.stat().st_size > 1_000_000):
            assert process.poll() is None
            time.sleep(0.002)
        process.kill()
    assert open_database(new).count("leases") == open_database(new).count("users") == 0
    assert copied(world.server, old, new) == copied(
        world.server, old, place("sqlite", tmp_path, "other.db"))


def test_a_source_in_use_is_refused_unless_that_is_accepted(tmp_path):
    with Server(tmp_path) as server:
        target = place("sqlite", tmp_path, "new.db")
        refused = migrate(server, "copy", "--to", spec(target))
        assert refused.returncode == 70 and "stop it" in refused.stderr
        assert not pathlib.Path(target["DATABASE_DSN"]).exists()
        accepted = migrate(server, "copy", "--to", spec(target), "--online")
        assert accepted.returncode == 0 and "is not copied" in accepted.stderr
        with server.client() as http:
            assert http.get("/readyz").status == 200


def test_another_session_secret_is_told(world, tmp_path):
    """The sealed keys would not open, and the server not start."""
    done = migrate(world.server, "copy", "--to", spec(place("sqlite", tmp_path, "new.db")),
                   SESSION_SECRET="quite another secret, 48 bytes of it, for a test")
    assert done.returncode == 0 and "SESSION_SECRET is not the one" in done.stderr


def test_names_of_databases_come_from_files_and_the_environment(world, tmp_path):
    file = tmp_path / "target"
    file.write_text(f"sqlite:{tmp_path}/one.db\n")
    first = migrate(world.server, "copy", "--to", f"@{file}")
    assert first.returncode == 0, first.stderr
    second = migrate(world.server, "copy", "--from", "env:FROM", "--to", f"{tmp_path}/two.db",
                     FROM=f"{tmp_path}/one.db")
    assert second.returncode == 0 and second.stdout == first.stdout
    for wrong in ("env:NOWHERE", "@/nowhere", "sqlite:", ""):
        assert migrate(world.server, "copy", "--to", wrong).returncode == 2
    assert migrate(world.server, "copy").returncode == 2


def test_a_password_on_the_command_line_is_hidden_and_complained_about(world):
    done = migrate(world.server, "copy", "--to",
                   "postgres://u:geheim@127.0.0.1:1/db")
    assert done.returncode == 70
    assert "may be seen" in done.stderr and "geheim" not in done.stderr + done.stdout



# ---- how far it is ------------------------------------------------------------------------------


@pytest.fixture(name="large", scope="module")
def _large(tmp_path_factory):
    """A file whose copy takes a while."""
    directory = tmp_path_factory.mktemp("large")
    server = Server(directory, DATABASE_DRIVER="sqlite", DATABASE_DSN=str(directory / "a.db"))
    with server:
        pass
    server.database.execute(
        "INSERT INTO users (id, username, password_hash, created_ms, updated_ms)"
        " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250000)"
        " SELECT randomblob(16), 'user' || i, '', 1, 1 FROM n")
    return server


def test_a_terminal_shows_how_far_how_fast_and_how_long(large, tmp_path):
    variables = {name: large.environment[name] for name in ("SESSION_SECRET", "DATABASE_DSN")}
    status, seen = on_terminal(tmp_path, "migrate", "copy", "--to", str(tmp_path / "copy.db"),
                               columns=100, **variables)
    assert status == 0
    assert re.search(rb"copied \d+ of 250001 rows, \d+/s, \d+ s left, users", seen), seen[-500:]


def test_nothing_of_it_goes_anywhere_but_to_a_terminal(large, tmp_path):
    """Not to the log of a timer, nor to a file."""
    done = migrate(large, "copy", "--to", str(tmp_path / "copy.db"))
    assert done.returncode == 0, done.stderr
    assert "\r" not in done.stderr + done.stdout and "/s" not in done.stderr
