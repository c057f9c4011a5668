"""What a server has acknowledged under load, and whether it is true afterwards.

Threads ask for tokens, revoke them, approve devices and redeem their codes twice.  Nothing but
success and "try again" (503 with Retry-After) may come; a proxy in front of nodes that are killed
may say 502 or 504, with Retry-After, too."""

import contextlib
import hashlib
import threading
import time

from browser import Browser
from device import Device
from load import Load
from sanitizer import patience
from wire import Client, Closed, basic

MACHINE = {"grant_type": "client_credentials"}
PAUSE_S = 0.02
DEVICES = 2  # threads


class Unavailable(Exception):
    """To be tried again."""


class Caller(Client):
    """A client that knows what it may be told."""

    def __init__(self, port, excuses):
        super().__init__(port)
        self.excuses = excuses

    def request(self, method, target, headers=(), body=None, host="127.0.0.1"):
        try:
            response = super().request(method, target, headers, body, host)
        except (Closed, OSError) as error:
            self.close()
            if 502 not in self.excuses:
                raise
            raise Unavailable from error
        if response.status in self.excuses:
            assert response.header("retry-after"), response.text
            raise Unavailable
        assert response.status < 500, response.text
        return response


class Ledger:
    def __init__(self, server, excuses=(503,)):
        self.server, self.excuses = server, excuses
        self.url, self.client_id = server.url, server.client_id
        self.machine = [basic(server.database.add_client("machine", secret="s"), "s")]
        self.tokens, self.revoked, self.devices = [], [], []
        self.results = []  # (when it began, whether it succeeded)
        self.mine, self.stack = threading.local(), contextlib.ExitStack()
        # A session reviews one device at a time.
        self.sessions = [self._sign_in() for _ in range(DEVICES)]

    def _sign_in(self):
        with Browser(self.server) as browser:
            assert browser.sign_in().status == 303
            return dict(browser.cookies)

    # ---- the load ----

    def client(self):
        return Caller(self.server.port, self.excuses)

    def _http(self):
        if not hasattr(self.mine, "http"):
            self.mine.http = self.client()
        return self.mine.http

    def _try(self, act):
        began = time.monotonic()
        try:
            act()
            self.results.append((began, True))
        except Unavailable:
            self.results.append((began, False))
            time.sleep(PAUSE_S)

    def _token(self):
        response = self._http().post("/oauth/token", MACHINE, self.machine)
        assert response.status == 200, response.text
        self.tokens.append(response.json()["access_token"])
        return self.tokens[-1]

    def _revoke(self):
        token = self._token()
        response = self._http().post("/oauth/revoke", {"token": token}, self.machine)
        assert response.status == 200, response.text
        self.revoked.append(token)

    def _redeem(self, device, http=None):
        response = device.poll(http)
        if response.status == 200:
            device.given.append(response.json()["access_token"])
            self.tokens.append(device.given[-1])
        else:
            assert response.error in ("invalid_grant", "slow_down"), response.text

    def _device(self):
        device = Device(self, http=self._http())
        device.given = []
        if not hasattr(self.mine, "session"):
            self.mine.session = self.sessions.pop()
        with Browser(self) as browser:
            browser.cookies = dict(self.mine.session)
            decided = browser.decide(browser.review(device.user_code), "approve")
        # A page that says "already decided": the answer to the first attempt was lost.
        assert decided.status in (200, 409), decided.text
        self.devices.append(device)
        for _ in range(2):
            with contextlib.suppress(Unavailable):
                self._redeem(device)

    def __enter__(self):
        self.loads = [Load(lambda act=act: self._try(act), threads) for act, threads in
                      ((self._token, 3), (self._revoke, 1), (self._device, DEVICES))]
        for load in self.loads:
            self.stack.enter_context(load)
        return self

    def __exit__(self, *details):
        self.stack.__exit__(*details)
        errors = [error for load in self.loads for error in load.errors]
        if errors and details[0] is None:
            raise errors[0]

    def recovery(self, since, limit=30):
        """Waits for a success that was begun after that; returns how long it took to come."""
        while not any(ok and began > since for began, ok in self.results[-200:]):
            assert time.monotonic() - since < patience(limit), self.server.log[-3000:]
            time.sleep(0.01)
        return time.monotonic() - since

    # ---- the truth ----

    def settle(self):
        """Call it when the load has ended and everybody is well."""
        database = self.server.database
        known = {digest for (digest,) in database.rows("SELECT digest FROM access_tokens")}
        lost = [t for t in self.tokens if hashlib.sha256(t.encode()).digest() not in known]
        assert not lost, f"{len(lost)} of {len(self.tokens)} tokens were lost"
        with self.server.client() as http:
            for token in self.revoked:
                reply = http.post("/oauth/introspect", {"token": token}, self.machine)
                assert reply.json() == {"active": False}
            for device in self.devices:
                assert database.device_code(device.user_code, "state") in ("approved", "redeemed")
                self._redeem(device, http)
                assert len(device.given) <= 1
        redeemed = database.value("SELECT count(*) FROM device_codes WHERE state = 'redeemed'")
        assert database.value("SELECT count(*) FROM families WHERE kind = 'device'") == redeemed
        failed = sum(not ok for _, ok in self.results)
        return f"{len(self.tokens)} tokens, {len(self.revoked)} revocations, " \
            f"{len(self.devices)} approvals kept; {failed} of {len(self.results)} unavailable"
