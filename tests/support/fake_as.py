"""A small authorization server that misbehaves on request.

    with FakeServer(pending=2) as server:
        run("login", "--issuer", server.issuer, ...)

The keyword arguments are the switches; `server.requests` is what was asked, as
(method, path, form) with the time of each in `server.times`.
"""
import base64
import functools
import hashlib
import http.server
import json
import ssl
import threading
import time
import urllib.parse

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

DEVICE_CODE = "device-code-that-nobody-may-see"


def unsigned_token(**claims):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return ".".join([part({"alg": "ES256", "typ": "at+jwt"}), part(claims), "c2lnbmF0dXJl"])


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def at_hash(token):
    return base64url(hashlib.sha256(token.encode()).digest()[:16])


@functools.lru_cache(1)
def signing_key():
    return rsa.generate_private_key(65537, 2048)


def public_jwk():
    public = signing_key().public_key()
    return {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(public)), "kid": "k1", "alg": "RS256"}


class FakeServer:
    def __init__(self, *, outcome="approve", pending=0, slow_down=0, failures=0, interval=1,
                 expires_in=60, issuer=None, metadata="good", device="good", account="mia",
                 user_code="WDJB-MJHT", description=None, userinfo=True, path="", delay=0,
                 oidc_only=False, token_lifetime=3600, extra=None, id_token=None,
                 authorize="good", refresh=None, revoke="good", busy=None, certificate=None):
        self.__dict__.update({k: v for k, v in locals().items() if k != "self"})
        self.requests = []
        self.times = []
        self.lock = threading.Lock()
        self.busy = dict(busy or {})  # path's end -> [(status, body, headers), ...], each once
        self.codes = {}
        self.refreshes = 0
        self.refresh_token = "refresh-0" if refresh else None
        self.refresh_hook = None
        self.token_hook = None
        self.revoked = []
        self.basic = []
        self.access_token = unsigned_token(sub="0190-sub", preferred_username=account)
        handler = type("Handler", (Handler,), {"fake": self})
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.http.daemon_threads = True
        self.origin = "http://127.0.0.1:%d" % self.http.server_address[1]
        if certificate:  # a directory with cert.pem and key.pem
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
            self.http.socket = context.wrap_socket(self.http.socket, server_side=True)
            self.origin = self.origin.replace("http:", "https:")
        self.url = self.origin + path
        if self.issuer is None:
            self.issuer = self.url

    def __enter__(self):
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()

    def make_id_token(self, client_id, nonce):
        """Signed with a key that /jwks publishes; self.id_token names what is wrong with it."""
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": client_id, "sub": "0190-sub", "iat": now,
                  "exp": now + 300, "preferred_username": self.account,
                  "at_hash": at_hash(self.access_token)}
        if nonce:
            claims["nonce"] = nonce
        claims.update({
            "iss": {"iss": "https://evil.example"},
            "aud": {"aud": "another-client"},
            "exp": {"exp": now - 3600},
            "nonce": {"nonce": "of-another-sign-in"},
            "at_hash": {"at_hash": at_hash("another token")},
        }.get(self.id_token, {}))
        if self.id_token == "none":
            return unsigned_token(**claims)
        if self.id_token == "hmac":
            public = signing_key().public_key().public_numbers()
            return jwt.encode(claims, str(public.n), algorithm="HS256", headers={"kid": "k1"})
        key = rsa.generate_private_key(65537, 2048) if self.id_token == "forged" else signing_key()
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": "k1"})

    def tokens(self, client_id="cli", nonce=None):
        found = {"access_token": self.access_token, "token_type": "Bearer",
                 "expires_in": self.token_lifetime, "scope": "openid profile"}
        if self.id_token:
            found["id_token"] = self.make_id_token(client_id, nonce)
        if self.refresh_token:
            found["refresh_token"] = self.refresh_token
        return found

    def polls(self):
        return [t for r, t in zip(self.requests, self.times) if r[1].endswith("/oauth/token")]

    def document(self):
        found = {
            "issuer": self.issuer,
            "token_endpoint": self.url + "/oauth/token",
            "device_authorization_endpoint": self.url + "/oauth/device/code",
            "authorization_endpoint": self.url + "/oauth/authorize",
            "revocation_endpoint": self.url + "/oauth/revoke",
            "jwks_uri": self.url + "/jwks",
            "authorization_response_iss_parameter_supported": True,
        }
        if self.userinfo:
            found["userinfo_endpoint"] = self.url + "/oauth/userinfo"
        found.update(self.extra or {})
        return found


class Handler(http.server.BaseHTTPRequestHandler):
    fake = None
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, headers=()):
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def note(self, form=None):
        with self.fake.lock:
            self.fake.requests.append((self.command, self.path, form))
            self.fake.times.append(time.monotonic())

    def is_busy(self):
        """The next of the answers that were asked for instead of the right one."""
        with self.fake.lock:
            waiting = next((answers for end, answers in self.fake.busy.items()
                            if self.path.endswith(end) and answers), None)
            if not waiting:
                return False
            status, body, headers = waiting.pop(0)
        self.answer(status, body, headers)
        return True

    def do_GET(self):
        self.note()
        fake = self.fake
        if self.is_busy():
            return
        if self.path.endswith("/oauth/userinfo"):
            if self.headers.get("Authorization") != "Bearer " + fake.access_token:
                self.answer(401, {"error": "invalid_token"})
            else:
                self.answer(200, {"sub": "0190-sub", "preferred_username": fake.account,
                                  "name": "Mia \x1b[2JExample", "email": "mia@example.com"})
            return
        if self.path.startswith(fake.path + "/oauth/authorize?"):
            self.authorize(fake)
            return
        if self.path == fake.path + "/jwks":
            self.answer(200, {"keys": [public_jwk()]})
            return
        rfc8414 = "/.well-known/oauth-authorization-server" + fake.path
        oidc = fake.path + "/.well-known/openid-configuration"
        if self.path not in (rfc8414, oidc) or (fake.oidc_only and self.path == rfc8414):
            self.answer(404, {"error": "not_found"})
            return
        self.metadata(fake)

    def metadata(self, fake):
        if fake.delay:
            time.sleep(fake.delay)
        if fake.metadata == "redirect":
            self.answer(302, b"", [("Location", fake.origin + "/elsewhere")])
        elif fake.metadata == "huge":
            self.answer(200, b" " * (2 << 20))
        elif fake.metadata == "not json":
            self.answer(200, b"<html>hello</html>")
        elif fake.metadata == "down":
            self.answer(503, {"error": "temporarily_unavailable"})
        else:
            self.answer(200, fake.document())

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        form = dict(urllib.parse.parse_qsl(self.rfile.read(length).decode()))
        self.note(form)
        if self.headers.get("Authorization", "").startswith("Basic "):
            self.fake.basic.append(base64.b64decode(self.headers["Authorization"][6:]).decode())
        if self.is_busy():
            return
        if self.path.endswith("/oauth/device/code"):
            self.device_code(self.fake)
        elif self.path.endswith("/oauth/token"):
            self.token(self.fake, form)
        elif self.path.endswith("/oauth/revoke"):
            self.fake.revoked.append((form.get("token_type_hint"), form.get("token")))
            self.answer(503 if self.fake.revoke == "down" else 200, b"")
        else:
            self.answer(404, {"error": "not_found"})

    def refuse(self, fake, status, code):
        body = {"error": code}
        if fake.description:
            body["error_description"] = fake.description
        self.answer(status, body)

    def authorize(self, fake):
        """Approves at once, as a browser that is signed in would see it."""
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
        code = "code-%d" % len(fake.codes)
        fake.codes[code] = asked
        answer = {"state": asked["state"], "iss": fake.issuer, "code": code}
        if fake.authorize == "denied":
            answer = {"state": asked["state"], "iss": fake.issuer, "error": "access_denied"}
        elif fake.authorize == "other iss":
            answer["iss"] = "https://evil.example"
        elif fake.authorize == "no iss":
            del answer["iss"]
        self.answer(302, b"", [("Location", asked["redirect_uri"] + "?" +
                                urllib.parse.urlencode(answer))])

    def code(self, fake, form):
        asked = fake.codes.pop(form.get("code"), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if (not asked or form.get("redirect_uri") != asked["redirect_uri"]
                or form.get("client_id") != asked["client_id"]
                or base64url(digest) != asked["code_challenge"]):
            self.refuse(fake, 400, "invalid_grant")
        else:
            self.answer(200, fake.tokens(asked["client_id"], asked["nonce"]))

    def refresh(self, fake, form):
        """Rotates: a refresh token works once."""
        if fake.refresh_hook:
            fake.refresh_hook()
        with fake.lock:
            good = fake.refresh and form.get("refresh_token") == fake.refresh_token
            if good and fake.refresh == "rotate":
                fake.refreshes += 1
                fake.refresh_token = "refresh-%d" % fake.refreshes
                fake.access_token = unsigned_token(sub="0190-sub", n=fake.refreshes)
                fake.token_lifetime = 3600
        if fake.refresh == "down":
            self.answer(503, b"away")
        elif good:
            time.sleep(0.2)
            self.answer(200, fake.tokens(form["client_id"]))
        else:
            self.refuse(fake, 400, "invalid_grant")

    def device_code(self, fake):
        if fake.device != "good":
            self.refuse(fake, 401 if fake.device == "invalid_client" else 400, fake.device)
            return
        self.answer(200, {
            "device_code": DEVICE_CODE,
            "user_code": fake.user_code,
            "verification_uri": fake.url + "/device",
            "verification_uri_complete": fake.url + "/device?user_code=" + fake.user_code,
            "expires_in": fake.expires_in,
            "interval": fake.interval,
        })

    def token(self, fake, form):
        grant = form.get("grant_type")
        if fake.token_hook:
            self.answer(fake.token_hook, b"bad gateway")
            return
        if grant == "authorization_code":
            self.code(fake, form)
            return
        if grant == "refresh_token":
            self.refresh(fake, form)
            return
        if form.get("device_code") != DEVICE_CODE:
            self.refuse(fake, 400, "invalid_grant")
            return
        with fake.lock:
            step = next((s for s in ("pending", "slow_down", "failures") if getattr(fake, s)), None)
            if step:
                setattr(fake, step, getattr(fake, step) - 1)
        if step == "failures":
            self.answer(502, b"bad gateway")
        elif step:
            self.refuse(fake, 400, {"pending": "authorization_pending"}.get(step, step))
        elif fake.outcome != "approve":
            self.refuse(fake, 400, fake.outcome)
        else:
            self.answer(200, fake.tokens(form.get("client_id")))
