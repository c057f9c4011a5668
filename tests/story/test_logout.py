"""Signing out at an application's wish, and telling applications (OpenID Connect RP-Initiated
Logout 1.0 and Back-Channel Logout 1.0).  Ids in docstrings are rows of the catalogue of attacks."""

import http.server
import threading
import time
from urllib.parse import parse_qs, urlencode

import jwt
import pytest

from browser import Browser
from sanitizer import patience
from waiting import until

CONFIRM = "/oauth/logout/confirm"
BYE = "https://app.example/bye"
EVENT = "http://schemas.openid.net/event/backchannel-logout"


@pytest.fixture
def leaving(new_app):
    """An application that may send people to BYE after signing out."""
    return new_app("Photo album", secret="s", columns={"post_logout_redirect_uris": BYE})


def logout(browser, **params):
    return browser.get("/oauth/logout?" + urlencode(params))


def is_signed_in(browser):
    return browser.get("/").status == 200


def test_oidcc_rp_initiated_logout(leaving, visitor):
    hint = leaving.tokens(visitor)["id_token"]
    page = logout(visitor, id_token_hint=hint, post_logout_redirect_uri=BYE, state="a b&c")
    assert (page.status, page.location) == (303, BYE + "?state=a%20b%26c")
    assert not is_signed_in(visitor)


def test_the_id_token_of_another_session_asks_first(leaving, visitor, server):
    hint = leaving.tokens(visitor)["id_token"]
    with Browser(server) as other:
        other.sign_in()
        page = logout(other, id_token_hint=hint, post_logout_redirect_uri=BYE, state="a b&c")
        assert page.status == 200 and "Photo album" in page.text
        assert is_signed_in(other)
        page = other.submit(page.form(CONFIRM))
        assert (page.status, page.location) == (303, BYE + "?state=a%20b%26c")
        assert not is_signed_in(other)


def test_a_get_ends_no_session(leaving, visitor):
    """F9: without the ID token of that session, which only its applications have."""
    leaving.tokens(visitor)
    logout(visitor, client_id=leaving.client_id, post_logout_redirect_uri=BYE)
    logout(visitor)
    assert is_signed_in(visitor)


def test_the_confirmation_needs_our_own_form(leaving, visitor):
    """F9, F10"""
    leaving.tokens(visitor)
    assert visitor.post(CONFIRM, {"post_logout_redirect_uri": BYE}).status == 403
    assert is_signed_in(visitor)


@pytest.mark.parametrize("uri", [BYE + "/", BYE + "?x=1", "https://evil.example/bye",
                                 "https://app.example:444/bye", "javascript:alert(1)"])
def test_oidcc_rp_initiated_logout_bad_post_logout_redirect_uri(leaving, visitor, uri):
    """A3, A7: nobody is sent to an address that is not registered."""
    hint = leaving.tokens(visitor)["id_token"]
    page = logout(visitor, id_token_hint=hint, post_logout_redirect_uri=uri)
    assert (page.status, page.location) == (400, None)
    form = logout(visitor, client_id=leaving.client_id).form(CONFIRM)
    page = visitor.submit(form, post_logout_redirect_uri=uri)
    assert (page.status, page.location) == (400, None)
    assert is_signed_in(visitor)


def test_oidcc_rp_initiated_logout_no_params(leaving, visitor):
    leaving.tokens(visitor)
    page = visitor.submit(logout(visitor).form(CONFIRM))
    assert (page.status, page.location) == (303, "/oauth/logout")
    assert "signed out" in visitor.follow(page).text
    assert not is_signed_in(visitor)


def test_oidcc_rp_initiated_logout_no_id_token_hint(leaving, visitor):
    leaving.tokens(visitor)
    page = logout(visitor, client_id=leaving.client_id, post_logout_redirect_uri=BYE)
    assert visitor.submit(page.form(CONFIRM)).location == BYE


def test_oidcc_rp_initiated_logout_modified_id_token_hint(leaving, visitor):
    hint = leaving.tokens(visitor)["id_token"]
    head, payload, signature = hint.split(".")
    for bad in (f"{head}.{payload}.{'A' * len(signature)}", "nonsense", hint + "A",
                leaving.tokens(visitor)["access_token"]):
        page = logout(visitor, id_token_hint=bad, post_logout_redirect_uri=BYE)
        assert (page.status, page.location) == (400, None)
    assert is_signed_in(visitor)


def test_another_applications_id_token_is_refused(leaving, new_app, visitor):
    hint = new_app("Other", secret="o").tokens(visitor)["id_token"]
    page = logout(visitor, id_token_hint=hint, client_id=leaving.client_id,
                  post_logout_redirect_uri=BYE)
    assert (page.status, page.location) == (400, None)


def test_who_is_not_signed_in_is_asked_before_going_back(leaving, visitor):
    """RFC 9700 section 4.11.2: anybody can write such a link."""
    page = logout(visitor, client_id=leaving.client_id, post_logout_redirect_uri=BYE, state="s")
    assert (page.status, page.location) == (200, None)
    assert "Leave this site?" in page.text and "Continue to https://app.example" in page.text
    assert page.form(BYE).fields["state"] == "s"


def test_who_is_not_signed_in_goes_straight_back_with_an_id_token(leaving, visitor, admin):
    hint = leaving.tokens(admin)["id_token"]
    page = logout(visitor, id_token_hint=hint, post_logout_redirect_uri=BYE)
    assert (page.status, page.location) == (303, BYE)


# ---- back-channel -------------------------------------------------------------------------------


class Receiver:
    """An application's back-channel address on loopback."""

    def __init__(self, answers):
        received, answers = [], list(answers)

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                received.append(parse_qs(body)["logout_token"][0])
                self.send_response(answers.pop(0) if len(answers) > 1 else answers[0])
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.received = received
        self.http = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.uri = f"http://127.0.0.1:{self.http.server_port}/backchannel"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def wait(self, count=1):
        until(lambda: len(self.received) >= count, 20)
        return self.received


@pytest.fixture
def receiver():
    receiver = Receiver([200])
    yield receiver
    receiver.http.shutdown()
    receiver.http.server_close()


def test_oidcc_backchannel_rp_initiated_logout(server, new_app, visitor, receiver):
    app = new_app("Told", secret="t", columns={"backchannel_logout_uri": receiver.uri})
    id_token = app.tokens(visitor)["id_token"]
    logout(visitor, id_token_hint=id_token)
    (token,) = receiver.wait()
    keys = jwt.PyJWKClient(server.url + "/.well-known/jwks.json")
    assert jwt.get_unverified_header(token)["typ"] == "logout+jwt"
    key = keys.get_signing_key_from_jwt(token).key
    claims = jwt.decode(token, key, algorithms=["ES256"], audience=app.client_id,
                        issuer=server.url)
    before = jwt.decode(id_token, options={"verify_signature": False})
    assert (claims["sub"], claims["sid"]) == (before["sub"], before["sid"])
    assert claims["events"] == {EVENT: {}} and "nonce" not in claims
    until(lambda: server.database.count("logout_notices") == 0)
    assert len(receiver.received) == 1


def test_signing_out_of_the_server_itself_tells_applications_too(new_app, visitor, receiver):
    app = new_app("Told", secret="t", columns={"backchannel_logout_uri": receiver.uri})
    app.tokens(visitor)
    visitor.submit(visitor.get("/logout").form("/logout"))
    assert len(receiver.wait()) == 1


def test_signing_in_again_ends_the_session_before_for_applications_too(new_app, visitor, receiver):
    """In the same browser: nobody could end the session before afterwards."""
    app = new_app("Told", secret="t", columns={"backchannel_logout_uri": receiver.uri})
    before = app.id_claims(app.tokens(visitor)["id_token"])
    unredeemed = app.code(visitor)
    again = app.code(visitor, prompt="login")
    (token,) = receiver.wait()
    told = jwt.decode(token, options={"verify_signature": False})
    assert (told["sub"], told["sid"]) == (before["sub"], before["sid"])
    assert app.redeem(unredeemed).error == "invalid_grant"
    assert app.id_claims(app.redeem(again).json()["id_token"])["sid"] != before["sid"]


def test_an_application_that_fails_is_told_again_later(server, new_app, visitor):
    receiver = Receiver([500, 200])
    app = new_app("Down", secret="d", columns={"backchannel_logout_uri": receiver.uri})
    app.tokens(visitor)
    visitor.submit(visitor.get("/logout").form("/logout"))
    receiver.wait(1)
    until(lambda: server.database.rows("SELECT 1 FROM logout_notices WHERE attempts = 1"))
    assert server.database.execute("UPDATE logout_notices SET due_ms = 0") == 1
    assert len(receiver.wait(2)) == 2
    receiver.http.shutdown()
    receiver.http.server_close()


@pytest.mark.nodes
def test_the_session_ends_at_once_even_if_the_application_is_gone(new_app, visitor):
    app = new_app("Gone", secret="g", columns={"backchannel_logout_uri": "http://127.0.0.1:9/"})
    app.tokens(visitor)
    before = time.monotonic()
    visitor.submit(visitor.get("/logout").form("/logout"))
    assert time.monotonic() - before < patience(1)
    assert not is_signed_in(visitor)
