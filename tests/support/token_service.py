"""A service that makes tokens in place of the server: the contract of the Go original, over loopback."""

import contextlib
import http.server
import json
import secrets
import time

from quiet import serve


class TokenService:
    """Makes opaque tokens and remembers them; `answers` by endpoint replace what it says: a status
    and a body, or a function of the request's object."""

    def __init__(self):
        self.requests, self.tokens, self.answers, self.delay_s = [], {}, {}, 0
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                asked = json.loads(body)
                service.requests.append((self.path, asked, dict(self.headers), body))
                time.sleep(service.delay_s)
                answer = service.answers.get(self.path)
                if answer == "hang up":
                    self.connection.close()
                    return
                if callable(answer):
                    answer = answer(asked)
                status, said = answer or service.handle(self.path, asked)
                data = said if isinstance(said, bytes) else json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        self.http = serve(Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/base"

    def close(self):
        self.http.shutdown()
        self.http.server_close()

    def asked(self, endpoint):
        return [asked for path, asked, _, _ in self.requests if path == "/base/" + endpoint]

    def answer(self, endpoint, status, body):
        self.answers["/base/" + endpoint] = (status, body)

    def make(self, asked):
        text = "svc." + secrets.token_urlsafe(24)
        self.tokens[text] = {k: asked[k] for k in ("user_id", "client_id", "scopes")}
        return text

    def handle(self, path, asked):
        if path == "/base/generate":
            return 200, {"success": True, "access_token": self.make(asked), "token_type": "Bearer",
                         "expires_in": asked["expires_in"], "claims": {"dept": "x"}}
        if path == "/base/validate":
            known = self.tokens.get(asked["token"])
            return 200, {"valid": True, "expires_at": 0, **known} if known else {"valid": False}
        if path == "/base/refresh":
            rotated = {}
            if asked["enable_rotation"]:
                self.tokens.pop(asked["refresh_token"], None)
                rotated = {"refresh_token": self.make(asked), "refresh_expires_in": 86400}
            return 200, {"success": True, "access_token": self.make(asked), "token_type": "Bearer",
                         "access_expires_in": 600, **rotated}
        return 404, {"message": "no such endpoint"}


@contextlib.contextmanager
def token_service():
    service = TokenService()
    try:
        yield service
    finally:
        service.close()
