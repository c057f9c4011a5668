"""An operator, by the admin socket and by `authgate admin`: the same operations, by the names that
the command gives them.  What there is, is what `authgate admin describe --json` says."""

import functools
import json
import os
import pwd
import re
import socket
import subprocess
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import sanitizer
from described import described
from openapi import check_reply
from sanitizer import BINARY, patience
from wire import TIMEOUT_S, Client, Connection

API = "/api/admin/v1"
# How the audit trail names who runs the tests.
WHO = f"unix:{pwd.getpwuid(os.getuid()).pw_name}"
JSON_TYPE = ("Content-Type", "application/json")


@dataclass(frozen=True)
class Action:
    noun: str
    verb: str
    method: str
    path: str
    options: dict  # member -> (flag, kind)
    has_body: bool
    effect: str
    asks: bool

    @property
    def pattern(self):
        """The path as the table of routes has it, its parameters without their names."""
        return re.sub(r":\w+", ":", self.path)

    def target(self, name):
        """name is an id, or several that the path has one after the other."""
        names = (name,) if isinstance(name, str) else name or ()
        return self.pattern.replace(":", "%s") % tuple(quote(each, safe="") for each in names)

    def __str__(self):
        return f"{self.noun} {self.verb}"


@functools.cache
def actions():
    return {(op["noun"], op["verb"]): Action(
        op["noun"], op["verb"], op["method"], op["path"],
        {field["name"]: ("--" + field["flag"], field["kind"]) for field in op["takes"]}, op["has_body"],
        op["effect"], op["asks"]) for op in described()["operations"]}


class UnixConnection(Connection):
    """One connection to the admin socket."""

    def __init__(self, path):  # pylint: disable=super-init-not-called
        self.buffer = b""
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(TIMEOUT_S)
        self.socket.connect(str(path))


class AdminClient(Client):
    """Requests to the admin socket, on one connection while it lasts."""

    def __init__(self, server):
        super().__init__(0)
        self.path = server.admin_socket

    def request(self, method, target, headers=(), body=None, host="localhost"):
        if not self.connection:
            self.connection = UnixConnection(self.path)
        return self.connection.request(method, target, headers, body, host)

    def send(self, method, target, members=None, headers=()):
        if members is None:
            return self.request(method, target, headers, b"" if method != "GET" else None)
        return self.request(method, target, [JSON_TYPE, *headers], json.dumps(members).encode())


class Refused(Exception):
    """The server said no; status is that of the socket, or what the exit code stands for."""

    def __init__(self, statuses, text):
        super().__init__(f"{statuses}: {text}")
        self.statuses, self.text = statuses, text


def refused(status, call, /, *arguments, **members):
    """Expects an operation to fail; returns what the operator is told."""
    try:
        call(*arguments, **members)
    except Refused as refusal:
        assert status in refusal.statuses, refusal
        return refusal.text
    raise AssertionError("it was not refused")


class ByRequest:
    """An operator who speaks HTTP, and whom every answer has to be as docs/openapi.yaml says."""

    def __init__(self, server):
        self.client = AdminClient(server)

    def __call__(self, noun, verb, name=None, /, **members):
        action = actions()[noun, verb]
        target = action.target(name)
        if action.method == "GET":
            texts = {name: str(value).lower() if value is True else value
                     for name, value in members.items()}
            reply = self.client.send("GET", target + ("?" + urlencode(texts) if texts else ""))
        else:
            body = members if members or action.has_body else None
            reply = self.client.send(action.method, target, body)
        check_reply(action.method, action.pattern.replace(":", "{}"), reply)
        if reply.status >= 300:
            raise Refused({reply.status}, reply.json()["error_description"])
        return reply.json()


# What an exit code of the command can stand for.
EXITS = {1: {400, 412, 500}, 2: {400}, 9: {404, 409}}


def command(server, *arguments, stdin="", timeout=60):
    return subprocess.run(
        [BINARY, "admin", *arguments], input=stdin, text=True, capture_output=True, check=False,
        timeout=patience(timeout), cwd=server.directory,
        env={"PATH": os.environ["PATH"], "ADMIN_SOCKET": str(server.admin_socket),
             **sanitizer.ENVIRONMENT})


class ByCommand:
    """An operator at a shell."""

    def __init__(self, server):
        self.server = server

    def __call__(self, noun, verb, name=None, /, **members):
        action = actions()[noun, verb]
        words, stdin = [noun, verb, *([name] if isinstance(name, str) else name or ())], ""
        for member, value in members.items():
            if member not in action.options:
                raise Refused({400}, f"there is no option for {member}")
            flag, kind = action.options[member]
            if kind == "secret":
                words.append(flag)
                stdin = value + "\n"
            elif kind == "flag":
                words += [flag] if value else [flag.replace("--", "--no-", 1)] if action.has_body else []
            else:
                for one in value if isinstance(value, list) else [str(value)]:
                    words += [flag, one]
        done = command(self.server, *words, "--json", *(["--yes"] if action.asks else []),
                       stdin=stdin)
        if done.returncode:
            assert not done.stdout and done.returncode in EXITS, done
            raise Refused(EXITS[done.returncode], done.stderr)
        assert not done.stderr, done.stderr
        return json.loads(done.stdout)
