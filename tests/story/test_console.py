"""The console `authgate admin`, in a real terminal: what people type and what they see."""

import itertools
import os
import re

import pytest

from admin import WHO, ByRequest
from running import Server
from sanitizer import ROOT
from terminal import Terminal


@pytest.fixture(scope="module")
def clients(server):
    do = ByRequest(server)
    return [do("client", "create", name=f"client-{i:02}", grants=["code", "refresh"],
               redirect_uris=["https://app.example/cb"]) for i in range(30)]


@pytest.fixture
def console(server, clients):
    with Terminal(server.admin_socket) as terminal:
        yield terminal.see("client-05", "updated")


TERMS = ("xterm-256color", "screen-256color", "linux", "vt100", "xterm-mono")
SIZES = ((60, 16), (80, 24), (110, 30), (200, 60), (300, 100))
# One of each where there is no time for all.
SCREENS = tuple(itertools.product(TERMS, SIZES)) if os.environ.get("CONSOLE_ALL") else tuple(zip(TERMS, SIZES))


@pytest.mark.parametrize("term, size", SCREENS, ids=str)
def test_a_list_fits_every_screen(server, clients, term, size):
    columns, rows = size
    with Terminal(server.admin_socket, columns, rows, term) as terminal:
        terminal.see("client-02", "?:Help", "q:Back", "updated")
        lines = terminal.lines
        assert lines[0].startswith(" authgate") and " RW " in lines[0]
        assert "2 Clients" in lines[1] or "2Clients" in lines[1]
        assert all(len(line) <= columns for line in lines)
        assert ("Redirect URIs" in terminal.text) == (columns >= 110 and rows > 16)
        terminal.type("j", "j", "j").at("client-0")
        terminal.type("q").ended()


def test_keys_move_the_selection_and_the_cursor_with_it(server, console):
    # Clients of the same millisecond stand in any order.
    names = [row["name"] for row in ByRequest(server)("client", "list", limit=200)["clients"]]
    assert names[0] == "AuthGate CLI" and len(names) == 31
    console.at(names[0])
    for keys, place in ((["j"], 1), (["Down", "j"], 3), (["k"], 2), (["G"], 30), (["g"], 0), (["C-d"], 9), (["C-u"], 0),
                        (["NPage"], 18), (["PPage"], 0), (["End"], 30), (["Home"], 0)):
        console.type(*keys).at(f" {names[place]} ")


def test_a_client_opens_and_goes_back(console, clients):
    console.type("j", "Enter").see("client client-00", "Details", "Users", "Tokens", clients[0]["client_id"],
                                   "https://app.example/cb")
    console.type("Tab").see("No authorizations here.")
    console.type("]", "]").see("No tokens here.")
    console.type("BTab").see("No grants here.")
    console.type("q").see("client-05", not_="Details")
    console.type("l").see("Details").type("h").see(not_="Details")
    console.type("Right").see("Details").type("Escape").see(not_="Details")


def test_numbers_lead_to_screens(console):
    for number, title in (("3", "── Users"), ("4", "── Tokens"), ("5", "── Sessions"), ("6", "── Devices"),
                          ("7", "── Audit"), ("8", "── Keys"), ("9", "── server"), ("0", "── Grants"),
                          ("2", "── Clients")):
        console.type(number).see(title)
    console.type("8").see("ES256", "active")
    console.type("9").see("Version", "Ready").type("Tab").see("server.addr", "environment")
    console.type("Tab").see("writer", "8192").type("Tab").see("load signing keys", "● ok").type("Tab").see("disk", "● ok")


def test_the_help_is_made_of_the_keys(console):
    console.type("?").see("What can be done here", "create a client")
    console.type("G").see("hold Shift")
    console.type("Escape").see("q:Back", not_="What can be done")
    console.type("F1").see("What can be done here").type("q").see(not_="What can be done")


@pytest.mark.parametrize("columns, rows", [(59, 24), (80, 15)])
def test_too_small_a_screen_says_so_until_it_grows(console, columns, rows):
    console.resize(columns, rows).see(f"Too small: {columns}x{rows}")
    console.resize(100, 30).see("client-05", "updated")


def test_quitting_gives_the_terminal_back(server, clients):
    for keys in (["q"], ["Q"], ["C-c"], ["8", "Enter", "Q"], ["?", "C-c", "C-c"]):
        with Terminal(server.admin_socket) as terminal:
            terminal.see("updated").type(*keys).ended()


@pytest.mark.parametrize("term, says", [
    ("dumb", "cannot draw on a terminal of TERM=dumb"), ("", "TERM is not set"),
    ("no-such-terminal", "does not know the terminal TERM=no-such-terminal")])
def test_what_is_no_terminal_is_pointed_to_the_command(server, term, says):
    with Terminal(server.admin_socket, 200, 60, term=term) as terminal:
        terminal.see(says, "ended with 2")


def test_looking_on_changes_nothing(server, clients, database):
    with Terminal(server.admin_socket, options=["--read-only"]) as terminal:
        terminal.see("client-05", " RO ")
        with database.unchanged():
            for key in ("n", "e", "d", "x", "D"):
                terminal.type(key).see("This console only looks")
                terminal.type("j").see("updated")


def test_a_client_is_disabled_with_a_question_and_undone(console, database, clients):
    client = clients[0]["client_id"]
    console.type("j", "d").see('Disable client "client-00"?', "No living token depends on it.", "[ Cancel ]").at("[ Cancel ]")
    with database.unchanged():
        console.type("Enter").see(not_="Disable client")
    console.type("d").see("Disable client").type("Tab", "Enter").see("Done: disable", "z undoes it", "○ disabled")
    console.type("z").see("Done: enable", not_="○ disabled")
    assert [row[0] for row in database.events("CLIENT_UPDATED", f"client:{client}")] == [WHO, WHO]


def test_hostile_names_stay_in_their_cells(tmp_path):
    """A client that registers itself under a name that moves the cursor or turns the line."""
    with Server(tmp_path) as server:
        do = ByRequest(server)
        do("client", "create", name="wide 漢字 and é", grants=["client"])
        client = do("client", "create", name="evil", grants=["client"])["client_id"]
        server.database.set_client(client, "name", "\x1b[2J\u202eevil\u2066\x07end")
        with Terminal(server.admin_socket, 200) as terminal:
            terminal.see("‹U+001B›[2J‹U+202E›evil‹U+2066›‹U+0007›end", "wide 漢字 and é", "?:Help")
        with Terminal(server.admin_socket, 200, options=["--ascii"]) as terminal:
            terminal.see("<U+001B>[2J<U+202E>evil<U+2066><U+0007>end", "wide ??")
            assert terminal.text.isascii()
        with Terminal(server.admin_socket, 200, LC_ALL="C") as terminal:
            terminal.see("<U+202E>")
            assert terminal.text.isascii()


def test_who_is_new_is_told_of_the_help_once(server, tmp_path):
    with Terminal(server.admin_socket, 60, 16, XDG_STATE_HOME=str(tmp_path)) as terminal:
        terminal.see("Clients", "New here? ? lists the keys").type("3").see("Users", "New here?")
        terminal.type("?").see("What can be done here").type("q").see("?:Help", not_="New here?").type("Q").ended()
    with Terminal(server.admin_socket, XDG_STATE_HOME=str(tmp_path)) as terminal:
        terminal.see("updated", not_="New here?")


def test_every_key_of_the_table_is_typed_by_some_test():
    """By a story, with tmux's name for it, or by a unit test."""
    names = {"PgUp": "PPage", "PgDn": "NPage", "Esc": "Escape", "S-Tab": "BTab", "\\\\": "\\\\"}
    typed = "".join(path.read_text() for path in [*ROOT.glob("tests/story/test_console*.py"),
                                                  *ROOT.glob("tests/unit/admin-tui/*.c")])
    words = set(re.split(r"[\s\"]+", typed))
    rows = re.findall(r'^ACTION\(\w+,\s*"([^"]+)"', (ROOT / "admin-tui/keys.def").read_text(), flags=re.M)
    keys = [key for row in rows for key in row.split()]
    assert len(keys) > 40
    missing = [key for key in keys if not {key, names.get(key, key), re.sub(r"\^(\w)", lambda c: f"C-{c[1].lower()}", key)} & words]
    assert not missing
