#!/usr/bin/python3
"""oauth2-proxy with its provider `oidc` and its defaults: a page behind it, a sign-in, the page."""

import base64
import os
import subprocess
import sys
from urllib.parse import quote
from urllib.request import urlopen

import requests

from part import Part, settings

sys.path.insert(0, settings()["support"] + "/support")

from waiting import until  # noqa: E402

given = settings()
part = Part()
client = given["clients"]["made proxy"]
here = f"http://127.0.0.1:{given['ports']['proxy']}"
command = [
    sys.argv[1], "--provider=oidc", f"--oidc-issuer-url={given['issuer']}",
    f"--client-id={client['id']}", f"--client-secret={client['secret']}",
    f"--redirect-url={client['redirect_uri']}", "--email-domain=*", "--cookie-secure=false",
    f"--cookie-secret={base64.urlsafe_b64encode(os.urandom(32)).decode()}",
    f"--http-address={here.removeprefix('http://')}", "--upstream=static://200",
    "--code-challenge-method=S256"]


def answers():
    try:
        return requests.get(f"{here}/ping", timeout=5).ok
    except OSError:
        return False


with subprocess.Popen(command) as proxy:
    try:
        with part.case("a page behind it"):
            until(answers, 20)
            browser = requests.Session()
            assert browser.get(f"{here}/", timeout=10).status_code == 403
            asked = browser.get(f"{here}/oauth2/start?rd=/", timeout=10, allow_redirects=False)
            assert asked.status_code == 302, asked.text
            where = quote(asked.headers["location"], safe="")
            with urlopen(f"{given['person']}/sign-in?url={where}") as reply:
                back = browser.get(reply.read().decode(), timeout=10)
            assert back.status_code == 200 and "Authenticated" in back.text, back.text[:300]
    finally:
        proxy.terminate()
part.end()
