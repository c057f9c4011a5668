"""A device that somebody approved and did not mean to (RFC 10027, to remediate): it is shown at the next
sign-in, ends with a click, and whoever its network asks next is warned."""

import pytest

from browser import Browser
from device import Device
from running import Server

FORWARDED = "X-Forwarded-For"
STRANGER_AT, ANOTHER_AT = "192.0.2.66", "198.51.100.20"
TITLE, WARNING = "New devices", "said that it was not theirs"


@pytest.fixture(name="server")
def _server(tmp_path):
    with Server(tmp_path, TRUSTED_PROXIES="127.0.0.1") as server:
        yield server


def signed_in(server):
    browser = Browser(server)
    browser.sign_in()
    return browser


def device_at(server, address):
    return Device(server, scope="openid offline_access", headers=[(FORWARDED, address)])


def connected(server, browser, address=STRANGER_AT):
    """What a device of that network was given."""
    with device_at(server, address) as device:
        browser.approve(device.user_code)
        tokens = server.client().post("/oauth/token", device.fields(), [(FORWARDED, address)])
    assert tokens.status == 200, tokens.text
    return tokens.json()


def review_of(server, browser, address):
    with device_at(server, address) as device:
        page = browser.get("/device")
        browser.submit(page.form("/device/verify"), user_code=device.user_code)
        return browser.get("/device/review")


def disown(browser, page):
    (form,) = [form for form in page.forms if form.action.endswith("/disown")]
    return browser.submit(form)


def test_what_was_connected_since_the_last_sign_in_is_shown(server):
    with signed_in(server) as first:
        connected(server, first)
        assert TITLE not in first.get("/").text, "they have just connected it"
        with signed_in(server) as second:
            page = second.get("/")
            assert TITLE in page.text and STRANGER_AT in page.text
        with signed_in(server) as third:
            assert TITLE not in third.get("/").text, "it was told once"


def test_not_theirs_ends_marks_and_is_written_down(server):
    with signed_in(server) as first:
        tokens = connected(server, first)
        assert WARNING not in review_of(server, first, STRANGER_AT).text
    with signed_in(server) as person:
        assert disown(person, person.get("/")).location == "/account?done=disowned"
        assert TITLE not in person.get("/").text
        refreshed = server.client().post("/oauth/token", {
            "grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "client_id": server.client_id})
        assert refreshed.error == "invalid_grant"
        assert WARNING in review_of(server, person, STRANGER_AT).text
        assert WARNING not in review_of(server, person, ANOTHER_AT).text
        server.database.execute("UPDATE disowned_networks SET expires_ms = 1")
        assert WARNING not in review_of(server, person, STRANGER_AT).text, "for a while only"
    (event,) = server.database.rows("SELECT detail FROM audit_log WHERE event = 'ACCESS_DISOWNED'")
    assert event[0].startswith("device client=") and event[0].endswith(STRANGER_AT)


def test_a_network_is_marked_once_and_marks_are_forgotten(server):
    server.database.execute("INSERT INTO disowned_networks (network, expires_ms) VALUES ('203.0.113.1', 1)")
    with signed_in(server) as person:
        for _ in range(2):
            connected(server, person)
        page = person.get("/account/sessions")
        forms = [form for form in page.forms if form.action.endswith("/disown")]
        assert len(forms) == 2
        for form in forms:
            person.submit(form)
    networks = [row[0] for row in server.database.rows("SELECT network FROM disowned_networks")]
    assert networks == [STRANGER_AT]
