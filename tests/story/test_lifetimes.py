"""What ends by itself, and when: the server's clock is moved, nothing is written into its
database.  Ids in docstrings are rows of the catalogue of attacks."""


import jwt
import pytest

from app import App
from browser import Browser
from calendar_clock import DAY, HOUR, MINUTE, TimedServer, needs_clock
from device import Device
from waiting import until

pytestmark = needs_clock


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with TimedServer(tmp_path_factory.mktemp("timed")) as running:
        running.published_keys()
        yield running


@pytest.fixture
def forward(server):
    return server.clock.forward


@pytest.fixture
def person(server):
    with Browser(server) as browser:
        assert browser.sign_in().status == 303
        yield browser


def is_signed_in(browser):
    return browser.get("/account").status == 200


def test_a_code_lives_for_a_minute(app, person, forward):
    """B19"""
    early, late = app.code(person), app.code(person)
    forward(55)
    assert app.redeem(early).status == 200
    forward(6)
    assert app.redeem(late).error == "invalid_grant"


def test_a_device_code_lives_for_ten_minutes(server, http, forward):
    """C2"""
    with Device(server, http=http) as device:
        forward(9 * MINUTE)
        assert device.poll().error == "authorization_pending"
        forward(2 * MINUTE)
        assert device.poll().error == "expired_token"


def test_an_access_token_ends_when_it_says(app, person, forward):
    """D6, D9, E8"""
    token = app.tokens(person)["access_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    forward(claims["exp"] - claims["iat"] - 5)
    assert app.is_alive(token) and app.introspect(token).json()["active"]
    forward(6)
    assert not app.is_alive(token) and app.introspect(token).json() == {"active": False}


def test_a_session_ends_when_nobody_uses_it(server, forward):
    """F5"""
    with Browser(server) as busy, Browser(server) as idle:
        busy.sign_in()
        idle.sign_in()
        forward(20 * MINUTE)
        assert is_signed_in(busy)
        forward(11 * MINUTE)
        assert is_signed_in(busy) and not is_signed_in(idle)


def test_a_session_ends_however_much_it_is_used(server, forward):
    """F5"""
    with Browser(server) as browser:
        browser.sign_in()
        for _ in range(5):
            forward(11 * MINUTE)
            assert is_signed_in(browser)
        forward(6 * MINUTE)
        assert not is_signed_in(browser)


def test_a_clock_that_goes_back_extends_nothing(server, forward):
    """F5, M12: the end stays where it was."""
    with Browser(server) as browser:
        browser.sign_in()
        forward(-10 * MINUTE)
        assert is_signed_in(browser)
        forward(10 * MINUTE)
        for _ in range(5):
            forward(11 * MINUTE)
            assert is_signed_in(browser)
        forward(6 * MINUTE)
        assert not is_signed_in(browser)


@pytest.mark.parametrize("secret", ["s", None])
def test_a_refresh_token_that_nobody_uses_ends(new_app, server, forward, secret):
    """B30: 30 days, counted from its last rotation; a fixed one counts from its issue."""
    app = new_app(secret=secret)
    with Browser(server) as browser:
        browser.sign_in()
        used, idle = (app.lasting_tokens(browser)["refresh_token"] for _ in range(2))
    forward(29 * DAY)
    answer = app.refresh(used)
    assert answer.status == 200
    forward(2 * DAY)
    assert app.refresh(idle).error == "invalid_grant"
    again = app.refresh(answer.json()["refresh_token"])
    assert again.status == (200 if secret is None else 400)


def test_rotation_ends_with_the_sign_in_after_a_year(new_app, server, forward):
    """B30: the absolute lifetime, however often it is used."""
    app = new_app()
    with Browser(server) as browser:
        browser.sign_in()
        token = app.lasting_tokens(browser)["refresh_token"]
    for _ in range(13):
        forward(28 * DAY)
        answer = app.refresh(token)
        assert answer.status == 200, answer.text
        token = answer.json()["refresh_token"]
    forward(2 * DAY)
    assert app.refresh(token).error == "invalid_grant"


def test_keys_follow_one_another_over_weeks(tmp_path):
    """E14: published for a day before it signs, kept until its last token has ended, then gone;
    through all of it every living token verifies."""
    with TimedServer(tmp_path, KEY_ROTATION_INTERVAL="14d", KEY_PUBLISH_AHEAD="24h",
                     JWT_SIGNING_ALGORITHM="RS256") as server, server.client() as http:
        app = App.register(server, http, secret="s")
        with Browser(server) as browser:
            browser.sign_in()
            token = app.lasting_tokens(browser)["refresh_token"]

        def published():
            return {key["kid"] for key in app.keys()}

        def signer():
            access = app.refresh(token).json()["access_token"]
            kid = jwt.get_unverified_header(access)["kid"]
            assert kid in published() and app.is_alive(access)
            return kid

        first, age = signer(), 0
        for _ in range(2):
            server.clock.forward(13 * DAY - HOUR - age)
            assert (signer(), published()) == (first, {first})
            server.clock.forward(2 * HOUR)
            until(lambda: len(published()) == 2)
            assert signer() == first
            (second,) = published() - {first}
            server.clock.forward(22 * HOUR)
            assert signer() == first
            server.clock.forward(3 * HOUR)
            until(lambda: signer() == second)
            assert published() == {first, second}
            server.clock.forward(DAY)
            until(lambda: published() == {second})
            first, age = second, 49 * HOUR
