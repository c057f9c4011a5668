"""What people have on their account pages, and the query parameters of the original that narrow it."""

from urllib.parse import parse_qsl

import pytest

from browser import Browser
from running import ADMIN_PASSWORD


@pytest.fixture
def person(server, database, new_app, request):
    """Somebody who has let two applications in, in a browser."""
    name = "filters" + str(abs(hash(request.node.name)))
    database.add_user(name, full_name="Mia \u202eissoR <b>")
    with Browser(server) as browser:
        assert browser.sign_in(name, ADMIN_PASSWORD).status == 303
        for title in ("Alpha mail", "Beta % disk"):
            new_app(title, secret="the secret of the app").lasting_tokens(browser)
        yield browser


def shown(page):
    return {name for name in ("Alpha mail", "Beta % disk") if name in page.text}


BOTH = {"Alpha mail", "Beta % disk"}


@pytest.mark.parametrize("query, expected", [
    ("", BOTH), ("search=alpha", {"Alpha mail"}), ("search=%25", {"Beta % disk"}), ("search=OPENID", BOTH), ("search=%5C", set()),
    ("status=active", BOTH), ("status=disabled", set()), ("status=active&search=disk", {"Beta % disk"}),
    ("category=refresh&page=1&page_size=10", BOTH), ("page_size=1", {"Beta % disk"}),
])
def test_sessions_are_narrowed_as_in_the_original(person, query, expected):
    page = person.get("/account/sessions?" + query)
    assert page.status == 200
    assert shown(page) == expected
    assert page.form("/account/sessions").fields["search"] == dict(parse_qsl(query)).get("search", "")


@pytest.mark.parametrize("query", ["status=revoked", "status=x", "page_size=0", "page_size=51", "page_size=x", "after=x"])
def test_what_is_no_filter_is_refused(person, query):
    assert person.get("/account/sessions?" + query).status in (400, 404)


def test_what_rests_is_found_by_its_status_and_the_filter_stays(person):
    page = person.get("/account/sessions?search=alpha")
    form = next(f for f in page.forms if f.action.endswith("/disable"))
    assert person.submit(form).status == 303
    assert shown(person.get("/account/sessions?status=disabled")) == {"Alpha mail"}
    assert shown(person.get("/account/sessions?status=active")) == {"Beta % disk"}
    first = person.get("/account/sessions?page_size=1&search=a")
    (more,) = [a["href"] for tag, a in first.tags if tag == "a" and "after=" in a.get("href", "")]
    assert "page_size=1" in more and "search=a" in more
    assert shown(first) | shown(person.get(more)) == BOTH and shown(first) != shown(person.get(more))
    tabs = [a["href"] for tag, a in first.tags if tag == "a" and "status=" in a.get("href", "")]
    assert tabs and all("search=a" in tab and "page_size=1" in tab for tab in tabs)


def test_what_is_known_of_a_person_is_shown_to_them(person, database):
    name = person.get("/account").text
    assert "Account created" in name
    database.execute("UPDATE users SET email = 'mia@rossi.example', email_verified = 1 WHERE full_name LIKE 'Mia%'"
                     " AND id = (SELECT user_id FROM sessions ORDER BY id DESC LIMIT 1)")
    page = person.get("/account")
    assert "mia@rossi.example Verified" in page.text and "<b>" not in page.response.text.split("<main")[1]
    assert [a["datetime"] for tag, a in page.tags if tag == "time"][0].endswith("Z")


def test_the_last_use_of_what_was_let_in_is_shown(person, database):
    page = person.get("/account/authorizations")
    assert shown(page) == BOTH and "Last used" in page.text
    times = [a["datetime"] for tag, a in page.tags if tag == "time"]
    assert len(times) == 4 and all(t.endswith("Z") for t in times)
