#!/usr/bin/python3
"""`authgate login` against an authorization server not written here, and signing in with it: Debian's
glewlwyd.

Its dialect: a redirect URI with the exact port; public clients cannot revoke, so that signing out
deletes what is kept and says that the server knows nothing of it."""

import gzip
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from part import Part
from relying import enter, relying_server, username

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from running import free_port  # noqa: E402
from shell import AUTHGATE, age, environment, run  # noqa: E402

part = Part()
DOCUMENTS = Path("/usr/share/doc/glewlwyd")
PORT, CALLBACK_PORT = free_port(), free_port()
API = f"http://localhost:{PORT}/api"
ISSUER = f"{API}/oidc"
CALLBACK = f"http://127.0.0.1:{CALLBACK_PORT}/callback"


def configure(place):
    """Debian's example, with a port and a database of our own."""
    own = {"port": str(PORT), "external_url": f'"http://localhost:{PORT}"', "cookie_secure": "0"}
    lines = gzip.open(DOCUMENTS / "glewlwyd.conf.sample.gz", "rt").read().splitlines()
    for i, line in enumerate(lines):
        name = line.split("=")[0].strip()
        if name in own and not line.startswith("#"):
            lines[i] = f"{name}={own[name]}"
    text = "\n".join(lines).replace("/var/cache/glewlwyd/glewlwyd.db", str(place / "db"))
    (place / "conf").write_text(text + "\n")
    with sqlite3.connect(place / "db") as database:
        database.executescript(
            gzip.open(DOCUMENTS / "database" / "init.sqlite3.sql.gz", "rt").read())


def signed_in(name):
    """A person's browser."""
    browser = requests.Session()
    answer = browser.post(f"{API}/auth/", json={"username": name, "password": "password"},
                          timeout=10)
    answer.raise_for_status()
    browser.headers["Cookie"] = answer.headers["Set-Cookie"].split(";")[0]
    return browser


def plugin():
    key = rsa.generate_private_key(65537, 2048)
    flags = {name: True for name in (
        "allow-non-oidc", "auth-type-code-enabled", "auth-type-code-revoke-replayed",
        "auth-type-id-token-enabled", "auth-type-refresh-enabled", "auth-type-device-enabled",
        "pkce-allowed", "introspection-revocation-allowed",
        "introspection-revocation-allow-target-client", "jwks-show", "refresh-token-rolling")}
    flags.update({name: False for name in (
        "auth-type-token-enabled", "auth-type-none-enabled", "auth-type-password-enabled",
        "auth-type-client-enabled", "pkce-method-plain-allowed", "request-parameter-allow",
        "oauth-dpop-allowed", "resource-allowed")})
    return {
        **flags, "iss": ISSUER, "jwt-type": "rsa", "jwt-key-size": "256",
        "key": key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                 serialization.NoEncryption()).decode(),
        "cert": key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode(),
        "access-token-duration": 600, "refresh-token-duration": 86400, "code-duration": 60,
        "refresh-token-one-use": "always", "device-authorization-expiration": 600,
        "device-authorization-interval": 1, "subject-type": "public", "name-claim": "on-demand",
        "email-claim": "no", "scope-claim": "no", "allowed-scope": ["openid"],
        "restrict-scope-client-property": "", "scope": [], "additional-parameters": [],
        "claims": []}


def fill(callback):
    admin = signed_in("admin")
    for path, body in (
            ("mod/plugin/", {"module": "oidc", "name": "oidc", "display_name": "OIDC",
                             "parameters": plugin()}),
            ("client/", {"client_id": "cli", "name": "cli", "confidential": False,
                         "enabled": True, "redirect_uri": [CALLBACK], "scope": ["openid"],
                         "authorization_type": ["code", "refresh_token", "device_authorization"],
                         "token_endpoint_auth_method": ["none"]}),
            ("client/", {"client_id": "relying", "name": "relying", "confidential": True, "enabled": True,
                         "password": "a-secret-of-its-own", "redirect_uri": [callback],
                         "scope": ["openid"], "authorization_type": ["code"],
                         "token_endpoint_auth_method": ["client_secret_basic"]}),
            ("user/", {"username": "mia", "password": "password", "name": "Mia", "enabled": True,
                       "scope": ["openid"]})):
        answer = admin.post(f"{API}/{path}", json=body, timeout=10)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
    mia = signed_in("mia")
    for client in ("cli", "relying"):
        assert mia.put(f"{API}/auth/grant/{client}", json={"scope": "openid"}, timeout=10).ok
    return mia


def wait_until_it_answers():
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            return requests.get(f"{API}/auth/", timeout=5)
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError("glewlwyd does not answer")


def sign_in(home, person, *arguments):
    """Its own pages are a program for browsers; g_continue is what they end with."""
    with subprocess.Popen(
            [AUTHGATE, "login", "--json", "--issuer", ISSUER, "--client-id", "cli", "--scope",
             "openid", *arguments], env=environment(home), cwd=home, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        event = json.loads(process.stdout.readline())
        if "authorization_uri" in event:
            sent = person.get(event["authorization_uri"] + "&g_continue", timeout=10,
                              allow_redirects=False).headers["Location"]
            assert "Signed in" in requests.get(sent, timeout=10).text, sent
        else:
            person.get(event["verification_uri_complete"] + "&g_continue", timeout=10,
                       allow_redirects=False)
        out, err = process.communicate(timeout=40)
        assert process.returncode == 0, err
        assert json.loads(out.splitlines()[-1])["event"] == "authorized", out


def use(home):
    first = run(home, "token").stdout
    assert first and "confirmed" in run(home, "whoami").stdout
    age(home)
    second = run(home, "token")
    assert second.returncode == 0 and second.stdout, second
    ended = run(home, "logout")
    assert ended.returncode == 1 and "deleted here, not revoked" in ended.stderr, ended


def sign_in_with_it(server, person):
    """It names nobody: people choose what they are called here, once. A secret of other characters than
    these it would not understand: it does not decode what RFC 6749 2.3.1 encodes."""
    server.sign_in_with(ISSUER, "relying", "a-secret-of-its-own", scopes=["openid"]).start()

    def walk(url):
        return person.get(url + "&g_continue", timeout=10, allow_redirects=False).headers["Location"]

    browser, page = enter(server, walk, name="mia")
    assert page.location == "/" and "mia" in username(browser), (page.location, server.log[-1500:])
    browser, page = enter(server, walk)
    assert page.location == "/" and "mia" in username(browser), (page.location, server.log[-1500:])


with tempfile.TemporaryDirectory() as directory, relying_server() as relying:
    top = Path(directory)
    configure(top)
    with subprocess.Popen(["glewlwyd", f"--config-file={top / 'conf'}"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            wait_until_it_answers()
            mias = fill(relying.callback)
            for name, switches in (
                    ("browser", ("--flow", "browser", "--no-open", "--redirect-uri", CALLBACK)),
                    ("device code", ("--device",))):
                place_of_case = top / name
                place_of_case.mkdir()
                with part.case(name):
                    sign_in(place_of_case, mias, *switches)
                with part.case(name + ": token, refresh, whoami, logout"):
                    use(place_of_case)
            with part.case("people sign in with it"):
                sign_in_with_it(relying, mias)
        finally:
            server.terminate()
part.end()
