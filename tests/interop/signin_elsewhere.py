#!/usr/bin/python3
"""People sign in to authgate with issuers not written here: npm oidc-provider, npm oauth2-mock-server."""

import json
import subprocess
from pathlib import Path
from urllib.parse import urljoin

import requests

from login_elsewhere_forms import form_of
from part import Part, settings
from relying import enter, relying_server, username

given = settings()
part = Part()
SECRET = "a secret: of %41 its own"


def node(program, *arguments, **more):
    return subprocess.Popen(["node", str(Path(given["out"]) / program), *arguments], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=given["out"], **more)


def walk_forms(callback):
    """Somebody who fills in every form of the other server, until it sends them back."""
    def walk(url):
        with requests.Session() as browser:
            answer = browser.get(url, timeout=10, allow_redirects=False)
            for _ in range(20):
                if answer.is_redirect:
                    url = urljoin(answer.url, answer.headers["Location"])
                    if url.startswith(callback):
                        return url
                    answer = browser.get(url, timeout=10, allow_redirects=False)
                else:
                    action, fields = form_of(answer)
                    answer = browser.post(action, data=fields, timeout=10, allow_redirects=False)
        raise AssertionError("the pages never end")
    return walk


def oidc_provider():
    with relying_server() as server, node("oidc_provider.mjs", server.callback) as provider:
        try:
            issuer = provider.stdout.readline().strip()
            server.sign_in_with(issuer, "relying", SECRET, sign_out=True, store_tokens=True).start()
            with part.case("oidc-provider: somebody new, and the same person again"):
                for _ in range(2):
                    browser, page = enter(server, walk_forms(server.callback))
                    assert page.location == "/" and "mia" in username(browser), page.text
                assert server.database.value("SELECT count(*) FROM users WHERE username = 'mia'") == 1
            with part.case("oidc-provider: signing out goes there, and names where to come back to"):
                page = browser.submit(browser.get("/logout").form("/logout"))
                assert page.location.startswith(issuer + "/session/end?"), page.location
                asked = requests.get(page.location, timeout=10)
                assert asked.ok and "error" not in asked.text.lower(), asked.text[:300]
                assert not username(browser)
            with part.case("oidc-provider: its description and keys, in the doctor"):
                told = subprocess.run(
                    [server_binary(), "doctor", "--config", str(server.directory / "authgate.yaml")],
                    env=server.environment, capture_output=True, text=True, check=False).stdout
                assert "other: its description is in order" in told, told
        finally:
            provider.terminate()


def server_binary():
    from sanitizer import BINARY
    return BINARY


def mock_server():
    with relying_server() as server, node("mock_server.mjs", stdin=subprocess.PIPE) as provider:
        def say(**claims):
            provider.stdin.write(json.dumps(claims) + "\n")
            provider.stdin.flush()
            assert provider.stdout.readline().strip() == "ok"

        def walk(url):
            answer = requests.get(url, timeout=10, allow_redirects=False)
            return answer.headers["Location"]

        try:
            server.sign_in_with(provider.stdout.readline().strip(), "relying", "s",
                                roles=["ops=admin"], allowed_groups=["staff", "ops"]).start()
            with part.case("oauth2-mock-server: somebody new, with a group"):
                say(sub="1", preferred_username="kim", groups=["staff"], email="kim@corp.example",
                    email_verified=True)
                browser, page = enter(server, walk)
                assert page.location == "/" and "kim" in username(browser), (page.location, page.text)
            with part.case("oauth2-mock-server: a group makes an admin, and takes it away again"):
                for groups, role in ((["ops"], "admin"), (["staff"], "user")):
                    say(sub="1", preferred_username="kim", groups=groups)
                    enter(server, walk)
                    assert server.database.value(
                        "SELECT role FROM users WHERE username = 'kim'") == role
            for name, claims in {
                    "another issuer": {"iss": "https://evil.example"}, "another audience": {"aud": "x"},
                    "another nonce": {"nonce": "x"}, "no group": {"groups": []},
                    "an old token": {"exp": 1000}}.items():
                with part.case("oauth2-mock-server refused: " + name):
                    say(**{"sub": "2", "preferred_username": "eve", "groups": ["staff"], **claims})
                    browser, page = enter(server, walk)
                    assert "problem=" in page.location and not username(browser), page.location
        finally:
            provider.terminate()


oidc_provider()
mock_server()
part.end()
