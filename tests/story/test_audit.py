"""The audit trail can be trusted: what is done to it behind the server's back shows, what the server
does to it itself does not; and what is refused or looked at is in it."""

import json
import os
import pathlib
import random
import select
import subprocess
import time
import uuid

import pytest

from admin import ByRequest, command
from browser import Browser
from device import Device
from load import Load
from running import ADMIN_PASSWORD, BINARY, Server
from sanitizer import cannot_hold, patience
from trail import assert_intact, keep, lengthen, put_back, verify
from wire import Closed, basic

COLUMNS = ("id", "event", "actor", "target", "detail", "request_id", "ip", "user_agent", "at_ms",
           "hash")
AUDIT_ROWS = int(os.environ.get("AUDIT_ROWS", "3000"))


@pytest.fixture
def own(tmp_path):
    """A server that the test may stop."""
    with Server(tmp_path) as server:
        server.published_keys()
        yield server


def fill(server, count=12):
    with server.client() as http:
        for _ in range(count):
            Device(server, http=http)


@pytest.fixture
def still(own):
    """A trail of several chains that nobody adds to: the server is asked when it has restarted."""
    fill(own)
    own.restart()
    fill(own)
    own.stop()
    own.trail = keep(own.database)
    return own


class Offline:
    """Verifies without a server, by the command."""

    def __init__(self, server):
        self.server = server

    def verdict(self):
        done = subprocess.run([BINARY, "admin", "--offline", "audit", "verify", "--json"],
                              env=self.server.environment, cwd=self.server.directory,
                              capture_output=True, text=True, check=False, timeout=patience(60))
        assert done.returncode in (0, 65), done
        return json.loads(done.stdout)["text"]


def touched(value, at):
    """The value with one byte changed, and still of its kind."""
    if isinstance(value, int):
        return value ^ (1 << at % 20)
    if isinstance(value, str):
        if not value:
            return "x"
        at %= len(value)
        return value[:at] + ("y" if value[at] == "x" else "x") + value[at + 1:]
    value, at = bytearray(value), at % len(value)
    value[at] ^= 1 << random.randrange(8)
    return bytes(value)


def test_an_edited_byte_of_any_column_is_found_and_named(still):
    rows = still.trail["audit_log"]
    names = ("chain", "seq", *COLUMNS)
    offline = Offline(still)
    assert "intact" in offline.verdict()
    for column in COLUMNS:
        row = dict(zip(names, random.choice(rows)))
        where = (row["chain"], row["seq"])
        sql = f"UPDATE audit_log SET {column} = ? WHERE chain = ? AND seq = ?"
        still.database.execute(sql, touched(row[column], random.randrange(1000)), *where)
        text = offline.verdict()
        assert f"Row {where[1]} of chain {where[0]}, " in text, (column, where, text)
        still.database.execute(sql, row[column], *where)
    assert "intact" in offline.verdict()


def test_rows_that_are_removed_exchanged_or_put_in_are_found_and_named(still):
    rows = [row[:2] for row in still.trail["audit_log"]]
    chain, last = max(rows, key=lambda row: row[1])
    offline, database = Offline(still), still.database
    move = "UPDATE audit_log SET seq = ? WHERE chain = ? AND seq = ?"

    def remove(condition):
        database.execute(f"DELETE FROM audit_log WHERE {condition}")

    def exchange():
        for to, seq in ((-1, 3), (3, 4), (4, -1)):
            database.execute(move, to, chain, seq)

    def put_in():
        (row,) = database.rows("SELECT * FROM audit_log WHERE chain = ? AND seq = ?", chain, last)
        new = (chain, last + 1, os.urandom(16), *row[3:])
        database.execute(f"INSERT INTO audit_log VALUES ({', '.join('?' * len(new))})", *new)

    cases = [
        (lambda: remove(f"chain = {chain} AND seq = 5"), f"Row 5 of chain {chain} was removed"),
        (lambda: remove(f"chain = {chain} AND seq <= 2"), f"Rows 1 to 2 of chain {chain}"),
        (lambda: remove(f"chain = {chain} AND seq > 7"), f"Rows 8 to {last} of chain {chain}"),
        (exchange, f"Row 3 of chain {chain}, "),
        (put_in, f"Row {last + 1} of chain {chain}, "),
        (lambda: remove(f"chain = {chain}"), f"Rows 1 to {last} of chain {chain}"),
    ]
    for act, told in cases:
        act()
        assert told in offline.verdict()
        put_back(database, still.trail)
    assert "intact" in offline.verdict()


def test_what_is_cut_off_while_the_server_writes_is_found(own):
    fill(own)
    assert assert_intact(own) > 12
    # Nothing newer than this is signed, but the server knows what it has written.
    fill(own)
    (chain, seq), = own.database.rows(
        "SELECT chain, seq FROM audit_log WHERE event = 'DEVICE_CODE_GENERATED' ORDER BY id DESC LIMIT 1")
    own.database.execute("DELETE FROM audit_log WHERE chain = ? AND seq >= ?", chain, seq - 2)
    assert f"{seq - 2} to" in verify(own)["text"]


def test_an_older_copy_of_the_database_is_found_by_an_anchor(tmp_path):
    anchor = tmp_path / "anchor"
    with Server(tmp_path, AUDIT_ANCHOR=f"file:{anchor}") as server:
        fill(server)
        server.stop()
        old = keep(server.database)
        server.start()
        fill(server)
        server.restart()  # writes a last anchor
        assert_intact(server, "--anchor", str(anchor))
        assert anchor.stat().st_mode & 0o777 == 0o600
        server.stop()
        put_back(server.database, old)
        server.start()
        assert verify(server)["intact"], "from inside, an older trail looks as it did then"
        assert not verify(server, "--anchor", str(anchor))["intact"]
        words = anchor.read_text().splitlines()[0].split("/")
        words[2] = str(int(words[2]) + 1)
        anchor.write_text("/".join(words) + "\n")
        assert "not ours" in verify(server, "--anchor", str(anchor))["text"]


def test_a_file_without_anchors_is_told(own, tmp_path):
    done = command(own, "audit", "verify", "--anchor", str(tmp_path / "none"))
    assert done.returncode == 66 and "No such file" in done.stderr
    (tmp_path / "empty").write_text("nothing\n")
    done = command(own, "audit", "verify", "--anchor", str(tmp_path / "empty"))
    assert done.returncode == 66 and "no anchored head" in done.stderr


@pytest.mark.parametrize("value", ["file:", "file:relative", "journal", "/a"])
def test_an_anchor_that_is_none_is_refused(tmp_path, value):
    server = Server(tmp_path, AUDIT_ANCHOR=value).launch()
    assert server.ended() == 78 and "audit.anchor" in server.log


def test_a_server_that_is_killed_leaves_no_false_alarm(own):
    secret = basic(own.database.add_client("Machine", secret="s"), "s")

    def step():
        try:
            with own.client() as http:
                return http.post("/oauth/token", {"grant_type": "client_credentials"}, [secret]).status
        except (OSError, Closed):
            return time.sleep(0.01)

    with Load(step, threads=4) as load:
        for _ in range(3):
            load.go_on(20)
            own.kill()
            own.start()
    assert not load.errors and load.results.count(200) > 20
    assert assert_intact(own) >= load.results.count(200)
    assert own.database.value("SELECT count(*) FROM audit_chains WHERE chain > 0") >= 4


@pytest.mark.skipif(os.environ.get("TEST_DATABASE") != "postgres", reason="needs several nodes")
def test_nodes_that_write_at_once_leave_one_trail(own, tmp_path):
    (tmp_path / "other").mkdir()
    shared = {name: own.environment[name] for name in
              ("SESSION_SECRET", "DATABASE_DRIVER", "DATABASE_DSN", "BASE_URL")}
    secret = basic(own.database.add_client("Machine", secret="s"), "s")
    with Server(tmp_path / "other", **shared) as other:
        def step():
            node = random.choice((own, other))
            try:
                with node.client() as http:
                    return http.post("/oauth/token", {"grant_type": "client_credentials"},
                                     [secret]).status
            except (OSError, Closed):
                return None

        with Load(step, threads=8) as load:
            load.go_on(100)
            own.database.end_connections()  # some COMMIT may lose its answer
            load.go_on(200)
        assert not load.errors and load.results.count(200) > 50
        rows = assert_intact(own)
        assert assert_intact(other) >= rows >= load.results.count(200)
    assert own.database.value("SELECT count(DISTINCT chain) FROM audit_log WHERE event ="
                              " 'CLIENT_CREDENTIALS_TOKEN_ISSUED'") >= 2


# ---- what is in it ----

def wait_for(database, event, **columns):
    """Rows of an event that changes nothing: they are written within a second or two."""
    deadline = time.monotonic() + patience(10)
    where = " AND ".join(["event = ?"] + [f"{name} = ?" for name in columns])
    while time.monotonic() < deadline:
        rows = database.rows(f"SELECT actor, target, detail, ip, request_id FROM audit_log WHERE "
                             f"{where} ORDER BY id", event, *columns.values())
        if rows:
            return rows
        time.sleep(0.05)
    raise AssertionError(f"no {event}")


def test_refusals_are_in_the_trail(server, http, visitor, database):
    client = database.add_client("Machine", secret="s")
    assert http.post("/oauth/token", {"grant_type": "client_credentials"}, [basic(client, "t")]).status == 401
    assert http.post("/oauth/token", {"grant_type": "authorization_code", "code": "x", "redirect_uri": "https://a.example",
                                      "code_verifier": "y" * 43, "client_id": client},
                     [basic(client, "s")]).status == 400
    assert http.get("/oauth/userinfo", [("Authorization", "Bearer x.y")]).status == 401
    assert visitor.http.post("/login", {"username": "admin", "password": "x"}).status == 403
    row, = wait_for(database, "CLIENT_AUTHENTICATION_FAILURE")[-1:]
    assert row[1] == "route:/oauth/token" and row[3] == "127.0.0.1" and row[4]
    assert wait_for(database, "ACCESS_TOKEN_REFUSED", target="route:/oauth/userinfo")
    assert wait_for(database, "FORM_REFUSED", target="route:/login")


def test_looks_at_people_and_at_the_trail_are_in_it(server, database):
    do = ByRequest(server)
    do("user", "list")
    do("audit", "list")
    assert command(server, "audit", "export").returncode == 0
    assert wait_for(database, "ADMIN_DATA_VIEWED", target="route:/api/admin/v1/users")[0][0].startswith("unix:")
    assert wait_for(database, "AUDIT_LOG_VIEWED")
    assert wait_for(database, "AUDIT_LOG_EXPORTED")


def test_a_flood_of_refusals_is_a_few_rows(tmp_path):
    with Server(tmp_path, ENABLE_RATE_LIMIT="true", DEVICE_CODE_RATE_LIMIT="1") as server:
        with server.client() as http:
            for _ in range(300):
                http.post("/oauth/device/code", {"client_id": server.client_id})
        server.stop()
        rows = server.database.events("RATE_LIMIT_EXCEEDED")
        assert 0 < len(rows) < 20 and any("times=" in row[2] for row in rows)


def test_a_stranger_who_looks_different_every_time_does_not_crowd_out_others(tmp_path):
    """M11: what one address cannot have as rows of its own is counted, and others have theirs."""
    with Server(tmp_path, TRUSTED_PROXIES="127.0.0.1/32") as server:
        with server.client() as http:
            def refused(address, client_id):
                answer = http.post("/oauth/token", {"grant_type": "client_credentials", "client_id": client_id},
                                   [("X-Forwarded-For", address)])
                assert answer.status == 401

            for _ in range(700):
                refused("192.0.2.1", str(uuid.uuid4()))
            refused("192.0.2.2", str(uuid.uuid4()))
        server.stop()
        rows = server.database.rows("SELECT ip, detail FROM audit_log WHERE event = 'CLIENT_AUTHENTICATION_FAILURE'")
        assert not server.database.events("AUDIT_EVENTS_DROPPED")
    assert len([ip for ip, _ in rows if ip == "192.0.2.2"]) == 1
    single = [detail for ip, detail in rows if ip == "192.0.2.1" and "client=" in detail]
    folded = [int(detail.removeprefix("folded=")) for ip, detail in rows if detail.startswith("folded=")]
    assert folded and len(single) + sum(folded) == 700


def test_what_was_noted_last_is_written_before_the_end(own):
    with own.client() as http:
        assert http.get("/oauth/userinfo", [("Authorization", "Bearer x.y")]).status == 401
    own.stop()
    assert own.database.events("ACCESS_TOKEN_REFUSED")
    assert own.database.events("SERVER_STOPPED")


def test_what_is_typed_for_a_name_is_not_kept(server, database):
    typed = "my-password-by-mistake"
    with Browser(server) as browser:
        for _ in range(2):
            assert browser.sign_in(username=typed, password="x").status == 401
        assert browser.sign_in(username=" ADMIN ", password=ADMIN_PASSWORD + "x").status == 401
    targets = [row[1] for row in database.events("AUTHENTICATION_FAILURE")]
    assert targets[-1] == "user:admin"
    assert targets[-3].startswith("unknown:") and targets[-3] == targets[-2]
    assert typed.encode() not in server.kept()


# ---- taking it away ----

@pytest.mark.parametrize("sent,kept", [
    ("M\xfcller/1", "M\ufffdller/1"),
    ("caf\xe9\xc3\xa9", "caf\ufffd\xe9"),
    ("a\tb\xc2\x9bc", "a\ufffdb\ufffdc"),
    ("x" * 255 + "\xc3\xa9", "x" * 255)], ids=["latin-1", "both", "controls", "cut"])
def test_what_a_program_calls_itself_is_kept_as_text(server, database, sent, kept):
    """I12: the same text on every database, whatever the bytes of the header (here as Latin-1)."""
    with Browser(server, user_agent=sent) as browser:
        assert browser.sign_in().status == 303
    Device(server, headers=[("User-Agent", sent)]).http.close()
    for table in ("sessions", "device_codes", "audit_log"):
        assert database.value(
            f"SELECT user_agent FROM {table} ORDER BY id DESC LIMIT 1") == kept, table


def peak_kib(pid):
    """The most memory it has held; 0 if it has ended."""
    found = [line.split()[1] for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
             if line.startswith("VmHWM:")]
    return int(found[0]) if found else 0


def taken(server, *words):
    """Runs a command on the trail; its lines, its last line, and the most memory it was seen to hold."""
    lines, last = 0, b""
    with subprocess.Popen([BINARY, "admin", "audit", *words], stdout=subprocess.PIPE, cwd=server.directory,
                          env={"PATH": os.environ["PATH"], "ADMIN_SOCKET": server.admin_socket}) as running:
        peak, chunk = peak_kib(running.pid), None
        while chunk != b"":
            if select.select([running.stdout], [], [], 0.02)[0]:
                chunk = running.stdout.read1(1 << 20)
                lines, last = lines + chunk.count(b"\n"), (last + chunk)[-4096:]
            peak = max(peak, peak_kib(running.pid))
    assert running.returncode == 0
    return lines, last, peak


@cannot_hold("most of its memory is the sanitizer's")
def test_a_trail_needs_the_same_memory_however_long_it_is(own):
    """AUDIT_ROWS=10000000 makes it long."""
    lengthen(own, AUDIT_ROWS)
    for words in (("export", "--format", "csv"), ("export", "--format", "jsonl"), ("verify", "--json")):
        started = time.monotonic()
        lines, last, command_kib = taken(own, *words)
        seconds, server_kib = time.monotonic() - started, peak_kib(own.process.pid)
        print(f"{AUDIT_ROWS} rows, {words}: {seconds:.1f} s, server {server_kib} KiB, command {command_kib} KiB")
        assert server_kib < 64 * 1024 and command_kib < 24 * 1024
        if words[0] == "export":
            assert lines > AUDIT_ROWS
    verdict = json.loads(last)
    assert verdict["intact"] and verdict["rows"] > AUDIT_ROWS, verdict
