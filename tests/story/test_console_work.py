"""What an operator does all day, done in the console: the screen, the database and the trail agree."""

import itertools
import os
import re

import pytest

from admin import WHO, ByRequest
from app import App
from browser import Browser
from device import Device
from running import Server
from sanitizer import ROOT
from terminal import Terminal

numbers = itertools.count()
DOCUMENT = ROOT / "docs" / "ADMIN.md"
AUTHORIZED = ("mia", "leo")


@pytest.fixture
def do(server):
    return ByRequest(server)


@pytest.fixture
def client(do):
    name = f"work-{next(numbers)}"
    return do("client", "create", name=name, grants=["code"], redirect_uris=["https://app.example/cb"])


def at_client(server, client, columns=100, rows=40, **options):
    terminal = Terminal(server.admin_socket, columns, rows, **options)
    terminal.see("updated").write(f":client {client['client_id']}").type("Enter").see(
        f"client {client['name']}", client["client_id"])
    return terminal


# ---- making and changing ----

def test_a_client_is_made_and_its_secret_shown_once(server, do, database):
    name = f"made-{next(numbers)}"
    with Terminal(server.admin_socket, 100, 40) as terminal:
        terminal.see("updated").type("n").see("Create client", "Name", "Grants")
        terminal.type("C-s").see("needed")
        terminal.write(name).type("Tab", "Tab")
        terminal.see("how it proves who it is").type("Tab", "Tab").write("code").type("Tab", "Tab")
        terminal.write("not a uri").type("C-s").see("redirect_uris")
        terminal.type("C-u").write("https://app.example/cb").type("C-s").see("Shown only once")
        lines = terminal.lines
        secret = next(match for line in lines if (match := re.search(r"│ (\S{30,})", line))).group(1)
        terminal.type("Escape", "q", "Q").see("Shown only once").type("c").see("Copied").type("y").see(
            "no longer shown", not_=secret)
        terminal.type("G").see(name)
        assert secret not in terminal.text
        terminal.type("Q").ended()
    (made,) = [row for row in do("client", "list", limit=200)["clients"] if row["name"] == name]
    assert made["redirect_uris"] == ["https://app.example/cb"] and made["type"] == "confidential"
    assert [row[0] for row in database.events("CLIENT_CREATED", f"client:{made['client_id']}")] == [WHO]
    with server.client() as http:
        right = App(server, http, made["client_id"], secret, redirect_uri="https://app.example/cb")
        assert right.introspect("nothing").status == 200
    assert secret.encode() not in server.kept()


def test_an_edit_that_somebody_else_overtook_shows_both(server, do, client):
    with at_client(server, client) as terminal:
        terminal.type("e").see("Edit client", "Requires PKCE")
        do("client", "edit", client["client_id"], name="theirs", token_profile="long")
        terminal.write("-mine").type("C-s").see("Somebody has changed it since", "now: theirs", "now: long")
        assert do("client", "show", client["client_id"])["name"] == "theirs"
        terminal.type("C-s").see("Done: edit")
    shown = do("client", "show", client["client_id"])
    assert (shown["name"], shown["token_profile"]) == (f"{client['name']}-mine", "long")


def test_what_the_server_refuses_stands_beside_its_field(server, do, client):
    with at_client(server, client) as terminal:
        terminal.type("e").see("Edit client")
        for _ in range(5):
            terminal.type("Tab")
        terminal.write(" javascript:1").type("C-s").see("redirect_uris")
        terminal.type("Escape").see("Nothing of this has been saved").type("Escape").see(not_="Edit client")
    assert do("client", "show", client["client_id"])["redirect_uris"] == ["https://app.example/cb"]


def test_deleting_wants_the_name(server, do, client, database):
    with at_client(server, client) as terminal:
        terminal.type("D").see("Delete client", "It cannot be undone")
        with database.unchanged():
            terminal.type("Tab", "Enter").see("Type the name as it stands there")
            terminal.write("wrong").type("Tab", "Tab", "Enter").see("Type the name as it stands there")
        terminal.type("C-u").write(client["name"]).type("Enter", "Tab", "Enter").see("Done: delete", "── Clients")
    assert client["client_id"] not in [row["client_id"] for row in do("client", "list", limit=200)["clients"]]
    assert [row[0] for row in database.events("CLIENT_DELETED", f"client:{client['client_id']}")] == [WHO]


def test_a_password_is_given_anew(server, do, database):
    name = f"person{next(numbers)}"
    user = do("user", "create", username=name, password="four unrelated words")
    with Terminal(server.admin_socket, 100, 40) as terminal:
        terminal.see("updated").write(f":user {name}").type("Enter").see(user["id"])
        terminal.type("p").see("new password?", "Keep tokens").type("Tab", "Enter").see("Shown only once")
        password = next(match for line in terminal.lines if (match := re.search(r"│ (\S{12,})", line))).group(1)
        terminal.type("y").see("no longer shown")
        terminal.type("m").see("Make user").type("Tab", "Enter").see("Done: promote", "z undoes it")
        terminal.type("z").see("Make user").type("Tab", "Enter").see("Done: demote")
    with Browser(server) as browser:
        assert browser.sign_in(username=name, password=password).status == 303
    assert do("user", "show", name)["role"] == "user"
    assert [row[0] for row in database.events("USER_PASSWORD_RESET", f"user:{user['id']}")] == [WHO]


# ---- many at once ----

def test_tagged_rows_are_done_together(server, do, database):
    names = [f"bulk-{next(numbers)}-{i}" for i in range(4)]
    made = [do("client", "create", name=name, grants=["code"], redirect_uris=["https://app.example/cb"])
            for name in names]
    # As they are listed: those of the same millisecond stand in any order.
    made.sort(key=lambda client: client["client_id"])
    names = [client["name"] for client in made]
    with Terminal(server.admin_socket, 100, 40) as terminal:
        terminal.see("updated").type("\\").write("bulk-").type("Enter").see("filter: bulk-", "1/4", names[0])
        terminal.type("*").see("4 tagged").type("U").see(not_="tagged")
        terminal.type("Space", "Space").see("2 tagged").type("d").see("Disable 2 clients?").type("Enter")
        assert [row["status"] for row in do("client", "list", limit=200)["clients"] if row["name"] in names] == \
            ["active"] * 4
        terminal.type("d").see("Disable 2 clients?").type("Tab", "Enter").see("Done: disable 2 clients")
    states = {row["name"]: row["status"] for row in do("client", "list", limit=200)["clients"]}
    assert [states[name] for name in names] == ["disabled", "disabled", "active", "active"]
    for client in made[:2]:
        assert [row[0] for row in database.events("CLIENT_UPDATED", f"client:{client['client_id']}")] == [WHO]


# ---- finding ----

def test_search_filter_and_sort(server, do):
    for i in range(3):
        do("user", "create", username=f"finder{i}", email=f"z{9 - i}@example.com", password="four unrelated words")
    with Terminal(server.admin_socket, 120, 40) as terminal:
        terminal.see("updated").type("3").see("finder1").type("/").write("finder1").see("/finder1")
        terminal.type("Enter").at("finder1").type("Escape")
        terminal.type("F4").write("role:admin").type("Enter").see("filter: role:admin", "admin", not_="finder1")
        terminal.type("Escape").see("finder1").type("\\").write("color:red").type("Enter").see("not by color")
        terminal.type("s").see("sort:").type("S").see("▼").type("F6")
        terminal.type("w").see("Created").type("w").type("t").see("updated").type("R", "F5").see("updated 0 s ago")
        terminal.write(":users role:admin").type("Enter").see("filter: role:admin", not_="finder1")
        terminal.write(":tok").type("Tab", "Enter").see("── Tokens").type(":", "Up", "Up").see(":users role:admin")
        terminal.type("C-c").see("── Tokens")


def test_the_list_is_exported_for_its_owner_alone(server, do, tmp_path, client):
    home = os.getcwd()
    os.chdir(tmp_path)
    try:
        do("client", "create", name="=formula", grants=["client"])
        with Terminal(server.admin_socket, 100) as terminal:
            terminal.see("updated").type("E").see("rows are in authgate-clients-")
    finally:
        os.chdir(home)
    (path,) = tmp_path.glob("authgate-clients-*.csv")
    assert path.stat().st_mode & 0o777 == 0o600
    assert "\"'=formula\"" in path.read_text() and client["name"] in path.read_text()


# ---- what lives ----

def test_devices_keys_and_the_trail(server, do, database):
    with Device(server) as device:
        with Terminal(server.admin_socket, 120, 40) as terminal:
            terminal.see("updated").type("6").see("! pending", device.user_code[:4])
            assert device.user_code not in terminal.text
            terminal.type("x").see("Deny").type("Tab", "Enter").see("Done: deny", "✗ denied")
            terminal.type("8").see("● active").type("n").see("Publish a successor").type("Tab", "Enter").see(
                "Done: rotate", "○ next")
            terminal.type("7", "F").see("following", "DEVICE_CODE_DENIED")
            do("client", "create", name="while following", grants=["client"])
            terminal.type("R").see("CLIENT_CREATED").type("j").see(not_="following")
            terminal.type("i").see("Events", "DEVICE_CODE_GENERATED").type("q").see("── Audit")
            terminal.type("1").see("ready to serve", "In the last minute", "Administrators")
        assert device.poll().json()["error"] == "access_denied"
    assert WHO in [row[0] for row in database.events("DEVICE_CODE_DENIED")]


def test_the_overview_leads_to_what_waits(server, database):
    database.add_client("waits", status="pending")
    with Terminal(server.admin_socket, 100, 40) as terminal:
        terminal.see("updated").type("1").see("client waits for approval").at("!")
        terminal.type("Enter").see("filter: status:pending", "! pending", "waits")


def test_the_overview_tells_what_the_doctor_finds(tmp_path):
    with Server(tmp_path) as own:
        with Terminal(own.admin_socket, 100, 40) as terminal:
            terminal.see("updated").type("1").see("files: the password of the first start still lies in").type("j", "j").at("files")
            terminal.type("Enter").see("▸Doctor", "! warn", "first start").type("/").write("first start").type("Enter").at("files")
            terminal.type("Enter").see("Advice", "delete the file").type("q").see("▸Doctor").type("Q").ended()


def test_a_stopped_server_is_looked_at_only(tmp_path):
    with Server(tmp_path) as server:
        ByRequest(server)("client", "create", name="left behind", grants=["client"])
        server.stop()
        with Terminal(None, options=["--offline"], **server.environment) as terminal:
            terminal.see("left behind", "this database", " RO ").type("d").see("only looks")
            terminal.type("3").see("admin").type("Q").ended()


def test_over_the_network_with_a_token(tmp_path):
    with Server(tmp_path, ADMIN_HTTP="true") as server:
        client = ByRequest(server)("client", "create", name="far away", grants=["client"])["client_id"]
        with server.client() as http, Browser(server) as browser:
            app = App.register(server, http, "Console", secret="the secret of the console",
                               scopes="openid authgate:admin", scope="openid authgate:admin")
            token = app.tokens(browser)["access_token"]
        with Terminal(None, options=["--server", server.url], AUTHGATE_TOKEN=token) as terminal:
            terminal.see("far away", server.url, " RW ").type("j").at("far away")
            terminal.type("d").see("Disable client").type("Tab", "Enter").see("Done: disable", "○ disabled")
            assert token not in terminal.text
            terminal.type("Q").ended()
        with Terminal(None, options=["--server", server.url], AUTHGATE_TOKEN=token[:-4] + "AAAA") as terminal:
            terminal.see("?:Help", not_="far away").type("Q").ended()
        ((actor,),) = server.database.rows("SELECT actor FROM audit_log WHERE event = ? AND target = ?",
                                           "CLIENT_UPDATED", f"client:{client}")
        assert actor.startswith("user:")


def test_keys_colours_and_views_of_ones_own(server, tmp_path, client):
    (tmp_path / "authgate").mkdir()
    settings = tmp_path / "authgate" / "admin.yaml"
    settings.write_text("keys:\n  quit: ^X\ncolors:\n  selected: black on cyan\nviews:\n  boss: users role:admin\n")
    with Terminal(server.admin_socket, XDG_CONFIG_HOME=str(tmp_path)) as terminal:
        terminal.see("updated").write(":boss").type("Enter").see("filter: role:admin")
        terminal.type("Q").see("filter: role:admin").type("C-x").ended()
    settings.write_text("keys:\n  fly: f\n")
    with Terminal(server.admin_socket, 200, XDG_CONFIG_HOME=str(tmp_path)) as terminal:
        terminal.see("admin.yaml:2: there is no action fly").ended(78)


def test_no_color_is_obeyed(server, client):
    for environment, colours in (({}, True), ({"NO_COLOR": "1"}, False)):
        with Terminal(server.admin_socket, term="xterm-256color", **environment) as terminal:
            terminal.see("updated")
            assert bool(re.search(r"\x1b\[[34]8;5;", terminal.run("capture-pane", "-p", "-e"))) == colours


# ---- the document ----

def still(terminal, socket):
    """The screen, without what differs from one run to the next."""
    text = terminal.text.rstrip("\n")
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
                  "0190b5c0-8c1e-7d3a-9f00-2b1d6a1c7e55", text)
    text = re.sub(r"[0-9a-f-]{6,18}…[0-9a-f-]{6,18}", lambda id: "0190b5c0-8c1e-7d3a"[:id[0].index("…")] + "…" +
                  "9f00-2b1d6a1c7e55"[-(len(id[0]) - id[0].index("…") - 1):], text)
    text = re.sub(r"\d\d:\d\d:\d\d( *)$", r"14:03:22\1", text, count=1, flags=re.M)
    text = re.sub(r"20\d\d-\d\d-\d\d([T ])\d\d:\d\d:\d\d", r"2026-11-30\g<1>14:03:22", text)
    text = re.sub(r"\(\d+ s ago\)", "(1 s ago)", text)
    text = re.sub(r"updated (\d+) s ago", lambda age: "updated 0 s ago".rjust(len(age[0])), text)
    first, rest = text.split("\n", 1)
    first = first.replace(str(socket), "/run/authgate/admin.sock")
    left, right = first.rsplit(" RW ", 1)
    return (left.rstrip() + " RW ".rjust(80 - len(left.rstrip()) - len(right) - 1) + right).rstrip() + "\n" + rest


def test_the_document_shows_what_is_to_be_seen(tmp_path):
    """Somebody who knows other consoles approves a client, finds who uses it, and withdraws one person's
    authorization, by what the last line says."""
    with Server(tmp_path, ADMIN_SOCKET=f"/tmp/ag{os.getpid()}.sock") as server:
        database, do = server.database, ByRequest(server)
        made = do("client", "create", name="build-bot", grants=["code", "refresh"],
                  scopes=["openid", "profile", "offline_access"], redirect_uris=["https://app.example/cb"])
        waiting = made["client_id"]
        database.set_client(waiting, "status", "pending")
        screens = []
        with Terminal(server.admin_socket) as terminal:
            def keep():
                screens.append(still(terminal, server.admin_socket))
            terminal.type("t", "t").see("! pending", "updated 0 s")
            terminal.type("G").see("a:Approve").at("build-bot")
            keep()
            terminal.type("a").see("Done: approve", "● active", not_="! pending")
            keep()
            for name in AUTHORIZED:
                do("user", "create", username=name, password="four unrelated words")
                with server.client() as http, Browser(server) as browser:
                    app = App(server, http, waiting, made["client_secret"])
                    page = app.walk(browser, app.start(browser), username=name,
                                    password="four unrelated words")
                    app.redeem(app.answer(page)["code"])
            terminal.type("Enter").see("client build-bot", "Details", "updated", "1/")
            keep()
            terminal.type("Tab").see("mia", "leo").type("j").at("leo")
            terminal.type("k").at("mia").see("x:Withdraw")
            keep()
            terminal.type("x").see("Withdraw the authorization", "[ Cancel ]")
            keep()
            with database.unchanged():
                terminal.type("Enter").see(not_="Withdraw the authorization")
            terminal.type("x").see("Withdraw the authorization").type("Tab", "Enter").see("Done: withdraw", "leo")
            terminal.see(not_="mia  ")
            keep()
            terminal.type("Q").ended()
        assert [row["username"] for row in do("client", "authorizations", waiting)["authorizations"]] == ["leo"]
        ((actor, target, detail),) = database.rows(
            "SELECT actor, target, detail FROM audit_log WHERE event = ?", "USER_AUTHORIZATION_REVOKED")
        assert actor == WHO and waiting in target and not detail
    if os.environ.get("WRITE_DOCUMENTS"):
        text = DOCUMENT.read_text()
        fresh = iter(screens)
        text = re.sub(r"```screen\n.*?\n```", lambda _: f"```screen\n{next(fresh)}\n```", text, flags=re.S)
        DOCUMENT.write_text(text)
    assert re.findall(r"```screen\n(.*?)\n```", DOCUMENT.read_text(), flags=re.S) == screens
