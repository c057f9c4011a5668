"""Which origins may read (J14 of the catalogue of attacks)."""

import pytest

from routes import routes
from running import Server

GOOD = "https://app.example"
READABLE = [r for r in routes() if "ROUTE_CORS" in r.flags]


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("cors"), CORS_ENABLED="true",
                CORS_ALLOWED_ORIGINS=f"{GOOD} https://b.example:8443") as server:
        yield server


def ask(server, method, path, origin, headers=()):
    with server.client() as http:
        response = http.request(method, path, [("Origin", origin), *headers])
    assert response.header("access-control-allow-credentials") is None
    return response


@pytest.mark.parametrize("route", READABLE, ids=str)
def test_named_origins_may_read_also_errors(shared, route):
    response = ask(shared, route.method, route.path, GOOD)
    assert response.header("access-control-allow-origin") == GOOD
    assert "origin" in response.header("vary").lower()


@pytest.mark.parametrize("origin", [
    "https://evil.example", "null", "https://app.example.evil", "https://evilapp.example",
    "http://app.example", "https://app.example:444", "https://APP.example", "https://app.example/",
    "https://app.example https://evil.example", "*", "app.example", "https://b.example"])
def test_other_origins_may_not(shared, origin):
    for route in READABLE:
        response = ask(shared, route.method, route.path, origin)
        assert response.header("access-control-allow-origin") is None
        response = ask(shared, "OPTIONS", route.path, origin,
                       [("Access-Control-Request-Method", route.method)])
        assert response.header("access-control-allow-origin") is None
        assert response.header("access-control-allow-methods") is None


@pytest.mark.parametrize("route", [r for r in routes() if "ROUTE_CORS" not in r.flags], ids=str)
def test_pages_are_read_by_nobody_else(shared, route):
    for method in (route.method, "OPTIONS"):
        response = ask(shared, method, route.path, GOOD,
                       [("Access-Control-Request-Method", route.method)])
        assert response.header("access-control-allow-origin") is None


def test_a_preflight_is_answered(shared):
    response = ask(shared, "OPTIONS", "/oauth/token", GOOD,
                   [("Access-Control-Request-Method", "POST"),
                    ("Access-Control-Request-Headers", "authorization")])
    assert response.status == 204
    assert "POST" in response.header("access-control-allow-methods")
    assert "authorization" in response.header("access-control-allow-headers")


def test_without_configuration_nobody_reads(server):
    for route in READABLE:
        response = ask(server, route.method, route.path, GOOD)
        assert response.header("access-control-allow-origin") is None


def test_a_page_reads_why_it_was_refused(shared):
    response = ask(shared, "GET", "/oauth/userinfo", GOOD, [("Authorization", "Bearer x")])
    assert response.status == 401 and response.header("www-authenticate")
    exposed = response.header("access-control-expose-headers")
    assert {"www-authenticate", "retry-after"} <= set(exposed.split(", "))
    assert ask(shared, "GET", "/oauth/userinfo", "https://evil.example").header(
        "access-control-expose-headers") is None


@pytest.mark.parametrize("header", ["authorization", "content-type", "accept", "cache-control",
                                    "x-requested-with", "mcp-protocol-version", "traceparent"])
def test_what_libraries_send_from_browsers_may_be_sent(shared, header):
    for path in ("/oauth/token", "/.well-known/oauth-authorization-server"):
        response = ask(shared, "OPTIONS", path, GOOD,
                       [("Access-Control-Request-Method", "GET"),
                        ("Access-Control-Request-Headers", header)])
        assert header in response.header("access-control-allow-headers").split(", ")
