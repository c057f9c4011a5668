"""The rows of server/routes.c: tests that must hold for every route read them there, and the operations
of the admin API as `authgate admin describe` says them, so that a new row is tested without being listed twice."""

import pathlib
import re
from dataclasses import dataclass

from described import described

FACES = pathlib.Path(__file__).resolve().parents[2] / "server" / "faces.def"
SOURCE = pathlib.Path(__file__).resolve().parents[2] / "server" / "routes.c"
# OpenID Connect Core 3.1.2.1 and RP-Initiated Logout 2: clients may send people here
# by a form of their own.  These ask the person first, or change nothing.
OPEN_TO_OTHERS = {"/oauth/authorize", "/oauth/logout"}
FACE = re.compile(r'^FACE\((\w+), +"([^"]+)", +(\w+)\)', re.M)
ROW = re.compile(r'^\t\{METHOD_(\w+),\s*"([^"]+)",\s*(\w+),\s*(\w+),\s*([^,]+),\s*(\w+),\s*(\w+),', re.M)


@dataclass(frozen=True)
class Route:
    method: str
    pattern: str
    lane: str
    flags: frozenset
    errors: str
    limit: str

    @property
    def path(self):
        """An address of this route; ids in it name nothing."""
        return re.sub(r":\w+", "0190b5c0-0000-7000-8000-000000000000", self.pattern)

    @property
    def is_form(self):
        """A form of a page of ours, that no other page may send."""
        return self.method != "GET" and self.errors == "ERRORS_PAGE" and \
            self.pattern not in OPEN_TO_OTHERS

    def __str__(self):
        return f"{self.method} {self.pattern}"


def face_routes():
    """The pages of server/faces.def, with the operation that each is about."""
    text = FACES.read_text()
    found = FACE.findall(text)
    assert len(found) == len(re.findall(r"^FACE\(", text, re.M)), "a row was not understood"
    looks, prepares = {"ROUTE_LOGIN", "ROUTE_OPERATE"}, {"ROUTE_LOGIN", "ROUTE_OPERATE", "ROUTE_RECENT"}
    flags = {"LIST": looks, "SHOW": looks, "NEW": prepares, "EDIT": prepares, "ASK": prepares, "FILE": looks}
    return [(Route("GET" if kind in flags else "POST", pattern, "LANE_WORKER",
                   frozenset(flags.get(kind, prepares | {"ROUTE_FORM", "ROUTE_CSRF"})), "ERRORS_PAGE", "LIMIT_ADMIN"),
             kind, operation) for kind, pattern, operation in found]


def routes():
    text = SOURCE.read_text()
    found = [Route(method, pattern, lane, frozenset(f.strip() for f in flags.split("|")), errors, limit)
             for method, pattern, _, lane, flags, errors, limit in ROW.findall(text)]
    # One more is the pattern of the admin API's.
    assert len(found) == len(re.findall(r"^\t\{METHOD_", text, re.M)) - 1, "a row was not understood"
    return found + [route for route, *_ in face_routes()] + [Route(op["method"], op["path"], "LANE_WORKER",
                          frozenset({"ROUTE_ADMIN"} | ({"ROUTE_JSON"} if op["needs_body"] else
                                                       {"ROUTE_MAYBE_JSON"} if op["has_body"] else set())),
                          "ERRORS_OAUTH", "LIMIT_ADMIN") for op in described()["operations"]]
