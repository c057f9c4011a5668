"""The modules of the OpenID Foundation's RP-Initiated and Back-Channel Logout OP plans, under the
names the conformance suite gives them, beyond those that test_logout.py has already."""

from urllib.parse import urlencode

import jwt
import pytest

from app import App
from browser import Browser

BYE = "https://app.example/bye"
CONFIRM = "/oauth/logout/confirm"


@pytest.fixture
def rp(server, http):
    app = App.register(server, http, "Suite", secret="suite-secret",
                       columns={"post_logout_redirect_uris": BYE})
    app.scope = "openid"
    return app


@pytest.fixture
def member(server):
    with Browser(server) as browser:
        browser.sign_in()
        yield browser


def is_signed_in(browser):
    return browser.get("/device").status == 200


def logout(browser, **params):
    query = urlencode({k: v for k, v in params.items() if v is not None})
    return browser.get("/oauth/logout" + ("?" + query if query else ""))


def agree(browser, page):
    """Nobody is asked whose application has the ID token of this session."""
    if page.status == 303:
        return page
    assert page.status == 200, page.text
    return browser.submit(page.form(CONFIRM))


def hint_of(rp, browser):
    return rp.tokens(browser)["id_token"]


def test_oidcc_rp_initiated_logout_discovery_endpoint_verification(http, server):
    document = http.get("/.well-known/openid-configuration").json()
    assert document["end_session_endpoint"] == server.url + "/oauth/logout"


def test_oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri(rp, member):
    page = logout(member, id_token_hint=hint_of(rp, member),
                  post_logout_redirect_uri=BYE + "?foo=bar")
    assert page.status == 400 and page.location is None


def test_oidcc_rp_initiated_logout_bad_id_token_hint(rp, member):
    """Signed by somebody else."""
    claims = jwt.decode(hint_of(rp, member), options={"verify_signature": False})
    hint = jwt.encode(claims, "x" * 32, algorithm="HS256")
    page = logout(member, id_token_hint=hint, post_logout_redirect_uri=BYE)
    assert page.status == 400 and page.location is None
    assert is_signed_in(member)


def test_oidcc_rp_initiated_logout_only_state(member):
    page = agree(member, logout(member, state="a state"))
    assert page.location == "/oauth/logout" and "signed out" in member.follow(page).text
    assert not is_signed_in(member)


def test_oidcc_rp_initiated_logout_no_post_logout_redirect_uri(rp, member):
    page = logout(member, id_token_hint=hint_of(rp, member), state="a state")
    assert page.status == 200 and page.location is None and "signed out" in page.text
    assert not is_signed_in(member)


def test_oidcc_rp_initiated_logout_no_state(rp, member):
    back = agree(member, logout(member, id_token_hint=hint_of(rp, member),
                                post_logout_redirect_uri=BYE))
    assert (back.status, back.location) == (303, BYE)


def test_logging_out_by_post_asks_as_well(rp, member):
    page = member.post("/oauth/logout", {"client_id": rp.client_id,
                                         "post_logout_redirect_uri": BYE})
    assert is_signed_in(member)
    assert agree(member, page).location == BYE


def test_logging_out_by_post_from_another_site_never_says_signed_out_too_early(rp, member):
    """The browser keeps the session cookie back, so the answer is a detour that brings it."""
    asked = {"client_id": rp.client_id, "post_logout_redirect_uri": BYE, "state": "a & b"}
    page = member.follow(member.post_from_elsewhere("/oauth/logout", asked))
    assert is_signed_in(member)
    assert agree(member, page).location == BYE + "?state=a%20%26%20b"


def test_a_client_id_may_say_who_asks(rp, member):
    back = agree(member, logout(member, client_id=rp.client_id, post_logout_redirect_uri=BYE))
    assert back.location == BYE


def test_a_client_id_has_to_be_that_of_the_hint(rp, new_app, member):
    page = logout(member, id_token_hint=hint_of(rp, member), client_id=new_app().client_id,
                  post_logout_redirect_uri=BYE)
    assert page.status == 400 and page.location is None


def test_f9_no_picture_on_the_web_signs_anybody_out(rp, member, database):
    """F9, F10"""
    form = logout(member).form(CONFIRM)
    with database.unchanged():
        for headers in ([("Origin", "https://evil.example")], [("Sec-Fetch-Site", "cross-site")],
                        [("Origin", "null")]):
            assert member.submit(form, headers).status == 403
        assert member.submit(form, csrf_token="").status == 403
        assert member.get(CONFIRM).status == 405
    assert is_signed_in(member)


def test_fields_of_the_logout_form_are_judged_again(rp, member):
    page = logout(member, client_id=rp.client_id, post_logout_redirect_uri=BYE)
    back = member.submit(page.form(CONFIRM), post_logout_redirect_uri="https://evil.example/")
    assert back.status == 400 and back.location is None


def test_oidcc_backchannel_logout_discovery_endpoint_verification(http):
    document = http.get("/.well-known/openid-configuration").json()
    assert document["backchannel_logout_supported"] is True
    assert document["backchannel_logout_session_supported"] is True
