"""What applications hear of a sign-in with another server: how and when its person proved it."""

import time
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

import upstream as up
from app import App
from browser import Browser
from device import Device
from running import Server
from test_providers import Relying
from upstream import SecondAuthgate, Upstream

EDIT = "/admin/clients/{}/edit"
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


# ---- doing it again -------------------------------------------------------------------------------


@pytest.fixture
def operator(relying, provider):
    """An admin who has no password here and signed in twenty minutes ago."""
    with Browser(relying) as browser:
        up.sign_in(browser, provider)
        relying.database.execute("UPDATE users SET role = 'admin' WHERE username = 'robin'")
        age_sessions(relying)
        yield browser


def age_sessions(relying):
    relying.database.execute("UPDATE sessions SET created_ms = created_ms - 1200000")


def asked_of(away):
    return {k: v[0] for k, v in parse_qs(urlsplit(away.location).query).items()}


def press_confirm(browser, target):
    page = browser.follow(browser.get(target))
    form = page.form("/auth/login/corp")
    assert form.fields["confirm"] == "1"
    return browser.submit(form)


def test_who_signs_in_elsewhere_only_confirms_there_and_goes_on(relying, provider, operator):
    away = press_confirm(operator, EDIT.format(relying.client_id))
    assert (asked_of(away)["prompt"], asked_of(away)["max_age"]) == ("login", "0")
    provider.claims["auth_time"] = int(time.time())
    back = operator.get(up.local(operator, provider.consent(away.location)))
    assert back.location == EDIT.format(relying.client_id)
    assert operator.get(back.location).status == 200


@pytest.mark.parametrize("ago_s, why", [
    (3600, "answered with an old one"), (None, "does not say when")])
def test_an_old_sign_in_there_confirms_nothing(relying, provider, operator, ago_s, why):
    away = press_confirm(operator, EDIT.format(relying.client_id))
    provider.claims["auth_time"] = ago_s and int(time.time()) - ago_s
    back = operator.get(up.local(operator, provider.consent(away.location)))
    again = operator.get(back.location)
    assert "did not answer as expected" in again.text
    assert again.form("/auth/login/corp").fields["confirm"] == "1"
    assert "/login" in operator.get(EDIT.format(relying.client_id)).location
    assert why in relying.log


def test_a_first_sign_in_asks_the_other_server_for_nothing_special(relying, provider):
    with Browser(relying) as browser:
        assert not {"prompt", "max_age"} & set(asked_of(up.begin(browser)))


def test_an_application_that_asks_for_a_new_sign_in_reaches_the_other_server(relying, provider, app):
    with Browser(relying) as browser:
        page = browser.follow(app.start(browser, prompt="login"))
        away = browser.submit(page.form("/auth/login/corp"))
        assert asked_of(away)["max_age"] == "0"
        provider.claims["auth_time"] = int(time.time())
        back = browser.get(up.local(browser, provider.consent(away.location)))
        assert app.redeem(app.answer(app.walk(browser, back))["code"]).status == 200


def test_a_second_authgate_does_ask_again(tmp_path_factory):
    """Nobody is let through by the session there."""
    with Server(tmp_path_factory.mktemp("there")) as second, Relying(
            tmp_path_factory.mktemp("here"), []) as first:
        other = SecondAuthgate(second, first.url + "/auth/callback/corp")
        first.config.write_text(
            f"providers:\n  - name: corp\n    issuer: {second.url}\n"
            f"    client_id: {other.client_id}\n    client_secret: {other.secret}\n")
        first.config.chmod(0o600)
        first.reload()
        other.server.database.add_user("robin")
        with Browser(first) as browser:
            away = up.begin(browser)
            browser.get(up.local(browser, other.walk(away.location, username="robin")))
            first.database.execute("UPDATE users SET role = 'admin' WHERE username = 'robin'")
            age_sessions(first)
            away = press_confirm(browser, EDIT.format(first.client_id))
            back = browser.get(up.local(browser, other.walk(away.location, username="robin")))
            assert back.location == EDIT.format(first.client_id)
            assert browser.get(back.location).status == 200
