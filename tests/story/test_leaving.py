"""Links of ours that lead elsewhere: not for everybody who can write one (RFC 9700 section 4.11.2).
Ids in docstrings are rows of the catalogue of attacks."""

import pytest

from app import CALLBACK, App
from browser import Browser
from running import Server

PHISH = "https://phish.example/login?from=us"
WRONG = [{"response_type": "token"}, {"scope": "nope"}, {"code_challenge": None},
         {"resource": "no uri"}, {"max_age": "x"}, {"request": "x"}, {"response_mode": "fragment"}]


@pytest.fixture(scope="module")
def open_server(tmp_path_factory):
    """Whoever likes registers a client."""
    with Server(tmp_path_factory.mktemp("open"), ENABLE_DYNAMIC_CLIENT_REGISTRATION="true",
                DYNAMIC_CLIENT_REGISTRATION_APPROVAL="false") as server:
        yield server


@pytest.fixture
def phish(open_server):
    with open_server.client() as http:
        answer = http.request("POST", "/oauth/register", [("Content-Type", "application/json")], (
            '{"client_name": "Your bank", "redirect_uris": ["%s"], '
            '"token_endpoint_auth_method": "none"}' % PHISH).encode())
        assert answer.status == 201, answer.text
        yield App(open_server, http, answer.json()["client_id"], redirect_uri=PHISH,
                  scope="openid")


def assert_asked(page, origin="https://phish.example"):
    """A page of ours, which leads there only by a click."""
    assert (page.status, page.location) == (400, None), page.text
    assert "Leave this site?" in page.text and f"Continue to {origin}" in page.text


@pytest.mark.parametrize("changes", WRONG, ids=str)
def test_a_stranger_is_not_sent_away_with_an_error(spa, visitor, changes):
    page = spa.start(visitor, **changes)
    assert_asked(page, "https://app.example")
    fields = page.form(CALLBACK).fields
    assert fields["error"] and fields["state"] == "the state" and fields["iss"]


@pytest.mark.parametrize("changes", WRONG, ids=str)
def test_a_client_that_registered_itself_sends_nobody_away(phish, open_server, changes):
    with Browser(open_server) as browser:
        page = phish.start(browser, **changes)
        assert_asked(page)
        assert page.form("https://phish.example/login").fields["from"] == "us"
        browser.sign_in()
        assert_asked(phish.start(browser, **changes))


def test_an_answer_by_post_is_asked_for_too(phish, open_server):
    with Browser(open_server) as browser:
        page = phish.start(browser, response_mode="form_post", scope="nope")
        assert_asked(page)
        form = page.form(PHISH)
        assert form.method == "post" and form.fields["error"] == "invalid_scope"


def test_somebody_who_is_signed_in_goes_back_to_a_known_client(spa, admin):
    answer = spa.answer(spa.start(admin, response_type="token"))
    assert answer["error"] == "unsupported_response_type"


def test_silent_requests_are_answered_silently(spa, phish, visitor, open_server):
    """OpenID Connect Core section 3.1.2.1: no page of ours, whatever is wrong."""
    assert spa.answer(spa.start(visitor, prompt="none"))["error"] == "login_required"
    assert spa.start(visitor, prompt="none", scope="nope").status == 303
    with Browser(open_server) as browser:
        assert phish.start(browser, prompt="none").status == 303


def test_a_person_who_denies_goes_back(phish, open_server):
    with Browser(open_server) as browser:
        page = phish.walk(browser, phish.start(browser), action="deny")
        assert page.status == 303 and "error=access_denied" in page.location
