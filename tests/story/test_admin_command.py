"""`authgate admin` as people meet it: help, mistakes that are named, questions, tables."""

import http.server
import json
import os
import pty
import re
import select
import subprocess
import threading
import time
import unicodedata
from urllib.parse import parse_qsl, urlsplit

import pytest

import sanitizer
from admin import ByRequest, actions, command
from described import described
from running import Server
from sanitizer import BINARY, patience

# What cannot be undone asks for the name, what stops something asks at all: written down here, not read in
# the table that is looked at.
ASKS = {
    "client rotate-secret", "client reject", "client disable", "client revoke", "client delete",
    "user reset-password", "user invite", "user disable", "user promote", "user demote", "user revoke", "user withdraw", "user disconnect", "user delete",
    "grant revoke", "grant disable", "token revoke", "session revoke", "device deny",
    "key rotate", "key promote", "key retire", "key reseal",
}
ASKS_FOR_THE_NAME = {"client revoke", "client delete", "user revoke", "user delete", "key retire"}


def alone(*words):
    """The command without a server."""
    return subprocess.run([BINARY, "admin", *words], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, env={"PATH": os.environ["PATH"], **sanitizer.ENVIRONMENT})


def at_terminal(server, *words, typed="", columns=80, environment=()):
    """What a person sees who types that; and the exit code."""
    ours, theirs = pty.openpty()
    env = {"PATH": os.environ["PATH"], "TERM": "xterm", "LANG": "C.UTF-8", "COLUMNS": str(columns),
           **({"ADMIN_SOCKET": str(server.admin_socket)} if server else {}), **sanitizer.ENVIRONMENT, **dict(environment)}
    with subprocess.Popen([BINARY, "admin", *words], stdin=theirs, stdout=theirs, stderr=theirs, env=env) as child:
        os.close(theirs)
        seen = b""
        while select.select([ours], [], [], patience(20))[0]:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other side is closed
                break
            if not part:
                break
            seen += part
            if typed and re.search(rb"(\[y/N\]|to confirm:) $", seen):
                os.write(ours, typed.encode())
                typed = ""
        code = child.wait(patience(20))
    os.close(ours)
    return code, seen.decode()


@pytest.fixture
def client(server):
    return ByRequest(server)("client", "create", name="Küche", type="public", grants=["device"])


# ---- help ----

@pytest.mark.parametrize("key", actions(), ids=" ".join)
def test_help_tells_of_every_option_with_a_sentence_and_an_example(key):
    done = alone(*key, "--help")
    (operation,) = [op for op in described()["operations"] if (op["noun"], op["verb"]) == key]
    assert done.returncode == 0 and not done.stderr
    assert f"authgate admin {key[0]} {key[1]}" in done.stdout.split("Example:")[1]
    shown = " ".join(done.stdout.split())
    for field in operation["takes"]:
        if key in (("audit", "export"), ("audit", "verify")) and field["name"] in ("limit", "after"):
            continue  # the command's own business
        assert f"--{field['flag']}" in shown and field["help"] in shown, field
        assert all(choice in shown for choice in field["choices"])
    assert max(map(len, done.stdout.split("\nOptions")[0].splitlines())) <= 120


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["client", "--help"], ["backup", "--help"]])
def test_help_that_is_asked_for_is_no_mistake(words):
    done = alone(*words)
    assert done.returncode == 0 and done.stdout and not done.stderr


def test_help_lists_every_operation():
    text = subprocess.run([BINARY, "help", "admin"], capture_output=True, text=True, check=True).stdout
    for noun, verb in actions():
        assert re.search(rf"^  {noun} {verb}\b", text, re.M), (noun, verb)
    assert "backup FILE" in text


@pytest.mark.parametrize("words, told", [
    (["clients", "list"], "client"), (["client", "lst"], "list"), (["client", "remove"], 'client has no "remove"'),
    (["client", "create", "--nmae", "x"], "--name"), (["client", "create", "--type", "pubic"], "public"),
    (["client", "create", "--name", "x"], "--grant code|device"), (["client", "delete"], "client_id"),
    (["key", "rotate"], "needs the alg"), (["client", "list", "--format", "csv"], "no option --format"),
    (["client", "create", "--name"], "needs a value"), (["user", "create", "--password", "x"], "no option --password"),
    (["client", "list", "--what"], "no option --what"), (["client", "show", "a", "b"], '"b"'), (["fly"], '"fly"'),
    (["client", "list", "--json=1"], "takes no value"), (["client", "show", ""], "empty"),
    (["audit", "export", "--format", "xml"], "jsonl csv"), (["audit", "compare"], "--head"),
    (["client", "list", "--config", "x.yaml"], "go with --offline"), (["client", "list", "--force"], "--offline"),
    (["client", "list", "--account", "mia"], "go with --server"),
    (["client", "edit", "x", "--no-name"], "no option --no-name"), (["client"], "client list")])
def test_a_mistake_is_named_with_a_way_on(words, told):
    done = alone(*words)
    assert done.returncode == 2 and not done.stdout
    assert told in done.stderr and "--help` " in done.stderr
    assert len(done.stderr.splitlines()) <= 2 or len(words) == 1


def test_without_a_noun_all_are_listed():
    done = alone()
    assert done.returncode == 2 and not done.stdout and "client create" in done.stderr


# ---- what is said ----

def test_a_flag_is_switched_on_and_off(server, client):
    do = ByRequest(server)
    for option, value in (("--require-pkce", True), ("--no-require-pkce", False)):
        done = command(server, "client", "edit", client["client_id"], option)
        assert done.returncode == 0, done
        assert do("client", "show", client["client_id"])["require_pkce"] is value
    command(server, "client", "edit", client["client_id"], "--require-pkce")
    assert command(server, "client", "edit", client["client_id"], "--name", "Other").returncode == 0
    assert do("client", "show", client["client_id"])["require_pkce"] is True, "what is not said stays"


def test_what_may_be_empty_is_cleared(server, client):
    do = ByRequest(server)
    given = {"backchannel_logout_uri": "https://a.example/out", "id_token_alg": "ES256",
             "post_logout_redirect_uris": ["https://a.example/bye"]}
    do("client", "edit", client["client_id"], **given)
    done = command(server, "client", "edit", client["client_id"], "--backchannel-logout-uri", "",
                   "--id-token-alg=", "--post-logout-redirect-uri", "")
    assert done.returncode == 0, done
    shown = do("client", "show", client["client_id"])
    assert [shown[name] for name in given] == ["", "", []]


def test_a_list_is_given_in_words_or_again(server):
    done = command(server, "client", "create", "--name", "Lists", "--type=public", "--grant", "device refresh",
                   "--scope", "openid", "--scope", "read write")
    assert done.returncode == 0 and re.search(r"^scopes +openid read write$", done.stdout, re.M), done


def test_words_behind_two_dashes_are_no_options(server):
    for words in (["user", "show", "--", "--help"], ["user", "show", "-rf"]):
        done = command(server, *words)
        assert done.returncode == 9 and f"no user with the ID or name {words[-1]}" in done.stderr


# ---- what is not there ----

@pytest.mark.parametrize("words, told", [
    (["client", "show", "0190b5c0-0000-7000-8000-000000000000"], "no client with ID 0190b5c0-0000-7000"),
    (["session", "revoke", "nothing", "--yes"], "no session with ID nothing"),
    (["key", "rotate", "ES512", "--yes"], "no key with the alg ES512")])
def test_what_is_not_there_is_named(server, words, told):
    done = command(server, *words)
    assert done.returncode == 9 and told in done.stderr


def test_a_grant_that_is_none_is_told_with_those_that_are(server):
    done = command(server, "client", "create", "--name", "x", "--grant", "password")
    assert done.returncode == 1 and "grants: " in done.stderr
    assert all(word in done.stderr for word in ("code", "device", "refresh", "client"))


# ---- questions ----

def test_what_stops_or_destroys_asks():
    asks = {f"{op['noun']} {op['verb']}": op["effect"] for op in described()["operations"] if op["asks"]}
    assert set(asks) == ASKS
    assert {name for name, effect in asks.items() if effect == "destroys"} == ASKS_FOR_THE_NAME


@pytest.mark.parametrize("name", sorted(ASKS))
def test_without_a_terminal_nothing_is_asked_and_nothing_done(server, database, name):
    action = actions()[tuple(name.split())]
    with database.unchanged():
        done = command(server, *name.split(), *["x"] * action.pattern.count(":"), stdin="y\n")
    assert done.returncode == 3 and "not a terminal: add --yes to confirm" in done.stderr


def test_what_can_be_undone_asks_once(server, client):
    do, name = ByRequest(server), client["client_id"]
    code, seen = at_terminal(server, "client", "disable", name, typed="n\n")
    assert code == 3 and 'Disable client "Küche"?' in seen and do("client", "show", name)["status"] == "active"
    code, seen = at_terminal(server, "client", "disable", name, typed="y\n")
    assert code == 0 and do("client", "show", name)["status"] == "disabled"


def test_what_cannot_be_undone_asks_for_the_name(server, client):
    do, name = ByRequest(server), client["client_id"]
    for typed in ("y\n", "\n", "kuche\n"):
        code, seen = at_terminal(server, "client", "delete", name, typed=typed)
        assert code == 3 and "Type Küche to confirm" in seen and do("client", "show", name)
    assert at_terminal(server, "client", "delete", name, typed="Küche\n")[0] == 0
    code, seen = at_terminal(server, "client", "delete", name)
    assert code == 9 and "no client with ID" in seen, "nobody is asked about what is not there"


# ---- tables ----

def columns_of(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def test_letters_of_all_languages_are_shown_and_columns_stand(server):
    do = ByRequest(server)
    names = ["Küche", "Кухня", "厨房と食卓", "plain", "Zoë́"]
    ids = {do("client", "create", name=name, type="public", grants=["device"])["client_id"]: name for name in names}
    code, seen = at_terminal(server, "client", "list", "--limit", "200", columns=120)
    assert code == 0
    lines = seen.splitlines()
    at = columns_of(lines[0][:lines[0].index("type")])
    rows = {line.split()[0]: line for line in lines if line.split()[:1] and line.split()[0] in ids}
    assert set(rows) == set(ids)
    for made, line in rows.items():
        assert ids[made] in line and columns_of(line[:line.index("public")]) == at, line


def test_where_letters_cannot_be_shown_they_are_not(server, client):
    code, seen = at_terminal(server, "client", "show", client["client_id"], environment={"LANG": "C"}.items())
    assert code == 0 and re.search(r"^name +K\?che\r?$", seen, re.M)


@pytest.mark.parametrize("columns", [45, 60, 80, 100])
def test_a_table_fits_the_terminal(server, columns):
    do = ByRequest(server)
    made = do("client", "create", name="long " * 20, type="public", grants=["device"])["client_id"]
    code, seen = at_terminal(server, "client", "list", "--limit", "200", columns=columns)
    assert code == 0 and made in seen, "ids stay whole"
    lines = [line for line in seen.splitlines() if not line.startswith("There is more")]
    assert max(map(columns_of, lines)) <= columns and not any(line != line.rstrip() for line in lines)
    assert "…" in seen or columns < 60
    whole = command(server, "client", "list", "--limit", "200").stdout
    assert ("long " * 20).strip() in whole, "what is no terminal has all of it"


def test_an_empty_list_says_so_on_a_terminal(server):
    code, seen = at_terminal(server, "client", "list", "--status", "pending")
    assert code == 0 and seen.strip() == "There are no clients here."
    assert command(server, "client", "list", "--status", "pending").stdout.startswith("client_id")


def test_json_holds_nothing_that_steers_a_terminal(server, database, client):
    """I17: not even what JSON would allow."""
    database.set_client(client["client_id"], "name", "a\u202eb\u009bc\u2066d\U000e0041")
    done = command(server, "client", "show", client["client_id"], "--json")
    assert done.returncode == 0 and not re.search("[\u0080-\u009f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]",
                                                  done.stdout)
    assert "\\u202e" in done.stdout and "\\u009b" in done.stdout and "\\udb40\\udc41" in done.stdout


def test_what_became_of_the_keys_is_shown(tmp_path):
    with Server(tmp_path) as own:
        own.published_keys()
        for words, shown in ((["rotate", "ES256"], r"ES256 +next +\S+ +20\S+Z"), (["promote", "ES256", "--at-once"], "retired")):
            done = command(own, "key", *words, "--yes")
            assert done.returncode == 0 and re.search(shown, done.stdout), done
        refused = command(own, "key", "promote", "ES256", "--yes")
        assert refused.returncode == 9 and "successor" in refused.stderr


def test_a_reload_that_changes_nothing_says_so(server):
    code, seen = at_terminal(server, "server", "reload")
    assert code == 0 and seen.strip() == "Nothing has changed."


@pytest.mark.parametrize("name", [".", "..", "....", " .. "])
def test_a_name_of_dots_is_refused(server, database, name):
    """It would mean something else in every path that is made of it."""
    with database.unchanged():
        done = command(server, "user", "create", "--username", name)
    assert done.returncode == 1 and "more than dots" in done.stderr
    assert command(server, "user", "show", "..").returncode != 0


def test_a_reload_is_in_the_trail_before_it_is_done(tmp_path):
    """M11: also one that finds mistakes."""
    with Server(tmp_path) as own:
        own.database.execute("CREATE TRIGGER full BEFORE INSERT ON audit_log BEGIN SELECT RAISE(ABORT, 'full'); END"
                             if own.environment["DATABASE_DRIVER"] == "sqlite" else
                             "ALTER TABLE audit_log ADD CONSTRAINT full_up CHECK (detail = 'never') NOT VALID")
        done = command(own, "server", "reload")
        assert done.returncode == 1 and not re.search(r'msg="?reloaded', own.log)


# ---- what takes long ----

class Slow(http.server.BaseHTTPRequestHandler):
    """A server of which every page takes a while; it has three, or no end of them."""

    def do_GET(self):  # pylint: disable=invalid-name
        after = int(dict(parse_qsl(urlsplit(self.path).query)).get("after", 0))
        time.sleep(self.server.seconds)
        row = {"id": "x", "at": f"2026-11-0{after + 1}T00:00:00Z", "event": "E"}
        more = 1 if self.server.is_endless else after + 1
        page = {"events": [row] * 200, **({"next": str(more)} if self.server.is_endless or more < 3 else {})}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(page).encode())

    def log_message(self, *_arguments):  # pylint: disable=arguments-differ
        pass


@pytest.fixture
def slow():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow) as running:
        running.seconds, running.is_endless = 0.7, False
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


def far(slow):
    return ["--server", f"http://127.0.0.1:{slow.server_address[1]}"], {"AUTHGATE_TOKEN": "x", "HOME": "/nonexistent"}


def test_an_export_that_takes_long_says_how_far_it_is_on_a_terminal_only(slow):
    words, variables = far(slow)
    code, seen = at_terminal(None, *words, "audit", "export", environment=variables.items())
    assert code == 0 and re.search(r"exported 400 rows, \d+/s, back to 2026-11-02", seen), seen[-300:]
    assert seen.count('"event":"E"') == 600
    done = subprocess.run([BINARY, "admin", *words, "audit", "export"], capture_output=True, text=True, check=False,
                          env={"PATH": os.environ["PATH"], "TERM": "xterm", **variables, **sanitizer.ENVIRONMENT})
    assert done.returncode == 0 and not done.stderr and len(done.stdout.splitlines()) == 600


def test_pages_that_never_end_are_given_up(slow):
    slow.seconds, slow.is_endless = 0, True
    words, variables = far(slow)
    done = subprocess.run([BINARY, "admin", *words, "audit", "export"], capture_output=True, text=True, check=False,
                          env={"PATH": os.environ["PATH"], **variables, **sanitizer.ENVIRONMENT}, timeout=patience(30))
    assert done.returncode == 1 and "do not end" in done.stderr
