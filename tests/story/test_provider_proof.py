"""What applications hear of a sign-in with another server: how and when its person proved it."""

import time

import jwt
import pytest

import upstream as up
from app import App
from browser import Browser
from device import Device
from test_providers import Relying
from upstream import Upstream

ACR = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"


@pytest.fixture
def provider():
    upstream = Upstream(sub="robin-1", preferred_username="robin")
    yield upstream
    upstream.close()


@pytest.fixture
def relying(tmp_path, provider):
    with Relying(tmp_path, [{"name": "corp", "issuer": provider.url, "label": "Corp"}]) as running:
        yield running


@pytest.fixture
def app(relying):
    with relying.client() as http:
        yield App.register(relying, http, "Album", secret="s", scope="openid offline_access")


def tokens_of(app, browser, **changes):
    page = app.walk(browser, app.start(browser, **changes))
    return app.redeem(app.answer(page)["code"]).json()


def claims_of(app, browser, **changes):
    return app.id_claims(tokens_of(app, browser, **changes)["id_token"])


def test_a_password_typed_here_is_a_password(relying, app):
    with Browser(relying) as browser:
        claims = claims_of(app, browser)
    assert (claims["amr"], claims["acr"]) == (["pwd"], ACR)


@pytest.mark.parametrize("said, heard", [
    (None, ["fed"]), (["otp", "mfa"], ["otp", "mfa"]), ("mfa", ["fed"]), ([], ["fed"]),
    ([7, "two words", "", "x" * 40, "a\nb"], ["fed"]), (["pwd", 7], ["pwd"]),
    ([f"m{i}" for i in range(30)], [f"m{i}" for i in range(8)])])
def test_how_is_what_the_other_server_says(relying, provider, app, said, heard):
    provider.claims["amr"] = said
    with Browser(relying) as browser:
        up.sign_in(browser, provider)
        claims = claims_of(app, browser)
    assert claims["amr"] == heard
    assert ("acr" in claims) == (heard == ["pwd"])


def test_it_stays_with_what_is_refreshed(relying, provider, app):
    provider.claims.update(amr=["hwk"], auth_time=int(time.time()) - 7200)
    with Browser(relying) as browser:
        up.sign_in(browser, provider)
        tokens = tokens_of(app, browser)
    again = app.refresh(tokens["refresh_token"]).json()
    claims = app.id_claims(again["id_token"])
    assert claims["amr"] == ["hwk"] and claims["auth_time"] == provider.claims["auth_time"]


def test_a_device_hears_it_too(relying, provider):
    provider.claims.update(amr=["hwk"], auth_time=int(time.time()) - 7200)
    with relying.client() as http, Browser(relying) as browser:
        up.sign_in(browser, provider)
        device = Device(relying, http=http, scope="openid")
        browser.follow(browser.decide(browser.review(device.user_code), "approve"))
        token = device.poll().json()["id_token"]
        claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["amr"] == ["hwk"] and claims["auth_time"] == provider.claims["auth_time"]


@pytest.mark.parametrize("ago_s, is_now", [(7200, False), (30, True), (-7200, True), (None, True)])
def test_when_is_what_the_other_server_says_but_never_later_than_now(relying, provider, app, ago_s,
                                                                     is_now):
    before = int(time.time())
    provider.claims["auth_time"] = ago_s and before - ago_s
    with Browser(relying) as browser:
        up.sign_in(browser, provider)
        when = claims_of(app, browser)["auth_time"]
    assert before <= when <= time.time() if is_now else when == before - ago_s


def test_somebody_who_chooses_a_name_first_keeps_it(relying, provider, app):
    provider.claims.update(amr=["hwk"], auth_time=int(time.time()) - 7200, preferred_username="admin")
    with Browser(relying) as browser:
        asked = browser.follow(up.sign_in(browser, provider))
        browser.submit(asked.form("/auth/name"), username="robin")
        claims = claims_of(app, browser)
    assert claims["amr"] == ["hwk"] and claims["auth_time"] == provider.claims["auth_time"]


def test_an_application_that_wants_a_fresh_sign_in_gets_none_of_yesterday(relying, provider, app):
    """max_age is about the sign-in there: an old one is not made young by coming here."""
    provider.claims["auth_time"] = int(time.time()) - 7200
    with Browser(relying) as browser:
        up.sign_in(browser, provider)
        page = browser.follow(app.start(browser, max_age=3600))
        assert "/auth/login/corp" in [form.action for form in page.forms]
        assert app.start(browser, max_age=3600, prompt="none").location.find("login_required") > 0
        assert claims_of(app, browser, max_age=10_000)["auth_time"] == provider.claims["auth_time"]
