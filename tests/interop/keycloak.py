#!/usr/bin/python3
"""People sign in to authgate with Keycloak, which is not written here: keycloak.py DIRECTORY, where its
distribution is."""

import contextlib
import html
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

from part import Part
from relying import enter, relying_server, username
from running import free_port

import upstream as up

HOME = Path(sys.argv[1])
PORT = free_port()
ISSUER = f"http://127.0.0.1:{PORT}/realms/corp"
SECRET = "a secret: of %41 its own"
START_S = 150
part = Part()


def realm(callback):
    """Two people, one of them in a group, and this server as a client."""
    def person(name, **more):
        return {"username": name, "enabled": True, "email": f"{name}@corp.example",
                "emailVerified": name == "kim", "firstName": name.title(), "lastName": "K.",
                "credentials": [{"type": "password", "value": "secret"}], **more}
    groups = {"name": "groups", "protocol": "openid-connect",
              "protocolMapper": "oidc-group-membership-mapper",
              "config": {"claim.name": "groups", "full.path": "false", "id.token.claim": "true",
                         "userinfo.token.claim": "true"}}
    return {"realm": "corp", "enabled": True, "sslRequired": "none", "groups": [{"name": "ops"}],
            "users": [person("kim", groups=["/ops"]), person("lee")],
            "clients": [{"clientId": "relying", "secret": SECRET, "enabled": True,
                         "redirectUris": [callback], "standardFlowEnabled": True,
                         "attributes": {"post.logout.redirect.uris": "+",
                                        "pkce.code.challenge.method": "S256"},
                         "protocolMappers": [groups]}]}


@contextlib.contextmanager
def keycloak(callback):
    """In a directory of its own, as it writes below its home."""
    with tempfile.TemporaryDirectory() as place:
        place = Path(place)
        (place / "import").mkdir()
        (place / "import" / "corp.json").write_text(json.dumps(realm(callback)))
        for name in ("bin", "lib", "providers", "themes", "conf"):
            if (HOME / name).exists():
                subprocess.run(["cp", "-a", "--reflink=auto", str(HOME / name), str(place)], check=True)
        (place / "data").mkdir()
        (place / "import").rename(place / "data" / "import")
        with open(place / "log", "wb") as log, subprocess.Popen(
                ["sh", str(place / "bin" / "kc.sh"), "start-dev", "--http-host", "127.0.0.1",
                 "--http-port", str(PORT), "--import-realm"],
                env={**os.environ, "JAVA_OPTS_APPEND": "-Xmx512m"}, stdout=log, stderr=log,
                start_new_session=True) as process:
            try:
                wait_until_it_answers(process, place / "log")
                yield
            finally:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait(30)


def wait_until_it_answers(process, log):
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(requests.ConnectionError):
            if requests.get(ISSUER + "/.well-known/openid-configuration", timeout=5).ok:
                return
        time.sleep(0.5)
    raise AssertionError("Keycloak does not answer: " + log.read_text()[-500:])


class Person:
    """A browser at Keycloak."""

    def __init__(self, name):
        self.name, self.http, self.typed = name, requests.Session(), 0

    def trust_loopback(self):
        """Browsers send Secure cookies to this computer without TLS; requests does not."""
        for cookie in self.http.cookies:
            cookie.secure = False

    def walk(self, url):
        self.trust_loopback()
        answer = self.http.get(url, timeout=20, allow_redirects=False)
        while not answer.is_redirect or answer.headers["Location"].startswith(ISSUER):
            self.trust_loopback()
            if answer.is_redirect:
                answer = self.http.get(urljoin(answer.url, answer.headers["Location"]), timeout=20,
                                       allow_redirects=False)
                continue
            action = re.search(r'<form[^>]*action="([^"]*)"', answer.text)
            assert answer.ok and action and self.typed < 9, answer.text[:500]
            self.typed += 1
            answer = self.http.post(html.unescape(action.group(1)), timeout=20, allow_redirects=False,
                                    data={"username": self.name, "password": "secret"})
        return answer.headers["Location"]


def cases(server):
    kim, lee = Person("kim"), Person("lee")
    with part.case("somebody new, and the same person again, without typing"):
        for _ in range(2):
            browser, page = enter(server, kim.walk)
            assert page.location == "/" and "kim" in username(browser), (page.location, page.text)
        assert kim.typed == 1
        assert server.database.value("SELECT count(*) FROM users WHERE username = 'kim'") == 1
    with part.case("the verified address, and the group that makes an admin"):
        assert server.database.value("SELECT email FROM users WHERE username = 'kim'") == "kim@corp.example"
        assert server.database.value("SELECT role FROM users WHERE username = 'kim'") == "admin"
    with part.case("somebody else without the group, whose address is not verified"):
        enter(server, lee.walk)
        assert server.database.rows("SELECT role, email FROM users WHERE username = 'lee'") == [("user", None)]
    with part.case("an admin of long ago types the password there again, and goes on"):
        server.database.execute("UPDATE sessions SET created_ms = created_ms - 7200000")
        server.database.execute("UPDATE sessions SET auth_ms = NULL")
        page = browser.follow(browser.get(f"/admin/clients/{server.client_id}/edit"))
        away = browser.submit(page.form("/auth/login/other"))
        asked = parse_qs(urlsplit(away.location).query)
        assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])
        before = kim.typed
        back = browser.get(up.local(browser, kim.walk(away.location)))
        assert kim.typed == before + 1, "nothing was typed"
        assert back.location == f"/admin/clients/{server.client_id}/edit"
        assert browser.get(back.location).status == 200
    with part.case("signing out goes there, and it takes the ID token"):
        page = browser.submit(browser.get("/logout").form("/logout"))
        assert page.location.startswith(ISSUER + "/protocol/openid-connect/logout?"), page.location
        assert kim.http.get(page.location, timeout=20, allow_redirects=False).status_code < 500
        assert not username(browser)
    with part.case("its description and keys, in the doctor"):
        told = subprocess.run(
            [os.environ["AUTHGATE_BINARY"], "doctor", "--config",
             str(server.directory / "authgate.yaml")],
            env=server.environment, capture_output=True, text=True, check=False).stdout
        assert "other: its description is in order" in told, told


with relying_server() as relying, keycloak(relying.callback):
    relying.sign_in_with(ISSUER, "relying", SECRET, roles=["ops=admin"], sign_out=True,
                         store_tokens=True).start()
    cases(relying)
part.end()
