"""Limits: how much of everything, and what becomes of the others meanwhile.  Ids in docstrings are
rows of the catalogue of attacks."""

import time

from browser import Browser
from load import Load
from race import at_once
from wire import basic


# ---- people who try passwords, and everybody else -------------------------------------------------


def test_signing_in_waits_for_its_turn_and_nobody_else_does(server, database):
    """Passwords are hashed by few threads: what they cannot do in time is refused at once, and
    tokens are issued meanwhile."""
    authorization = basic(database.add_client("machine", secret="s"), "s")
    with Browser(server) as browser:
        form = browser.get("/login").form("/login")
        headers = browser.headers([])
    fields = {**form.fields, "username": "nobody", "password": "wrong password"}

    def token():
        with server.client() as http:
            started = time.monotonic()
            assert http.post("/oauth/token", {"grant_type": "client_credentials"},
                             [authorization]).status == 200
            return time.monotonic() - started

    def slow(http, _):
        reply = http.post("/login", fields, headers)
        return reply.status, reply.header("retry-after")

    with Load(token, threads=1) as tokens:
        replies = at_once(server, slow, 96)
    assert set(replies) == {(401, None), (503, "1")}
    assert not tokens.errors
    tokens.results.sort()
    assert tokens.results[len(tokens.results) // 2] < 0.1
