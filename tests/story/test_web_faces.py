"""Every operation of lib/ops on its page: no operation exists on one face only."""

import csv
import io
import json
import re

import pytest

from admin import actions
from browser import Browser
from database import now_ms, uuid7
from routes import face_routes
from running import Server
from subjects import CHANGES, Subjects
from waiting import until

BY_KIND = {(kind, operation): route for route, kind, operation in face_routes()}
OPERATIONS = {operation for _, _, operation in face_routes()}
# What members are called in forms.
CALLED = {"name": "client_name", "grants": "enable_client_credentials_flow", "force": "force"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One that knows a secret before its own, so that every operation can be done."""
    with Server(tmp_path_factory.mktemp("server"),
                SESSION_SECRET_PREVIOUS="a-secret-of-the-year-before-this-one") as running:
        yield running


@pytest.fixture
def subjects(server, app, new_device):
    return Subjects(server, app, new_device)


def operation_of(noun, verb):
    return f"{noun}_{verb}".replace("-", "_")


def address(kind, operation, name):
    names = iter(name if isinstance(name, tuple) else (name,))
    return re.sub(r":\w+", lambda _: next(names), BY_KIND[kind, operation].pattern)


def form_of(members):
    return {CALLED.get(name, name): "true" if isinstance(value, (bool, list)) else value
            for name, value in members.items()}


def test_every_operation_has_a_page():
    assert {operation_of(*key) for key in actions()} == OPERATIONS


@pytest.mark.parametrize("noun, verb, subject, members, event", CHANGES, ids=lambda value: value
                         if isinstance(value, str) else "")
def test_a_change_is_done_on_its_page_and_is_in_the_trail(admin, subjects, database, noun, verb, subject, members, event):
    operation = operation_of(noun, verb)
    name = getattr(subjects, subject)() if subject else None
    asks, does = {"create": ("NEW", "CREATE"), "edit": ("EDIT", "UPDATE")}.get(verb, ("ASK", "ACT"))
    page = admin.get(address(asks, operation, name))
    assert page.status == 200, page.text
    done = admin.submit(page.form(address(does, operation, name)), **form_of(members))
    assert done.status in (200, 303), done.text
    if done.status == 303:
        assert admin.get(done.location).status == 200
    if event:
        assert database.rows("SELECT event FROM audit_log WHERE actor = 'user:admin' AND event = ?", event)


@pytest.mark.parametrize("route", [r for r, *_ in face_routes() if r.method == "GET" and ":" not in r.pattern], ids=str)
def test_every_page_is_drawn_and_small(admin, subjects, route):
    subjects.person()
    page = admin.get(route.path + ("?head=" + "audit-head/1/1/1/1/" + "A" * 43 + "/" + "A" * 43
                                   if route.path.endswith("anchor") else ""))
    assert page.status == 200, page.text
    if "audit/stats" not in route.path:
        assert len(page.response.body) <= 64 * 1024


def test_the_overview_says_what_waits(admin, subjects, bare=re.compile(r"(\d+) Pending clients")):
    before = int(bare.search(admin.get("/admin").text)[1])
    subjects.waiting_client()
    assert int(bare.search(admin.get("/admin").text)[1]) == before + 1


def test_nobody_takes_the_last_administrator_away(server, database, admin, subjects):
    """I4: said on the page, nothing is changed."""
    for (name,) in database.rows("SELECT username FROM users WHERE role = 'admin' AND username <> 'admin'"):
        database.execute(f"UPDATE users SET role = 'user' WHERE username = '{name}'")
    for verb in ("demote", "disable", "delete"):
        page = admin.submit(admin.get(f"/admin/users/admin/{verb}").forms[0])
        assert page.status == 409 and "last active administrator" in page.text
    assert subjects.do("user", "show", "admin")["role"] == "admin"


def test_a_new_password_is_shown_once_and_never_again(server, admin, subjects):
    page = admin.submit(admin.get("/admin/users/new").form("/admin/users"), username="newcomer")
    assert page.status == 200 and page.response.header("cache-control") == "no-store"
    password = re.search(r"<dt>Password</dt><dd><code>([^<]+)</code>", page.response.text)[1]
    with Browser(server) as browser:
        assert browser.sign_in("newcomer", password).status == 303
    assert password not in admin.get("/admin/users/newcomer").response.text
    chosen = admin.submit(admin.get("/admin/users/new").form("/admin/users"), username="newcomer2",
                          password="a password of my own", role="superuser")
    assert chosen.status == 400 and "a password of my own" not in chosen.response.text


def test_what_a_question_touches_is_counted(admin, subjects):
    name = subjects.person()
    page = admin.get(f"/admin/users/{name}/disable")
    assert "Grants 1" in page.text and "Sessions 1" in page.text


def test_filters_narrow_and_stay(admin, subjects):
    name = subjects.person()
    page = admin.get(f"/admin/sessions?user={name}")
    assert page.text.count(name) >= 1 and page.form("/admin/sessions").fields["user"] == name
    assert "Nothing matches" in admin.get("/admin/audit?event=NOTHING_SUCH").text
    assert admin.get("/admin/users?role=admin&limit=1").status == 200
    assert admin.get("/admin/audit?follow=1").response.header("refresh") == "5"
    assert admin.get("/admin/tokens?user=nobody-here").status == 404
    assert admin.get("/admin/grants?limit=0").status == 400


# ---- the audit trail as a file ----


def test_the_trail_is_exported_as_csv_and_json_lines(admin, subjects, database):
    """I11, and the address of the original, which answers CSV."""
    subjects.do("client", "create", name="=1+1", grants=["client"])
    address = "/admin/audit/export?event=CLIENT_CREATED"
    files = {name: admin.get(address + query).response for name, query in
             {"csv": "", "jsonl": "&format=jsonl"}.items()}
    rows = list(csv.DictReader(io.StringIO(files["csv"].body.decode(), newline="")))
    lines = [json.loads(line) for line in files["jsonl"].body.decode().splitlines()]
    assert len(rows) == len(lines) == database.value("SELECT count(*) FROM audit_log WHERE event = 'CLIENT_CREATED'")
    assert [row["id"] for row in rows] == [line["id"] for line in lines]
    assert all(row["at"].endswith("Z") and row["event"] == "CLIENT_CREATED" for row in rows)
    assert files["csv"].header("content-type").startswith("text/csv")
    assert re.fullmatch(r'attachment; filename="audit-\d{8}T\d{6}Z\.csv"', files["csv"].header("content-disposition"))
    assert files["csv"].header("cache-control") == "no-store" and files["csv"].header("x-content-type-options") == "nosniff"
    assert not re.search(r'(^|,)"[=+@-]', files["csv"].body.decode(), re.M)
    assert admin.get(address + "&format=xls").status == 400
    until(lambda: database.rows("SELECT id FROM audit_log WHERE event = 'AUDIT_LOG_EXPORTED' AND actor = 'user:admin'"))
    links = [a["href"] for tag, a in admin.get("/admin/audit?event=CLIENT_CREATED").tags if tag == "a" and "export" in a.get("href", "")]
    assert links == ["/admin/audit/export?event=CLIENT_CREATED&format=" + name for name in ("csv", "jsonl")]


def test_a_long_trail_is_exported_in_parts(admin, database):
    now = now_ms()
    database.load("audit_log", ("chain", "seq", "id", "event", "actor", "target", "detail", "request_id", "ip", "user_agent",
                                "at_ms", "hash"),
                  [(9999, i + 1, uuid7(now - 900_000 + i, i), "LONG", '=x"', "", "", "", "", "", now, bytes(32)) for i in range(10_001)])
    part = admin.get("/admin/audit/export?event=LONG").response
    rows = list(csv.DictReader(io.StringIO(part.body.decode(), newline="")))
    assert len(rows) == 10_000 and "-part.csv" in part.header("content-disposition") and rows[0]["actor"] == "'=x\""
    rest = admin.get(f"/admin/audit/export?event=LONG&format=jsonl&after={rows[-1]['id']}").response
    assert len(rest.body.splitlines()) == 1 and "-part" not in rest.header("content-disposition")
    database.execute("DELETE FROM audit_log WHERE chain = 9999")
