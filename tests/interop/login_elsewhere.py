#!/usr/bin/python3
"""`authgate login` against an authorization server not written here: npm oidc-provider."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import requests

from login_elsewhere_forms import form_of
from part import Part, settings

given = settings()
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from shell import AUTHGATE, age, environment, run  # noqa: E402

part = Part()


def walk(url, **more):
    """A person who fills in every form, until there is none."""
    with requests.Session() as browser:
        page = browser.get(url, timeout=10)
        while "<form" in page.text:
            action, fields = form_of(page)
            page = browser.post(action, data={**fields, **more}, timeout=10)
        return page


class Login:
    def __init__(self, home, issuer, client, *arguments, secret=None):
        self.secret = secret
        self.process = subprocess.Popen(
            [AUTHGATE, "login", "--json", "--issuer", issuer, "--client-id", client,
             "--scope", "openid profile", *arguments,
             *(["--client-secret-stdin"] if secret else [])],
            env=environment(home), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        if secret:
            self.process.stdin.write(secret + "\n")
            self.process.stdin.flush()
        line = self.process.stdout.readline()
        self.event = json.loads(line) if line else {}

    def end(self):
        out, err = self.process.communicate(timeout=40)
        assert self.process.returncode == 0, err
        event = json.loads(out.splitlines()[-1])
        assert event["event"] == "authorized" and event["account"] == "mia", event


def use(home):
    first = run(home, "token").stdout
    assert first
    whoami = run(home, "whoami")
    assert whoami.returncode == 0 and "confirmed" in whoami.stdout, whoami
    age(home)
    second = run(home, "token")
    assert second.returncode == 0 and second.stdout != first, second
    ended = run(home, "logout")
    assert ended.returncode == 0 and "signed out" in ended.stderr, ended


def browser_flow(home, issuer, client, *arguments, secret=None):
    login = Login(home, issuer, client, "--flow", "browser", "--no-open", *arguments,
                  secret=secret)
    page = walk(login.event["authorization_uri"])
    assert "Signed in" in page.text, page.text
    login.end()


def device_flow(home, issuer, client):
    login = Login(home, issuer, client, "--device")
    walk(login.event["verification_uri_complete"], confirm="yes")
    login.end()


with tempfile.TemporaryDirectory() as directory, subprocess.Popen(
        ["node", str(Path(given["out"]) / "oidc_provider.mjs")], stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True, cwd=given["out"]) as provider:
    try:
        address = provider.stdout.readline().strip()
        rows = (
            ("browser, public client", browser_flow, ("cli",), {}),
            ("browser, confidential client", browser_flow, ("confidential",),
             {"secret": "a secret: of %41 its own"}),
            ("device code", device_flow, ("cli",), {}),
        )
        for number, (name, flow, arguments, more) in enumerate(rows):
            home_of_case = Path(directory) / str(number)
            home_of_case.mkdir()
            with part.case(name):
                flow(home_of_case, address, *arguments, **more)
            with part.case(name + ": token, refresh, whoami, logout"):
                use(home_of_case)
    finally:
        provider.terminate()
part.end()
