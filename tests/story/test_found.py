"""What programs look for at addresses that everybody has."""

import datetime

from openapi import document
from running import Server


def test_robots_are_told_to_leave(http):
    reply = http.get("/robots.txt")
    assert reply.status == 200 and reply.text == "User-agent: *\nDisallow: /\n"


def test_the_browser_finds_a_sign_for_its_tab(http):
    reply = http.get("/favicon.ico")
    assert reply.status == 200 and reply.header("content-type") == "image/svg+xml"


def test_the_description_of_the_api_is_the_one_of_the_documents(http):
    reply = http.get("/api/openapi.json")
    assert reply.status == 200 and reply.json() == document()
    assert reply.header("content-type").startswith("application/json")


def test_who_finds_a_weakness_learns_whom_to_tell(tmp_path, http):
    """RFC 9116: a contact, an end in the future; and nothing that nobody has configured."""
    assert http.get("/.well-known/security.txt").status == 404
    with Server(tmp_path, UI_SUPPORT_URL="mailto:security@example.com") as own, own.client() as client:
        reply = client.get("/.well-known/security.txt")
        lines = dict(line.split(": ", 1) for line in reply.text.splitlines())
    assert reply.status == 200 and reply.header("content-type").startswith("text/plain")
    assert lines["Contact"] == "mailto:security@example.com"
    assert datetime.datetime.fromisoformat(lines["Expires"]) > datetime.datetime.now(datetime.timezone.utc)
    assert lines["Canonical"] == own.url + "/.well-known/security.txt"
