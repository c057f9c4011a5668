"""Digits of the page that have to be typed at the device before it gets tokens (docs/DEVICE.md).

Against codes that are sent to somebody else: whoever sent one does not see the page."""

import itertools
import os
import pty
import re
import select
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from admin import ByRequest
from browser import Browser
from device import Device
from running import Server
from sanitizer import patience
from shell import AUTHGATE, environment

numbers = itertools.count(1)


@pytest.fixture(scope="module", name="typing")
def _typing(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("digits"), DEVICE_POLL_INTERVAL="1s") as server:
        yield server


@pytest.fixture(name="person")
def _person(typing):
    with Browser(typing) as browser:
        browser.sign_in()
        yield browser


def client_of(server, **policy):
    made = ByRequest(server)("client", "create", name=f"Typing {next(numbers)}", type="public",
                             grants=["device", "refresh"], **policy)
    return made["client_id"]


def digits_of(page):
    return re.search(r"Type these digits on your device: (\d\d)", page.text)[1]


def other_than(digits, by=1):
    return f"{(int(digits) + by) % 100:02}"


@pytest.fixture(name="device")
def _device(typing):
    with Device(typing, client_id=client_of(typing), device_confirmation="typed") as device:
        assert device.answer["device_confirmation"] == "typed"
        yield device


def test_the_digits_of_the_page_are_typed_at_the_device(typing, person, device):
    assert device.poll().error == "authorization_pending"
    page = person.approve(device.user_code)
    digits = digits_of(page)
    assert "do not tell" in page.text
    assert digits_of(person.get("/device/done")) == digits, "a reload shows them again"
    time.sleep(1.1)
    waiting = device.poll()
    assert (waiting.status, waiting.error) == (400, "confirmation_required")
    tokens = device.poll(confirmation_code=digits)
    assert tokens.status == 200 and tokens.json()["access_token"]
    assert device.poll(confirmation_code=digits).error == "invalid_grant"
    assert "Type these digits" not in person.get("/device/done").text


def test_waiting_for_digits_has_the_same_pace(person, device):
    person.approve(device.user_code)
    assert device.poll().error == "confirmation_required"
    assert device.poll().error == "slow_down"


def test_the_third_wrong_pair_is_the_last(typing, person, device):
    digits = digits_of(person.approve(device.user_code))
    answers = [device.poll(confirmation_code=other_than(digits, i + 1)).error for i in range(3)]
    assert answers == ["confirmation_required", "confirmation_required", "access_denied"]
    assert device.poll(confirmation_code=digits).error == "access_denied"
    assert typing.database.device_code(device.user_code, "state") == "denied"
    assert len(typing.database.events("DEVICE_CONFIRMATION_FAILED")) == 1


@pytest.mark.parametrize("typed", ["", "0", "000", "xx", "٠٠", "00\n"])
def test_what_is_no_pair_of_digits_is_none(person, device, typed):
    digits = digits_of(person.approve(device.user_code))
    answer = device.poll(confirmation_code=typed)
    assert answer.status == 400 and answer.error in ("confirmation_required", "invalid_request")
    assert device.poll(confirmation_code=digits).status == 200


def test_all_pairs_at_once_are_three_tries(typing, person, device):
    """A hundred guesses at the same moment would be sure to hit."""
    digits = digits_of(person.approve(device.user_code))
    wrong = [f"{n:02}" for n in range(100) if f"{n:02}" != digits]

    def guess(typed):
        with typing.client() as http:
            return device.poll(http, confirmation_code=typed)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(guess, wrong))
    assert all(answer.status == 400 for answer in answers)
    assert typing.database.device_code(device.user_code, "digit_tries") == 3
    assert device.poll(confirmation_code=digits).error == "access_denied"


def test_a_client_that_does_not_ask_gets_none(typing, person):
    with Device(typing, client_id=client_of(typing)) as device:
        assert "device_confirmation" not in device.answer
        assert "Type these digits" not in person.approve(device.user_code).text
        assert device.poll().status == 200


def test_never_means_never(typing, person):
    client_id = client_of(typing, device_typed_back="never")
    with Device(typing, client_id=client_id, device_confirmation="typed") as device:
        assert "device_confirmation" not in device.answer
        person.approve(device.user_code)
        assert device.poll().status == 200


def test_a_plain_client_is_refused_where_digits_are_required(typing):
    client_id = client_of(typing, device_typed_back="require")
    with typing.client() as http:
        answer = http.post("/oauth/device/code", {"client_id": client_id})
    assert (answer.status, answer.error) == (400, "confirmation_required")
    assert "device_confirmation=typed" in answer.json()["error_description"]


def test_the_metadata_announce_it(typing, tmp_path):
    def document(server):
        with server.client() as http:
            return http.get("/.well-known/oauth-authorization-server").json()

    assert document(typing)["device_confirmation_methods_supported"] == ["typed"]
    assert document(typing)["device_confirmation_required"] is False
    with Server(tmp_path, DEVICE_TYPED_BACK="require") as server:
        assert document(server)["device_confirmation_required"] is True
        with server.client() as http:
            assert http.post("/oauth/device/code", {"client_id": server.client_id}).error == "confirmation_required"


# ---- authgate login ----


def read_until(fd, pattern, seen=b""):
    deadline = time.monotonic() + patience(30)
    while not (found := re.search(pattern, seen)):
        assert time.monotonic() < deadline, seen[:600]
        if select.select([fd], [], [], 0.2)[0]:
            seen += os.read(fd, 65536)
    return found, seen


def test_login_asks_for_the_digits(typing, person, tmp_path):
    client_id = client_of(typing, device_typed_back="require")
    ours, theirs = pty.openpty()
    with subprocess.Popen([AUTHGATE, "login", "--device", "--issuer", typing.url, "--client-id", client_id,
                           "--qr", "never"], cwd=tmp_path, env=environment(tmp_path, NO_COLOR="1"), stdin=theirs,
                          stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        try:
            found, seen = read_until(ours, rb"enter code\s+([0-9A-Z-]+)")
            digits = digits_of(person.approve(found[1].decode()))
            _, seen = read_until(ours, b"Type the two digits", seen)
            os.write(ours, other_than(digits).encode() + b"\n")
            read_until(ours, b"not the digits")
            os.write(ours, digits.encode() + b"\n")
            read_until(ours, b"[Ss]igned in")
            assert process.wait(patience(20)) == 0
        finally:
            process.kill()
    os.close(ours)


def test_login_without_a_terminal_says_why(typing, tmp_path):
    client_id = client_of(typing, device_typed_back="require")
    done = subprocess.run([AUTHGATE, "login", "--device", "--issuer", typing.url, "--client-id", client_id],
                          cwd=tmp_path, env=environment(tmp_path), stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=patience(30), check=False)
    assert done.returncode == 7
    assert "device_confirmation=typed" in done.stderr
