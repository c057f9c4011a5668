"""The requests that are measured: what bench.py sends with wrk and instructions.py counts."""

import pathlib
import re
import secrets
import socket
import sys
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import wire  # noqa: E402
from app import App  # noqa: E402
from browser import Browser  # noqa: E402
from running import Server  # noqa: E402

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
PIPELINED = 50
ROWS_COUNTED = ("livez", "device poll", "client_credentials ES256", "code exchange",
                "refresh, rotation", "introspection")
SECRET = "the secret of the bench"


def new_server(directory, algorithm):
    pathlib.Path(directory).mkdir()
    return Server(directory, JWT_SIGNING_ALGORITHM=algorithm, JWT_SECRET=secrets.token_urlsafe(32),
                  SERVER_LOOPS="1", DEVICE_POLL_INTERVAL="1s", DEVICE_CODE_EXPIRATION="2h",
                  AUTH_CODE_EXPIRATION="10m")


@dataclass
class Row:
    """One kind of request.  The body of a request is `body` and the next of `items`; an item is
    good once, unless `again`.  With `follow`, the next items are that member of the replies."""

    name: str
    server: Server
    path: str
    body: str = None
    authorization: str = None
    items: list = field(default_factory=list)
    again: bool = False
    follow: str = None
    status: int = 200
    goal: float = None

    def request(self, item=""):
        headers = [("Authorization", self.authorization)] if self.authorization else []
        if self.body is None:
            return wire.request_bytes("GET", self.path, headers)
        return wire.request_bytes("POST", self.path, [*headers, wire.FORM_TYPE],
                                  (self.body + item).encode())


def collect(server, request, pattern, count):
    """Sends one request many times, pipelined; the replies are only searched."""
    found = []
    with socket.create_connection(("127.0.0.1", server.port)) as s:
        while len(found) < count:
            s.sendall(request * PIPELINED)
            text = b""
            while len(some := re.findall(pattern, text)) < PIPELINED:
                chunk = s.recv(1 << 20)
                if not chunk:
                    raise SystemExit(f"bench: the server gives no more of {pattern}")
                text += chunk
            found += [one.decode() for one in some]
    return found[:count]


class Workload:
    """Prepares clients, codes and tokens. `single` is how many requests each row that uses
    things up may send, `pairs` how many refresh tokens are exchanged in turn."""

    def __init__(self, es256, hs256, single, polls, pairs):
        self.es256, self.hs256 = es256, hs256
        self.single, self.polls, self.pairs = single, polls, pairs
        self.http, self.browser = es256.client(), Browser(es256)
        self.browser.sign_in()

    def rows(self):
        return [*self.plain(), *self.devices(), *self.machines(), *self.people()]

    def plain(self):
        return [Row("livez", self.es256, "/livez"),
                Row("discovery", self.es256, "/.well-known/openid-configuration")]

    def devices(self):
        public = urlencode({"client_id": self.es256.client_id})
        begin = Row("device code", self.es256, "/oauth/device/code", public)
        codes = collect(self.es256, begin.request(), rb'"device_code":"([^"]+)"', self.polls)
        poll = public + "&" + urlencode({"grant_type": DEVICE_GRANT, "device_code": ""})
        return [begin, Row("device poll", self.es256, "/oauth/token", poll, items=codes,
                           again=True, status=400, goal=0.25)]

    def machine(self, server):
        client = server.database.add_client("bench", secret=SECRET)
        return {"server": server, "path": "/oauth/token", "body": "grant_type=client_credentials",
                "authorization": wire.basic(client, SECRET)[1]}

    def machines(self):
        es256 = Row("client_credentials ES256", goal=0.055, **self.machine(self.es256))
        tokens = collect(self.es256, es256.request(), rb'"access_token":"([^"]+)"', self.single)
        revoke = Row("revoke", self.es256, "/oauth/revoke", "token=",
                     authorization=es256.authorization, items=tokens)
        if not self.hs256:
            return [es256, revoke]
        return [es256, Row("client_credentials HS256", goal=0.11, **self.machine(self.hs256)), revoke]

    def codes(self, app, count):
        """Once a person has agreed, authorization is one redirect."""
        scope = "openid profile offline_access"
        app.code(self.browser, scope=scope)
        again = wire.request_bytes("GET", app.target(scope=scope), self.browser.headers())
        return collect(self.es256, again, rb"[?&]code=([^&\r]+)", count)

    def exchange(self, app):
        return urlencode({"grant_type": "authorization_code", "redirect_uri": app.redirect_uri,
                          "code_verifier": app.verifier, "code": ""})

    def people(self):
        keeps = App.register(self.es256, self.http, "keeps", secret=SECRET)
        rotates = App.register(self.es256, self.http, "rotates")
        basic = wire.basic(keeps.client_id, SECRET)[1]
        kept = keeps.redeem(*self.codes(keeps, 1)).json()
        pool = [rotates.redeem(code).json()["refresh_token"]
                for code in self.codes(rotates, self.pairs)]
        public = urlencode({"client_id": rotates.client_id, "grant_type": "refresh_token",
                            "refresh_token": ""})
        fixed = urlencode({"grant_type": "refresh_token", "refresh_token": kept["refresh_token"]})
        token = kept["access_token"]
        return [
            Row("code exchange", self.es256, "/oauth/token", self.exchange(keeps),
                authorization=basic, items=[quote(c) for c in self.codes(keeps, self.single)], goal=0.04),
            Row("refresh, fixed", self.es256, "/oauth/token", fixed, authorization=basic),
            Row("refresh, rotation", self.es256, "/oauth/token", public, items=pool,
                follow="refresh_token", goal=0.04),
            Row("introspection", self.es256, "/oauth/introspect", urlencode({"token": token}),
                authorization=basic, goal=0.3),
            Row("userinfo", self.es256, "/oauth/userinfo", authorization="Bearer " + token, goal=0.3),
        ]
