"""The language of the pages: chosen, asked for by the application, or preferred by the browser."""

import re

import pytest

from app import DECIDE
from browser import Browser
from device import Device
from running import ADMIN_PASSWORD

ZH = "登入"
HAN = re.compile(r"[\u4e00-\u9fff]")


def language(page):
    ((_, html),) = [tag for tag in page.tags if tag[0] == "html"]
    assert html["dir"] == "ltr"
    return html["lang"]


def prefers(browser, value, target="/login"):
    return browser.get(target, [("Accept-Language", value)])


@pytest.mark.parametrize("value,expected", [
    ("zh-TW", "zh-TW"), ("zh-tw", "zh-TW"), ("zh-Hant-HK", "zh-TW"), ("zh", "zh-TW"),
    ("zh-TW,zh;q=0.9,en;q=0.8", "zh-TW"), ("en;q=0.3, zh-TW;q=0.7", "zh-TW"),
    ("de, zh-TW;q=0.5", "zh-TW"), ("en-GB", "en"), ("en, zh-TW", "en"), ("de", "en"), ("", "en"),
    ("zh-TW;q=0", "en"), ("zh-TW;q=0.5, en", "en"), ("*", "en"), ("zh-TW;q=2", "en"),
    (",;q=,,-,--", "en"), ("x" * 3000, "en"), ("zh-TW;q=abc", "en")])
def test_the_browser_says_which_language_is_preferred(visitor, value, expected):
    page = prefers(visitor, value)
    assert language(page) == expected
    assert (ZH in page.text.split("authgate")[0]) == (expected == "zh-TW")


def test_a_choice_on_a_page_stays_and_leads_back(visitor):
    page = visitor.get("/login?next=/device")
    (link,) = [a["href"] for t, a in page.tags if t == "a" and a.get("lang") == "zh-TW"]
    page = visitor.get(link)
    assert (page.status, page.location) == (303, "/login?next=%2Fdevice")
    for value in ("en", "de"):
        page = prefers(visitor, value, page.location or page.target)
        assert language(page) == "zh-TW" and page.form("/login").fields["next"] == "/device"
    (link,) = [a["href"] for t, a in page.tags if t == "a" and a.get("lang") == "en"]
    assert language(visitor.get(visitor.get(link).location)) == "en"


@pytest.mark.parametrize("target", ["/language?to=zh-TW&next=https://evil.example",
                                    "/language?to=zh-TW&next=//evil.example",
                                    "/language?to=zh-TW", "/language"])
def test_choosing_a_language_leads_nowhere_else(visitor, target):
    assert visitor.get(target).location == "/"


@pytest.mark.parametrize("to", ["xx", "", "zh-TW%0d%0aX: y", "../en"])
def test_an_unknown_language_is_not_kept(visitor, to):
    assert not visitor.get(f"/language?to={to}&next=/login").response.all("set-cookie")


def test_the_application_says_which_language_its_person_speaks(visitor, spa):
    page = visitor.follow(spa.start(visitor, ui_locales="fr zh-TW en", prompt="consent"))
    assert language(page) == "zh-TW"
    page = visitor.submit(page.form("/login"), username="admin", password="wrong password")
    assert page.status == 401 and language(page) == "zh-TW" and "密碼錯誤" in page.text
    page = visitor.follow(visitor.submit(page.form("/login"), username="admin",
                                         password=ADMIN_PASSWORD))
    assert language(page) == "zh-TW" and page.form(DECIDE)


def test_what_the_person_chose_counts_more_than_what_the_application_asks(visitor, spa):
    visitor.get("/language?to=en&next=/")
    assert language(visitor.follow(spa.start(visitor, ui_locales="zh-TW"))) == "en"


def words(page):
    """The text of a page without names, addresses and what is the same in every language."""
    return re.sub(r"authgate\S*|English|admin|App|AuthGate CLI|Mozilla/5.0 \(story\)|\(CLI\)", "", page.text)


def test_no_sentence_of_a_page_is_left_in_english(server, admin, spa):
    """Every page that a person meets, errors too."""
    admin.get("/language?to=zh-TW&next=/")
    with Device(server) as device, Device(server) as other:
        review = admin.review(device.user_code)
        pages = [admin.get("/"), admin.get("/device"), review, admin.decide(review, "approve"),
                 admin.decide(admin.review(other.user_code), "deny"),
                 admin.get("/account"), admin.get("/account/sessions"),
                 admin.get("/account/authorizations"), admin.get("/logout"),
                 admin.get("/oauth/logout"), admin.get("/nowhere"), admin.get("/device/verify"),
                 admin.get("/oauth/authorize"), admin.get("/oauth/authorize/continue?id=1"),
                 admin.get("/login?a=1&a=2"), admin.post("/device/decide", {"csrf_token": "x"}),
                 admin.get("/oauth/logout?id_token_hint=x"),
                 admin.get("/oauth/logout?post_logout_redirect_uri=https://x.example/"),
                 admin.follow(spa.start(admin, prompt="consent"))]
    with Browser(server) as visitor:
        visitor.get("/language?to=zh-TW&next=/")
        pages += [visitor.get("/login"), visitor.get("/logout"), visitor.get("/oauth/logout")]
    for page in pages:
        assert language(page) == "zh-TW" and HAN.search(page.text), page.target
        left = re.findall(r"[A-Za-z]{4,}(?: [a-z]+){2,}", words(page))
        assert not left, (page.target, left)


@pytest.mark.parametrize("name", ["לקוח שורת הפקודה (CLI) 2.0", "تطبيق!"])
def test_names_do_not_change_the_direction_of_our_sentences(server, admin, database, name):
    """The value is isolated, the sentence is not: it keeps the direction of the page."""
    client = database.add_client(name)
    with Device(server, client_id=client) as device:
        html = admin.review(device.user_code).response.text
    assert f"<bdi>{name}</bdi> asks for access to your account." in html
