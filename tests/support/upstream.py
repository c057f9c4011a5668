"""Another server to sign in with, for tests: a second authgate, or one that lies as told."""

import base64
import hashlib
import http.server
import json
import time
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from browser import Browser
from quiet import serve
from waiting import until


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


TOKEN_PATHS = ("/token", "/login/oauth/access_token", "/oauth/token")


class Upstream:
    """An OpenID Connect provider that says what a test wants: `claims` of the ID token,
    `userinfo`, `metadata`, and hooks that answer in place of an endpoint."""

    def __init__(self, **claims):
        self.claims = {"sub": "248289761001", "preferred_username": "casey",
                       "email": "casey@corp.example", "email_verified": True, "name": "Casey", **claims}
        self.userinfo, self.metadata, self.answers = {}, {}, {}
        self.codes, self.requests, self.headers = {}, [], {"alg": "RS256"}
        self.delay_s, self.override, self.bearer = 0, {}, "the upstream access token"
        self.new_key("one")
        upstream = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def reply(self, status, body, kind="application/json", headers=()):
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                for name, value in headers:
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def handle_one(self, form):
                parts = urlsplit(self.path)
                upstream.requests.append((self.command, self.path, form, dict(self.headers)))
                time.sleep(upstream.delay_s)
                answer = upstream.answers.get(parts.path)
                if answer:
                    self.reply(*(answer(self, form) if callable(answer) else answer))
                    return
                status, body = upstream.handle(parts, form, self.headers)
                self.reply(status, body)

            def do_GET(self):
                self.handle_one({})

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self.handle_one({k: v[0] for k, v in parse_qs(body).items()})

            def log_message(self, *_):
                pass

        self.http = serve(Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"

    def close(self):
        self.http.shutdown()
        self.http.server_close()

    # ---- what it publishes ----

    def new_key(self, kid):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        numbers = self.key.public_key().public_numbers()
        size = lambda n: n.to_bytes((n.bit_length() + 7) // 8, "big")
        self.kid = kid
        self.jwks = {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid,
                               "n": b64(size(numbers.n)), "e": b64(size(numbers.e))}]}

    def handle(self, parts, form, headers):
        if parts.path.endswith("/.well-known/openid-configuration"):
            base = self.url + parts.path.removesuffix("/.well-known/openid-configuration")
            return 200, {"issuer": base, "authorization_endpoint": self.url + "/authorize",
                         "token_endpoint": self.url + "/token",
                         "userinfo_endpoint": self.url + "/userinfo",
                         "jwks_uri": self.url + "/keys",
                         "authorization_response_iss_parameter_supported": True, **self.metadata}
        if parts.path == "/keys":
            return 200, self.jwks
        if parts.path == "/userinfo":
            return 200, {"sub": self.claims["sub"], **self.userinfo}
        if parts.path in TOKEN_PATHS or parts.path.endswith("/oauth2/v2.0/token"):
            return self.redeem(form, headers)
        return 404, {"error": "not_found"}

    def redeem(self, form, headers):
        asked = self.codes.pop(form.get("code"), None)
        if not asked:
            return 400, {"error": "invalid_grant"}
        challenge = b64(hashlib.sha256(form["code_verifier"].encode()).digest())
        if challenge != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": self.bearer, "token_type": "Bearer",
                     "id_token": self.id_token(asked), **self.override}

    def id_token(self, asked):
        now = int(time.time())
        claims = {"iss": self.url, "aud": asked["client_id"], "iat": now, "exp": now + 300,
                  "nonce": asked.get("nonce"), **self.claims}
        claims = {k: v for k, v in claims.items() if v is not None}
        if self.headers["alg"] == "none":
            return jwt.encode(claims, None, algorithm="none")
        return jwt.encode(claims, self.key, algorithm=self.headers["alg"],
                          headers={"kid": self.kid})

    # ---- what a browser meets there ----

    def consent(self, location, **changes):
        """Somebody signs in there: the address that the browser is sent back to."""
        parts = urlsplit(location)
        assert location.startswith(self.url + "/"), location
        asked = {k: v[0] for k, v in parse_qs(parts.query).items()}
        code = f"code-{len(self.codes)}-{time.monotonic_ns()}"
        self.codes[code] = asked
        answer = {"code": code, "state": asked["state"], "iss": self.url, **changes}
        answer = {k: v for k, v in answer.items() if v is not None}
        return asked["redirect_uri"] + "?" + urlencode(answer)


def begin(browser, provider="corp", next_target=None):
    """Presses the button; the answer that sends the browser away."""
    target = "/login" + (f"?next={next_target}" if next_target else "")
    page = browser.follow(browser.get(target))
    return browser.submit(page.form(f"/auth/login/{provider}"))


def local(browser, address):
    """An address of the server, as a target."""
    assert address.startswith(browser.server.url), address
    return address[len(browser.server.url):]


def sign_in(browser, upstream, provider="corp", next_target=None, **changes):
    """There and back; the page behind."""
    away = begin(browser, provider, next_target)
    assert away.status == 303, away.text
    return browser.get(local(browser, upstream.consent(away.location, **changes)))


class SecondAuthgate:
    """A real one as the provider."""

    def __init__(self, server, callback):
        self.server = server
        self.secret = "the secret of the relying server"
        self.client_id = server.database.add_client(
            "Relying", secret=self.secret, grants=("authorization_code", "refresh_token"),
            scopes="openid profile email")
        server.database.set_client(self.client_id, "redirect_uris", callback)

    def walk(self, location, username="admin", password=None):
        """A person signs in and consents there; where the browser is sent back to."""
        from running import ADMIN_PASSWORD
        with Browser(self.server) as browser:
            page = browser.get(location[len(self.server.url):])
            for _ in range(8):
                if page.status == 303 and not page.location.startswith("/"):
                    return page.location
                actions = [form.action for form in page.forms]
                if page.status == 303:
                    page = browser.get(page.location)
                elif "/login" in actions:
                    page = browser.submit(page.form("/login"), username=username,
                                          password=password or ADMIN_PASSWORD)
                else:
                    page = browser.submit(page.form("/oauth/authorize/decide"), action="approve")
        raise AssertionError("the pages never end")
