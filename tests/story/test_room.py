"""Rows that strangers can cause: how many there may be, and that nobody's are crowded out.  Ids in
docstrings are rows of the catalogue of attacks."""

import pytest

from app import App
from browser import Browser
from device import Device
from running import Server
from waiting import until

ROOM = 300


@pytest.fixture
def small(tmp_path):
    """Room for few, and no limits by address; behind a proxy at 127.0.0.1."""
    with Server(tmp_path, TRUSTED_PROXIES="127.0.0.1/32", DEVICE_CODES_MAX=str(ROOM),
                AUTHORIZE_WAITING_MAX=str(ROOM)) as server:
        yield server


def networks(number):
    """A provider's customers: more than there is room for, each with networks of its own."""
    return [f"2001:db8:{i // 4:x}:{i % 4}::1" for i in range(number)]


def from_everywhere(server, ask, number=2000):
    """A flood that lasts for as long as the server lets it; the largest number of rows seen."""
    with server.client() as http:
        statuses = {ask(http, [("X-Forwarded-For", address)]) for address in networks(number)}
    assert statuses <= {200, 303, 503}


def test_a_flood_of_sign_ins_takes_its_own_room(small):
    """C15's kind: the table is bounded, and whoever was on the way to an application arrives."""
    with small.client() as http, Browser(small) as person:
        app = App.register(small, http)
        waiting = app.start(person)
        assert waiting.status == 303 and waiting.location.startswith("/login")
        target = app.target(state="s" * 4000)
        from_everywhere(small, lambda h, where: h.get(target, where).status)
        assert small.database.count("authorize_requests") <= ROOM * 5 // 4 + 2
        until(lambda: small.database.count("authorize_requests") <= ROOM, 10)
        arrived = app.walk(person, waiting)
        assert "code=" in arrived.location
        until(lambda: app.start(person, prompt="login").status == 303, 10)


def test_a_flood_of_device_codes_takes_its_own_room(small):
    """C15"""
    fields = {"client_id": small.client_id}
    with Device(small) as device, Browser(small) as person:
        from_everywhere(small, lambda h, where: h.post("/oauth/device/code", fields, where).status)
        assert small.database.count("device_codes") <= ROOM * 5 // 4 + 2
        until(lambda: small.database.count("device_codes") <= ROOM, 10)
        assert device.poll().error == "authorization_pending"
        person.sign_in()
        person.approve(device.user_code)
        assert device.poll().status == 200


def test_who_has_most_gives_way_inside_a_region_too(small):
    """A neighbour of the flood, at the same provider."""
    neighbour = [("X-Forwarded-For", "198.51.100.7")]
    with Device(small, headers=neighbour) as device, small.client() as http:
        for _ in range(2000):
            assert http.post("/oauth/device/code", {"client_id": small.client_id}, [
                ("X-Forwarded-For", "198.51.7.1")]).status in (200, 503)
        until(lambda: small.database.count("device_codes") <= ROOM, 10)
        assert device.poll().error == "authorization_pending"


def test_a_flood_of_device_codes_does_not_fill_the_trail(tmp_path):
    """C15: they are counted, and each approval says where the device asked from."""
    with Server(tmp_path, TRUSTED_PROXIES="127.0.0.1/32") as server, Browser(server) as person:
        fields, where = {"client_id": server.client_id}, [("X-Forwarded-For", "192.0.2.9")]
        with server.client() as http:
            for _ in range(1500):
                assert http.post("/oauth/device/code", fields, where).status == 200
        assert len(server.database.events("DEVICE_CODE_GENERATED")) <= 1001
        with Device(server, headers=where) as device:
            person.sign_in()
            person.approve(device.user_code)
        ((_, _, detail),) = server.database.events("DEVICE_CODE_AUTHORIZED")
        assert f"client={server.client_id}" in detail and "asked_from=192.0.2.9" in detail
        server.stop()
        folded = [row for row in server.database.events("DEVICE_CODE_GENERATED")
                  if row[2].startswith("folded=")]
        assert sum(int(detail.partition("=")[2]) for _, _, detail in folded) >= 490
        server.start()


def test_a_subscriber_with_many_networks_has_a_limit(tmp_path):
    """G6's kind: sixteen shares for a /48, and none of them a neighbour's."""
    with Server(tmp_path, TRUSTED_PROXIES="127.0.0.1/32", ENABLE_RATE_LIMIT="true") as server:
        with server.client() as http:
            def ask(address):
                return http.post("/oauth/device/code", {"client_id": server.client_id},
                                 [("X-Forwarded-For", address)]).status

            statuses = [ask(f"2001:db8:5:{i % 64:x}::1") for i in range(320)]
            assert 160 <= statuses.count(200) <= 170
            assert ask("2001:db8:6::1") == 200
