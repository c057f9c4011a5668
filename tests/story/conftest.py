"""What the stories share: a server per module, browsers, devices."""

import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from admin import AdminClient, ByCommand, ByRequest  # noqa: E402
from app import App  # noqa: E402
from browser import Browser  # noqa: E402
from cluster import serve  # noqa: E402
from device import Device  # noqa: E402
import sanitizer  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "torture: longer in make torture")
    config.addinivalue_line("markers", "nodes: holds for several nodes, too (make story-nodes)")
    # Of processes that inherit it.
    os.environ.update(sanitizer.ENVIRONMENT)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown():
    """After the fixtures, whose servers have ended by now."""
    sanitizer.assert_silence()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One server for the whole file, or several as one, without rate limits."""
    with serve(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="module")
def admin_cookies(server):
    """The cookies of one sign-in, because hashing a password takes its time."""
    with Browser(server) as browser:
        assert browser.sign_in().status == 303
        return dict(browser.cookies)


@pytest.fixture
def admin(server, admin_cookies):
    """The admin's browser, signed in."""
    with Browser(server) as browser:
        browser.cookies = dict(admin_cookies)
        yield browser


@pytest.fixture
def visitor(server):
    """A browser that nobody has signed in with."""
    with Browser(server) as browser:
        yield browser


@pytest.fixture
def http(server):
    with server.client() as client:
        yield client


@pytest.fixture
def database(server):
    return server.database


@pytest.fixture
def new_device(server, http):
    """Begins a device authorization: new_device(client_id=..., scope=...)."""
    def begin(**options):
        return Device(server, http=http, **options)
    return begin


@pytest.fixture
def new_app(server, http):
    """Registers an application: new_app(secret=..., redirect_uris=..., scope=...)."""
    def register(name="App", **options):
        return App.register(server, http, name, **options)
    return register


@pytest.fixture
def app(new_app):
    """A confidential application."""
    return new_app(secret="the secret of the app")


@pytest.fixture
def spa(new_app):
    """A public application: no secret."""
    return new_app()


@pytest.fixture(params=[ByRequest, ByCommand], ids=["socket", "command"])
def do(server, request):
    """An operator, who does one operation: do("client", "show", client_id)."""
    return request.param(server)


@pytest.fixture
def ask(server):
    """The admin socket, for requests that no command makes."""
    with AdminClient(server) as client:
        yield client
