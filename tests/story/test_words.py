"""What pages say and where they lead, for people who do not know what OAuth is."""

import pytest

from app import CODE_GRANTS, App


def test_scopes_that_nobody_knows_are_named_and_those_that_last_stand_out(server, http, database, admin):
    client = database.add_client("Photo album", secret="a secret of it", scopes="openid repo:write offline_access",
                                 grants=CODE_GRANTS)
    database.set_client(client, "redirect_uris", "http://127.0.0.1/cb")
    app = App(server, http, client, "a secret of it")
    page = admin.follow(app.start(admin, scope="openid repo:write offline_access", redirect_uri="http://127.0.0.1/cb"))
    assert "A permission named" in page.text and "repo:write" in page.text
    assert len([a for _, a in page.tags if "heavy" in a.get("class", "")]) == 1
    assert "an application on this computer" in page.text


def test_the_start_page_leads_to_all_that_one_has(admin):
    targets = {a.get("href") for _, a in admin.get("/").tags}
    assert {"/device", "/account", "/account/sessions", "/account/authorizations"} <= targets


def test_sessions_have_times_that_can_be_read_exactly_and_ending_all_is_asked_twice(admin):
    page = admin.get("/account/sessions")
    times = [a["datetime"] for tag, a in page.tags if tag == "time"]
    assert times and all(t.startswith("20") for t in times)
    assert [tag for tag, _ in page.tags].index("details") < [a.get("action") for _, a in page.tags].index(
        "/account/sessions/revoke-all")


@pytest.mark.parametrize("target", ["/nowhere", "/oauth/authorize?client_id=nobody", "/account/sessions/x"])
def test_an_error_has_a_title_in_words_and_a_way_on(admin, target):
    page = admin.get(target)
    assert page.status >= 400
    for phrase in ("Bad Request", "Not Found", "Conflict", "Method Not Allowed"):
        assert phrase not in page.text
    assert [a["href"] for tag, a in page.tags if tag == "a" and a.get("href", "#")[0] == "/"]
