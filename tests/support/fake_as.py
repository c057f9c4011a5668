"""A small authorization server that misbehaves on request.

    with FakeServer(pending=2) as server:
        run("login", "--issuer", server.issuer, ...)

The keyword arguments are the switches; `server.requests` is what was asked, as
(method, path, form) with the time of each in `server.times`.
"""
import base64
import http.server
import json
import threading
import time
import urllib.parse

DEVICE_CODE = "device-code-that-nobody-may-see"


def unsigned_token(**claims):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return ".".join([part({"alg": "ES256", "typ": "at+jwt"}), part(claims), "c2lnbmF0dXJl"])


class FakeServer:
    def __init__(self, *, outcome="approve", pending=0, slow_down=0, failures=0, interval=1,
                 expires_in=60, issuer=None, metadata="good", device="good", account="mia",
                 user_code="WDJB-MJHT", description=None, userinfo=True, path="", delay=0,
                 oidc_only=False, token_lifetime=3600, extra=None):
        self.__dict__.update({k: v for k, v in locals().items() if k != "self"})
        self.requests = []
        self.times = []
        self.lock = threading.Lock()
        self.access_token = unsigned_token(sub="0190-sub", preferred_username=account)
        handler = type("Handler", (Handler,), {"fake": self})
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.http.daemon_threads = True
        self.origin = "http://127.0.0.1:%d" % self.http.server_address[1]
        self.url = self.origin + path
        if self.issuer is None:
            self.issuer = self.url

    def __enter__(self):
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()

    def polls(self):
        return [t for r, t in zip(self.requests, self.times) if r[1].endswith("/oauth/token")]

    def document(self):
        found = {
            "issuer": self.issuer,
            "token_endpoint": self.url + "/oauth/token",
            "device_authorization_endpoint": self.url + "/oauth/device/code",
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

    def do_GET(self):
        self.note()
        fake = self.fake
        if self.path.endswith("/oauth/userinfo"):
            if self.headers.get("Authorization") != "Bearer " + fake.access_token:
                self.answer(401, {"error": "invalid_token"})
            else:
                self.answer(200, {"sub": "0190-sub", "preferred_username": fake.account,
                                  "name": "Mia \x1b[2JExample", "email": "mia@example.com"})
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
        if self.path.endswith("/oauth/device/code"):
            self.device_code(self.fake)
        elif self.path.endswith("/oauth/token"):
            self.token(self.fake, form)
        else:
            self.answer(404, {"error": "not_found"})

    def refuse(self, fake, status, code):
        body = {"error": code}
        if fake.description:
            body["error_description"] = fake.description
        self.answer(status, body)

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
            self.answer(200, {"access_token": fake.access_token, "token_type": "Bearer",
                              "expires_in": fake.token_lifetime, "scope": "openid profile"})
