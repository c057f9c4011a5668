"""/apps: people make clients of their own, within limits, and nobody reaches another's."""

import re

import pytest

from admin import ByRequest
from browser import Browser
from routes import routes
from running import ADMIN_PASSWORD, Server

OF_ONE = [r for r in routes() if r.pattern.startswith("/apps/:id")]
NOBODY = "0190b5c0-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def people(server):
    cookies = {}
    for name in ("ann", "ben"):
        server.database.add_user(name)
        with Browser(server) as browser:
            assert browser.sign_in(name).status == 303
            cookies[name] = dict(browser.cookies)
    return cookies


@pytest.fixture
def ann(server, people):
    with Browser(server) as browser:
        browser.cookies = dict(people["ann"])
        yield browser


@pytest.fixture
def ben(server, people):
    with Browser(server) as browser:
        browser.cookies = dict(people["ben"])
        yield browser


@pytest.fixture
def api(server):
    return ByRequest(server)


@pytest.fixture(autouse=True)
def nothing_left(database):
    database.execute("UPDATE clients SET owner_id = NULL")


def make(browser, **fields):
    form = browser.get("/apps/new").form("/apps")
    return browser.submit(form, **{"client_name": "Mine", "redirect_uris": "https://mine.example/cb",
                                   "enable_auth_code_flow": "true", **fields})


def id_of(page):
    return re.search(r"/apps/([0-9a-f-]{36})", page.location or page.response.text)[1]


def test_an_app_is_made_waits_is_approved_and_changed(ann, api, admin):
    page = make(ann)
    assert page.status == 200 and "shown only once" in page.text
    assert page.response.header("cache-control") == "no-store"
    app = id_of(page)
    assert api("client", "show", app)["status"] == "pending"
    assert "has to approve" in ann.get(f"/apps/{app}").text and "Mine" in ann.get("/apps").text
    api("client", "approve", app)
    form = ann.get(f"/apps/{app}/edit").form(f"/apps/{app}")
    assert "stops working until" in ann.get(f"/apps/{app}/edit").text
    done = ann.submit(form, client_name="Mine 2")
    assert done.location == f"/apps/{app}?done=changed"
    shown = api("client", "show", app)
    assert (shown["name"], shown["status"], shown["redirect_uris"]) == \
        ("Mine 2", "pending", ["https://mine.example/cb"])
    assert [c["name"] for c in api("client", "list", status="pending")["clients"]].count("Mine 2") == 1


def test_a_change_of_an_approved_app_needs_approval_again(ann, api, server, http):
    """W-05: the addresses of an approved application cannot be replaced unseen."""
    app = id_of(make(ann))
    api("client", "approve", app)
    ann.submit(ann.get(f"/apps/{app}/edit").form(f"/apps/{app}"), redirect_uris="https://evil.example/cb")
    reply = http.get(f"/oauth/authorize?response_type=code&client_id={app}&redirect_uri=https://evil.example/cb")
    assert reply.status in (302, 303, 400, 401, 403) and "evil.example" not in (reply.header("location") or "")


@pytest.mark.parametrize("more", [
    {"introspect_all": "true"}, {"status": "active"}, {"owner_id": NOBODY}, {"token_profile": "long"},
    {"refresh_always": "true"}, {"access_token_typ": "JWT"}, {"id": NOBODY}, {"role": "admin"},
    {"boxes": "introspect_all refresh_always", "introspect_all": "true"},
    {"post_logout_redirect_uris": "https://evil.example/"}, {"backchannel_logout_uri": "https://evil.example/"}])
def test_what_only_operators_may_say_is_not_heard(ann, api, more):
    """I3"""
    app = id_of(make(ann, **more))
    shown = api("client", "show", app)
    assert shown["status"] == "pending" and not shown["introspect_all"] and not shown["refresh_always"]
    assert shown["token_profile"] == "standard" and shown["access_token_typ"] == "at+jwt"
    assert not shown.get("backchannel_logout_uri") and not shown["post_logout_redirect_uris"]
    assert shown["client_id"] == app != NOBODY


@pytest.mark.parametrize("wrong", [
    {"scopes": "openid authgate:admin"}, {"scopes": "payroll"}, {"client_name": ""},
    {"redirect_uris": "javascript:alert(1)"}, {"redirect_uris": "http://evil.example/cb"},
    {"redirect_uris": "https://mine.example/#x"}, {"redirect_uris": ""}, {"client_name": "a\u202eb"}])
def test_what_is_wrong_is_said_and_nothing_is_made(ann, database, wrong):
    """A6, A7, I7"""
    count = database.count("clients")
    page = make(ann, **wrong)
    assert page.status == 400 and page.form("/apps").fields["client_name"] == wrong.get("client_name", "Mine")
    assert database.count("clients") == count


@pytest.mark.parametrize("route", OF_ONE, ids=str)
def test_nobody_reaches_the_app_of_another(ann, ben, admin, database, route):
    """I2: neither another person nor an administrator, by these pages; and it looks like none."""
    app = id_of(make(ann))
    before = database.rows("SELECT * FROM clients ORDER BY id")
    for other in (ben, admin):
        token = other.get("/account").form("/account/password").fields["csrf_token"]
        for name in (app, NOBODY, "x"):
            path = route.pattern.replace(":id", name)
            page = other.get(path) if route.method == "GET" else \
                other.post(path, {"csrf_token": token, "client_name": "Ben's", "enable_device_flow": "true"})
            assert page.status == 404, (path, page.status)
    assert database.rows("SELECT * FROM clients ORDER BY id") == before
    assert "Mine" not in ben.get("/apps").text


def test_a_secret_is_replaced_and_an_app_is_deleted(ann, api, database):
    app = id_of(make(ann))
    page = ann.submit(ann.get(f"/apps/{app}/regenerate-secret").forms[0])
    assert page.status == 200 and "Client secret" in page.text
    events = [e["event"] for e in api("audit", "list", target=f"client:{app}")["events"]]
    assert {"CLIENT_CREATED", "CLIENT_SECRET_REGENERATED"} <= set(events)
    assert {e["actor"] for e in api("audit", "list", target=f"client:{app}")["events"]} == {"user:ann"}
    done = ann.submit(ann.get(f"/apps/{app}/delete").forms[0])
    assert done.location == "/apps?done=deleted" and "was deleted" in ann.get(done.location).text
    assert ann.get(f"/apps/{app}").status == 404


def test_one_person_has_so_many_and_no_more(tmp_path):
    with Server(tmp_path, APPS_LIMIT="2", APPS_APPROVAL="false") as own:
        with Browser(own) as browser:
            browser.sign_in()
            app = id_of(make(browser))
            assert ByRequest(own)("client", "show", app)["status"] == "active"
            assert id_of(make(browser, client_type="public")) != app
            page = make(browser)
            assert page.status == 409 and "as many applications" in page.text
            browser.submit(browser.get(f"/apps/{app}/delete").forms[0])
            assert make(browser).status == 200


def test_operators_may_turn_it_off(tmp_path):
    with Server(tmp_path, APPS_ENABLED="false") as own:
        with Browser(own) as browser:
            browser.sign_in(password=ADMIN_PASSWORD)
            assert browser.get("/apps").status == 404 and browser.get("/apps/new").status == 404
            assert "/apps" not in browser.get("/account").response.text
            token = browser.get("/account").form("/account/password").fields["csrf_token"]
            assert browser.post("/apps", {"csrf_token": token, "client_name": "x"}).status == 404
