"""SESSION_SECRET is replaced: keys, tokens, sessions, forms and the audit trail survive; who emptied the
trail is found, with one secret or the other."""

import os
import secrets
import subprocess

import pytest

from admin import ByRequest, refused
from app import App
from browser import Browser
from database import now_ms
from running import BINARY, Server
from sanitizer import patience
from trail import assert_intact, verify
from waiting import until

EXPIRED = "This form has expired"


def new_secret():
    return secrets.token_urlsafe(32)


@pytest.fixture
def own(tmp_path):
    """A server that the test may stop, with both of its keys."""
    with Server(tmp_path) as server:
        until(lambda: len(server.published_keys()) == 2)
        yield server


def give(server, secret, previous=None):
    """Another environment for the next start."""
    server.environment["SESSION_SECRET"] = secret
    server.environment.pop("SESSION_SECRET_PREVIOUS", None)
    if previous:
        server.environment["SESSION_SECRET_PREVIOUS"] = previous


def with_another(server):
    """Restarts with a new secret next to the one before."""
    before = server.environment["SESSION_SECRET"]
    server.stop()
    give(server, new_secret(), before)
    server.start()
    return before


def forget_previous(server):
    server.stop()
    give(server, server.environment["SESSION_SECRET"])
    server.start()


def offline(server, *arguments):
    """Without the server, once PostgreSQL knows that its connections have ended."""
    done = None

    def has_answered():
        nonlocal done
        done = subprocess.run([BINARY, "admin", "--offline", *arguments], env=server.environment,
                              cwd=server.directory, capture_output=True, text=True, check=False,
                              timeout=patience(60))
        return "has the database open" not in done.stderr

    until(has_answered)
    return done


def test_all_survives_another_secret(own):
    with own.client() as http, Browser(own) as browser:
        app = App.register(own, http, secret="s")
        keys = own.published_keys()
        tokens = app.lasting_tokens(browser)
        form = browser.get("/account").form("/account/password")
        rows = assert_intact(own)
    before = with_another(own)
    assert "admin key reseal" in own.log
    with own.client() as http, Browser(own) as again:
        app.http, again.cookies = http, browser.cookies
        assert own.published_keys() == keys and app.is_alive(tokens["access_token"])
        assert again.get("/account").status == 200, "still signed in"
        page = again.submit(form, current="x" * 8, new="y" * 8, again="z" * 8)
        assert page.status == 400 and EXPIRED not in page.text, "the form still counts"
        assert assert_intact(own) > rows
        ByRequest(own)("key", "reseal")
        assert assert_intact(own) > rows
    forget_previous(own)
    assert before not in own.environment.values()
    with own.client() as http, Browser(own) as again:
        app.http, again.cookies = http, browser.cookies
        assert own.published_keys() == keys and app.is_alive(tokens["access_token"])
        assert app.refresh(tokens["refresh_token"]).status == 200
        assert again.get("/account").status == 200
        assert again.submit(again.get("/account").form("/account/password"), current="x" * 8,
                            new="y" * 8, again="z" * 8).status == 400
        assert assert_intact(own) > rows
    assert len(own.database.events("SIGNING_KEYS_RESEALED")) == 1


def test_it_can_be_replaced_again_and_again(own):
    keys, rows = own.published_keys(), 0
    for _ in range(3):
        with_another(own)
        ByRequest(own)("key", "reseal")
        forget_previous(own)
        assert own.published_keys() == keys
        rows, last = assert_intact(own), rows
        assert rows > last
    assert own.database.count("audit_keys") == 3


def test_without_the_secret_before_the_start_names_the_way_out(own):
    before = own.environment["SESSION_SECRET"]
    own.stop()
    give(own, new_secret())
    assert own.launch().ended() == 78
    assert "SESSION_SECRET_PREVIOUS" in own.log and "authgate admin key reseal" in own.log
    assert before not in own.log
    give(own, own.environment["SESSION_SECRET"], before)
    own.start()
    ByRequest(own)("key", "reseal")


def test_a_secret_that_was_not_sealed_anew_cannot_be_left_out(own):
    with_another(own)
    own.stop()
    give(own, own.environment["SESSION_SECRET"])
    assert own.launch().ended() == 78 and "admin key reseal" in own.log


def test_the_secret_before_comes_from_a_file_too(own, tmp_path):
    path = tmp_path / "previous"
    path.write_text(own.environment["SESSION_SECRET"] + "\n")
    path.chmod(0o600)
    own.stop()
    give(own, new_secret())
    own.environment["SESSION_SECRET_PREVIOUS_FILE"] = str(path)
    own.start()
    ByRequest(own)("key", "reseal")
    own.stop()
    del own.environment["SESSION_SECRET_PREVIOUS_FILE"]
    own.start()


def test_the_same_secret_twice_is_a_mistake(tmp_path):
    server = Server(tmp_path)
    server.environment["SESSION_SECRET_PREVIOUS"] = server.environment["SESSION_SECRET"]
    assert server.launch().ended() == 78 and "is the same as SESSION_SECRET" in server.log


def test_there_must_be_a_secret_to_replace(own):
    assert "SESSION_SECRET_PREVIOUS" in refused(400, ByRequest(own), "key", "reseal")


def test_a_stopped_server_can_be_resealed(own):
    rows = assert_intact(own)
    before = own.environment["SESSION_SECRET"]
    own.stop()
    give(own, new_secret(), before)
    done = offline(own, "key", "reseal", "--yes")
    assert done.returncode == 0, done
    give(own, own.environment["SESSION_SECRET"])
    own.start()
    assert assert_intact(own) > rows


def test_anchors_from_before_still_compare(tmp_path):
    anchor = tmp_path / "anchor"
    with Server(tmp_path, AUDIT_ANCHOR=f"file:{anchor}") as server:
        server.restart()
        old = anchor.read_text()
        with_another(server)
        ByRequest(server)("key", "reseal")
        forget_previous(server)
        (tmp_path / "old").write_text(old)
        assert_intact(server, "--anchor", str(tmp_path / "old"))


def test_what_a_leaked_secret_could_forge_is_found(own):
    """Who has the old secret and the database: rows of before end in a hash that the new one signs."""
    with_another(own)
    ByRequest(own)("key", "reseal")
    own.stop()
    give(own, own.environment["SESSION_SECRET"])
    assert offline(own, "audit", "verify", "--json").returncode == 0
    (actor,) = own.database.rows("SELECT actor FROM audit_log WHERE chain = 1 AND seq = 1")[0]
    put = "UPDATE audit_log SET actor = ? WHERE chain = 1 AND seq = 1"
    assert own.database.execute(put, "user:nobody")
    assert offline(own, "audit", "verify", "--json").returncode == 65
    own.database.execute(put, actor)
    assert offline(own, "audit", "verify", "--json").returncode == 0
    own.database.execute("DELETE FROM audit_keys")
    assert offline(own, "audit", "verify", "--json").returncode == 65, "the key of its rows is gone"


@pytest.mark.skipif(os.environ.get("TEST_DATABASE") != "postgres", reason="needs several nodes")
def test_nodes_take_it_one_after_the_other(own, tmp_path):
    (tmp_path / "other").mkdir()
    old = own.environment["SESSION_SECRET"]
    shared = {name: own.environment[name] for name in
              ("SESSION_SECRET", "DATABASE_DRIVER", "DATABASE_DSN", "BASE_URL")}
    new, keys = new_secret(), own.published_keys()
    with Server(tmp_path / "other", **shared) as other:
        def is_taken(shows, takes):
            with Browser(shows) as browser, takes.client() as http:
                form = browser.get("/login").form("/login")
                return http.post("/login", {**form.fields, "username": "nobody", "password": "wrong"},
                                 browser.headers()).status == 401

        def forms_work_everywhere():
            for shows in (own, other):
                for takes in (own, other):
                    assert is_taken(shows, takes)
                assert shows.published_keys() == keys

        for node in (own, other):
            node.stop()
            give(node, new, old)
            node.start()
            forms_work_everywhere()
            assert_intact(own)
        # A key that is made now can be opened by a node that has the old secret only.
        ByRequest(own)("key", "rotate", "ES256")
        until(lambda: len(other.published_keys()) == len(own.published_keys()) == 3)
        keys = own.published_keys()
        ByRequest(other)("key", "reseal")
        forms_work_everywhere()
        for node in (own, other):
            node.stop()
            give(node, new)
            node.start()
            # The other makes forms with the new secret once it has heard of step two.
            until(lambda: is_taken(own, other) and is_taken(other, own))
            forms_work_everywhere()
        assert_intact(own)
        assert_intact(other)


@pytest.mark.skipif(os.environ.get("TEST_DATABASE") != "postgres", reason="needs several nodes")
def test_a_key_made_while_the_secret_changes_opens_on_the_slowest_node(own, tmp_path):
    (tmp_path / "slow").mkdir()
    shared = {name: own.environment[name] for name in
              ("SESSION_SECRET", "DATABASE_DRIVER", "DATABASE_DSN", "BASE_URL")}
    with Server(tmp_path / "slow", **shared) as slow:
        with_another(own)
        ByRequest(own)("key", "rotate", "ES256")
        until(lambda: len(slow.published_keys()) == 3)
        slow.restart()
        assert len(slow.published_keys()) == 3


# ---- a trail that was taken away ----------------------------------------------------------------


def empty(database):
    database.execute("DELETE FROM audit_log")
    database.execute("DELETE FROM audit_chains")


def test_a_trail_that_was_emptied_is_found_while_the_server_runs(own):
    assert_intact(own)
    empty(own.database)
    assert "emptied" in verify(own)["text"]


def test_a_trail_that_was_emptied_is_found_offline_and_after_the_next_start(own):
    own.stop()
    empty(own.database)
    done = offline(own, "audit", "verify", "--json")
    assert done.returncode == 65 and "emptied" in done.stdout
    own.start()
    assert "emptied" in verify(own)["text"]
    with_another(own)
    ByRequest(own)("key", "reseal")
    forget_previous(own)
    assert "emptied" in verify(own)["text"], "for good"


def test_a_key_cannot_be_made_to_forget_when_the_trail_began(own):
    for sql in ("UPDATE signing_keys SET trail_began_ms = 0",
                f"UPDATE signing_keys SET trail_began_ms = {now_ms()}"):
        kept = own.database.rows("SELECT kid, trail_began_ms FROM signing_keys")
        own.database.execute(sql)
        assert not verify(own)["intact"]
        for kid, began in kept:
            own.database.execute("UPDATE signing_keys SET trail_began_ms = ? WHERE kid = ?", began, kid)
        assert_intact(own)
    own.database.execute("UPDATE audit_chains SET started_ms = started_ms + 1 WHERE chain = 0")
    assert not verify(own)["intact"]
