"""M12: a clock that jumps under a running server. What expires follows the clock, what waits does
not, and all is well when the clock is right again."""

import pathlib
import time

import pytest

from device import Device
from running import Server
from wire import basic

LIBRARY = pathlib.Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
HOUR_S = 3600

pytestmark = pytest.mark.skipif(not LIBRARY.exists(), reason="faketime is not installed")


@pytest.fixture
def own(tmp_path):
    """A server with own.jump(seconds): so far is its clock from ours."""
    def jump(seconds):
        clock.write_text(f"{seconds:+d}\n")

    clock = tmp_path / "clock"
    jump(0)
    with Server(tmp_path, LD_PRELOAD=str(LIBRARY), FAKETIME_TIMESTAMP_FILE=str(clock),
                FAKETIME_NO_CACHE="1", FAKETIME_DONT_FAKE_MONOTONIC="1",
                CLIENT_CREDENTIALS_TOKEN_EXPIRATION="10m") as server:
        server.jump = jump
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
        own.jump(HOUR_S)
        assert not is_active(own, http, token)
        late = new_token(own, http)
        own.jump(-HOUR_S)
        early = new_token(own, http)
        assert is_active(own, http, early)
        own.jump(0)
        assert not is_active(own, http, early), "issued an hour ago, for ten minutes"
        assert is_active(own, http, late)
        assert is_active(own, http, new_token(own, http))


@pytest.mark.parametrize("seconds", [HOUR_S, -HOUR_S])
def test_waiting_does_not_follow_the_clock(own, seconds):
    """Pacing, readiness and the stop: none of them waits an hour longer, or not at all."""
    with own.client() as http, Device(own) as device:
        own.jump(seconds)
        began = time.monotonic()
        assert device.poll().error in ("authorization_pending", "expired_token", "slow_down")
        assert http.get("/readyz").status == 200
        new_token(own, http)
        own.terminate()
        assert own.ended() == 0
        assert time.monotonic() - began < 10


def test_beyond_2038(own):
    own.jump(20 * 366 * 24 * HOUR_S)
    with own.client() as http:
        assert is_active(own, http, new_token(own, http))
