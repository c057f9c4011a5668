"""An application that signs people in by authorization codes (RFC 6749 section 4.1)."""

import base64
import hashlib
import secrets
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt

from running import ADMIN_PASSWORD
from wire import basic

CODE_GRANTS = ("authorization_code", "refresh_token")
ALL_SCOPES = "openid profile email offline_access read write"
CALLBACK = "https://app.example/cb"
DECIDE = "/oauth/authorize/decide"


def challenge_of(verifier):
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def location_of(page):
    """The address a page redirects to, without what was added to it, and the parameters."""
    uri, _, query = page.location.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs), page.location
    return uri, dict(pairs)


class App:
    """One registered client. Its requests are right unless told otherwise: authorize(browser,
    nonce="n", code_challenge=None) changes one parameter and leaves another out; defaults holds
    such changes for all of its requests."""

    def __init__(self, server, http, client_id, secret=None, redirect_uri=CALLBACK,
                 scope="openid profile"):
        self.server, self.http = server, http
        self.client_id, self.secret = client_id, secret
        self.redirect_uri, self.scope = redirect_uri, scope
        self.verifier = secrets.token_urlsafe(32)
        self.defaults = {}

    @classmethod
    def register(cls, server, http, name="App", secret=None, redirect_uris=CALLBACK,
                 scopes=ALL_SCOPES, grants=CODE_GRANTS, auth_method=None, columns=(), **options):
        """Writes a client into the database. With a secret it is confidential."""
        database = server.database
        client_id = database.add_client(
            name, secret=secret, auth_method=auth_method, grants=grants, scopes=scopes)
        database.set_client(client_id, "redirect_uris", redirect_uris)
        for column, value in dict(columns).items():
            database.set_client(client_id, column, value)
        options.setdefault("redirect_uri", redirect_uris.split(" ")[0])
        return cls(server, http, client_id, secret, **options)

    # ---- the request ----

    def params(self, **changes):
        right = {"response_type": "code", "client_id": self.client_id,
                 "redirect_uri": self.redirect_uri, "scope": self.scope, "state": "the state",
                 "code_challenge": challenge_of(self.verifier), "code_challenge_method": "S256"}
        merged = {**right, **self.defaults, **changes}
        return {name: value for name, value in merged.items() if value is not None}

    def target(self, **changes):
        return "/oauth/authorize?" + urlencode(self.params(**changes), doseq=True)

    def start(self, browser, **changes):
        return browser.get(self.target(**changes))

    def walk(self, browser, page, username="admin", password=ADMIN_PASSWORD, action="approve"):
        """Does what the pages ask for, until the browser is sent to the application; the page
        that sends it there."""
        for _ in range(8):
            if page.status == 303 and not page.location.startswith("/"):
                return page
            actions = [form.action for form in page.forms]
            if page.status == 303:
                page = browser.get(page.location)
            elif "/login" in actions:
                page = browser.submit(page.form("/login"), username=username, password=password)
            elif DECIDE in actions:
                page = browser.submit(page.form(DECIDE), action=action)
            else:
                return page
        raise AssertionError("the pages never end")

    def answer(self, page):
        """What a redirect, or a form, tells this application."""
        if page.status == 200 and self.defaults.get("response_mode") == "form_post":
            answer = dict(page.form(self.redirect_uri).fields)
            assert answer["iss"] == self.server.url
            return answer
        if page.status == 400 and "Leave this site?" in page.text:
            return dict(page.form(self.redirect_uri).fields)
        assert page.status == 303, (page.status, page.text)
        uri, answer = location_of(page)
        assert uri == self.redirect_uri, page.location
        assert answer["iss"] == self.server.url
        return answer

    def authorize(self, browser, **changes):
        return self.answer(self.walk(browser, self.start(browser, **changes)))

    def code(self, browser, **changes):
        answer = self.authorize(browser, **changes)
        assert set(answer) == {"code", "state", "iss"}, answer
        assert answer["state"] == "the state"
        return answer["code"]

    # ---- the token endpoint ----

    def post(self, path, fields, http=None):
        if self.secret is not None:
            return (http or self.http).post(path, fields, [basic(self.client_id, self.secret)])
        return (http or self.http).post(path, {"client_id": self.client_id, **fields})

    def token(self, http=None, **fields):
        fields = {name: value for name, value in fields.items() if value is not None}
        return self.post("/oauth/token", fields, http)

    def redeem(self, code, http=None, **changes):
        right = {"grant_type": "authorization_code", "code": code,
                 "redirect_uri": self.redirect_uri, "code_verifier": self.verifier}
        return self.token(http, **{**right, **changes})

    def refresh(self, refresh_token, http=None, **changes):
        return self.token(http, **{"grant_type": "refresh_token",
                                   "refresh_token": refresh_token, **changes})

    def tokens(self, browser, **changes):
        """A whole sign-in; the answer of the token endpoint."""
        response = self.redeem(self.code(browser, **changes))
        assert response.status == 200, response.text
        return response.json()

    def lasting_tokens(self, browser, **changes):
        """The same with a refresh token."""
        tokens = self.tokens(browser, **{"scope": "openid profile offline_access", **changes})
        assert "refresh_token" in tokens
        return tokens

    # ---- what tokens are good for ----

    def introspect(self, token, **fields):
        return self.post("/oauth/introspect", {"token": token, **fields})

    def revoke(self, token, **fields):
        return self.post("/oauth/revoke", {"token": token, **fields})

    def userinfo(self, token):
        return self.http.get("/oauth/userinfo", [("Authorization", f"Bearer {token}")])

    def is_alive(self, token):
        status = self.userinfo(token).status
        assert status in (200, 401)
        return status == 200

    def keys(self):
        return self.http.get("/.well-known/jwks.json").json()["keys"]

    def id_claims(self, id_token):
        """The claims of an ID token, after another library verified it."""
        header = jwt.get_unverified_header(id_token)
        (jwk,) = [k for k in self.keys() if k["kid"] == header["kid"]]
        assert jwk["alg"] == header["alg"] and header["alg"] in ("RS256", "ES256")
        return jwt.decode(id_token, jwt.PyJWK(jwk, algorithm=header["alg"]).key,
                          algorithms=[header["alg"]], audience=self.client_id,
                          issuer=self.server.url,
                          options={"require": ["iss", "sub", "aud", "exp", "iat"]})


def origin_of(uri):
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"
