"""Whose pages these are: name, logo, colour and links of the operator."""

import pytest

from browser import Browser
from running import Server

MARK = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>'


@pytest.fixture(scope="module")
def branded(tmp_path_factory):
    directory = tmp_path_factory.mktemp("branded")
    (directory / "mark.svg").write_bytes(MARK)
    with Server(directory, UI_NAME="Müller & Söhne", UI_LOGO=str(directory / "mark.svg"),
                UI_ACCENT="#7a1fa2", UI_SUPPORT_URL="mailto:help@example.org",
                UI_TERMS_URL="https://example.org/terms?a=1&b=2") as server:
        yield server


def links(page):
    return [a["href"] for t, a in page.tags if t == "a"]


@pytest.mark.parametrize("target", ["/login", "/nowhere", "/logout", "/device?user_code=x"])
def test_every_page_says_whose_it_is_and_where_help_is(branded, target):
    with Browser(branded) as browser:
        page = browser.follow(browser.get(target))
        assert "Müller & Söhne" in page.text and "authgate" not in page.text
        assert "Müller &#38; Söhne" in page.response.text or "Müller &amp; Söhne" in page.response.text
        assert "mailto:help@example.org" in links(page)
        assert "https://example.org/terms?a=1&b=2" in links(page)


def test_the_logo_and_the_colours_come_from_here(branded):
    with Browser(branded) as browser:
        page = browser.get("/login")
        assert "/ui/logo" in [a.get("src") for t, a in page.tags if t == "img"]
        logo = browser.get("/ui/logo").response
        assert logo.body == MARK and logo.header("content-type") == "image/svg+xml"
        assert "/ui/accent.css" in [a.get("href") for t, a in page.tags if t == "link"]
        css = browser.get("/ui/accent.css").response
        assert css.header("content-type") == "text/css; charset=utf-8"
        assert "--accent:#7a1fa2" in css.text and "prefers-color-scheme:dark" in css.text


def test_without_them_there_is_nothing_of_it(visitor):
    page = visitor.get("/login")
    assert "authgate" in page.text
    assert visitor.get("/ui/logo").status == 404 and visitor.get("/ui/accent.css").status == 404


@pytest.mark.parametrize("name,value,why", [
    ("UI_ACCENT", "#ffcc00", "contrast with white is 1."), ("UI_ACCENT", "red", "#2858c8"),
    ("UI_ACCENT", "#2858c8;}", "#2858c8"), ("UI_LOGO", "/nowhere/mark.svg", "no such file"),
    ("UI_LOGO", "/etc/passwd", ".svg or .png"), ("UI_SUPPORT_URL", "javascript:alert(1)", "https"),
    ("UI_TERMS_URL", "mailto:a@b", "https"), ("UI_SUPPORT_URL", "http://x.example", "https")])
def test_what_people_could_not_read_or_trust_does_not_start(tmp_path, name, value, why):
    with pytest.raises(Exception) as failure, Server(tmp_path, **{name: value}):
        pass
    assert why in str(failure.value)
