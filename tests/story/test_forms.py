"""What strangers send to forms, to each of them: the table of routes is read, so that a new form cannot be forgotten."""

import pytest

from browser import Browser
from routes import routes
from running import ADMIN_PASSWORD

FORMS = [route for route in routes() if route.is_form]
FORM_TYPE = ("Content-Type", "application/x-www-form-urlencoded")
of_forms = pytest.mark.parametrize("route", FORMS, ids=str)
BODY_MAX = 64 * 1024


@pytest.fixture(scope="module")
def sender(server):
    """An administrator's browser, with a token that its forms take."""
    with Browser(server) as browser:
        assert browser.sign_in("admin", ADMIN_PASSWORD).status == 303
        yield browser, browser.get("/account").form("/account/password").fields["csrf_token"]


def send(browser, route, body, headers=(), method="POST"):
    return browser.http.request(method, route.path, browser.headers([FORM_TYPE, ("Origin", browser.server.url), *headers]), body)


ODD = {
    "nothing": b"", "no token": b"x=1", "NUL": b"csrf_token=%TOKEN%&a=%00&name=a%00b", "raw NUL": b"csrf_token=%TOKEN%&a=\x00",
    "ill-formed UTF-8": b"csrf_token=%TOKEN%&a=%C3%28&client_name=%ff", "bad escape": b"csrf_token=%TOKEN%&a=%zz",
    "the token twice": b"csrf_token=%TOKEN%&csrf_token=%TOKEN%", "many": b"csrf_token=%TOKEN%" + b"&a%d=1" % 1 * 5000,
    "names only": b"&&&=&=&", "half a name": b"csrf_token", "lines": b"csrf_token=%TOKEN%\r\n\r\nGET / HTTP/1.1\r\n\r\n",
    "a token cut short": b"csrf_token=%CUT%", "a token with a tail": b"csrf_token=%TOKEN%x", "a token of spaces": b"csrf_token=++",
}


@of_forms
@pytest.mark.parametrize("kind", ODD)
def test_odd_bytes_are_refused_or_mean_nothing(sender, database, route, kind):
    """F10, B4, B5: an answer below 500, no change, and the connection goes on."""
    browser, token = sender
    body = ODD[kind].replace(b"%TOKEN%", token.encode()).replace(b"%CUT%", token[:-1].encode())
    with database.unchanged():
        reply = send(browser, route, body)
        assert 300 <= reply.status < 500, reply.text
    assert browser.get("/account").status == 200


@of_forms
def test_what_is_too_large_is_refused(sender, database, route):
    """B3, G3."""
    browser, token = sender
    with database.unchanged():
        reply = send(browser, route, b"csrf_token=" + token.encode() + b"&a=" + b"x" * BODY_MAX)
    assert reply.status == 413


@of_forms
@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
def test_other_types_are_refused(sender, database, route, kind):
    """B2: what a page of another site can send without asking, too."""
    browser, token = sender
    with database.unchanged():
        reply = browser.http.request("POST", route.path, browser.headers(
            [("Origin", browser.server.url), *([("Content-Type", kind)] if kind else [])]), b"csrf_token=" + token.encode())
    assert 400 <= reply.status < 500


@of_forms
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "BREW"])
def test_other_methods_change_nothing(sender, database, route, method):
    """F11, J4."""
    browser, token = sender
    with database.unchanged():
        reply = send(browser, route, b"csrf_token=" + token.encode(), method=method)
    assert reply.status in (400, 404, 405, 501)


@of_forms
def test_a_token_of_a_session_that_has_ended_is_refused(server, database, route):
    """F1, F10."""
    with Browser(server) as browser:
        browser.cookies["authgate_session"] = database.add_session("admin")
        token = browser.get("/account").form("/account/password").fields["csrf_token"]
        database.execute("DELETE FROM sessions WHERE id = (SELECT id FROM sessions ORDER BY id DESC LIMIT 1)")
        with database.unchanged():
            assert send(browser, route, b"csrf_token=" + token.encode()).status in (303, 400, 401, 403, 404)
