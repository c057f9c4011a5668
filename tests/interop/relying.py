"""An authgate that people sign in to with another server, for parts of the interop run."""

import contextlib
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import upstream as up  # noqa: E402
from browser import Browser  # noqa: E402
from running import Server  # noqa: E402


class Relying(Server):
    """Its configuration is written when the issuer is known: `callback` has to be known there first."""

    def __init__(self, directory, **environment):
        super().__init__(directory, **environment)
        self.callback = self.url + "/auth/callback/other"

    def sign_in_with(self, issuer, client_id, secret="", **settings):
        lines = {"name": "other", "issuer": issuer, "client_id": client_id, "client_secret": secret, **settings}
        path = self.directory / "authgate.yaml"
        path.touch(0o600)
        path.write_text("providers:\n" + "".join(
            f"  {' ' if i else '-'} {name}: {json.dumps(value)}\n"
            for i, (name, value) in enumerate(lines.items())))
        self.prefix = ["sh", "-c", f'exec "$@" --config {path}', "sh"]
        return self


@contextlib.contextmanager
def relying_server():
    with tempfile.TemporaryDirectory() as directory:
        server = Relying(directory)
        try:
            yield server
        finally:
            if server.process:
                server.stop()


def enter(server, walk, name=None):
    """Presses the button, lets `walk` do what the other server's pages ask for, comes back; chooses a
    name if it is asked for one.  The browser, signed in, or the page that says why not."""
    browser = Browser(server)
    away = up.begin(browser, "other")
    assert away.status == 303, away.text
    page = browser.get(up.local(browser, walk(away.location)))
    if page.location == "/auth/name" and name:
        page = browser.follow(page)
        page = browser.submit(page.form("/auth/name"), username=name)
    return browser, page


def username(browser):
    page = browser.get("/account")
    return page.text if page.status == 200 else ""
