"""A kernel that gives no randomness, or a byte at a time. Ids in docstrings are rows of the
catalogue of attacks."""

import pathlib
import subprocess

import pytest

from browser import Browser
from device import Device
from running import ADMIN_PASSWORD, Server
from sanitizer import ROOT, cannot_hold
from wire import basic

SHIM = ROOT / "tests/support/random_fault.c"
MACHINE = {"grant_type": "client_credentials"}

pytestmark = cannot_hold("it wants to be loaded first")


@pytest.fixture
def own(tmp_path):
    """A server, not started, whose getrandom(2) fails as own.fault says."""
    library = tmp_path / "random_fault.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", library, SHIM], check=True)
    server = Server(tmp_path, LD_PRELOAD=str(library), RANDOM_FAULT=str(tmp_path / "fault"))
    server.fault = tmp_path / "fault"
    return server


def test_without_randomness_nothing_is_issued(own):
    """M14, C17: no token, no code, no session with less; and all is well again afterwards."""
    with own as server, server.client() as http, Browser(server) as browser:
        server.published_keys()
        machine = basic(server.database.add_client("Machine", secret="s"), "s")
        form = browser.get("/login").form("/login")
        fields = {**form.fields, "username": "admin", "password": ADMIN_PASSWORD}
        asked = [lambda: http.post("/oauth/token", MACHINE, [machine]),
                 lambda: http.post("/oauth/device/code", {"client_id": server.client_id}),
                 lambda: browser.post("/login", fields)]
        with server.database.unchanged():
            server.fault.write_text("ENOSYS")
            for ask in asked:
                assert ask().status == 500
            assert http.get("/livez").status == 200
        server.fault.unlink()
        assert [ask().status for ask in asked] == [200, 200, 303]


def test_randomness_in_pieces_is_put_together(own):
    """M14: an interrupted call is made again, and a short one goes on."""
    with own as server, server.client() as http, Browser(server) as browser:
        server.published_keys()
        server.fault.write_text("EINTR")
        assert browser.sign_in().status == 303
        device = Device(server, http=http)
        browser.approve(device.user_code)
        assert device.poll().status == 200


def test_without_randomness_there_is_no_start(own):
    """M14: nor a key, nor a password for the first administrator."""
    own.fault.write_text("ENOSYS")
    assert own.launch().ended() != 0
    assert not pathlib.Path(own.environment["CREDENTIALS_FILE"]).exists()
    own.fault.unlink()
    with own as server:
        assert server.published_keys()
