"""Every operation of lib/ops on its page: no operation exists on one face only."""

import re

import pytest

from admin import actions
from browser import Browser
from routes import face_routes
from running import Server
from subjects import CHANGES, Subjects

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
