"""What the pages say of other servers: which was used last on this browser, marks of our own, and signing
out there as well."""

from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

import upstream as up
from browser import Browser
from running import ADMIN_PASSWORD, Server
from test_providers import Relying, is_in, who
from upstream import SecondAuthgate, Upstream

END = {"end_session_endpoint": "https://login.corp.example/bye?from=here"}


@pytest.fixture
def provider():
    upstream = Upstream()
    yield upstream
    upstream.close()


@pytest.fixture
def relying(tmp_path, provider):
    running = []

    def start(**settings):
        server = Relying(tmp_path, [
            {"name": "corp", "issuer": provider.url, "label": "Corp", **settings},
            {"name": "forge", "type": "gitea", "issuer": provider.url, "label": "Forge"}])
        running.append(server)
        return server.start()
    yield start
    for server in running:
        if server.process:
            server.stop()


# ---- last used here -------------------------------------------------------------------------------


def last(browser):
    """The label of the button that says so."""
    text = browser.get("/login").text
    before, _, _ = text.partition("Last used here")
    return before.rsplit("Sign in with ", 1)[1].strip() if "Last used here" in text else None


def sign_out(browser):
    return browser.submit(browser.get("/logout").form("/logout"))


def test_the_button_that_was_used_last_says_so(relying, provider):
    server = relying()
    with Browser(server) as browser:
        assert last(browser) is None
        up.sign_in(browser, provider)
        sign_out(browser)
        assert last(browser) == "Corp"
        browser.sign_in("admin", ADMIN_PASSWORD)  # by a password: none of them was
        sign_out(browser)
        assert last(browser) is None
    with Browser(server) as other:
        assert last(other) is None


def test_a_cookie_that_names_no_provider_says_nothing(relying):
    with Browser(relying()) as browser:
        for value in ("<script>", "nobody", "corp2", ""):
            browser.cookies["authgate_last"] = value
            page = browser.get("/login")
            assert page.status == 200 and "Last used" not in page.text
            assert "<script>" not in page.response.text


def test_marks_are_drawn_by_us_and_come_from_here(relying):
    with Browser(relying()) as browser:
        page = browser.get("/login")
        marks = [a["src"] for tag, a in page.tags if tag == "img" and a.get("class") == "mark"]
        assert len(marks) == 2 and all(src.startswith("/static/") for src in marks)
        for src in marks:
            answer = browser.get(src)
            assert answer.status == 200 and "<svg" in answer.response.text
        assert all(a.get("alt") == "" for tag, a in page.tags if tag == "img")


# ---- errors with a way back -----------------------------------------------------------------------


@pytest.mark.parametrize("changes, says", [
    ({"code": None, "error": "access_denied"}, "did not sign you in"),
    ({"code": "unknown"}, "did not answer as"),
])
def test_an_error_is_told_in_words_on_a_page_that_goes_on(relying, provider, changes, says):
    """To where somebody was going, by this or another way."""
    with Browser(relying()) as browser:
        page = browser.follow(up.sign_in(browser, provider, next_target="/device?user_code=ABCD-EFGH",
                                         **changes))
        assert page.status == 200 and says in page.text
        for action in ("/login", "/auth/login/corp", "/auth/login/forge"):
            assert page.form(action).fields["next"] == "/device?user_code=ABCD-EFGH"


# ---- signing out there as well ----------------------------------------------------------------------


def test_who_signs_out_is_signed_out_there_if_the_operator_wants_that(relying, provider):
    provider.metadata = END
    server = relying(sign_out=True)
    with Browser(server) as browser:
        up.sign_in(browser, provider)
        page = sign_out(browser)
        assert page.status == 303 and who(browser) is None
        parts = urlsplit(page.location)
        assert parts.geturl().startswith("https://login.corp.example/bye?from=here&")
        query = parse_qs(parts.query)
        assert query["client_id"] == ["authgate"] and "id_token_hint" not in query
        assert query["post_logout_redirect_uri"] == [server.url + "/oauth/logout"]
        assert "signed out" in browser.get("/oauth/logout").text.lower()


def test_a_kept_id_token_goes_along(relying, provider):
    provider.metadata = END
    with Browser(relying(sign_out=True, store_tokens=True)) as browser:
        up.sign_in(browser, provider)
        query = parse_qs(urlsplit(sign_out(browser).location).query)
        claims = jwt.decode(query["id_token_hint"][0], options={"verify_signature": False})
        assert claims["sub"] == provider.claims["sub"]


@pytest.mark.parametrize("settings, metadata", [({}, END), ({"sign_out": True}, {})])
def test_otherwise_the_session_there_is_left_alone(relying, provider, settings, metadata):
    provider.metadata = metadata
    with Browser(relying(**settings)) as browser:
        up.sign_in(browser, provider)
        assert sign_out(browser).location == "/login" and who(browser) is None


def test_who_came_by_a_password_is_not_sent_there(relying, provider):
    provider.metadata = END
    with Browser(relying(sign_out=True)) as browser:
        browser.sign_in("admin", ADMIN_PASSWORD)
        assert sign_out(browser).location == "/login"


def test_a_dead_provider_keeps_nobody_signed_in(relying, provider):
    provider.metadata = END
    server = relying(sign_out=True)
    with Browser(server) as browser:
        up.sign_in(browser, provider)
        server.stop()
        provider.close()
        with server.start():
            browser.http = server.client()
            assert is_in(browser, "casey")
            assert sign_out(browser).location == "/login" and who(browser) is None
            assert "nobody could be signed out at another server" in server.log


def test_with_a_second_authgate_both_sessions_end(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("second")) as second:
        directory = tmp_path_factory.mktemp("first")
        first = Relying(directory, [])
        other = SecondAuthgate(second, first.url + "/auth/callback/corp")
        second.database.set_client(other.client_id, "post_logout_redirect_uris",
                                   first.url + "/oauth/logout")
        (directory / "secret").touch(0o600)
        (directory / "secret").write_text(other.secret)
        first.config.write_text(
            "providers:\n"
            f"  - name: corp\n    issuer: {second.url}\n    client_id: {other.client_id}\n"
            f"    client_secret_file: {directory / 'secret'}\n"
            "    sign_out: true\n    store_tokens: true\n")
        with first, Browser(first) as browser, Browser(second) as there:
            second.database.add_user("casey")
            there.sign_in("casey", ADMIN_PASSWORD)
            away = up.begin(browser)
            page = there.get(away.location[len(second.url):])
            while page.status == 303 and page.location.startswith("/"):
                page = there.get(page.location)
            if page.status == 200:
                page = there.submit(page.form("/oauth/authorize/decide"), action="approve")
            while page.location.startswith("/"):
                page = there.get(page.location)
            browser.get(up.local(browser, page.location))
            assert who(browser) and who(there)
            page = sign_out(browser)
            assert page.location.startswith(second.url + "/oauth/logout?")
            page = there.get(page.location[len(second.url):])
            assert page.location == first.url + "/oauth/logout"  # the ID token proves it: no question
            assert who(browser) is None and who(there) is None
