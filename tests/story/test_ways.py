"""Nobody is stranded: whatever happens while a page is open, the person gets to where they were
going, with what they typed, and nothing is approved that was not shown."""

import base64
import concurrent.futures
import hashlib
import re
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from app import DECIDE, location_of
from browser import Browser
from database import now_ms
from routes import routes
from running import ADMIN_PASSWORD, Server

SESSION = "authgate_session"


def sign_in(browser, page, username="admin"):
    return browser.submit(page.form("/login"), username=username, password=ADMIN_PASSWORD)


@pytest.fixture
def tab(server):
    """A browser in which the admin has signed in, for those who sign out again."""
    with Browser(server) as browser:
        assert browser.sign_in().status == 303
        yield browser


@pytest.fixture
def bob(database):
    name = f"bob{database.count('users')}"
    database.add_user(name)
    return name


@pytest.fixture
def waiting(spa):
    """Begins a request of an application: the address where it waits for this browser."""
    def begin(browser, **changes):
        page = spa.start(browser, **changes)
        while not page.location.startswith("/oauth/authorize/continue"):
            page = browser.get(page.location) if page.status == 303 else sign_in(browser, page)
        return page.location
    return begin


# Of an address that has an id or a token in it.
def names_something(route):
    return ":" in route.pattern or route.pattern == "/invitation"


# ---- every form has a page ------------------------------------------------------------------------


@pytest.mark.parametrize("route", [r for r in routes() if r.is_form], ids=str)
def test_a_form_of_an_earlier_session_leads_to_its_page(server, tab, route):
    """Each sent twice: with the token of the session before, and followed to a page that is one."""
    form = tab.get("/device").form("/device/verify")
    tab.follow(tab.submit(tab.get("/logout").form("/logout")))
    assert tab.sign_in().status == 303
    page = tab.post(route.path.replace(":id", "00000000-0000-7000-8000-000000000000"),
                    {"csrf_token": form.fields["csrf_token"], "action": "approve"})
    assert page.status in (303, 401), page.text
    if page.status == 303:
        assert page.location.startswith("/") and tab.follow(page).status in (200, 400, 404 if names_something(route) else 200)


@pytest.mark.parametrize("route", [r for r in routes() if r.is_form and "ROUTE_LOGIN" in r.flags],
                         ids=str)
def test_a_form_of_a_session_that_ended_leads_to_signing_in_and_back(visitor, route):
    page = visitor.post(route.path, {"csrf_token": "x", "user_code": "ABCD-EFGH", "id": "1"})
    assert page.status == 303
    target = urlsplit(page.location)
    (name, way), = parse_qsl(target.query)
    assert (target.path, name) == ("/login", "next") and way != "/"
    assert visitor.get(page.location).form("/login").fields["next"] == way


# ---- signing in -----------------------------------------------------------------------------------


def test_two_sign_in_pages_of_one_browser_both_go_on(server, visitor):
    first, second = visitor.get("/login?next=/device"), visitor.get("/login?next=/account")
    assert sign_in(visitor, first).location == "/device"
    assert sign_in(visitor, second).location == "/account"


def test_a_sign_in_form_survives_signing_out_in_another_tab(visitor):
    visitor.sign_in()
    visitor.submit(visitor.get("/logout").form("/logout"))
    page = visitor.get("/login?next=/device")
    visitor.sign_in()
    visitor.submit(visitor.get("/logout").form("/logout"))
    assert sign_in(visitor, page).location == "/device"


def test_lost_cookies_show_the_sign_in_form_again_with_what_was_typed(visitor):
    page = visitor.get("/login?next=" + quote("/device?user_code=ABCD-EFGH", safe=""))
    visitor.cookies.clear()
    again = visitor.follow(sign_in(visitor, page, "Mia Müller"))
    form = again.form("/login")
    assert form.fields["username"] == "Mia Müller" and "password" not in str(form.fields.values())
    assert form.fields["next"] == "/device?user_code=ABCD-EFGH"
    assert sign_in(visitor, again).location == "/device?user_code=ABCD-EFGH"
    assert "authgate_typed" not in visitor.cookies


def test_a_forged_sign_in_form_is_refused_and_shown_again(visitor):
    page = visitor.submit(visitor.get("/login?next=/device").form("/login"), csrf_token="A" * 43,
                          username="mia", password=ADMIN_PASSWORD)
    assert page.status == 403 and SESSION not in visitor.cookies
    form = page.form("/login")
    assert form.fields["username"] == "mia" and form.fields["next"] == "/device"
    assert sign_in(visitor, page).location == "/device"


def refreshed(browser, page):
    """Where a browser goes on to from a reply with Refresh."""
    delay, _, target = page.response.header("refresh").partition("; url=")
    assert delay == "0"
    return browser.get(target)


def test_a_failed_sign_in_can_be_reloaded_with_the_name(visitor):
    page = visitor.submit(visitor.get("/login?next=/device").form("/login"), username="mia",
                          password="wrong password")
    assert page.status == 401
    for again in (page, refreshed(visitor, page), refreshed(visitor, page)):
        assert "username or the password is wrong" in again.text
        form = again.form("/login")
        assert form.fields["username"] == "mia" and form.fields["next"] == "/device"
    assert "mia" not in page.response.header("refresh")
    assert sign_in(visitor, again).location == "/device"


def test_a_limit_shows_the_form_with_what_was_typed_and_when_to_come_back(tmp_path):
    with Server(tmp_path, ENABLE_RATE_LIMIT="true") as server, Browser(server) as browser:
        form = browser.get("/login?next=/device").form("/login")
        for _ in range(6):
            page = browser.submit(form, username="mia", password="wrong password")
        assert page.status == 429 and int(page.response.header("retry-after")) >= 1
        for again in (page, refreshed(browser, page)):
            assert "try again in" in again.text and "second" in again.text
            assert again.form("/login").fields["username"] == "mia"
            assert again.form("/login").fields["next"] == "/device"


def test_a_restarted_server_still_knows_the_forms_of_before(tmp_path):
    with Server(tmp_path) as server, Browser(server) as browser:
        page = browser.get("/login?next=/device")
        server.restart()
        browser.http = server.client()
        assert sign_in(browser, page).location == "/device"


@pytest.mark.parametrize("next_target", ["/logout", "/login", "/logout?next=/device",
                                         "/login?next=/login"])
def test_no_way_leads_round_in_a_circle(visitor, next_target):
    form = visitor.get("/login?next=" + quote(next_target, safe="")).form("/login")
    assert form.fields["next"] == "/"


# ---- signing out ----------------------------------------------------------------------------------


def test_signing_out_when_nobody_is_signed_in_asks_nothing(visitor):
    page = visitor.follow(visitor.get("/logout"))
    assert "/logout" not in [f.action for f in page.forms]
    assert "not signed in" in page.text


def switch_link(page):
    (link,) = {a["href"] for t, a in page.tags if t == "a" and a.get("href", "").startswith(
        "/logout?next=")}
    return link


def test_switching_accounts_leads_back_to_the_consent(tab, waiting, bob, spa):
    page = tab.get(waiting(tab, prompt="consent"))
    page = tab.submit(tab.get(switch_link(page)).form("/logout"))
    page = sign_in(tab, tab.get(page.location), bob)
    page = tab.follow(page)
    assert bob in page.text
    assert spa.answer(tab.submit(page.form(DECIDE), action="approve"))["code"]


def test_cancelling_a_switch_leads_back_too(tab, waiting):
    way = waiting(tab, prompt="consent")
    page = tab.get(switch_link(tab.get(way)))
    assert way in [a.get("href") for t, a in page.tags if t == "a"]


# ---- consent --------------------------------------------------------------------------------------


def test_a_second_click_on_allow_brings_the_application_its_code(tab, waiting, spa):
    """The answer to the first click was never seen; only the last code is good."""
    form = tab.get(waiting(tab, prompt="consent")).form(DECIDE)
    first, second = (spa.answer(tab.submit(form, action="approve"))["code"] for _ in range(2))
    assert first != second
    assert spa.redeem(first).error == "invalid_grant"
    assert spa.redeem(second).status == 200


def test_a_second_click_on_deny_tells_the_application_again(tab, waiting, spa, database):
    form = tab.get(waiting(tab, prompt="consent")).form(DECIDE)
    first = tab.submit(form, action="deny")
    with database.unchanged():
        assert tab.submit(form, action="deny").location == first.location
    assert location_of(first)[1]["error"] == "access_denied"


def test_going_back_after_consent_says_that_it_was_used(tab, waiting, spa):
    way = waiting(tab, prompt="consent")
    code = spa.answer(tab.submit(tab.get(way).form(DECIDE), action="approve"))["code"]
    assert spa.redeem(code).status == 200
    page = tab.get(way)
    assert page.status == 200 and "already allowed" in page.text and "Bad Request" not in page.text
    assert "https://app.example" in [a.get("href") for t, a in page.tags if t == "a"]
    assert not page.forms


def test_consent_open_while_signed_out_elsewhere_comes_back(server, tab, waiting, spa):
    way = waiting(tab, prompt="consent")
    form = tab.get(way).form(DECIDE)
    tab.submit(tab.get("/logout").form("/logout"))
    page = tab.submit(form, action="approve")
    assert page.status == 303 and page.location == "/login?next=" + quote(way, safe="")
    page = tab.follow(sign_in(tab, tab.get(page.location)))
    assert spa.answer(tab.submit(page.form(DECIDE), action="approve"))["code"]


def test_consent_open_while_somebody_else_signs_in_is_shown_to_them_first(
        tab, waiting, bob, database):
    way = waiting(tab, prompt="consent")
    form = tab.get(way).form(DECIDE)
    tab.submit(tab.get("/logout").form("/logout"))
    tab.sign_in(bob)
    codes = database.count("auth_codes")
    page = tab.submit(form, action="approve")
    assert page.status == 303 and page.location.startswith(way)
    assert database.count("auth_codes") == codes
    assert bob in tab.get(page.location).text


def test_consent_open_while_signing_in_anew_elsewhere_is_shown_again(server, tab, waiting, spa):
    form = tab.get(waiting(tab, prompt="consent")).form(DECIDE)
    page = tab.get(spa.start(tab, prompt="login").location)
    sign_in(tab, page)
    page = tab.follow(tab.submit(form, action="approve"))
    assert page.status == 200
    assert spa.answer(tab.submit(page.form(DECIDE), action="approve"))["code"]


@pytest.mark.parametrize("column,value", [("name", "Somebody else"), ("scopes", "openid profile email")])
def test_what_was_not_shown_is_not_allowed(tab, waiting, spa, database, column, value):
    """The client was edited while the page was open: it is shown again."""
    database.set_client(spa.client_id, "scopes", "openid profile")
    way = waiting(tab, prompt="consent", scope=None)
    form = tab.get(way).form(DECIDE)
    database.set_client(spa.client_id, column, value)
    codes = database.count("auth_codes")
    page = tab.submit(form, action="approve")
    assert (page.status, page.location) == (303, way)
    assert database.count("auth_codes") == codes
    again = tab.get(way)
    assert value.split()[-1] in again.text
    assert spa.answer(tab.submit(again.form(DECIDE), action="approve"))["code"]


def test_an_old_consent_says_where_to_go_on(tab, waiting, database):
    way = waiting(tab, prompt="consent")
    form = tab.get(way).form(DECIDE)
    database.execute("UPDATE authorize_requests SET expires_ms = ?", now_ms() - 1)
    for page in (tab.submit(form, action="approve"), tab.get(way)):
        assert page.status == 400 and "expired" in page.text and "start again" in page.text
        assert [t for t, a in page.tags if t == "a" and "button" in a.get("class", "")]


# ---- devices --------------------------------------------------------------------------------------


def post(browser, page, path, **fields):
    """Submits without following."""
    return browser.submit(page.form(path), **fields)


def verify(browser, user_code):
    return post(browser, browser.get("/device"), "/device/verify", user_code=user_code)


def test_reviews_and_results_can_be_reloaded_and_gone_back_to(tab, new_device, database):
    device = new_device()
    page = verify(tab, device.user_code)
    assert (page.status, page.location) == (303, "/device/review")
    assert page.form("/device/decide"), "it comes along for who does not follow"
    for _ in range(2):
        review = tab.get("/device/review")
        assert device.user_code in review.text
    page = post(tab, review, "/device/decide", action="approve")
    assert (page.status, page.location) == (303, "/device/done") and "approved" in page.text
    with database.unchanged():
        for target in ("/device/done", "/device/done", "/device/review"):
            assert "Device approved" in tab.follow(tab.get(target)).text
    assert device.poll().status == 200
    assert "Device approved" in tab.get("/device/done").text


@pytest.mark.parametrize("action,told", [("approve", "Device approved"), ("deny", "Request denied")])
def test_the_same_decision_about_a_device_made_twice_is_the_same_result(
        tab, new_device, database, action, told):
    review = tab.review(new_device().user_code)
    assert told in tab.decide(review, action).text
    with database.unchanged():
        page = tab.decide(review, action)
    assert page.status == 200 and told in page.text


@pytest.mark.nodes
def test_parallel_clicks_about_a_device_are_one_decision(server, tab, new_device, database):
    review = tab.review(new_device().user_code).form("/device/decide")
    before = len(database.events("DEVICE_CODE_AUTHORIZED"))

    def click(_):
        with Browser(server) as browser:
            browser.cookies = dict(tab.cookies)
            return browser.submit(review, action="approve").location

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert set(pool.map(click, range(8))) == {"/device/done"}
    assert len(database.events("DEVICE_CODE_AUTHORIZED")) == before + 1


@pytest.mark.parametrize("action", ["approve", "deny"])
def test_a_code_that_expired_on_the_review_is_told_so(tab, new_device, database, action):
    device = new_device()
    review = tab.review(device.user_code)
    database.set_device_code(device.user_code, "expires_ms", now_ms() - 1)
    with database.unchanged():
        for page in (tab.decide(review, action), tab.get("/device/done"),
                     tab.follow(tab.get("/device/review"))):
            assert "The code has expired" in page.text and "decided already" not in page.text
            assert "Start again on your device" in page.text


def test_a_review_open_while_signed_out_elsewhere_comes_back_with_its_code(tab, new_device, bob):
    device = new_device()
    review = tab.review(device.user_code)
    tab.submit(tab.get("/logout").form("/logout"))
    page = post(tab, review, "/device/decide", action="approve")
    assert page.status == 303 and device.user_code in page.location
    page = tab.follow(sign_in(tab, tab.get(page.location), bob))
    assert page.form("/device/verify").fields["user_code"] == device.user_code
    assert device.poll().error == "authorization_pending"


@pytest.mark.parametrize("where", ["verify", "review"])
def test_switching_accounts_keeps_the_code(tab, new_device, bob, where):
    device = new_device()
    page = verify(tab, device.user_code)
    if where == "review":
        page = tab.get(page.location)
    page = tab.submit(tab.get(switch_link(page)).form("/logout"))
    page = tab.follow(sign_in(tab, tab.get(page.location), bob))
    assert page.form("/device/verify").fields["user_code"] == device.user_code


def test_the_review_of_another_tab_is_entered_again_first(tab, new_device):
    first, second = new_device(), new_device()
    old = tab.review(first.user_code)
    tab.review(second.user_code)
    page = post(tab, old, "/device/decide", action="approve")
    assert page.status == 409
    for again in (page, refreshed(tab, page)):
        assert again.form("/device/verify").fields["user_code"] == ""
        assert first.user_code not in again.text
        assert "Enter the code from your device again" in again.text
    assert first.poll().error == "authorization_pending"


def test_a_wrong_code_can_be_reloaded_and_says_how_to_get_another(tab):
    page = verify(tab, "AAAA-AAAA")
    assert page.status == 400
    for again in (page, refreshed(tab, page)):
        assert again.form("/device/verify").fields["user_code"] == "AAAA-AAAA"
        for told in ("wrong or has expired", "For example", "to get a new one"):
            assert told in again.text


@pytest.mark.parametrize("spell", [
    lambda d: d.user_code.replace("-", "\u2013"), lambda d: d.user_code.replace("-", "\u2014"),
    lambda d: d.user_code.replace("-", "\u2011"), lambda d: d.user_code.replace("-", "\u2212"),
    lambda d: d.user_code.replace("-", "\u00a0"), lambda d: d.answer["verification_uri_complete"],
    lambda d: " " + d.answer["verification_uri_complete"].lower() + "&x=1 "])
def test_codes_are_taken_with_any_dash_and_as_the_whole_link(tab, new_device, spell):
    device = new_device()
    assert device.user_code in tab.review(spell(device)).text


def test_a_limit_at_the_device_page_keeps_the_code(server, database):
    database.add_user("hasty")
    with Browser(server) as browser:
        browser.sign_in("hasty")
        for _ in range(40):
            page = verify(browser, "AAAA-AAAB")
            if page.status == 429:
                break
        assert page.status == 429 and int(page.response.header("retry-after")) >= 1
        for again in (page, refreshed(browser, page)):
            assert again.form("/device/verify").fields["user_code"] == "AAAA-AAAB"
            assert "try again in" in again.text


# ---- what signing in says and takes -----------------------------------------------------------------


def test_the_sign_in_page_says_that_it_is_for_a_device(visitor):
    page = visitor.follow(visitor.get("/device?user_code=ABCD-EFGH"))
    assert "to connect a device" in page.text


def test_a_hint_of_the_application_stands_in_the_field(visitor, spa):
    page = visitor.follow(spa.start(visitor, login_hint="mia@example.org"))
    assert page.form("/login").fields["username"] == "mia@example.org"
    page = visitor.submit(page.form("/login"), username="mia", password="wrong password")
    assert page.form("/login").fields["username"] == "mia"


def test_signing_in_anew_asks_to_confirm_who_it_is(tab, spa):
    page = tab.follow(spa.start(tab, prompt="login"))
    assert "Confirm that it is you" in page.text
    assert page.form("/login").fields["username"] == "admin"
    for changes in ({"prompt": "select_account"}, {"prompt": "login", "login_hint": "bob"}):
        page = tab.follow(spa.start(tab, **changes))
        assert "Confirm" not in page.text
        assert page.form("/login").fields["username"] == changes.get("login_hint", "")


@pytest.mark.parametrize("spell", [str, str.upper, "  {} ".format])
def test_an_e_mail_address_is_a_name_to_sign_in_with(server, database, spell):
    name = f"mailer{database.count('users')}"
    database.add_user(name)
    database.execute("UPDATE users SET email = ? WHERE username = ?", f"{name}@example.org", name)
    with Browser(server) as browser:
        page = browser.sign_in(spell(f"{name}@example.org"), "wrong password")
        assert page.status == 401
        assert browser.sign_in(spell(f"{name}@example.org")).status == 303
        assert name in browser.get("/").text
    assert database.events("AUTHENTICATION_FAILURE")[-1][1] == f"user:{name}"


def test_the_cursor_stands_where_something_is_missing(visitor, tab):
    def focused(page):
        return [a["name"] for t, a in page.tags if t == "input" and "autofocus" in a]
    page = visitor.get("/login")
    assert focused(page) == ["username"]
    page = visitor.submit(page.form("/login"), username="mia", password="wrong password")
    assert focused(page) == ["password"]
    assert focused(tab.get("/device")) == ["user_code"]


def test_an_application_with_the_id_token_of_this_session_signs_out_without_a_question(
        server, tab, spa, database):
    database.set_client(spa.client_id, "post_logout_redirect_uris", "https://app.example/bye")
    hint = spa.tokens(tab)["id_token"]
    back = quote("https://app.example/bye", safe="")
    with Browser(server) as other:
        other.sign_in()
        page = other.get(f"/oauth/logout?id_token_hint={hint}&post_logout_redirect_uri={back}")
        assert page.form("/oauth/logout/confirm"), "the token of another session asks"
    page = tab.get(f"/oauth/logout?id_token_hint={hint}&post_logout_redirect_uri={back}")
    assert (page.status, page.location) == (303, "https://app.example/bye")
    assert tab.get("/device").status == 303


def test_an_answer_by_form_posts_itself_by_one_script(tab, spa):
    page = spa.walk(tab, spa.start(tab, response_mode="form_post"))
    script = re.search("<script>(.*?)</script>", page.response.text, re.S).group(1)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = page.response.header("content-security-policy")
    (allowed,) = re.findall(r"script-src '([^']*)'", policy)
    assert allowed.replace("-", "+").replace("_", "/").split("+", 1)[1] == digest
    assert "unsafe" not in policy and page.form(spa.redirect_uri).fields["code"]
