"""`authgate admin --offline`: the same operations on a database that nobody serves; and a copy of
one that is put back."""

import json
import os
import pwd
import shutil
import subprocess
import threading

import pytest

from browser import Browser
from load import Load
from running import BINARY, Server
from waiting import until
from wire import basic

MACHINE = {"grant_type": "client_credentials"}
WHO = f"offline:{pwd.getpwuid(os.getuid()).pw_name}"


def offline(server, *arguments, **options):
    return subprocess.run([BINARY, "admin", "--offline", *arguments], env=server.environment,
                          cwd=server.directory, capture_output=True, text=True, check=False,
                          **options)


@pytest.fixture
def stopped(tmp_path):
    with Server(tmp_path) as server:
        server.published_keys()
        server.stop()
        yield server


def test_a_lost_password_is_given_anew_and_recorded(stopped):
    done = offline(stopped, "user", "reset-password", "admin", "--password-stdin", "--yes",
                   input="another horse battery\n")
    assert done.returncode == 0, done
    assert "another horse" not in done.stdout + done.stderr
    rows = stopped.database.rows(
        "SELECT actor FROM audit_log WHERE event = ?", "USER_PASSWORD_RESET")
    assert rows == [(WHO,)]
    stopped.start()
    with Browser(stopped) as browser:
        assert browser.sign_in(password="another horse battery").status == 303


@pytest.mark.parametrize("words, event", [
    (["user", "list", "--after", "00000000-0000-0000-0000-000000000000"], "ADMIN_DATA_VIEWED"),
    (["user", "show", "admin"], "ADMIN_DATA_VIEWED"), (["audit", "list"], "AUDIT_LOG_VIEWED"),
    (["audit", "export"], "AUDIT_LOG_EXPORTED"), (["user", "show", "nobody"], None)], ids=str)
def test_what_is_shown_is_in_the_trail(stopped, words, event):
    """M11"""
    offline(stopped, *words)
    seen = stopped.database.rows("SELECT event FROM audit_log WHERE actor = ?", WHO)
    assert seen == ([(event,)] if event else [])


def test_answers_and_exit_codes_are_those_of_the_socket(stopped):
    done = offline(stopped, "user", "list", "--json")
    assert done.returncode == 0, done
    assert [user["username"] for user in json.loads(done.stdout)["users"]] == ["admin"]
    made = offline(stopped, "client", "create", "--name", "M", "--type", "confidential",
                   "--grant", "client_credentials", "--scope", "read", "--json")
    assert made.returncode == 0, made
    client = json.loads(made.stdout)
    assert offline(stopped, "client", "show", "nobody").returncode == 9
    assert offline(stopped, "user", "demote", "admin", "--yes").returncode != 0, "the last admin"
    assert offline(stopped, "audit", "export").stdout.count("\n") > 0
    stopped.start()
    with stopped.client() as http:
        authorization = basic(client["client_id"], client["client_secret"])
        assert http.post("/oauth/token", MACHINE, [authorization]).status == 200


def test_what_is_destructive_asks(stopped):
    assert offline(stopped, "user", "disable", "admin", stdin=subprocess.DEVNULL).returncode == 3


def test_a_database_that_is_served_is_left_alone(stopped):
    stopped.start()
    done = offline(stopped, "user", "list")
    assert done.returncode == 75 and "open" in done.stderr and not done.stdout
    assert offline(stopped, "--force", "user", "list").returncode == 0


@pytest.mark.skipif(os.environ.get("TEST_DATABASE", "sqlite") == "sqlite",
                    reason="a file is not held by who has gone")
def test_what_a_stopped_server_leaves_behind_for_a_moment_is_no_server(stopped):
    """Of PostgreSQL: the process that served a connection ends after its client."""
    import psycopg2
    users = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'authgate' " \
            "AND datname = current_database()"
    left = psycopg2.connect(stopped.database.dsn, application_name="authgate")
    done = []
    command = threading.Thread(target=lambda: done.append(offline(stopped, "user", "list")))
    command.start()
    until(lambda: stopped.database.value(users) > 1)  # it is looking
    left.close()
    command.join()
    assert done[0].returncode == 0, done


def test_a_schema_of_another_program_is_left_alone(stopped):
    stopped.database.execute(
        "DELETE FROM schema_migrations WHERE version = (SELECT max(version) FROM schema_migrations)")
    done = offline(stopped, "user", "list")
    assert done.returncode == 69 and "migrate" in done.stderr
    done = offline(stopped, "--set", "jwt.expiration=soon", "user", "list")
    assert done.returncode == 78 and "expected a duration" in done.stderr


# ---- a copy that is put back --------------------------------------------------------------------


@pytest.mark.skipif(os.environ.get("TEST_DATABASE", "sqlite") != "sqlite",
                    reason="pg_dump copies PostgreSQL")
def test_a_copy_made_under_load_is_a_whole_server(tmp_path):
    """M18: what was told before the copy was begun is in it, and its tokens are good."""
    mine = threading.local()
    copy = tmp_path / "copy.db"
    (tmp_path / "old").mkdir()
    with Server(tmp_path / "old") as old:
        old.published_keys()
        machine = basic(old.database.add_client("machine", secret="s"), "s")

        def step():
            if not hasattr(mine, "http"):
                mine.http = old.client()
            return mine.http.post("/oauth/token", MACHINE, [machine]).json()["access_token"]

        with Load(step, threads=4) as load:
            while len(load.results) < 50:
                assert not load.errors
            told = list(load.results)
            done = subprocess.run([BINARY, "admin", "backup", str(copy)], env=old.environment,
                                  cwd=old.directory, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done
        assert not load.errors
        environment = {name: old.environment[name] for name in ("SESSION_SECRET", "BASE_URL")}
    (tmp_path / "new").mkdir()
    shutil.copy(copy, tmp_path / "new" / "authgate.db")
    with Server(tmp_path / "new", DATABASE_DRIVER="sqlite",
                DATABASE_DSN=str(tmp_path / "new" / "authgate.db"), **environment) as new:
        assert new.database.is_intact()
        with new.client() as http:
            for token in told:
                reply = http.post("/oauth/introspect", {"token": token}, [machine])
                assert reply.json()["active"] is True
        assert "migrated" not in new.log
