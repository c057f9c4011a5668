"""M12: a clock that jumps under a running server. What expires follows the clock, what waits does
not, and all is well when the clock is right again."""

import time

import pytest

from calendar_clock import DAY, HOUR, TimedServer, needs_clock
from device import Device
from sanitizer import patience
from wire import basic

pytestmark = needs_clock


@pytest.fixture
def own(tmp_path):
    """A server whose wall clock jumps; the one by which it waits goes on."""
    with TimedServer(tmp_path, FAKETIME_DONT_FAKE_MONOTONIC="1",
                     CLIENT_CREDENTIALS_TOKEN_EXPIRATION="10m") as server:
        server.published_keys()
        server.machine = basic(server.database.add_client("machine", secret="s"), "s")
        yield server


def is_active(server, http, token):
    reply = http.post("/oauth/introspect", {"token": token}, [server.machine])
    assert reply.status == 200, reply.text
    return reply.json()["active"]


def new_token(server, http):
    reply = http.post("/oauth/token", {"grant_type": "client_credentials"}, [server.machine])
    assert reply.status == 200, reply.text
    return reply.json()["access_token"]


def test_tokens_follow_the_clock_there_and_back(own):
    with own.client() as http:
        token = new_token(own, http)
        assert is_active(own, http, token)
        own.clock.forward(HOUR)
        assert not is_active(own, http, token)
        late = new_token(own, http)
        own.clock.forward(-2 * HOUR)
        early = new_token(own, http)
        assert is_active(own, http, early)
        own.clock.forward(HOUR)
        assert not is_active(own, http, early), "issued an hour ago, for ten minutes"
        assert is_active(own, http, late)
        assert is_active(own, http, new_token(own, http))


@pytest.mark.parametrize("seconds", [HOUR, -HOUR])
def test_waiting_does_not_follow_the_clock(own, seconds):
    """Pacing, readiness and the stop: none of them waits an hour longer, or not at all."""
    with own.client() as http, Device(own) as device:
        own.clock.forward(seconds)
        began = time.monotonic()
        assert device.poll().error in ("authorization_pending", "expired_token", "slow_down")
        assert http.get("/readyz").status == 200
        new_token(own, http)
        own.terminate()
        assert own.ended() == 0
        assert time.monotonic() - began < patience(10)


def test_beyond_2038(own):
    own.clock.forward(20 * 366 * DAY)
    with own.client() as http:
        assert is_active(own, http, new_token(own, http))
