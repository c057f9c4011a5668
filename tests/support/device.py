"""A device that wants a token (RFC 8628)."""

from database import DEVICE_GRANT
from wire import basic


class Device:
    """One authorization request."""

    def __init__(self, server, client_id=None, secret=None, scope="openid profile", http=None,
                 headers=(), **fields):
        self.server = server
        self.client_id = client_id or server.client_id
        self.secret = secret
        self.http = http or server.client()
        response = self.http.post(
            "/oauth/device/code", {**self.identity(), "scope": scope, **fields},
            [*self.credentials(), *headers])
        assert response.status == 200, response.text
        self.answer = response.json()
        self.code = self.answer["device_code"]
        self.user_code = self.answer["user_code"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.close()

    def identity(self):
        return {} if self.secret is not None else {"client_id": self.client_id}

    def credentials(self):
        return [basic(self.client_id, self.secret)] if self.secret is not None else []

    def fields(self, **more):
        return {"grant_type": DEVICE_GRANT, "device_code": self.code, **self.identity(), **more}

    def poll(self, http=None, **more):
        return (http or self.http).post("/oauth/token", self.fields(**more), self.credentials())
