"""The requests that are measured: what bench.py sends with wrk and instructions.py counts."""

import pathlib
import re
import sys
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import quote, urlencode

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import wire  # noqa: E402
from app import App  # noqa: E402
from browser import Browser  # noqa: E402

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
PIPELINED = 50
SECRET = "the secret of the bench"
SCOPE = "openid profile offline_access"


@dataclass
class Row:
    """One kind of request.  The body of a request is `body` and the next of `items`; an item is
    good once, unless `again`.  With `follow`, the next items are that member of the replies.
    `beside` is another row that eight clients send at the same time."""

    name: str
    path: str
    body: str = None
    headers: list = field(default_factory=list)
    items: list = field(default_factory=list)
    again: bool = False
    follow: str = None
    status: int = 200
    durable: bool = False
    beside: "Row" = None

    def request(self, item=""):
        if self.body is None:
            return wire.request_bytes("GET", self.path, self.headers)
        return wire.request_bytes("POST", self.path, [*self.headers, wire.FORM_TYPE],
                                  (self.body + item).encode())


def collect(server, request, pattern, count):
    """Sends one request many times, pipelined; the replies are only searched."""
    found = []
    with wire.Connection(server.port, server.tls) as connection:
        while len(found) < count:
            connection.socket.sendall(request * PIPELINED)
            text = b""
            while len(some := re.findall(pattern, text)) < PIPELINED:
                chunk = connection.socket.recv(1 << 20)
                if not chunk:
                    raise SystemExit(f"bench: the server gives no more of {pattern}: {text[-300:]}")
                text += chunk
            found += [one.decode() for one in some]
    return found[:count]


class Workload:
    """Prepares clients, codes and tokens of one server, only what the rows asked for need.
    `single` is how many requests each row that uses things up may send, `pairs` how many refresh
    tokens are exchanged in turn, `polls` how many devices wait."""

    def __init__(self, server, single, polls, pairs):
        self.server, self.single, self.polls, self.pairs = server, single, polls, pairs
        self.public = urlencode({"client_id": server.client_id})

    def rows(self, names):
        return [ROWS[name](self) for name in names]

    # ---- who asks ----

    @cached_property
    def browser(self):
        browser = Browser(self.server)
        browser.sign_in()
        return browser

    @cached_property
    def machine(self):
        client_id = self.server.database.add_client("bench", secret=SECRET)
        return [wire.basic(client_id, SECRET)]

    @cached_property
    def keeps(self):
        """A confidential client, whose refresh token stays the same."""
        return App.register(self.server, self.server.client(), "keeps", secret=SECRET)

    @cached_property
    def kept(self):
        return self.keeps.redeem(*self.codes(self.keeps, 1)).json()

    @property
    def basic(self):
        return [wire.basic(self.keeps.client_id, SECRET)]

    def codes(self, app, count, scope=SCOPE):
        """Once a person has agreed, authorization is one redirect."""
        app.code(self.browser, scope=scope)
        again = wire.request_bytes("GET", app.target(scope=scope), self.browser.headers())
        return collect(self.server, again, rb"[?&]code=([^&\r]+)", count)

    # ---- rows ----

    def tokens(self):
        return Row("client_credentials", "/oauth/token", "grant_type=client_credentials", self.machine,
                   durable=True)

    def tokens_beside_logins(self):
        row = self.tokens()
        row.name, row.beside = "client_credentials, 8 sign in", self.login(wrong=True)
        return row

    def device_code(self):
        return Row("device code", "/oauth/device/code", self.public, durable=True)

    def device_poll(self):
        codes = collect(self.server, self.device_code().request(), rb'"device_code":"([^"]+)"', self.polls)
        poll = self.public + "&" + urlencode({"grant_type": DEVICE_GRANT, "device_code": ""})
        return Row("device poll", "/oauth/token", poll, items=codes, again=True, status=400)

    def revoke(self):
        tokens = collect(self.server, self.tokens().request(), rb'"access_token":"([^"]+)"', self.single)
        return Row("revoke", "/oauth/revoke", "token=", self.machine, items=tokens, durable=True)

    def code_exchange(self):
        body = urlencode({"grant_type": "authorization_code", "redirect_uri": self.keeps.redirect_uri,
                          "code_verifier": self.keeps.verifier, "code": ""})
        codes = [quote(code) for code in self.codes(self.keeps, self.single)]
        return Row("code exchange", "/oauth/token", body, self.basic, items=codes, durable=True)

    def refresh_fixed(self):
        fields = {"grant_type": "refresh_token", "refresh_token": self.kept["refresh_token"]}
        return Row("refresh, fixed", "/oauth/token", urlencode(fields), self.basic, durable=True)

    def refresh_rotation(self, scope=SCOPE, name="refresh, rotation"):
        app = App.register(self.server, self.server.client(), "rotates")
        pool = [app.redeem(code).json()["refresh_token"] for code in self.codes(app, self.pairs, scope)]
        body = urlencode({"client_id": app.client_id, "grant_type": "refresh_token", "refresh_token": ""})
        return Row(name, "/oauth/token", body, items=pool, follow="refresh_token", durable=True)

    def refresh_rotation_plain(self):
        """One signature in place of two: there is no ID token."""
        return self.refresh_rotation("profile offline_access", "rotation without openid")

    def introspection(self):
        return Row("introspection", "/oauth/introspect", urlencode({"token": self.kept["access_token"]}),
                   self.basic)

    def userinfo(self):
        return Row("userinfo", "/oauth/userinfo",
                   headers=[("Authorization", "Bearer " + self.kept["access_token"])])

    def login(self, wrong=False):
        """Each costs a password hash, right or wrong."""
        browser = Browser(self.server)
        form = browser.get("/login").form("/login")
        fields = {**form.fields, "username": "admin",
                  "password": "not the one" if wrong else self.server.environment["DEFAULT_ADMIN_PASSWORD"]}
        headers = browser.headers([("Origin", browser.origin), ("Sec-Fetch-Site", "same-origin")])
        return Row("login", "/login", urlencode(fields), headers, status=None if wrong else 303)


def plain(name, path):
    return lambda workload: Row(name, path)


ROWS = {
    "livez": plain("livez", "/livez"),
    "discovery": plain("discovery", "/.well-known/openid-configuration"),
    "jwks": plain("jwks", "/.well-known/jwks.json"),
    "login page": plain("login page", "/login"),
    "device code": Workload.device_code,
    "device poll": Workload.device_poll,
    "client_credentials": Workload.tokens,
    "code exchange": Workload.code_exchange,
    "refresh, fixed": Workload.refresh_fixed,
    "refresh, rotation": Workload.refresh_rotation,
    "rotation without openid": Workload.refresh_rotation_plain,
    "introspection": Workload.introspection,
    "userinfo": Workload.userinfo,
    "revoke": Workload.revoke,
    "login": Workload.login,
    "client_credentials, 8 sign in": Workload.tokens_beside_logins,
}
