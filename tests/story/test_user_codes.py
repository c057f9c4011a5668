"""Guessing user codes, against limits as they come out of the box.  Ids in docstrings are rows of the
catalogue of attacks."""

import random
import re

import pytest

from browser import Browser
from device import Device
from race import at_once
from running import Server
from waiting import until

ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
YEAR_S = 366 * 86400
OPEN = 10_000
SHOWN = 303  # the review of a request, which then is a page of its own


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Default limits, behind a proxy at 127.0.0.1."""
    with Server(tmp_path_factory.mktemp("guessed"), ENABLE_RATE_LIMIT="true",
                TRUSTED_PROXIES="127.0.0.1/32", METRICS_ENABLED="true") as running:
        yield running


@pytest.fixture
def unlimited(tmp_path):
    """Only what a guess costs is in force."""
    with Server(tmp_path, TRUSTED_PROXIES="127.0.0.1/32", METRICS_ENABLED="true") as running:
        yield running


def codes(number, seed, length=8):
    rng = random.Random(seed)
    return list({"".join(rng.choices(ALPHABET, k=length)) for _ in range(number)})


class Person:
    """Somebody who is signed in, at an address."""

    def __init__(self, server, name, address):
        server.database.add_user(name)
        self.browser = Browser(server)
        self.browser.cookies = {"authgate_session": server.database.add_session(name)}
        self.forwarded = [("X-Forwarded-For", address)]
        self.form = self.browser.get("/device").form("/device/verify")

    def enter(self, code):
        return self.browser.submit(self.form, self.forwarded, user_code=code)

    def decide(self, code, action="approve"):
        return self.browser.post("/device/decide", {
            "csrf_token": self.form.fields["csrf_token"], "user_code": code, "action": action},
            self.forwarded)


def guess_until_told_to_wait(person, wrong):
    """How many codes could be tried, and the seconds until the next."""
    for number, code in enumerate(wrong):
        page = person.enter(code)
        if page.status == 429:
            return number, int(page.response.header("retry-after"))
        assert page.status == 400
    raise AssertionError("never told to wait")


def test_ten_thousand_codes_and_a_hundred_accounts_are_less_than_a_hit_a_year(unlimited):
    """C6: each from a network of its own.  Who mistypes in the midst of them does not wait."""
    some = codes(OPEN, "open")
    unlimited.database.add_device_codes(unlimited.client_id, some)
    wrong, a_year = iter(codes(5000, "wrong")), 0
    for number in range(100):
        guesser = Person(unlimited, f"guesser{number}", f"203.{number}.113.7")
        done, wait_s = guess_until_told_to_wait(guesser, wrong)
        a_year += done + YEAR_S / wait_s
        assert guesser.enter(some[number]).status == 429
    assert a_year * OPEN / len(ALPHABET) ** 8 < 1

    with Device(unlimited) as device:
        for name, address in (("mia", "198.51.100.1"), ("tom", "203.7.113.7")):
            person = Person(unlimited, name, address)
            for code in codes(4, name):
                assert person.enter(code).status == 400
            assert person.enter(device.user_code).status == SHOWN


def test_the_right_code_is_not_looked_up_after_too_many_wrong_ones(unlimited):
    """C6: however many networks they come from, and at once as well as one after another."""
    server = unlimited
    with Device(server) as device:
        person = Person(server, "guesser", "192.0.2.1")
        headers = person.browser.headers([("Origin", person.browser.origin)])

        def guess(http, number):
            fields = {**person.form.fields, "user_code": codes(1, number)[0]}
            return http.post("/device/verify", fields,
                             [*headers, ("X-Forwarded-For", f"203.{number}.113.9")]).status

        assert sorted(at_once(server, guess, 32)) == [400] * 10 + [429] * 22
        page = person.enter(device.user_code)
        assert page.status == 429
        assert 60 < int(page.response.header("retry-after")) <= 300
        assert device.poll().error == "authorization_pending"
        # And others are none the wiser: they go on.
        assert Person(server, "other", "192.0.2.1").enter(device.user_code).status == SHOWN
        assert server.metric('authgate_user_codes_entered_total{result="limited"}') == 23


def without_its_numbers(page):
    """All that an answer says.  What was typed is not in it."""
    text = page.response.text.replace(page.response.header("x-request-id"), "")
    headers = [header for header in page.response.headers if header[0] not in ("x-request-id", "date")]
    return page.status, str(headers), text


def test_deciding_tells_nobody_which_codes_there_are(tmp_path):
    """C6, C13: unknown, open, used, denied, expired and malformed are one answer."""
    with Server(tmp_path) as server:
        database, person = server.database, Person(server, "guesser", "192.0.2.1")
        known, used, expired = (Device(server) for _ in range(3))
        other = Person(server, "other", "192.0.2.2")
        other.enter(used.user_code)
        assert other.decide(used.user_code).status in (200, 303)
        database.set_device_code(expired.user_code, "expires_ms", 1)
        answers = set()
        for code in (known.user_code, used.user_code, expired.user_code, "AAAA-AAAA", "", "?"):
            for action in ("approve", "deny"):
                page = person.decide(code, action)
                answers.add(without_its_numbers(page))
        assert len(answers) == 1, answers
        assert "AAAA" not in str(answers)
        assert known.poll().error == "authorization_pending"
        # The same while this browser has been shown another one.
        person.enter(known.user_code)
        other = Device(server)
        for code in (other.user_code, "AAAA-AAAA"):
            page = person.decide(code, "approve")
            answers.add(without_its_numbers(page))
        assert len(answers) == 1
        assert other.poll().error == "authorization_pending"
        assert person.decide(known.user_code).status in (200, 303)
        assert known.poll().status == 200


def test_deciding_has_a_limit_and_guesses_are_seen(server):
    """C6: one row for many of the same kind, and a number for all of them."""
    person = Person(server, "oracle", "192.0.2.77")
    before = server.metric('authgate_user_codes_entered_total{result="wrong"}')
    statuses = [person.decide(code).status for code in codes(40, "oracle")]
    assert statuses == [409] * 10 + [429] * 30
    assert server.metric('authgate_user_codes_entered_total{result="wrong"}') == before + 10
    until(lambda: server.database.events("RATE_LIMIT_EXCEEDED", "route:/device/decide"), 10)
    rows = [row for row in server.database.events("DEVICE_CODE_REFUSED", "route:/device/decide")
            if row[0] == "user:oracle"]
    assert 1 <= len(rows) <= 3
    # Next to it, behind the same address.
    assert Person(server, "neighbour", "192.0.2.77").enter("AAAA-AAAA").status == 400


def test_codes_are_longer_while_many_are_open(tmp_path):
    with Server(tmp_path, TRUSTED_PROXIES="127.0.0.1/32") as server:
        with Device(server) as device:
            assert len(device.user_code) == 9
        server.database.add_device_codes(server.client_id, codes(OPEN, "open"))
        until(lambda: len(Device(server).user_code) == 11, 20)
        with Device(server) as device:
            groups = device.user_code.split("-")
            assert [len(group) for group in groups] == [3, 3, 3]
            person = Person(server, "mia", "192.0.2.1")
            review = person.enter(device.user_code.lower().replace("-", " "))
            assert device.user_code in review.text
            assert person.decide(device.user_code).status in (200, 303)
            assert device.poll().status == 200
        # The shorter ones are as good as before.
        short = codes(OPEN, "open")[0]
        assert person.enter(short[:4] + "-" + short[4:]).status == SHOWN
