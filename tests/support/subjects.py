"""Something or somebody for every operation of lib/ops to be done to, and the event that it leaves."""

import itertools
import uuid

from admin import ByRequest
from browser import Browser
from running import ADMIN_PASSWORD

PASSWORD = "four unrelated words here"
ALG = "ES256"
numbers = itertools.count()


class Subjects:
    """What operations are done to: somebody or something new, by name."""

    def __init__(self, server, app, new_device):
        self.do, self.database, self.server = ByRequest(server), server.database, server
        self.app, self.new_device = app, new_device

    def client(self, status="active"):
        made = self.do("client", "create", name="Robot", grants=["client"])["client_id"]
        self.database.set_client(made, "status", status)
        return made

    def waiting_client(self):
        return self.client("pending")

    def user(self, role="user"):
        return self.do("user", "create", username=f"trail{next(numbers)}", password=PASSWORD, role=role)["id"]

    def guest(self):
        return self.do("user", "create", username=f"trail{next(numbers)}", invite=True)["id"]

    def operator(self):
        return self.user("admin")

    def disabled_user(self):
        name = self.user()
        self.do("user", "disable", name)
        return name

    def person(self):
        """Signed in, and let the application in."""
        name = f"trail{next(numbers)}"
        self.database.add_user(name)
        with Browser(self.server) as browser:
            assert browser.sign_in(name, ADMIN_PASSWORD).status == 303
            self.app.lasting_tokens(browser)
        return name

    def only(self, noun):
        (row,) = self.do(noun, "list", user=self.person())[noun + "s"]
        return row["id"]

    def session(self):
        return self.only("session")

    def token(self):
        return self.only("token")

    def grant(self):
        return self.only("grant")

    def stopped_grant(self):
        grant = self.grant()
        self.do("grant", "disable", grant)
        return grant

    def authorization(self):
        user = self.do("user", "show", self.person())["id"]
        return user, self.app.client_id

    def connection(self):
        name = self.user()
        return name, str(uuid.UUID(bytes=self.database.connect_identity(name)))

    def device(self):
        self.new_device()
        return self.do("device", "list")["devices"][0]["id"]

    def alg(self):
        return ALG

    def alg_with_successor(self):
        if not self.keys("next"):
            self.do("key", "rotate", ALG)
        return ALG

    def successor(self):
        self.alg_with_successor()
        return self.keys("next")[0]

    def keys(self, state):
        return [key["kid"] for key in self.do("key", "list")["keys"] if (key["alg"], key["state"]) == (ALG, state)]


# noun, verb, to what, with what, and the event of it.
CHANGES = [
    ("client", "create", None, {"name": "Robot", "grants": ["client"]}, "CLIENT_CREATED"),
    ("client", "edit", "client", {"name": "Other"}, "CLIENT_UPDATED"),
    ("client", "rotate-secret", "client", {}, "CLIENT_SECRET_REGENERATED"),
    ("client", "approve", "waiting_client", {}, "CLIENT_APPROVED"),
    ("client", "reject", "waiting_client", {}, "CLIENT_REJECTED"),
    ("client", "enable", "client", {}, "CLIENT_UPDATED"),
    ("client", "disable", "client", {}, "CLIENT_UPDATED"),
    ("client", "revoke", "client", {}, "ALL_TOKENS_REVOKED"),
    ("client", "delete", "client", {}, "CLIENT_DELETED"),
    ("user", "create", None, {"username": "trail-new"}, "USER_CREATED"),
    ("user", "edit", "user", {"full_name": "Other"}, "USER_UPDATED"),
    ("user", "reset-password", "user", {}, "USER_PASSWORD_RESET"),
    ("user", "invite", "guest", {}, "USER_INVITED"),
    ("user", "enable", "disabled_user", {}, "USER_ENABLED"),
    ("user", "disable", "user", {}, "USER_DISABLED"),
    ("user", "promote", "user", {}, "USER_ROLE_CHANGED"),
    ("user", "demote", "operator", {}, "USER_ROLE_CHANGED"),
    ("user", "revoke", "user", {}, "ALL_TOKENS_REVOKED"),
    ("user", "withdraw", "authorization", {}, "USER_AUTHORIZATION_REVOKED"),
    ("user", "disconnect", "connection", {}, "OAUTH_CONNECTION_DELETED"),
    ("user", "delete", "user", {}, "USER_DELETED"),
    ("grant", "revoke", "grant", {}, "TOKEN_REVOKED"),
    ("grant", "disable", "grant", {}, "TOKEN_DISABLED"),
    ("grant", "enable", "stopped_grant", {}, "TOKEN_ENABLED"),
    ("token", "revoke", "token", {}, "TOKEN_REVOKED"),
    ("session", "revoke", "session", {}, "SESSION_REVOKED"),
    ("device", "deny", "device", {}, "DEVICE_CODE_DENIED"),
    ("key", "rotate", "alg", {}, "SIGNING_KEY_CREATED"),
    ("key", "promote", "alg_with_successor", {"force": True}, "SIGNING_KEY_PROMOTED"),
    ("key", "retire", "successor", {}, "SIGNING_KEY_RETIRED"),
    ("key", "reseal", None, {}, "SIGNING_KEYS_RESEALED"),
    ("server", "reload", None, {}, "CONFIGURATION_RELOADED"),
    ("audit", "sign", None, {}, None),  # it is done every minute anyway
]
